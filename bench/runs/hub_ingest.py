"""The hub takes a message in whole: read, validated, stored, released, in an empty hub."""

import sys
import tempfile
from pathlib import Path

import duckdb
from measure import measured, report

from hub import intake
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store import sql
from hub.store.home import Hub

FLOW = StructureRef("MIGHUB", "DF_MIG_FLOW", "1.0.0")
path, observations, format_ = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
result: dict[str, object] = {}
with (
    tempfile.TemporaryDirectory(dir=path.parent) as home,
    Hub.init(Settings.load({"HUB_HOME": home})) as hub,
):
    hub.structures.dataflow(FLOW.agency, FLOW.id, FLOW.version)
    with measured(result):
        token = intake.submit(hub, path, path.name, format=format_)
        done = intake.process(hub, token)
    if done.state is not intake.State.PUBLISHED:
        raise SystemExit(f"the message was not published: {intake.report(hub, token)}"[:500])
    files = hub.observations.files(FLOW, hub.releases.current(FLOW).version)
    query = f"SELECT count(*), sum(OBS_VALUE::BIGINT) FROM {sql.parquet(files)}"
    ((count, total),) = duckdb.connect().execute(query).fetchall()
report(result, count, float(total))
