"""``docs/rules.md``, made from the catalogue: ``python -m hub.validation.document``."""

from __future__ import annotations

import sys

from hub.validation.rules import RULES, Rule

__all__ = ["markdown"]

_HEAD = """# Rules of validation

Made by `python -m hub.validation.document > docs/rules.md`; a test keeps it current.

Each fault in a message is one finding, at its own place, under one of these rules. An **error**
blocks publication, a **warning** asks for a look, a **note** informs. `report.md` describes the
report; the rules of connectors stand in `connectors.md`. A cell that one rule reports is not judged
by another: an unknown code is not also outside its constraint, a text that is no period has no
frequency to fit. Codes are judged against the codelist as the dataflow uses it.

| rule | severity | | |
| --- | --- | --- | --- |
"""


def markdown() -> str:
    """The page, in English with titles in Spanish."""
    rows = "".join(
        f"| [{r.id}](#{r.id.lower()}) | {r.severity.value} | {r.title['en']} | {r.title['es']} |\n"
        for r in RULES.values()
    )
    return _HEAD + rows + "".join(_section(rule) for rule in RULES.values())


def _section(rule: Rule) -> str:
    return (
        f"\n## {rule.id}\n\n{rule.explanation['en']}\n\n**What to do.** {rule.fix['en']}\n\n"
        f"*{rule.explanation['es']}* **Qué hacer.** *{rule.fix['es']}*\n"
    )


if __name__ == "__main__":
    sys.stdout.write(markdown())
