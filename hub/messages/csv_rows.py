"""Streaming the rows of an SDMX-CSV message into blocks; shared by both versions.

Everything is read as text: no type is guessed, and ``NA`` is Namibia. An empty cell, quoted or
not, means "not given" (CSV cannot tell it from an empty text); a row with nothing but empty cells
is no row. Rows are numbered as a spreadsheet shows them: the header is row 1 and a row that spans
several lines is one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from hub.errors import RequestSyntaxError
from hub.messages.columns import Indices, coded, compact, map_values, nulls, plain
from hub.messages.csv_several import split_cell
from hub.messages.csv_table import Column, CsvTable, spreadsheet_letter
from hub.model import several
from hub.model.dataset import BATCH_ROWS, CODED, Action, Block, Location
from hub.model.findings import MAX_FINDINGS, Finding, Severity
from hub.model.schema import Component, DataSchema, Role

__all__ = ["FRAME", "Group", "RowReader", "runs"]

#: Columns of the format itself; they never reach a block unless a structure uses the id.
FRAME = frozenset(
    {"STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY", "OBS_KEY", "DATAFLOW"}
)

#: Bytes read at a time. The parser reads ahead; larger ones only cost memory (measured).
_BLOCK_BYTES = 1 << 20

_DECIMAL_COMMA = r"^[+-]?[0-9]*,[0-9]+$"


@dataclass(frozen=True, slots=True)
class Group:
    """What consecutive rows have in common."""

    schema: DataSchema
    action: Action


@dataclass
class RowReader:
    """Reads the rows of ``table``; ``findings`` grows as they stream.

    ``ids`` maps a header id to a component id where they differ (``OBS_VALUE`` of version 1.0).
    It is also the ``Locator`` of the message.
    """

    table: CsvTable
    text_columns: frozenset[str]
    findings: list[Finding] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._invalid: list[int] = []
        self._dropped: list[int] = []
        self._parsed = 0
        self._unlisted = 0
        self._told: set[str] = set()

    # -- rows ------------------------------------------------------------------------------------

    def blocks(
        self, group: Callable[[pa.RecordBatch], tuple[Indices, Sequence[Group]]]
    ) -> Iterator[Block]:
        """Blocks of consecutive rows with the same group.

        ``group`` numbers the rows of a batch by group, -1 where a row belongs nowhere (it has
        reported why).
        """
        ordinal = 0
        for batch in self._batches():
            rows, groups = group(batch)
            keep = rows >= 0
            if not keep.all():
                self._dropped.extend((np.flatnonzero(~keep) + self._parsed).tolist())
                batch_kept, rows = batch.filter(pa.array(keep)), rows[keep]
            else:
                batch_kept = batch
            self._parsed += batch.num_rows
            for start, stop in runs(rows):
                chosen = groups[rows[start]]
                part = batch_kept.slice(start, stop - start)
                part = self._finish(chosen.schema, part, part.num_rows == batch.num_rows)
                yield Block(chosen.schema, chosen.action, part, ordinal)
                ordinal += stop - start
        if self._unlisted:
            self.findings.append(
                Finding("ROW_FIELDS", f"{self._unlisted} more rows are faulty and not listed.")
            )

    def _batches(self) -> Iterator[pa.RecordBatch]:
        if self.table.first is None:
            return
        text = {c.header: pa.string() for c in self.table.columns if c.id in self.text_columns}
        try:
            reader = pa.csv.open_csv(
                self.table.path,
                read_options=pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
                parse_options=pa.csv.ParseOptions(
                    delimiter=self.table.separator,
                    newlines_in_values=self.table.scan.multiline,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._invalid_row,
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=text,
                    default_column_type=CODED,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
            for batch in reader:
                if batch.num_rows:
                    yield batch
        except pa.ArrowInvalid as error:
            raise RequestSyntaxError(f"The file cannot be read as CSV: {error}.") from None

    def _invalid_row(self, row: pa.csv.InvalidRow) -> str:
        self._invalid.append(row.number)
        expected, got = row.expected_columns, row.actual_columns
        advice = (
            f"put text that holds the separator ({self.table.separator}) in quotation marks"
            if got > expected
            else "give every row as many fields as the header, empty ones too"
        )
        self.report(
            Finding(
                "ROW_FIELDS",
                f"The row has {got} fields and the header has {expected}: {advice}.",
                row=row.number,
                line=self._line(row.number),
                found=row.text[:200],
                expected=f"{expected} fields",
            )
        )
        return "skip"

    # -- findings and places ---------------------------------------------------------------------

    def report(self, finding: Finding) -> None:
        """Keep a finding about a row while there is room, else count it."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)
        else:
            self._unlisted += 1

    def row(self, index: int) -> int:
        """Spreadsheet row of the ``index``-th row of the batch being grouped."""
        return int(self._rows(np.array([self._parsed + index]))[0])

    def __call__(self, ordinals: Sequence[int], component: str | None) -> list[Location]:
        """Places of observations (``hub.model.dataset.Locator``)."""
        wanted = np.asarray(ordinals, dtype=np.int64)
        dropped = np.asarray(self._dropped, dtype=np.int64)
        before = np.searchsorted(dropped - np.arange(len(dropped)), wanted, side="right")
        column = self._column(component)
        return [
            Location(row=row, column=column, line=self._line(row))
            for row in self._rows(wanted + before).tolist()
        ]

    def _rows(self, parsed: Indices) -> Indices:
        """Spreadsheet rows of rows the parser kept."""
        invalid = np.sort(np.asarray(self._invalid, dtype=np.int64))
        before = np.searchsorted(invalid - np.arange(len(invalid)) - 2, parsed, side="right")
        return np.asarray(parsed + before + 2, dtype=np.int64)

    def _line(self, row: int) -> int | None:
        return None if self.table.scan.multiline else row

    def _column(self, component: str | None) -> str | None:
        if component is None:
            return None
        back = {c: h for h, c in self.aliases.items()}
        column = self.table.by_id.get(back.get(component, component))
        return column.header if column else component

    # -- columns ---------------------------------------------------------------------------------

    def _finish(self, schema: DataSchema, part: pa.RecordBatch, whole: bool) -> pa.RecordBatch:
        """The columns of one run in the schema's order, other columns after them.

        ``whole``: the run is all the parser yielded, so every dictionary value is in use.
        """
        named = self.table.names(schema)
        found: dict[str, pa.Array] = {}
        for column in self.table.columns:
            id_ = self.aliases.get(column.id, column.id)
            component = schema.by_id.get(id_)
            values = part.column(column.position)
            if column.position in named or (component is None and id_ in FRAME):
                continue
            if component is not None:
                found[id_] = self._values(component, column, values, whole)
            elif values.null_count < len(values):
                if id_:
                    found[id_] = compact(coded(values))
                else:
                    self._nameless(column.position)
        order = [c for c in schema.columns if c in found]
        order += [c for c in found if c not in schema.by_id]
        if not order:
            # A Delete that names nothing but a structure: its row must still count as one.
            order = [schema.columns[0]]
            found[order[0]] = nulls(part.num_rows)
        return pa.record_batch([found[c] for c in order], names=order)

    def _values(
        self, component: Component, column: Column, values: pa.Array, whole: bool
    ) -> pa.Array:
        within = self.table.within if column.brackets == "" else ""
        if component.several or within:
            return self._several(component, values, within)
        if self.table.labelled and (component.codes is not None or component.role is Role.TIME):
            values = map_values(
                compact(coded(values)), lambda texts: [t.split(": ", 1)[0] for t in texts]
            )
        if component.is_numeric and self.table.separator != ",":
            values = self._decimal_point(component, values)
        if component.role is Role.MEASURE:
            return plain(values)
        return coded(values) if whole else compact(coded(values))

    def _several(self, component: Component, values: pa.Array, within: str) -> pa.Array:
        """Cells that may hold several values, with ``within`` between them (nothing: one)."""
        labelled = self.table.labelled and component.codes is not None

        def text(cell: str) -> str | None:
            found = split_cell(cell, within) if within else [cell]
            found = [v.split(": ", 1)[0] for v in found] if labelled else found
            if component.several:
                return several.join(found)
            if len(found) == 1:
                return found[0]
            self._tell(
                "VALUE_MULTIPLE",
                f"{component.id} is given {len(found)} values; the structure takes one.",
                self._column(component.id),
                Severity.ERROR,
            )
            return cell

        changed = map_values(compact(coded(values)), lambda cells: [text(c) for c in cells])
        return plain(changed) if component.role is Role.MEASURE else changed

    def _decimal_point(self, component: Component, values: pa.Array) -> pa.Array:
        """Numbers with a decimal comma, which the format allows where the separator is not it."""
        texts = plain(values) if component.role is Role.MEASURE else coded(values).dictionary
        comma = pc.match_substring_regex(texts, _DECIMAL_COMMA)
        if not pc.any(comma).as_py():
            return values
        self._tell(
            "DECIMAL_COMMA",
            f"{component.id} is written with a decimal comma, as SDMX-CSV allows with the "
            f"separator {self.table.separator!r}; it is read with a decimal point.",
            self._column(component.id),
        )
        changed = pc.if_else(comma, pc.replace_substring(texts, ",", "."), texts)
        if component.role is Role.MEASURE:
            return changed
        return compact(pa.DictionaryArray.from_arrays(coded(values).indices, changed))

    def _nameless(self, position: int) -> None:
        letter = spreadsheet_letter(position)
        message = f"Column {letter} holds values and has no header: name it or empty it."
        self._tell("COLUMN_UNNAMED", message, letter, Severity.ERROR)

    def _tell(
        self, rule: str, message: str, column: str | None, severity: Severity = Severity.NOTE
    ) -> None:
        """Report something about a column, once."""
        if message not in self._told:
            self._told.add(message)
            self.findings.append(Finding(rule, message, severity, row=1, column=column))


def runs(rows: Indices) -> Iterator[tuple[int, int]]:
    """Start and end of each stretch of equal numbers, none longer than a block."""
    if len(rows) == 0:
        return
    cuts = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), len(rows)]
    for start, stop in pairwise(cuts):
        for first in range(start, stop, BATCH_ROWS):
            yield first, min(first + BATCH_ROWS, stop)
