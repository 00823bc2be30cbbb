"""``python -m tests.conformance > docs/conformance.md``."""

from __future__ import annotations

import sys

from tests.conformance.table import markdown, problems, proofs, read_rows


def main() -> int:
    """Write the page; 1 and the problems where the table is not whole."""
    rows, proven = read_rows(), proofs()
    wrong = problems(rows, proven)
    if wrong:
        sys.stderr.write("".join(f"{line}\n" for line in wrong))
        return 1
    sys.stdout.write(markdown(rows, proven))
    return 0


if __name__ == "__main__":
    sys.exit(main())
