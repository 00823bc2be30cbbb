"""The sound observations of one dataflow of a message, as a table of DuckDB.

``obs`` has the dimensions and the attributes that rules name (text), and

=========  =====================================================================================
``_row``   number of the row among the rows put aside
``_for``   a bit for each rule that is to judge the row, where not all do
``_time``  the period as written; ``_start`` and ``_end`` the instants it covers (end exclusive)
``_text``  the value as written
``_value`` the value times ``_scale``, null where it is missing (also by OBS_STATUS)
``_scale`` what UNIT_MULT says: 1, 1000 ...
=========  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.model.periods import spans
from hub.model.schema import DataSchema
from hub.model.spool import Spool
from hub.validation.view import Mask

__all__ = ["MISSING", "Table", "codes_in", "literal", "quoted"]

#: Codes of OBS_STATUS that say that the value is missing, as SQL.
MISSING = "('O', 'M', 'L', 'Q', 'H')"
#: The value of a row ``r``: a number, times its multiplier, unless its status says it is missing.
_NUMBER = (
    "CASE WHEN {missing} THEN NULL ELSE "
    "(CASE WHEN isfinite(try_cast(r.{measure} AS DOUBLE)) "
    "THEN try_cast(r.{measure} AS DOUBLE) END) * {scale} END"
)


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text constant."""
    return "'" + value.replace("'", "''") + "'"


def codes_in(column: str, codes: Collection[str]) -> str:
    """Condition that a column expression is one of some codes."""
    listed = ", ".join(literal(c) for c in sorted(codes))
    return f"{column} IN ({listed})" if codes else "false"


class Table:
    """The table ``obs`` in a database of its own, which spills to ``folder``."""

    def __init__(self, schema: DataSchema, folder: Path, memory_mb: int) -> None:
        self.schema = schema
        self._config: dict[str, Any] = {
            "memory_limit": f"{memory_mb}MiB",
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
        self._open = False
        self.whole = True
        #: Codes of dimensions in all of the message, where not all rows are loaded.
        self.known: Mapping[str, frozenset[str]] = {}

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The database, opened when it is first needed: most messages need none."""
        self._open = True
        return duckdb.connect(":memory:", config=self._config)

    def close(self) -> None:
        """Let the database go."""
        if self._open:
            self.connection.close()

    def load(
        self, rows: Spool, judged: Mask, marks: npt.NDArray[np.uint64],
        attributes: Collection[str], *, whole: bool,
    ) -> None:  # fmt: skip
        """Fill ``obs`` from the rows put aside.

        ``judged`` says which, shape ``(rows,)``; ``marks`` is what ``_for`` is of each;
        ``attributes`` are those rules name. ``whole`` is whether no observation of the message was
        left out as faulty.
        """
        self.whole = whole
        schema = self.schema
        measure, time = schema.primary_measure.id, schema.time
        extra = {"OBS_STATUS", "UNIT_MULT", *attributes} & schema.by_id.keys()
        names = [*schema.series_key, *sorted(extra - set(schema.key)), measure]
        names += [time.id] if time is not None else []
        fields = [pa.field(n, pa.string()) for n in names] + [
            pa.field("_row", pa.int64()), pa.field("_for", pa.uint64())
        ]  # fmt: skip
        stream = pa.RecordBatchReader.from_batches(
            pa.schema(fields), _judged_rows(rows, names, judged, marks)
        )
        self.connection.register("stream", stream)
        self.connection.execute("CREATE TABLE raw AS FROM stream")
        self.connection.unregister("stream")
        self._periods("raw")
        kept = [n for n in names if n not in (measure, time and time.id)]
        self.run(
            f"CREATE TABLE obs AS SELECT {', '.join(f'r.{quoted(n)}' for n in kept)}, r._row, "
            f"r._for, {self.value_columns(self.schema.columns)} FROM raw r {self.join_periods()}"
        )
        self.run("DROP TABLE raw")

    def value_columns(self, have: Collection[str]) -> str:
        """The columns from ``_time`` on, for rows ``r`` with periods ``p``."""
        time, measure = self.schema.time, quoted(self.schema.primary_measure.id)
        scale = "1.0"
        if "UNIT_MULT" in self.schema.by_id and "UNIT_MULT" in have:
            scale = "pow(10, coalesce(try_cast(r.UNIT_MULT AS INTEGER), 0))"
        status = "OBS_STATUS" in self.schema.by_id and "OBS_STATUS" in have
        missing = f"coalesce(r.OBS_STATUS, '') IN {MISSING}" if status else "false"
        number = _NUMBER.format(missing=missing, measure=measure, scale=scale)
        return (
            f"{f'r.{quoted(time.id)}' if time else 'NULL::VARCHAR'} AS _time, p._start, p._end, "
            f"r.{measure} AS _text, {number} AS _value, {scale} AS _scale"
        )

    def join_periods(self) -> str:
        """The join that gives rows ``r`` their periods ``p``."""
        if self.schema.time is None:
            return "CROSS JOIN period p"
        return f"JOIN period p ON r.{quoted(self.schema.time.id)} = p.period"

    def _periods(self, source: str) -> None:
        time = self.schema.time
        if time is None:
            none = "NULL::TIMESTAMP"
            self.run(f"CREATE TABLE period AS SELECT {none} AS _start, {none} AS _end")
            return
        texts = self.connection.sql(
            f"SELECT DISTINCT {quoted(time.id)} AS period FROM {source}"
        ).to_arrow_table()
        starts, ends = spans(texts.column("period"))
        found = pa.table({"period": texts.column("period"), "_start": starts, "_end": ends})
        self.connection.register("incoming", found)
        self.run("CREATE TABLE period AS FROM incoming")
        self.connection.unregister("incoming")

    def run(self, statement: str) -> duckdb.DuckDBPyConnection:
        """Run a statement."""
        return self.connection.execute(statement)

    @cached_property
    def rows(self) -> int:
        """Number of rows of ``obs``."""
        return int(self.run("SELECT count(*) FROM obs").fetchall()[0][0])

    def codes(self, dimension: str) -> frozenset[str]:
        """Distinct codes of a dimension in the message, whether all its rows were loaded or not."""
        return self.known.get(dimension, self._codes[dimension])

    @cached_property
    def _codes(self) -> dict[str, frozenset[str]]:
        dims = self.schema.series_key
        lists = ", ".join(f"list(DISTINCT {quoted(d)})" for d in dims)
        (found,) = self.run(f"SELECT {lists} FROM obs").fetchall()
        return {d: frozenset(v or ()) for d, v in zip(dims, found, strict=True)}

    def varying(self, *without: str) -> list[str]:
        """Dimensions with more than one code, all but those named; the others tell nothing apart.

        REF_AREA is always among them: rules may ask for it.
        """
        return [
            d
            for d in self.schema.series_key
            if d not in without and (len(self.codes(d)) > 1 or d == "REF_AREA")
        ]


def _judged_rows(
    rows: Spool, names: list[str], judged: Mask, marks: npt.NDArray[np.uint64]
) -> Iterator[pa.RecordBatch]:
    start = 0
    for batch in rows:
        mask = judged[start : start + batch.num_rows]
        numbers = np.flatnonzero(mask)
        if len(numbers):
            taken = batch.select(names).take(pa.array(numbers))
            columns = [c.cast(pa.string()) for c in taken.columns]
            places = numbers + start
            columns += [pa.array(places, pa.int64()), pa.array(marks[places], pa.uint64())]
            yield pa.RecordBatch.from_arrays(columns, names=[*names, "_row", "_for"])
        start += batch.num_rows
