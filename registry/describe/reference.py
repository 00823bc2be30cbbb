"""The reference part of the pages in ``docs/rest``, made from the declarations.

``python -m registry.describe.reference docs/rest`` writes it anew between the marks in each page;
a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from registry.describe import operations
from registry.describe.model import Operation, Parameter

__all__ = ["END", "START", "pages", "reference", "rewritten"]

#: Marks between which a page is made by this module.
START, END = "<!-- reference: made by registry.describe.reference -->", "<!-- end of reference -->"


def pages() -> list[str]:
    """Names of the pages."""
    return sorted({o.page for o in operations() if o.page is not None})


def reference(page: str) -> str:
    """The reference part of a page, in Markdown."""
    parts = [_operation(o) for o in operations() if o.page == page]
    return "\n".join(parts)


def rewritten(text: str, page: str) -> str:
    """The text of a page with its reference part made anew; ``ValueError`` without marks."""
    head, mark, rest = text.partition(START)
    _, end, tail = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"the page {page} lacks the marks of its reference part")
    return f"{head}{START}\n\n{reference(page)}\n{END}{tail}"


def _operation(operation: Operation) -> str:
    lines = [f"### {operation.summary}", "", f"`{operation.method.upper()} {operation.form}`", ""]
    if operation.least < len(operation.parts):
        lines += ["Parts at the end may be left out.", ""]
    given = [*operation.parts, *(p for p in operation.parameters if p.place != "header")]
    if given:
        lines += ["| | | default | example |", "|---|---|---|---|", *map(_row, given), ""]
    lines += ["| status | |", "|---|---|"]
    lines += [f"| {s} | {_cell(a.description)} |" for s, a in sorted(operation.answers.items())]
    ok = operation.answers.get(200)
    if ok is not None and ok.content:
        lines += ["", "Formats, the default first:", "", *(f"- `{media}`" for media in ok.content)]
    return "\n".join([*lines, ""])


def _row(parameter: Parameter) -> str:
    text = _cell(parameter.description)
    values = parameter.schema.get("enum")
    if values is not None and parameter.name != "format":
        text += " One of " + ", ".join(f"`{v}`" for v in values) + "."
    default = f"`{parameter.default}`" if parameter.default is not None else ""
    example = f"`{parameter.example}`" if parameter.example is not None else ""
    return f"| `{parameter.name}` | {text} | {default} | {example} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _written(folder: Path) -> Iterator[Path]:
    for page in pages():
        path = folder / f"{page}.md"
        path.write_text(rewritten(path.read_text("utf-8"), page), "utf-8")
        yield path


if __name__ == "__main__":
    for _path in _written(Path(sys.argv[1])):
        sys.stdout.write(f"{_path}\n")
