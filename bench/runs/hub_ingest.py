"""The hub takes a message in whole: read, validated, stored, released, in an empty hub."""

import sys
import tempfile
from pathlib import Path

import duckdb
from measure import measured, report

from bench.homes import LARGEST
from hub import intake
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store import sql
from hub.store.home import Hub

FLOW = StructureRef("MIGHUB", "DF_MIG_FLOW", "1.0.0")
path, observations, format_, warm = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
result: dict[str, object] = {}


def take_in(hub: Hub, file: Path) -> None:
    """Hand a message in and see it published."""
    token = intake.submit(hub, file, file.name, format=format_)
    if intake.process(hub, token).state is not intake.State.PUBLISHED:
        raise SystemExit(f"the message was not published: {intake.report(hub, token)}"[:500])


def opened(home: str) -> Hub:
    """A new hub."""
    return Hub.init(Settings.load({"HUB_HOME": home, "HUB_MAX_UPLOAD": LARGEST}))


with tempfile.TemporaryDirectory(dir=path.parent) as home, opened(home) as hub:
    take_in(hub, Path(warm))
with tempfile.TemporaryDirectory(dir=path.parent) as home, opened(home) as hub:
    hub.structures.dataflow(FLOW.agency, FLOW.id, FLOW.version)
    with measured(result):
        take_in(hub, path)
    files = hub.observations.files(FLOW, hub.releases.current(FLOW).version)
    query = f"SELECT count(*), sum(OBS_VALUE::BIGINT) FROM {sql.parquet(files)}"
    ((count, total),) = duckdb.connect().execute(query).fetchall()
report(result, count, float(total))
