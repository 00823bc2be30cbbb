"""``docs/rules.md``, made from the catalogue: ``python -m hub.validation.document``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from hub.validation.field import FieldRule, shipped_rules
from hub.validation.rules import RULES, Rule, file_rules, structural_rules

__all__ = ["CORPUS", "markdown"]

#: Figures of the seeded corpus, which ``tests/validation/test_corpus.py`` makes anew and compares.
CORPUS = Path(__file__).parents[2] / "docs" / "rules-corpus.json"

_HEAD = """# Rules of validation

Made by `python -m hub.validation.document > docs/rules.md`; a test keeps it current.

Each fault in a message is one finding, at its own place, under one of these rules. An **error**
blocks publication, a **warning** asks for a look, a **note** informs. `report.md` describes the
report, and how a hub adds rules of its own to those that know the field stands in `field-rules.md`.
A cell that one rule reports is not judged
by another: an unknown code is not also outside its constraint, a text that is no period has no
frequency to fit. Codes are judged against the codelist as the dataflow uses it.

| rule | severity | | |
| --- | --- | --- | --- |
"""


_FIGURES = """
# Planted and found

A seeded corpus (`tests/validation/figures.py`) plants each kind of fault in the first row, within
the first dataset and in the last row of the second, in every format. What is planted is found:
once, under its rule, component and key, at its place, and the clean twins give nothing. The suite
makes these figures anew and compares them. A rule that is not named is one that the format cannot
break. Rules that know the field are planted one by one in `test_field_rules.py` and
`test_field_beside.py`.

"""

_FILES = """
# Rules of reading national files

What connectors find before there is a message: at a cell of the workbook, or a row of the file. The
severity of some is decided by the record of the source (`connectors.md`).

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
    # Those that connectors and messages share are told once, above.
    files = [RULES[id_] for id_ in RULES if id_ in file_rules() - field.keys()]
    file_rows = "".join(f"{_cells(r)} {r.title['en']} | {r.title['es']} |\n" for r in files)
    field_rows = "".join(
        f"{_cells(r.words)} {_targets(r)} | {r.words.title['en']} | {r.words.title['es']} |\n"
        for r in field.values()
    )
    return "".join(
        (
            _HEAD, rows, *(map(_section, structural)),
            _FIELD, field_rows, *(_section(r.words) for r in field.values()),
            _FILES, file_rows, *(map(_section, files)),
            _FIGURES, *_figures(),
        )
    )  # fmt: skip


def _figures() -> list[str]:
    """The table of the corpus: a row for each format, a column for each rule."""
    table: dict[str, dict[str, list[int]]] = json.loads(CORPUS.read_text("utf-8"))
    lines = ["| format | planted | found | by rule |\n", "| --- | --- | --- | --- |\n"]
    for name, by_rule in table.items():
        planted, found = (sum(each[n] for each in by_rule.values()) for n in (0, 1))
        cells = ", ".join(f"{rule} {n[1]} of {n[0]}" for rule, n in by_rule.items())
        lines.append(f"| {name} | {planted} | {found} | {cells} |\n")
    return lines


def _cells(rule: Rule) -> str:
    return f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity.value} |"


def _targets(rule: FieldRule) -> str:
    names = (*rule.structures, *rule.dataflows)
    return ", ".join("any structure" if n == "*" else n.partition(":")[2] for n in names)


def _section(rule: Rule) -> str:
    return (
        f"\n## {rule.id}\n\n{rule.explanation['en']}\n\n**What to do.** {rule.fix['en']}\n\n"
        f"*{rule.explanation['es']}* **Qué hacer.** *{rule.fix['es']}*\n"
    )


if __name__ == "__main__":
    sys.stdout.write(markdown())
