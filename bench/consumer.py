"""The part of ``make bench`` on consumers: the same rows in their structure and in ours.

A hub holds yearly flows by citizenship. The same selection is read through the store, once as our
dataflow has it and once as OECD's: one cell's series, one country, everything. The first question
finds out which rules the rows need; the first one for everything keeps the answer.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pyarrow as pa

from hub import intake
from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import Action, Block, Header
from hub.query import data_v1
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.select import select
from hub.structures.repository import StructureSet

__all__ = ["lines"]

_AREAS = ("MEX", "CRI", "GTM", "HND", "SLV", "PAN", "NIC", "DOM", "JAM", "BLZ")
_MEASURES = ("IMMIGRATION", "EMIGRATION", "NATURALISATIONS", "INFLOW_WORKERS", "INFLOW_SEASONAL")
_SEXES = ("_T", "F")

#: Selection: our key and OECD's.
_QUERIES = {
    "narrow": ("A.MEX.IMMIGRATION.USA._T._T._T._T._T.PS", "MEX.USA.A.B11._T._Z._Z.PS"),
    "area": (".MEX........", "MEX......."),
    "full": ("all", "all"),
}
_ROUNDS = 9


def lines(observations: int) -> Iterator[str]:
    """Milliseconds of both and their ratio, as lines of the report."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load({"HUB_HOME": str(Path(folder) / "hub")})
        with Hub.init(settings) as hub:
            rows = _fill(hub, Path(folder), observations)
            yield f"consumer, {rows:,} observations"
            yield f"{'selection':32}{'ours ms':>12}{'OECD ms':>12}{'ratio':>8}{'first ms':>12}"
            for name, (ours, theirs) in _QUERIES.items():
                yield _line(hub, name, ours, theirs)
            for name in ("narrow", "area"):
                yield _line(hub, f"{name}, all having been asked for", *_QUERIES[name])


def _line(hub: Hub, name: str, ours: str, theirs: str) -> str:
    """Both times, and what the first question in OECD's structure took."""
    _, own = _timed(hub, f"MIGHUB,DF_MIG_FLOW,1.0.0/{ours}")
    first, other = _timed(hub, f"OECD.ELS.IMD,DSD_MIG@DF_MIG,1.0/{theirs}")
    return f"{name:32}{own:12.1f}{other:12.1f}{other / own:8.2f}{first:12.1f}"


def _timed(hub: Hub, path: str) -> tuple[float, float]:
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for _ in select(hub, data_v1.parse(path, "")).blocks():
            pass
        times.append((time.perf_counter() - start) * 1000)
    return times[0], statistics.median(times[2:])


def _fill(hub: Hub, folder: Path, observations: int) -> int:
    """Publish so many yearly flows; returns how many there are."""
    structures = StructureSet.shipped()
    schema = structures.dataflow("MIGHUB", "DF_MIG_FLOW", "1.0.0")
    codes = structures.dataflow("OECD.ELS.IMD", "DSD_MIG@DF_MIG", "1.0").by_id["CITIZENSHIP"].codes
    ours = schema.by_id["CITIZENSHIP"].codes
    citizens = [c for c in codes or () if len(c) == 3 and c in (ours or ()) and c not in _AREAS]
    series = list(product(_AREAS, _MEASURES, citizens, _SEXES))
    years = [str(2023 - i) for i in range(max(1, observations // len(series)))]
    columns: dict[str, list[str | None]] = {c: [] for c in schema.columns}
    for (area, measure, citizen, sex), year in product(series, years):
        row = {"FREQ": "A", "REF_AREA": area, "MEASURE": measure, "CITIZENSHIP": citizen,
               "SEX": sex, "UNIT_MEASURE": "PS", "TIME_PERIOD": year, "OBS_STATUS": "A",
               "OBS_VALUE": str(len(columns["FREQ"]) % 9973)}  # fmt: skip
        for c, values in columns.items():
            values.append(row.get(c, "_T" if c in schema.series_key else None))
    arrays = {c: pa.array(values, pa.string()) for c, values in columns.items()}
    batch = pa.record_batch(
        {c: a if c == "OBS_VALUE" else a.dictionary_encode() for c, a in arrays.items()}
    )
    path = folder / "flows.csv"
    block = Block(schema, Action.REPLACE, batch, 0)
    with path.open("wb") as file:
        header = Header("BENCH", "BENCH", None)  # type: ignore[arg-type]
        file.writelines(write_data(iter([block]), "sdmx-csv-2.0", header, WriteOptions()))
    done = intake.process(hub, intake.submit(hub, path, path.name))
    if done.state is not intake.State.PUBLISHED:
        raise RuntimeError(f"the flows were {done.state}: {intake.report(hub, done.token)}")
    return batch.num_rows
