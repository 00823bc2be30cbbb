"""``docs/rules.md``, made from the catalogue: ``python -m hub.validation.document``."""

from __future__ import annotations

import sys

from hub.validation.field import FieldRule, shipped_rules
from hub.validation.rules import RULES, Rule, structural_rules

__all__ = ["markdown"]

_HEAD = """# Rules of validation

Made by `python -m hub.validation.document > docs/rules.md`; a test keeps it current.

Each fault in a message is one finding, at its own place, under one of these rules. An **error**
blocks publication, a **warning** asks for a look, a **note** informs. `report.md` describes the
report; the rules of connectors stand in `connectors.md`, and how a hub adds rules of its own to
those that know the field stands in `field-rules.md`. A cell that one rule reports is not judged
by another: an unknown code is not also outside its constraint, a text that is no period has no
frequency to fit. Codes are judged against the codelist as the dataflow uses it.

| rule | severity | | |
| --- | --- | --- | --- |
"""


_FIELD = """
# Rules that know the field

What a statistician would see at once. They judge the rows without a structural fault, set by set,
with what is published of the same series where a rule asks for it.

| rule | severity | holds for | | |
| --- | --- | --- | --- | --- |
"""


def markdown() -> str:
    """The page, in English with titles in Spanish."""
    field = {rule.id: rule for rule in shipped_rules()}
    structural = [r for r in RULES.values() if r.id in structural_rules()]
    rows = "".join(f"{_cells(r)} {r.title['en']} | {r.title['es']} |\n" for r in structural)
    field_rows = "".join(
        f"{_cells(r.words)} {_targets(r)} | {r.words.title['en']} | {r.words.title['es']} |\n"
        for r in field.values()
    )
    return "".join(
        (
            _HEAD, rows, *(map(_section, structural)),
            _FIELD, field_rows, *(_section(r.words) for r in field.values()),
        )
    )  # fmt: skip


def _cells(rule: Rule) -> str:
    return f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity.value} |"


def _targets(rule: FieldRule) -> str:
    return ", ".join(name.partition(":")[2] for name in (*rule.structures, *rule.dataflows))


def _section(rule: Rule) -> str:
    return (
        f"\n## {rule.id}\n\n{rule.explanation['en']}\n\n**What to do.** {rule.fix['en']}\n\n"
        f"*{rule.explanation['es']}* **Qué hacer.** *{rule.fix['es']}*\n"
    )


if __name__ == "__main__":
    sys.stdout.write(markdown())
