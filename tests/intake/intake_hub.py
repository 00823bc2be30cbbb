"""Messages as an office would send them, and hubs to send them to."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from hub import intake
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store.home import Hub

BORDER = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
RETURNS = StructureRef("MIGHUB", "DF_MIG_RETURNS", "1.0.0")

HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,SOURCE"
)


def row(
    area: str, time: str, value: object, *, flow: StructureRef = BORDER, source: str = "survey"
) -> str:
    """A line of SDMX-CSV 1.0: entries into, or returns to, an area."""
    measure = "ENTRIES" if flow is BORDER else "RETURNS"
    freq = "M" if "-" in time else "A"
    return (
        f"{flow},{freq},{area},{measure},_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV,{time},{value},A,{source}"
    )


def message(rows: Iterable[str]) -> bytes:
    """An SDMX-CSV 1.0 message."""
    return "\n".join([HEADER, *rows, ""]).encode()


def settings_at(home: Path) -> Settings:
    return Settings.load({"HUB_HOME": str(home), "HUB_ENGINE_MEMORY_MB": "256"})


def send(hub: Hub, body: bytes, **how: Any) -> intake.Submission:
    """Hand in and take through."""
    token = intake.submit(hub, io.BytesIO(body), "message.csv", **how)
    return intake.process(hub, token)


def stored(hub: Hub, flow: StructureRef = BORDER) -> dict[tuple[str, str], str]:
    """What readers see: value by area and time."""
    pointer = hub.releases.current(flow)
    files = [] if pointer is None else hub.observations.files(flow, pointer.version)
    if not files:
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT REF_AREA, TIME_PERIOD, OBS_VALUE FROM read_parquet({files!r})"
        ).fetchall()
    found = {(area, time): value for area, time, value in rows}
    assert len(found) == len(rows), "an observation is stored twice"
    return found
