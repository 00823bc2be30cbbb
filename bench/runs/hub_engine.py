"""One query engine: what a few questions about the same table cost it."""

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import report

from bench.homes import FLOW, files_of, series
from hub.query import data_v2
from hub.query.model import DataQuery
from hub.store.engines import open_engine
from hub.store.layout import layout
from hub.store.statement import plain, stored
from hub.structures.repository import StructureSet

home, url, memory_mb = Path(sys.argv[1]), sys.argv[2], 1024
schema = StructureSet.shipped().dataflow(FLOW.agency, FLOW.id, FLOW.version)
files = files_of(home)
rows = stored(schema, files)


def asked(key: dict[str, str]) -> Callable[[], int]:
    """A question for the series with these codes; gives the number of its observations."""
    path = ".".join(key.get(name, "*") for name in schema.series_key)
    query: DataQuery = data_v2.parse(f"dataflow/{FLOW.agency}/{FLOW.id}/{FLOW.version}/{path}", "")
    statement = plain(schema, query, layout(schema, query), rows)

    def ask() -> int:
        return sum(batch.num_rows for batch in engine.batches(schema, statement))

    return ask


def took(what: Callable[[], object], times: int) -> tuple[float, float]:
    """Median wall seconds and mean CPU seconds of some runs."""
    walls = []
    before = _cpu()
    for _ in range(times):
        since = time.perf_counter()
        what()
        walls.append(time.perf_counter() - since)
    return statistics.median(walls), (_cpu() - before) / times


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


one = series(7)
area = {"REF_AREA": one["REF_AREA"]}
values = ", ".join(f'distinct_values("{d}")' for d in schema.series_key)
with tempfile.TemporaryDirectory() as spill:
    engine = open_engine(url, memory_mb, Path(spill), os.cpu_count())
    found = {"observations_of_area": 0.0}
    for name, question, times in (
        ("first", asked(one), 1),
        ("series", asked(one), 50),
        ("area", asked(area), 5),
        ("values", lambda: engine.rows(f"SELECT {values} FROM {rows.sql}", rows.values), 5),
        ("all", asked({}), 3),
    ):
        found[name], found[f"{name}_cpu"] = took(question, times)
    found["observations_of_area"] = asked(area)()
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.close()
report(found, 0, None)
