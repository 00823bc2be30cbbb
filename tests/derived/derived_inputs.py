"""What readers see of the hub's own indicators, and messages to make inputs with."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import duckdb

from hub import intake
from hub.derived.definitions import FLOW, PROVIDER_ID
from hub.settings import Settings
from hub.store.home import Hub

Key = tuple[str, ...]

STOCK = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_BIRTH,SEX,AGE,EDUCATION_LEV,LABOUR_STATUS,"
    "DISABILITY_STATUS,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT,CONF_STATUS\n"
)
DEATHS = (
    "DATAFLOW,FREQ,REF_AREA,SERIES,COUNTRY_COUNTERPART,SEX,AGE,COMPOSITE_BREAKDOWN,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,SOURCE\n"
)


def population(area: str, year: int, value: str, *, status: str = "E", **more: str) -> str:
    """A line about the population of an area at mid-year, in thousands unless said."""
    mult, conf, sex = more.get("mult", "3"), more.get("conf", ""), more.get("sex", "_T")
    return (
        f"MIGHUB:DF_MIG_STOCK(1.0.0),A5,{area},STOCK_POP,_T,_T,{sex},_T,_T,_T,_T,PS,{year},{value},"
        f"{status},{mult},{conf}\n"
    )


def migrants(area: str, year: int, value: str, *, status: str = "E", **more: str) -> str:
    """A line about the migrants in an area at mid-year."""
    line = population(area, year, value, status=status, **{"mult": "0", **more})
    return line.replace("STOCK_POP", "STOCK_MIG")


def deaths(area: str, month: str, value: str, route: str = "ROUTE_CA", freq: str = "M") -> str:
    """A line about the dead and missing of a month."""
    return (
        f"MIGHUB:DF_MIG_INDICATOR(1.0.0),{freq},{area},SM_DTH_MIGR,_T,_T,_T,{route},DEATHS,{month},"
        f"{value},A,records\n"
    )


def opened(home: Path) -> Hub:
    return Hub.init(Settings.load({"HUB_HOME": str(home), "HUB_ENGINE_MEMORY_MB": "256"}))


def send(hub: Hub, head: str, *lines: str, provider: str, **how: Any) -> intake.Submission:
    """Publish lines as the data of a provider."""
    body = io.BytesIO((head + "".join(lines)).encode())
    token = intake.submit(hub, body, "input.csv", provider=provider, **how)
    done = intake.process(hub, token)
    assert done.state in (intake.State.PUBLISHED, intake.State.UNCHANGED), intake.report(hub, token)
    return done


def indicators(hub: Hub, series: str, provider: str | None = PROVIDER_ID) -> dict[Key, str]:
    """Values by FREQ, REF_AREA, counterpart, sex, breakdown and period of one series."""
    pointer = hub.releases.current(FLOW)
    files = [] if pointer is None else hub.observations.files(FLOW, pointer.version)
    if not files:
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT FREQ, REF_AREA, COUNTRY_COUNTERPART, SEX, COMPOSITE_BREAKDOWN, TIME_PERIOD, "
            "OBS_VALUE FROM read_parquet(?) WHERE SERIES = ? AND _provider = ?",
            [files, series, provider],
        ).fetchall()
    return {tuple(row[:-1]): row[-1] for row in rows}
