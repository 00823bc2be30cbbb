"""The seeded corpus in every format: how many faults were planted, and how many were found.

``python tests/validation/figures.py > docs/rules-corpus.json`` writes what ``docs/rules.md`` shows;
``test_corpus.py`` makes the same figures again and compares.

Each kind of fault is planted three times in a message of 480 observations in two datasets: in the
first row, at the end of a series within the first dataset, in the last row of the second. A fault
counts as found when the report has it exactly once, under its rule, component, key and value; where
the format is a table, in its row; where it is XML, at a line at which, or at the head of whose
series, the value stands. With one finding too many anywhere in the report none of the three counts.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from corpus import PLANTS, SCHEMA, Columns, Plant, clean, message

from hub.errors import HubError, NotFound
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.formats import Kind, formats
from hub.model.dataset import Action, Block, Header
from hub.model.findings import Finding
from hub.model.schema import DataSchema
from hub.plugins import connector_catalogue
from hub.structures.repository import StructureSet
from hub.validation import check_file, validate

FORMATS = [f.name for f in formats(Kind.DATA) if f.reader and f.writer]
#: First row; last row of a series within the first dataset; last row of the second.
PLACES = (0, 203, 479)
HEADER = Header("T1", "TEST", datetime(2026, 1, 1, tzinfo=UTC))
NAMES = tuple(SCHEMA.columns)
#: Formats whose text cannot be looked at line by line, and those whose observations are counted.
BINARY, COUNTED = {"parquet", "arrow"}, "json"
#: How many lines above an observation its series may begin.
SERIES = 60


def kinds() -> Iterator[Plant]:
    """Two faults of each kind: rule and component."""
    met: Counter[tuple[str, str | None]] = Counter()
    for plant in PLANTS:
        met[plant.rule, plant.component] += 1
        if met[plant.rule, plant.component] <= 2:
            yield plant


KINDS = tuple(kinds())


class Resolver:
    """The one dataflow of the corpus."""

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        if id != SCHEMA.dataflow.id:
            raise NotFound(f"There is no dataflow {id}")
        return SCHEMA

    def structure(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        if id != SCHEMA.structure.id:
            raise NotFound(f"There is no data structure {id}")
        return SCHEMA


def base() -> Columns:
    """The clean data; formats give an attribute of a series once for all its observations."""
    return {**clean(), "SOURCE": ["Census"] * 480}


def datasets(columns: Columns, *, two: bool) -> Iterator[Block]:
    """The columns as a dataset that merges and one that replaces, or as one."""
    for block in message(columns, 60).blocks:
        action = Action.REPLACE if two and block.ordinal >= 240 else Action.MERGE
        yield Block(block.schema, action, block.batch, block.ordinal)


def write(path: Path, columns: Columns, format_: str) -> bool:
    """Write a message; ``False`` where the format cannot say what the columns say."""
    for two in (True, False):
        try:
            blocks = datasets(columns, two=two)
            path.write_bytes(b"".join(write_data(blocks, format_, HEADER, WriteOptions())))
            return stands(path, columns, format_)
        except (HubError, ValueError, KeyError):
            continue
    return False


def stands(path: Path, columns: Columns, format_: str) -> bool:
    """Whether what was written is what was meant, faults included."""
    read = read_data(path, format_, Resolver())
    given: Counter[tuple[str | None, ...]] = Counter()
    for block in read.blocks:
        rows = block.batch.to_pydict()
        absent = [None] * block.batch.num_rows
        rows["OBS_VALUE"] = list(map(number, rows.get("OBS_VALUE", absent)))
        given.update(zip(*(rows.get(name, absent) for name in NAMES), strict=True))
    meant = columns | {"OBS_VALUE": list(map(number, columns["OBS_VALUE"]))}
    return given == Counter(zip(*(meant[name] for name in NAMES), strict=True))


def number(text: str | None) -> str | None:
    """A number in one form, as JSON writes ``+7`` as ``7``; other texts as they are."""
    if text is None or re.fullmatch(r"[+-]?[0-9]+\.?[0-9]*", text) is None:
        return text
    return f"{Decimal(text).normalize():f}"


def planted(plant: Plant) -> tuple[Columns, list[int]]:
    """The columns with a kind of fault at the three places, and the ordinals it is found at."""
    columns = base()
    # An attribute of the dataset has one first value: the same other value is one fault.
    places = PLACES[1:2] if plant.component == "TITLE" else PLACES
    return columns, [plant.plant(columns, place) for place in places]


def figures(format_: str) -> dict[str, list[int]]:
    """Planted and found by rule, in one format; a rule is left out where it cannot be planted."""
    found: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "message"
        assert write(path, base(), format_)
        assert not check_file(path, format_, Resolver()).findings, format_
        for plant in KINDS:
            columns, ordinals = planted(plant)
            if not write(path, columns, format_):
                continue
            report = check_file(path, format_, Resolver())
            figure = found.setdefault(plant.rule, [0, 0])
            figure[0] += len(ordinals)
            figure[1] += hits(report.findings, plant, columns, ordinals, path, format_)
    return dict(sorted(found.items()))


def hits(
    findings: Iterable[Finding], plant: Plant, columns: Columns, ordinals: list[int],
    path: Path, format_: str,
) -> int:  # fmt: skip
    """How many planted faults were found, each once and at its place; 0 if anything else was."""
    told = sorted((f.rule, str(f.component), f.key, str(number(f.found))) for f in findings)
    due = sorted(
        (plant.rule, str(plant.component), key(columns, o), value(plant, columns, o))
        for o in ordinals
    )
    if told != due or not all(placed(f, path, format_) for f in findings):
        return 0
    if "csv" in format_:
        rows = sorted(f.row or 0 for f in findings)
        return len(due) if rows == [o + 2 for o in sorted(ordinals)] else 0
    return len(due)


def key(columns: Columns, ordinal: int) -> str:
    return ".".join(columns[d][ordinal] or "" for d in SCHEMA.series_key)


def value(plant: Plant, columns: Columns, ordinal: int) -> str:
    """What the finding quotes: the cell, or what stands in for it."""
    if plant.rule == "DUPLICATE_SAME":
        return str(number(columns["OBS_VALUE"][ordinal]))
    if plant.rule == "OBS_STATUS_MISSING_VALUE":
        return str(columns["OBS_STATUS"][ordinal])
    return str(number(columns[str(plant.component)][ordinal]))


def placed(finding: Finding, path: Path, format_: str) -> bool:
    """Whether the row or line that a finding names holds what it says."""
    if format_ in BINARY:
        return True
    line = finding.row if finding.row is not None else finding.line
    if line is None:
        return False
    # A dimension may stand at the head of its series; JSON has the number of the observation.
    first = line if "csv" in format_ else max(1, line - SERIES)
    if finding.found is None or COUNTED in format_:
        return True
    lines = path.read_text("utf-8").split("\n")
    return any(finding.found.strip() in each for each in lines[first - 1 : line])


def workbook_figures() -> dict[str, list[int]]:
    """Planted and found in a national workbook: the sample of Mexico's table of air entries."""
    catalogue = connector_catalogue()
    (sample,) = (p for p in catalogue.samples(CONNECTOR) if p.suffix == ".xlsx")
    sheet = openpyxl.load_workbook(sample).worksheets[0]
    labels = {
        str(cell.value).strip(): cell.row for cell in sheet["C"] if isinstance(cell.value, str)
    }
    places = [labels[name] for name in WORKBOOK_ROWS]
    found: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / sample.name
        for rule, column, change in WORKBOOK:
            book = openpyxl.load_workbook(sample)
            for row in places:
                cell = book.worksheets[0].cell(row, column)
                cell.value = change(cell.value)
            book.save(path)
            read = catalogue.read(CONNECTOR, path, StructureSet.shipped())
            report = validate(read, file=sample.name)
            told = sorted((f.rule, f.row or 0) for f in report if f.rule != "EXTRACT")
            due = sorted((rule, row) for row in places)
            found[rule] = [len(due), len(due) if told == due else 0]
    return dict(sorted(found.items()))


CONNECTOR = "mex/upm_air_entries"
#: First, middle and last of the countries that the sample has.
WORKBOOK_ROWS = ("Canadá", "Cuba", "Venezuela")
#: Rule, column and what becomes of the cell.
WORKBOOK: tuple[tuple[str, int, Callable[[Any], Any]], ...] = (
    ("LABEL_UNKNOWN", 3, lambda text: f"{text}x"),
    ("NUMBER_EXPECTED", 5, lambda _: "12a"),
    ("TOTAL_MISMATCH", 6, lambda number: (number or 0) + 1000),
)


def main() -> None:
    table: dict[str, Any] = {format_: figures(format_) for format_ in FORMATS}
    table["xlsx"] = workbook_figures()
    sys.stdout.write(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
