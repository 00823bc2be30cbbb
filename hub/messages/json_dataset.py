"""Writing the observations of one SDMX-JSON dataset, as they stream by.

Nothing is looked at twice: keys and values are numbers into lists that grow while rows pass and
that are written after the datasets. Rows must come with their series together; the writer raises
when a series comes back, for JSON would let the second one replace the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import SemanticError
from hub.messages.columns import (
    Indices,
    Piece,
    constant,
    join_rows,
    merge,
    nulls,
    text_piece,
)
from hub.messages.json_group_write import GroupWriter
from hub.messages.json_layout import Layout
from hub.messages.json_values import number_piece, written
from hub.messages.series_runs import SeriesRuns
from hub.model.schema import Component

__all__ = ["DatasetWriter"]

_Mask = npt.NDArray[np.bool_]


class DatasetWriter:
    """Writes the ``series`` or ``observations`` object of one dataset and what follows it."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._runs = SeriesRuns([c.id for c in layout.series])
        self._any = False
        self._observations = 0  # of the series that is open
        self._attributes: list[int] = [-1] * len(layout.series_attributes)
        self._dataset: list[int] = [-1] * len(layout.dataset_attributes)
        self._groups = GroupWriter(layout)
        self._hashes: list[npt.NDArray[np.uint64]] = []

    def open(self) -> bytes:
        """What stands before the rows."""
        return b'"observations":{' if self._layout.flat else b'"series":{'

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of one batch (not empty)."""
        self._dataset = [
            _single(self._index(batch, a), known, a)
            for a, known in zip(self._layout.dataset_attributes, self._dataset, strict=True)
        ]
        self._groups.take(batch, self._index)
        shown = self._shown(batch)
        if self._layout.flat:
            return self._flat(batch.filter(pa.array(shown)))
        return self._series(batch, shown)

    def close(self) -> bytes:
        """What stands after the rows: brackets, and the attributes of the dataset.

        Raises ``ValueError`` when some series came twice.
        """
        if self._hashes:
            keys = np.concatenate(self._hashes)
            if len(np.unique(keys)) < len(keys):
                raise ValueError("the rows of a series do not stand together")
        ends = "}" if self._layout.flat or not self._any else "}}}"
        if any(place >= 0 for place in self._dataset):
            values = ",".join("null" if p < 0 else str(p) for p in self._dataset)
            ends += f',"attributes":[{values}]'
        return ends.encode() + self._groups.text()

    # -- columns ---------------------------------------------------------------------------------

    def _column(self, batch: pa.RecordBatch, component: Component) -> pa.Array:
        if component.id in batch.schema.names and component.id not in self._layout.hidden:
            return batch.column(component.id)
        return nulls(batch.num_rows)

    def _index(self, batch: pa.RecordBatch, component: Component) -> Indices:
        return self._layout.values[component.id].indices(self._column(batch, component))

    def _shown(self, batch: pa.RecordBatch) -> _Mask:
        """Rows that are observations; the others stand for a series.

        Raises ``SemanticError`` for an observation that does not say which one it is.
        """
        layout = self._layout
        if layout.series_only:
            return np.full(batch.num_rows, layout.flat, dtype=np.bool_)
        missing = np.zeros(batch.num_rows, dtype=np.bool_)
        for dimension in layout.observation:
            missing |= _is_null(self._column(batch, dimension))
        if missing.any():
            for component in (*layout.measures, *layout.observation_attributes):
                given = ~_is_null(self._column(batch, component))
                if layout.flat or (given & missing).any():
                    raise SemanticError(
                        "An observation without "
                        f"{' or '.join(d.id for d in layout.observation)} cannot be written as "
                        "SDMX-JSON in this layout; use SDMX-CSV 2.0."
                    )
        return ~missing

    # -- observations ----------------------------------------------------------------------------

    def _flat(self, batch: pa.RecordBatch) -> bytes:
        if batch.num_rows == 0:
            return b""
        text = join_rows([constant(",", batch.num_rows), *self._observation(batch)])
        first, self._any = not self._any, True
        return text[1:] if first else text

    def _observation(self, batch: pa.RecordBatch) -> list[Piece]:
        """``"key":[measures, attributes]`` of each row."""
        layout, rows = self._layout, batch.num_rows
        pieces: list[Piece] = [constant('"', rows)]
        last = len(layout.observation) - 1
        for place, dimension in enumerate(layout.observation):
            ends = '":[' if place == last else ":"
            pieces.append(self._numbers(batch, dimension, "", ends))
        for place, measure in enumerate(layout.measures):
            if place:
                pieces.append(constant(",", rows))
            if measure.id in layout.literals:
                pieces.append(number_piece(self._column(batch, measure), measure))
            else:
                pieces.append(self._numbers(batch, measure, "", ""))
        tail = [self._attribute(batch, a) for a in layout.observation_attributes]
        if not layout.measures and tail:
            # The comma before the first attribute belongs after a measure.
            joined = merge(tail)
            tail = [replace(joined, table=pc.utf8_slice_codeunits(joined.table, 1))]
        if tail:
            whole = merge(tail)
            if whole.distinct and layout.measures:
                # Nulls at the end need not be written.
                short = pc.replace_substring_regex(whole.table, r"(,null)+$", "")
                whole = replace(whole, table=short)
            pieces.append(whole)
        return [*pieces, constant("]", rows)]

    def _attribute(self, batch: pa.RecordBatch, attribute: Component) -> Piece:
        if attribute.id not in self._layout.literals:
            return self._numbers(batch, attribute, ",", "")
        return text_piece(
            self._column(batch, attribute),
            lambda texts: ["," + written(attribute, t) for t in texts],
            ",null",
        )

    def _numbers(
        self, batch: pa.RecordBatch, component: Component, before: str, after: str
    ) -> Piece:
        values = self._layout.values[component.id]
        return text_piece(
            self._column(batch, component),
            lambda texts: [f"{before}{place}{after}" for place in values.table(texts)],
            f"{before}null{after}",
        )

    # -- series ----------------------------------------------------------------------------------

    def _series(self, batch: pa.RecordBatch, shown: _Mask) -> bytes:
        starts = self._runs.starts(batch)
        places = np.flatnonzero(starts)
        run: Indices = np.cumsum(
            starts, dtype=np.int64
        )  # 0: the series that the batch before left open
        lead = self._lead(run, shown, starts, self._headers(batch, places, run))
        if shown.all():
            return join_rows([lead, *self._observation(batch)])
        if not shown.any():
            return join_rows([lead])
        pieces = merge(self._observation(batch.filter(pa.array(shown)))).rows()
        where = np.where(shown, np.cumsum(shown) - 1, len(pieces))
        texts = pa.concat_arrays([pieces, pa.array([""], pa.string())])
        return join_rows([lead, Piece(texts, where.astype(np.int64))])

    def _headers(self, batch: pa.RecordBatch, places: Indices, run: Indices) -> pa.StringArray:
        """What begins each series: the end of the one before, its key, its attributes."""
        firsts = batch.take(pa.array(places))
        key = [self._index(firsts, d) for d in self._layout.series]
        for dimension, index in zip(self._layout.series, key, strict=True):
            if (index < 0).any():
                raise SemanticError(
                    f"A row leaves the dimension {dimension.id} open; SDMX-JSON has no way to say "
                    "so: use SDMX-CSV 2.0."
                )
        self._hashes.append(_hash(key))
        ends = np.where(np.arange(len(places)) + self._any > 0, "}},", "")
        self._any = self._any or len(places) > 0
        numbers = pc.binary_join_element_wise(*(pa.array(k).cast(pa.string()) for k in key), ":")
        given = self._series_attributes(batch, run, len(places))
        opened = pa.scalar('":{'), given, pa.scalar('"observations":{')
        return pc.binary_join_element_wise(
            pa.array(ends, pa.string()), pa.scalar('"'), numbers, *opened, ""
        )

    def _series_attributes(
        self, batch: pa.RecordBatch, run: Indices, count: int
    ) -> pa.StringArray | pa.StringScalar:
        """``"attributes":[...],`` of each series that begins in this batch."""
        wanted = self._layout.series_attributes
        edges = np.flatnonzero(np.diff(run, prepend=-1))
        continued = int(run[0]) == 0
        columns = []
        for place, attribute in enumerate(wanted):
            found = _per_run(self._index(batch, attribute), edges, attribute)
            if continued and found[0] not in (-1, self._attributes[place]):
                raise _two_values(attribute, "series")
            if len(found) > continued:
                self._attributes[place] = int(found[-1])
            found = found[1:] if continued else found
            columns.append(pa.array(found, mask=found < 0).cast(pa.string()))
        if all(column.null_count == count for column in columns):
            return pa.scalar("")
        inner = pc.binary_join_element_wise(
            *columns, ",", null_handling="replace", null_replacement="null"
        )
        return pc.binary_join_element_wise(pa.scalar('"attributes":['), inner, pa.scalar("],"), "")

    def _lead(self, run: Indices, shown: _Mask, starts: _Mask, headers: pa.StringArray) -> Piece:
        """What stands before each observation: the beginning of its series, or a comma."""
        before: Indices = (
            np.cumsum(shown, dtype=np.int64) - shown
        )  # observations before this row, in the batch
        at_start = np.concatenate([[-self._observations], before[np.flatnonzero(starts)]])
        earlier = before - at_start[run]  # ... and in its series
        self._observations = int(earlier[-1] + shown[-1])
        table = pa.concat_arrays([pa.array(["", ","]), headers])
        comma = (shown & (earlier > 0)).astype(np.int64)
        indices = np.where(starts, run + 1, comma)
        return Piece(table, indices)


def _is_null(column: pa.Array) -> _Mask:
    return np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _per_run(index: Indices, edges: Indices, attribute: Component) -> Indices:
    """The one value of each run of rows, -1 where none gives one."""
    highest: Indices = np.maximum.reduceat(index, edges)
    lowest = np.minimum.reduceat(np.where(index < 0, np.iinfo(np.int64).max, index), edges)
    if ((highest >= 0) & (lowest != highest)).any():
        raise _two_values(attribute, "series")
    return highest


def _single(index: Indices, known: int, attribute: Component) -> int:
    """The one value of a whole dataset, with what earlier rows gave."""
    given = np.unique(index[index >= 0]).tolist()
    if len({*given, known} - {-1}) > 1:
        raise _two_values(attribute, "dataset")
    return given[0] if given else known


def _two_values(attribute: Component, level: str) -> SemanticError:
    return SemanticError(
        f"The attribute {attribute.id} belongs to a whole {level} and has two values in one: the "
        "data must be put right before they can be written as SDMX-JSON."
    )


def _hash(key: Sequence[Indices]) -> npt.NDArray[np.uint64]:
    """One well mixed number per key (splitmix64 over its parts)."""
    total = np.zeros(len(key[0]), dtype=np.uint64)
    for part in key:
        total = total * np.uint64(0x9E3779B97F4A7C15) + part.astype(np.uint64) + np.uint64(1)
        total ^= total >> np.uint64(30)
        total *= np.uint64(0xBF58476D1CE4E5B9)
        total ^= total >> np.uint64(27)
    return total
