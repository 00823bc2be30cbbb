"""What the pages read of a hub: the present release of a dataflow and the series it holds.

The dataflow may be a computed one: then the release is the newest of what it is computed from. A
release never changes, so its series index is kept in memory for the next reader of the same
process; the least recently used ones are given up.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from hub.model.schema import DataSchema, StructureRef
from hub.store.availability import Holdings, SeriesIndex
from hub.store.home import Hub
from hub.store.releases import Pointer
from hub.store.rows import pinned, seen
from hub.store.select import engine

__all__ = ["IndexCache", "ReleasedData", "released"]

#: Series that kept indexes may hold together (13 dimensions of a million are some 110 MB).
MOST_SERIES = 1_000_000

_Key = tuple[StructureRef, int, datetime | None, datetime | None]


class IndexCache:
    """Series indexes by dataflow, release and time bounds."""

    def __init__(self, most_series: int = MOST_SERIES) -> None:
        self._most = most_series
        self._kept: OrderedDict[_Key, SeriesIndex] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self,
        holdings: Holdings,
        release: int,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> SeriesIndex:
        """The index of these holdings, scanned now if it is not kept."""
        key = (holdings.schema.dataflow, release, start, end)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        index = holdings.index(start, end)
        with self._lock:
            self._kept[key] = index
            while len(self._kept) > 1 and sum(i.series for i in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
        return index


@dataclass(frozen=True)
class ReleasedData:
    """A dataflow as readers see it now. ``pointer`` is ``None`` when nothing was published."""

    schema: DataSchema
    pointer: Pointer | None
    holdings: Holdings
    _cache: IndexCache

    def index(self, start: datetime | None = None, end: datetime | None = None) -> SeriesIndex:
        """The series, or those with observations between two instants."""
        release = -1 if self.pointer is None else self.pointer.release
        return self._cache.get(self.holdings, release, start, end)


def released(hub: Hub, schema: DataSchema) -> ReleasedData:
    """The present release of a dataflow."""
    rows = pinned(hub, schema.dataflow)
    cache = current_app.extensions.setdefault("mighub.pages", IndexCache())
    holdings = Holdings(schema, rows, engine(hub))
    return ReleasedData(schema, seen(hub, schema.dataflow), holdings, cache)
