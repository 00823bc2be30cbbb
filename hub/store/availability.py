"""What a release holds, seen from its dimensions: for choosing, counting and paging series.

:class:`SeriesIndex` is one scan of the rows of a release: a row per series
with the number of its observations and the time they cover, as small integer columns. From it
come the codes that occur (each with the number of observations that the other choices leave), the
series of a choice in reading order, and the counts that a page states. It holds no values;
:class:`Holdings` reads those of the few series and periods that a page shows.

Counts are of observations as stored; nothing is sampled or cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.model.schema import DataSchema
from hub.store.dialect import Listed
from hub.store.engine import Engine
from hub.store.observations import END, PROVIDER, START
from hub.store.sql import equal, listed, quoted
from hub.store.statement import instants, none
from hub.views import Relation

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

    ``rows`` are what readers see of it; ``None`` is a dataflow without data.
    ``engine`` reads them.
    """

    schema: DataSchema
    rows: Relation | None
    engine: Engine

    def index(self, start: datetime | None = None, end: datetime | None = None) -> SeriesIndex:
        """Scan the rows once for their series.

        With ``start`` and ``end`` only observations whose period lies between these instants
        count, and only series that have one are listed.
        """
        schema, names = self.schema, self.schema.series_key
        if self.rows is None:
            empty = np.empty(0, dtype=np.int64)
            no_codes, no_series = dict.fromkeys(names, ()), dict.fromkeys(names, empty)
            return SeriesIndex(schema, no_codes, no_series, empty, None, None, None)
        times = ""
        if schema.time is not None:
            latest = f"arg_max({quoted(schema.time.id)}, {END})"
            times = f", min({START}) AS s, max({END}) AS e, {latest} AS t"
        where, values = _where({}, start, end)
        dims = listed(names)
        table = self.engine.table(
            f"SELECT {dims}, count(*) AS n{times} FROM {self.rows.sql} {where} GROUP BY {dims}",
            (*self.rows.values, *values),
        )
        columns: dict[str, Ints] = {}
        codes: dict[str, tuple[str, ...]] = {}
        for d in names:
            coded: Any = table.column(d).combine_chunks().dictionary_encode()
            codes[d] = tuple(coded.dictionary.to_pylist())
            columns[d] = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        first, last, ends_last = _bounds(table) if schema.time is not None else (None, None, None)
        counts = table.column("n").to_numpy().astype(np.int64)
        return SeriesIndex(schema, codes, columns, counts, first, last, ends_last)

    def periods(
        self, choice: Choice, start: datetime | None = None, end: datetime | None = None
    ) -> list[PeriodCount]:
        """Time periods of a choice in order; of two that start together the shorter first."""
        if self.schema.time is None or self.rows is None:
            return []
        time = quoted(self.schema.time.id)
        where, values = _where(choice, start, end)
        found = self.engine.rows(
            f"SELECT {time}, any_value({START}), any_value({END}), count(*) "
            f"FROM {self.rows.sql} {where} GROUP BY {time} ORDER BY 2, 3, 1",
            (*self.rows.values, *values),
        )
        return [PeriodCount(*row) for row in found]

    def observations(
        self, keys: Sequence[tuple[str, ...]], times: Sequence[str] | None
    ) -> pa.Table:
        """Observations of the series ``keys`` in ``times`` (``None``: all), columns as text."""
        columns = listed((*self.schema.columns, PROVIDER, *instants(self.schema)), "o.{} AS {}")
        source, values = self._some(keys, times)
        return self.engine.table(f"SELECT {columns} FROM {source}", values)

    def latest_values(
        self, keys: Sequence[tuple[str, ...]], times: Sequence[str] | None
    ) -> dict[tuple[str, ...], float]:
        """Each series' latest value among ``times`` as a number; one without is left out.

        In units (``UNIT_MULT`` applied). For ranking only: a number loses the lexical form.
        """
        dims = listed(self.schema.series_key, "o.{}")
        number = f"number(o.{quoted(self.schema.primary_measure.id)})"
        if "UNIT_MULT" in self.schema.by_id:
            number += ' * pow(10, coalesce(number(o."UNIT_MULT"), 0))'
        source, values = self._some(keys, times)
        rows = self.engine.rows(
            f"SELECT {dims}, arg_max({number}, o.{START}) FROM {source} GROUP BY {dims}", values
        )
        return {tuple(row[:-1]): row[-1] for row in rows if row[-1] is not None}

    def _some(
        self, keys: Sequence[tuple[str, ...]], times: Sequence[str] | None
    ) -> tuple[str, list[object]]:
        """FROM and WHERE, and their values, for the observations of some series."""
        names = self.schema.series_key
        found = self.rows or none(self.schema)
        values: list[object] = [*found.values, Listed(tuple(names), tuple(dict.fromkeys(keys)))]
        source = f"{found.sql} o JOIN ? k ON {equal('o', 'k', names)}"
        if times is not None and self.schema.time is not None:
            source += f" WHERE {_one_of(f'o.{quoted(self.schema.time.id)}', times)}"
            values += times
        return source, values


def _bounds(table: pa.Table) -> tuple[datetime | None, datetime | None, str | None]:
    """The first instant, the last one and the time period that ends there, of all series."""
    starts = (x for x in table.column("s").to_pylist() if x is not None)
    spans = zip(table.column("e").to_pylist(), table.column("t").to_pylist(), strict=True)
    last, latest = max((s for s in spans if s[0] is not None), default=(None, None))
    return min(starts, default=None), last, latest


def _where(
    choice: Choice, start: datetime | None = None, end: datetime | None = None
) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    for dimension, wanted in choice.items():
        parts.append(_one_of(quoted(dimension), wanted))
        values += sorted(wanted)
    for bound, sign, column in ((start, ">=", START), (end, "<=", END)):
        if bound is not None:
            parts.append(f"{column} {sign} ?")
            values.append(bound)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _one_of(column: str, values: Collection[str]) -> str:
    """Condition that a column has one of some values; they follow as parameters."""
    return f"{column} IN ({', '.join('?' * len(values))})" if values else "false"
