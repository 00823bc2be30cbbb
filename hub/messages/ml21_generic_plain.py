"""The plain way through generic data: native code reads, numpy turns rows of values to columns.

The survey (``ml21_generic_scan``) cuts the body into pieces of whole series. xml2arrow makes linked
tables of each: observations, and the ``Value`` elements of keys and attributes with the number of
the series and observation they stand in. A table of values becomes columns by one assignment per
component. The answer is believed only if libxml2, beside it, accepts the document and every element
and value that was counted has come out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xml2arrow import XmlToArrowParser
from xml2arrow.exceptions import Xml2ArrowError

from hub.errors import RequestSyntaxError
from hub.messages.columns import coded, dense, slice_batch
from hub.messages.ml21_generic_scan import Layout, survey
from hub.messages.ml_columns import Misplaced, record_batch, take_coded
from hub.messages.ml_envelope import Envelope, local
from hub.messages.ml_native import WellFormed, attribute_values, merge_series, native_parser
from hub.model.dataset import BATCH_ROWS, Block
from hub.model.findings import Finding
from hub.model.schema import DataSchema, Role
from hub.xml_safe import feed, parser

__all__ = ["Layout", "blocks", "survey"]

#: Bytes of the pieces that are parsed one after the other, where series allow it.
_PIECE = 1 << 22


def blocks(
    envelope: Envelope, layout: Layout, check: WellFormed, findings: list[Finding]
) -> Iterator[Block]:
    """Blocks of the message's one dataset; ``check`` is libxml2 at work on the same file.

    Raises ``RequestSyntaxError`` when the document proves not to be well formed.
    """
    schema = envelope.schema_of(layout.attributes)
    action = envelope.action_of(layout.attributes)
    dimension = None if layout.flat else envelope.observation_dimension(layout.attributes)
    reader = _Reader(schema, layout, dimension)
    rows = 0
    for data in _pieces(envelope, layout):
        try:
            columns, count = reader.take(data)
        except Xml2ArrowError as error:
            check.result()  # libxml2's sentence, with line and column, if it agrees
            raise RequestSyntaxError(f"The observations could not be read: {error}") from None
        if columns is None:
            break
        batch = record_batch(schema, columns, count)
        for start in range(0, count, BATCH_ROWS):
            part = slice_batch(batch, start, min(start + BATCH_ROWS, count))
            yield Block(schema, action, part, rows + start)
        rows += count
    check.result()
    if reader.failed or (rows, reader.values, reader.measures) != (
        layout.observations,
        layout.values,
        layout.measures,
    ):
        raise RequestSyntaxError(
            f"The message has {layout.observations} observations and {layout.values} values, and "
            "not all of them stand where generic data have them: check the order of its elements."
        )
    if reader.unknown:
        findings.extend(_misplaced(envelope, schema))


def _pieces(envelope: Envelope, layout: Layout) -> Iterator[bytes]:
    """The body in pieces of whole series, each as a small document."""
    starts = layout.cuts[:1]
    for cut in layout.cuts:
        if cut - starts[-1] >= _PIECE:
            starts.append(cut)
    with envelope.path.open("rb") as file:
        for start, stop in pairwise([*starts, layout.end]):
            file.seek(start)
            data = file.read(stop - start)
            if stop == layout.end:
                data = data[: data.rfind(b">", 0, data.rfind(b"DataSet")) + 1]
            yield b"<r>" + data + b"</r>"


@dataclass
class _Values:
    """Rows of ``Value`` elements: the row each belongs to, its id and its value."""

    owner: np.ndarray
    ids: pa.DictionaryArray
    values: pa.DictionaryArray

    def columns(self, rows: int, schema: DataSchema) -> tuple[dict[str, pa.Array], bool]:
        """One column of ``rows`` rows per component; whether an id is none of a component."""
        found: dict[str, pa.Array] = {}
        which, value = dense(self.ids), dense(self.values)
        unknown = False
        for place, name in enumerate(self.ids.dictionary.to_pylist()):
            if name not in schema.by_id:
                unknown = True
                continue
            here = which == place
            index = np.full(rows, -1, np.int64)
            index[self.owner[here]] = value[here]
            used, local_ = np.unique(index, return_inverse=True)
            null = int(used[0] == -1)
            codes = pa.array((local_ - null).astype(np.int32), mask=index < 0)
            kept = self.values.dictionary.take(pa.array(used[null:]))
            found[name] = pa.DictionaryArray.from_arrays(codes, kept)
        return found, unknown


class _Reader:
    """Turns pieces into columns, and counts what came out."""

    def __init__(self, schema: DataSchema, layout: Layout, dimension: str | None) -> None:
        self.schema = schema
        self.flat = layout.flat
        self.dimension = dimension
        self.parse = _parser(layout.flat)
        self.values = self.measures = 0
        self.unknown = self.failed = False
        self._series = 0

    def take(self, data: bytes) -> tuple[dict[str, pa.Array] | None, int]:
        """Columns of a piece and its number of rows; ``None`` when something is out of place."""
        tables = self.parse.parse(data)
        observations = tables["o"]
        rows = observations
        if not self.flat:  # the other children of a series are rows without a value of their own
            rows = observations.filter(pc.is_valid(observations.column("t")))
        count = rows.num_rows
        numbers = self._numbers(rows)
        columns: dict[str, pa.Array] = {}
        shared: dict[str, pa.Array] = {}
        for name in ("sk", "sa", "ok", "oa"):
            if name not in tables or not tables[name].num_rows:
                continue
            of_series = name[0] == "s"
            into = shared if of_series else columns
            found = self._table(tables[name], of_series=of_series, numbers=numbers)
            if found is None:
                self.failed = True
                return None, 0
            size = self._series if of_series else count
            made, unknown = found.columns(size, self.schema)
            into |= made
            self.unknown |= unknown
        self._observed(rows, columns)
        if shared:
            owner = rows.column("<Series>").to_numpy().astype(np.int32)
            merge_series(columns, {n: take_coded(c, owner) for n, c in shared.items()})
        for name, column in columns.items():
            if self.schema.by_id[name].role is Role.MEASURE:
                columns[name] = column.cast(pa.string())
        return columns, count

    def _numbers(self, rows: pa.RecordBatch) -> np.ndarray:
        """One ascending number per observation, made of its series and its place in it."""
        if self.flat:
            self._series = 0
            return np.arange(rows.num_rows, dtype=np.int64)
        series = rows.column("<Series>").to_numpy().astype(np.int64)
        self._series = int(series[-1]) + 1 if len(series) else 0
        places: np.ndarray = rows.column("<Obs>").to_numpy().astype(np.int64)
        numbers: np.ndarray = (series << 32) | places
        return numbers

    def _table(
        self, table: pa.RecordBatch, *, of_series: bool, numbers: np.ndarray
    ) -> _Values | None:
        ids, values = table.column("id"), table.column("value")
        self.values += table.num_rows
        if ids.null_count or values.null_count:
            return None
        if of_series:
            owner = table.column("<Series>").to_numpy().astype(np.int64)
            fits = not len(owner) or int(owner.max()) < self._series
        else:
            asked = table.column("<Obs>").to_numpy().astype(np.int64)
            if not self.flat:
                asked |= table.column("<Series>").to_numpy().astype(np.int64) << 32
            owner = np.searchsorted(numbers, asked)
            fits = bool((owner < len(numbers)).all()) and bool((numbers[owner] == asked).all())
        return _Values(owner, coded(ids), attribute_values(values)) if fits else None

    def _observed(self, rows: pa.RecordBatch, columns: dict[str, pa.Array]) -> None:
        """The dimension and the measure that stand at the observation."""
        if self.dimension is not None and self.dimension in self.schema.by_id:
            columns[self.dimension] = attribute_values(rows.column("t"))
        measured = rows.column("v")
        self.measures += len(measured) - measured.null_count
        if measured.null_count < len(measured):
            columns[self.schema.primary_measure.id] = measured


@lru_cache(maxsize=2)
def _parser(flat: bool) -> XmlToArrowParser:
    """Linked tables of a piece: ``o`` observations; ``sk sa ok oa`` values of keys, attributes."""
    unit = "/r" if flat else "/r/Series"
    levels = ["Obs"] if flat else ["Series", "Obs"]
    observed = [] if flat else [("t", f"{unit}/Obs/ObsDimension/@value")]
    tables = [_table("o", unit, levels, [*observed, ("v", f"{unit}/Obs/ObsValue/@value")])]
    parts = [("oa", f"{unit}/Obs/Attributes", levels)]
    if flat:
        parts.append(("ok", f"{unit}/Obs/ObsKey", levels))
    else:
        tables.insert(0, _table("s", "/r", ["Series"], []))
        parts += [("sk", f"{unit}/SeriesKey", levels[:1]), ("sa", f"{unit}/Attributes", levels[:1])]
    for name, path, above in parts:
        fields = [("id", f"{path}/Value/@id"), ("value", f"{path}/Value/@value")]
        tables.append(_table(name, path, [*above, "Value"], fields))
    return native_parser(tables)


def _table(
    name: str, path: str, levels: list[str], fields: list[tuple[str, str]]
) -> dict[str, object]:
    described = [
        {"name": n, "xml_path": where, "data_type": "Utf8", "nullable": True} for n, where in fields
    ]
    return {"name": name, "xml_path": path, "levels": levels, "fields": described}


def _misplaced(envelope: Envelope, schema: DataSchema) -> Iterator[Finding]:
    """Say which ids are none of the structure's (slow, and only for faulty messages)."""
    misplaced = Misplaced(schema)
    number = 0

    class Look:
        def start(self, tag: str, attributes: dict[str, str]) -> None:
            nonlocal number
            if local(tag) == "Value":
                name = attributes.get("id", "")
                if name not in schema.by_id:
                    misplaced.note("Value", name, number)
                number += 1

        def close(self) -> None: ...

    feed(envelope.path, parser(target=Look()))
    yield from misplaced.findings(envelope.path)
