"""Many small submissions one after the other, then the same rows in one, and queries of both."""

import io
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from measure import peak_mb

from bench import cube
from hub import intake
from hub.intake.settling import QUIET, Settling
from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import Block
from hub.model.schema import StructureRef
from hub.query.model import Api, DataQuery
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.select import select

#: Rows of a small submission: ten series of twenty years.
ROWS = 200
FORMAT = "sdmx-csv-1.0"
FLOW = StructureRef("MIGHUB", "DF_MIG_FLOW", "1.0.0")
ROUNDS = 7


def bodies(submissions: int) -> Iterator[bytes]:
    """Messages of the cube, part after part."""
    for block in cube.blocks(submissions * ROWS):
        for start in range(0, block.batch.num_rows, ROWS):
            yield body([Block(block.schema, block.action, block.batch.slice(start, ROWS))])


def body(blocks: list[Block]) -> bytes:
    return b"".join(write_data(iter(blocks), FORMAT, cube.HEADER, WriteOptions()))


def take_in(hub: Hub, content: bytes) -> None:
    token = intake.submit(hub, io.BytesIO(content), "part.csv", format=FORMAT)
    if intake.process(hub, token).state is not intake.State.PUBLISHED:
        raise SystemExit(f"a part was not published: {intake.report(hub, token)}"[:500])


def asked(kind: str) -> DataQuery:
    """One series, a twentieth of all series, everything."""
    schema = cube.schema()
    first = {name: codes[0] for name, codes in cube.CODES.items()}
    codes: dict[str, str] = {"one series": cube.FIXED | first, "wide": {"AGE": "_T"}}.get(kind, {})
    keys = tuple((codes[d],) if d in codes else () for d in schema.series_key)
    return DataQuery(Api.V2, agencies=(FLOW.agency,), ids=(FLOW.id,), keys=(keys,))


def milliseconds(hub: Hub, kind: str) -> tuple[float, int]:
    """The fastest of some times of a query, and its rows."""
    query = asked(kind)
    times, rows = [], 0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        rows = sum(block.batch.num_rows for block in select(hub, query).blocks())
        times.append((time.perf_counter() - begun) * 1000)
    return min(times), rows


def measure(hub: Hub, content: Iterator[bytes]) -> dict[str, object]:
    begun, number, worst = time.perf_counter(), 0, 0.0
    for each in content:
        at = time.perf_counter()
        take_in(hub, each)
        worst = max(worst, time.perf_counter() - at)
        number += 1
    seconds = time.perf_counter() - begun
    found: dict[str, object] = {
        "submissions": number,
        "each_ms": seconds * 1000 / number,
        "worst_ms": worst * 1000,
    }
    return found | queries(hub)


def queries(hub: Hub) -> dict[str, object]:
    """What the table is, and how long questions take."""
    pointer = hub.releases.current(FLOW)
    found: dict[str, object] = {
        "files": len(hub.observations.files(FLOW, pointer.version)),
        "mb": sum(f.stat().st_size for f in Path(hub.settings.home).rglob("*.parquet")) / 1e6,
    }
    for kind in ("one series", "wide", "full"):
        found[kind], found[f"{kind} rows"] = milliseconds(hub, kind)
    return found


submissions = int(sys.argv[1])
results = {}
for name in ("many small", "one large"):
    with (
        tempfile.TemporaryDirectory(dir=sys.argv[2]) as home,
        Hub.init(Settings.load({"HUB_HOME": home})) as hub,
    ):
        content = bodies(submissions)
        if name == "one large":
            content = iter([body(list(cube.blocks(submissions * ROWS)))])
        results[name] = measure(hub, content)
        if name == "many small":
            begun = time.perf_counter()
            Settling()(hub, lambda: datetime.now(UTC) + QUIET)
            seconds = (time.perf_counter() - begun) * 1000
            once = {"submissions": 1, "each_ms": seconds, "worst_ms": seconds}
            results["and settled"] = once | queries(hub)
print(json.dumps({"results": results, "peak_mb": peak_mb()}))
