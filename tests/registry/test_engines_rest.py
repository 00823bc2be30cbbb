"""A hub whose tables lie on S3 answers alike by either query engine, request by request."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from released import ROWS, border, release

from hub.settings import Settings
from hub.store.home import Hub
from registry.app import create_app

V1, V2 = "/sdmx/v1/data/MIGHUB,DF_MIG_BORDER", "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"
AVAILABLE = "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"

REQUESTS = (
    f"{V1}?format=csvdata",
    f"{V1}/M.MEX..NAM.........?lastNObservations=2&format=csvdata",
    f"{V1}?detail=serieskeysonly&format=csvdata",
    f"{V1}?startPeriod=2025&endPeriod=2025-06&format=jsondata",
    f"{V2}?updatedAfter={{first}}",
    f"{V1}?includeHistory=true&format=csvdata",
    f"{V2}?c[OBS_VALUE]=gt:1000&sort=OBS_VALUE:desc&limit=7&offset=2&dimensionAtObservation=AllDimensions",
    f"{V2}?asOf={{first}}&format=csvdata",
    f"{V2}?c[TIME_PERIOD]=ge:2025-06&attributes=none&format=csvdata",
    f"{AVAILABLE}",
    f"{AVAILABLE}?mode=available&c[REF_AREA]=MEX",
    "/sdmx/v1/availableconstraint/MIGHUB,DF_MIG_BORDER/all/all/CITIZENSHIP",
    "/data/MIGHUB/DF_MIG_BORDER/1.0.0",
    "/api/provenance/MIGHUB/DF_MIG_BORDER/1.0.0?c[REF_AREA]=DOM&limit=5",
    "/health",
)


def hub_at(home: Path, store: str, engine: str) -> Hub:
    given = {"HUB_HOME": str(home), "HUB_STORE_URL": store, "HUB_ENGINE_URL": engine}
    return Hub.init(Settings.load({**given, "HUB_ADMIN_KEY": "test-admin-key-0123456789"}))


@pytest.fixture
def home(s3: str, tmp_path: Path) -> Path:
    """A hub on S3 with three releases: rows, then some revised and withdrawn, then one more."""
    with hub_at(tmp_path, s3, "") as hub:
        release(hub, ROWS[:-6])
        release(hub, ROWS[-6:], updates=[border("2024-03", "7", area="DOM")], deletes=ROWS[:2])
        release(hub, [border("2026-01", None, citizenship="XXA")], provider="MEX_UPM")
    return tmp_path


def answers(home: Path, store: str, engine: str) -> dict[str, tuple[int, str]]:
    with hub_at(home, store, engine) as hub:
        flow = next(iter(hub.releases.pointers()))
        first = hub.releases.items(flow)[0].released_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        client = create_app(hub).test_client()
        found = {}
        for request in REQUESTS:
            answer = client.get(request.format(first=first))
            found[request] = answer.status_code, _without_times(answer.text)
    return found


def _without_times(text: str) -> str:
    """Without what differs from one answer to the next: its id and when it was prepared."""
    text = re.sub(r"[0-9a-f]{32}|<mes:Prepared>[^<]*", "", text)
    return "\n".join(line for line in text.splitlines() if '"prepared"' not in line)


def test_the_same_answers(home: Path, s3: str) -> None:
    by_duckdb = answers(home, s3, "")
    assert {asked: status for asked, (status, _) in by_duckdb.items() if status != 200} == {}
    shutil.rmtree(home / "cache")
    by_clickhouse = answers(home, s3, "chdb://")
    for asked, answer in by_duckdb.items():
        assert by_clickhouse[asked] == answer, asked
    # It read the object store itself.
    assert not list((home / "cache").glob("*/*.parquet"))
