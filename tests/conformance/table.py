"""The table of the standard: its rows, the tests that prove them, and the page that shows both."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.conformance.collected import TARGET

__all__ = ["PAGE", "Row", "markdown", "problems", "proofs", "read_rows"]

ROOT = Path(__file__).resolve().parents[2]
ROWS = Path(__file__).resolve().parent / "rows"
PAGE = ROOT / "docs" / "conformance.md"

#: The parts of the page: the beginning of a section's number, its title.
SECTIONS = {
    "1.1": "REST 1.5: structures",
    "1.2": "REST 1.5: data",
    "1.3": "REST 1.5: availability",
    "1.4": "REST 1.5: schemas",
    "1.5": "REST 1.5: content negotiation",
    "1.6": "Periods",
    "1.7": "REST 1.5: statuses and errors",
    "2.1": "REST 2.2: data",
    "2.2": "REST 2.2: filters of components",
    "2.3": "REST 2.2: structures",
    "2.4": "REST 2.2: availability",
    "2.5": "REST 2.2: schemas",
    "2.6": "REST 2.2: reference metadata",
    "2.7": "REST 2.2: registrations",
    "2.8": "REST 2.2: media types",
    "2.9": "REST 2.2: statuses",
    "2.10": "REST 2.2: maintenance",
    "3.0": "Formats: namespaces and messages",
    "3.1": "Formats: SDMX-ML",
    "3.2": "Formats: actions of a dataset",
    "3.3": "Formats: SDMX-CSV",
    "3.4": "Formats: SDMX-JSON",
}

_HEAD = """# Conformance

Made by `python -m tests.conformance > docs/conformance.md`; a test keeps it current, and the tool
refuses a row without a test and a test of a row that is not here.

What SDMX asks of a service and its messages, fact by fact, each with the tests that prove it
(`file::test`; a number in brackets is how many cases the test has). Where the standard leaves a
thing to the service and the hub does not offer it, the row says so and the test proves the answer.
"""


@dataclass(frozen=True)
class Row:
    """A fact of the standard: its ``id``, the part of the page (``1.2``), and ``what`` it says."""

    id: str
    section: str
    what: str


def read_rows() -> list[Row]:
    """The rows of all files; raises ``ValueError`` for one that is not as it should be."""
    rows: list[Row] = []
    for path in sorted(ROWS.glob("*.yaml")):
        for given in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
            if set(given) != {"id", "section", "what"}:
                raise ValueError(f"{path.name}: a row has an id, a section and a what: {given}")
            row = Row(**{name: str(value).strip() for name, value in given.items()})
            if not re.fullmatch(r"(v1|v2|format)(\.[a-z0-9_]+)+", row.id):
                raise ValueError(f"{path.name}: {row.id!r} is no id of a row")
            if row.section not in SECTIONS:
                raise ValueError(f"{path.name}: {row.id} is of no section of the page")
            rows.append(row)
    return rows


def proofs() -> dict[str, dict[str, int]]:
    """Row id to the tests that prove it, each with its number of cases.

    The tests are collected in a process of their own, so that this can be asked within a test;
    raises ``RuntimeError`` with what pytest said when they cannot be collected.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "marks.json"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", "-q",
             "-p", "tests.conformance.collected", "tests"],
            cwd=ROOT, env={**os.environ, TARGET: str(target)}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode != 0 or not target.is_file():
            raise RuntimeError(f"the tests cannot be collected:\n{done.stdout}{done.stderr}")
        marks = json.loads(target.read_text(encoding="utf-8"))
    found: dict[str, dict[str, int]] = {}
    for row, test, _ in marks:
        tests = found.setdefault(row, {})
        tests[test] = tests.get(test, 0) + 1
    return found


def problems(rows: list[Row], proven: dict[str, dict[str, int]]) -> list[str]:
    """What is wrong with the table, a sentence each."""
    ids = [row.id for row in rows]
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    return [
        *(f"{id_}: there are two rows of this id" for id_ in twice),
        *(f"{id_}: no test proves this row" for id_ in ids if id_ not in proven),
        *(
            f"{id_}: there is no such row, but {', '.join(tests)} proves it"
            for id_, tests in sorted(proven.items())
            if id_ not in ids
        ),
    ]


def markdown(rows: list[Row], proven: dict[str, dict[str, int]]) -> str:
    """The page."""
    parts = [_HEAD]
    for section, title in SECTIONS.items():
        of_section = [row for row in rows if row.section == section]
        if of_section:
            parts.append(f"\n## {title}\n\n| row | what | proven by |\n| --- | --- | --- |\n")
            parts += [
                f"| `{row.id}` | {_cell(row.what)} | {_tests(proven.get(row.id, {}))} |\n"
                for row in of_section
            ]
    return "".join(parts)


def _tests(tests: dict[str, int]) -> str:
    return "<br>".join(
        f"`{test.removeprefix('tests/')}`" + (f" ({cases})" if cases > 1 else "")
        for test, cases in sorted(tests.items())
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
