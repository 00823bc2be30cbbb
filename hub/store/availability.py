"""What a release holds, seen from its dimensions: for choosing, counting and paging series.

:class:`SeriesIndex` is one scan of the Parquet files of a pinned table version: a row per series
with the number of its observations and the time they cover, as small integer columns. From it
come the codes that occur (each with the number of observations that the other choices leave), the
series of a choice in reading order, and the counts that a page states. It holds no values;
:class:`Holdings` reads those of the few series and periods that a page shows.

Counts are of observations as stored; nothing is sampled or cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.model.schema import DataSchema

__all__ = ["Choice", "Holdings", "Mask", "PeriodCount", "SeriesIndex"]

#: Codes chosen per dimension; a dimension that is absent is not restricted.
Choice = Mapping[str, frozenset[str]]

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PeriodCount:
    """A time period that occurs, its instants (``end`` is exclusive) and its observations."""

    text: str
    start: datetime
    end: datetime
    observations: int


@dataclass(frozen=True)
class SeriesIndex:
    """The series of one release of a dataflow.

    ``codes[d]`` are the codes of dimension ``d`` that occur; ``columns[d][i]`` is the place in
    ``codes[d]`` of the code of series ``i``; ``counts[i]`` is how many observations it has.
    ``start`` and ``end`` are the instants all observations lie between and ``latest`` is the time
    period that ends last; ``None`` without any.
    """

    schema: DataSchema
    codes: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, Ints]
    counts: Ints
    start: datetime | None
    end: datetime | None
    latest: str | None

    @property
    def series(self) -> int:
        """Number of series."""
        return len(self.counts)

    @cached_property
    def observations(self) -> int:
        """Number of observations."""
        return int(self.counts.sum())

    def mask(self, choice: Choice, but: str | None = None) -> Mask:
        """Series that ``choice`` leaves; the restriction on dimension ``but`` is left out."""
        left = np.ones(self.series, dtype=bool)
        for dimension, wanted in choice.items():
            if dimension != but:
                left &= self._chosen(dimension, wanted)
        return left

    def _chosen(self, dimension: str, wanted: frozenset[str]) -> Mask:
        known = np.array([code in wanted for code in self.codes[dimension]], dtype=bool)
        return np.asarray(known[self.columns[dimension]], dtype=bool)

    def occurring(self, dimension: str, mask: Mask) -> dict[str, int]:
        """Codes of ``dimension`` among the series of ``mask``, with their observations."""
        codes = self.codes[dimension]
        sums = np.bincount(
            self.columns[dimension][mask], weights=self.counts[mask], minlength=len(codes)
        )
        return {code: int(n) for code, n in zip(codes, sums, strict=True) if n}

    def facet(self, dimension: str, choice: Choice) -> dict[str, int]:
        """Codes of ``dimension`` that the choices on the *other* dimensions leave, counted."""
        return self.occurring(dimension, self.mask(choice, but=dimension))

    def ordered(
        self, mask: Mask, by: Sequence[str], rank: Callable[[str, str], tuple[int, str]]
    ) -> Ints:
        """Places of the series of ``mask``, sorted by the dimensions ``by``, the first one first.

        ``rank(dimension, code)`` is the sort key of a code.
        """
        places = np.flatnonzero(mask)
        keys = []
        for d in by:
            codes = self.codes[d]
            by_rank = sorted(range(len(codes)), key=lambda i: rank(d, codes[i]))
            position = np.empty(len(codes), dtype=np.int64)
            position[by_rank] = np.arange(len(codes))
            keys.append(position[self.columns[d][places]])
        return places[np.lexsort(keys[::-1])] if keys else places

    def key(self, place: int) -> tuple[str, ...]:
        """Series key of the series at ``place``."""
        return tuple(self.codes[d][self.columns[d][place]] for d in self.schema.series_key)


@dataclass(frozen=True)
class Holdings:
    """The observations of one release of a dataflow, for reading a few at a time.

    ``files`` are the Parquet files of the pinned table version; none is a dataflow without data.
    ``cursor`` gives a cursor of the engine (:meth:`hub.store.engine.Engine.cursor`).
    """

    schema: DataSchema
    files: Sequence[str]
    cursor: Callable[[], duckdb.DuckDBPyConnection]

    def index(self, start: datetime | None = None, end: datetime | None = None) -> SeriesIndex:
        """Scan the files once for their series.

        With ``start`` and ``end`` only observations whose period lies between these instants
        count, and only series that have one are listed.
        """
        schema, names = self.schema, self.schema.series_key
        if not self.files:
            none = np.empty(0, dtype=np.int64)
            return SeriesIndex(
                schema, dict.fromkeys(names, ()), dict.fromkeys(names, none), none, None, None, None
            )
        dims = _list(names)
        time = _quoted(schema.time.id) if schema.time else "NULL"
        where, values = _where({}, start, end)
        with closing(self.cursor()) as cursor:
            table = _table(
                cursor,
                f"SELECT {dims}, count(*) AS n, min(_start) AS s, max(_end) AS e, "
                f"arg_max({time}, _end) AS t "
                f"FROM {_source(self.files)} {where} GROUP BY {dims}",
                values,
            )
        columns: dict[str, Ints] = {}
        codes: dict[str, tuple[str, ...]] = {}
        for d in names:
            coded: Any = table.column(d).combine_chunks().dictionary_encode()
            codes[d] = tuple(coded.dictionary.to_pylist())
            columns[d] = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        starts = [x for x in table.column("s").to_pylist() if x is not None]
        spans = zip(table.column("e").to_pylist(), table.column("t").to_pylist(), strict=True)
        last, latest = max((s for s in spans if s[0] is not None), default=(None, None))
        counts = table.column("n").to_numpy().astype(np.int64)
        return SeriesIndex(schema, codes, columns, counts, min(starts, default=None), last, latest)

    def periods(
        self, choice: Choice, start: datetime | None = None, end: datetime | None = None
    ) -> list[PeriodCount]:
        """Time periods of a choice in order; of two that start together the shorter first."""
        if self.schema.time is None or not self.files:
            return []
        time = _quoted(self.schema.time.id)
        where, values = _where(choice, start, end)
        with closing(self.cursor()) as cursor:
            rows = cursor.execute(
                f"SELECT {time}, any_value(_start), any_value(_end), count(*) "
                f"FROM {_source(self.files)} {where} GROUP BY {time} ORDER BY 2, 3, 1",
                values,
            ).fetchall()
        return [PeriodCount(*row) for row in rows]

    def observations(
        self, keys: Sequence[tuple[str, ...]], times: Sequence[str] | None
    ) -> pa.Table:
        """Observations of the series ``keys`` in ``times`` (``None``: all), columns as text."""
        with self._some(keys, times) as (cursor, source, where, values):
            return _table(cursor, f"SELECT o.* FROM {source} {where}", values)

    def latest_values(
        self, keys: Sequence[tuple[str, ...]], times: Sequence[str] | None
    ) -> dict[tuple[str, ...], float]:
        """Each series' latest value among ``times`` as a number; one without is left out.

        In units (``UNIT_MULT`` applied). For ranking only: a number loses the lexical form.
        """
        dims = _list(self.schema.series_key, "o.")
        number = f"TRY_CAST(o.{_quoted(self.schema.primary_measure.id)} AS DOUBLE)"
        if "UNIT_MULT" in self.schema.by_id:
            number += ' * pow(10, coalesce(TRY_CAST(o."UNIT_MULT" AS INTEGER), 0))'
        with self._some(keys, times) as (cursor, source, where, values):
            rows = cursor.execute(
                f"SELECT {dims}, arg_max({number}, o._start) FROM {source} {where} GROUP BY {dims}",
                values,
            ).fetchall()
        return {tuple(row[:-1]): row[-1] for row in rows if row[-1] is not None}

    @contextmanager
    def _some(
        self, keys: Sequence[tuple[str, ...]], times: Sequence[str] | None
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, str, str, list[object]]]:
        """A cursor, FROM, WHERE and its values for the observations of some series."""
        names = self.schema.series_key
        wanted = pa.table(
            [pa.array([k[i] for k in keys], pa.string()) for i in range(len(names))],
            names=list(names),
        )
        on = " AND ".join(f"o.{_quoted(d)} = k.{_quoted(d)}" for d in names)
        source = f"{_source(self.files)} o SEMI JOIN wanted_series k ON {on}"
        where, values = "", list[object]()
        if times is not None and self.schema.time is not None:
            where = f"WHERE list_contains(?, o.{_quoted(self.schema.time.id)})"
            values.append(list(times))
        with closing(self.cursor()) as cursor:
            cursor.register("wanted_series", wanted)
            yield cursor, source, where, values


def _table(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()
) -> pa.Table:
    return cast(pa.Table, connection.sql(query, params=list(values)).to_arrow_table())


def _where(
    choice: Choice, start: datetime | None = None, end: datetime | None = None
) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    for dimension, wanted in choice.items():
        parts.append(f"list_contains(?, {_quoted(dimension)})")
        values.append(sorted(wanted))
    for bound, sign, column in ((start, ">=", "_start"), (end, "<=", "_end")):
        if bound is not None:
            parts.append(f"{column} {sign} ?")
            values.append(bound)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _source(files: Sequence[str]) -> str:
    listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
    return f"read_parquet([{listed}], union_by_name = true)"


def _list(names: Sequence[str], alias: str = "") -> str:
    return ", ".join(alias + _quoted(name) for name in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
