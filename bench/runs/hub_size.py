"""The hub takes a cube in and answers from it; prints what each costs."""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import peak_mb

from bench import cube
from bench.homes import FLOW, LARGEST, series
from hub import intake
from hub.query import availability, data_v2
from hub.settings import Settings
from hub.store.available import available
from hub.store.home import Hub
from hub.store.select import select

path, observations = Path(sys.argv[1]), int(sys.argv[2])
REF = f"dataflow/{FLOW.agency}/{FLOW.id}/{FLOW.version}"


def milliseconds(what: Callable[[int], object], repeats: int) -> float:
    """Median over the calls after the first."""
    times = []
    for number in range(repeats + 1):
        start = time.perf_counter()
        what(number)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[1:])


def rows(hub: Hub, key: str) -> int:
    """Observations under a key."""
    return sum(b.batch.num_rows for b in select(hub, data_v2.parse(f"{REF}/{key}", "")).blocks())


with (
    tempfile.TemporaryDirectory(dir=sys.argv[3]) as home,
    Hub.init(Settings.load({"HUB_HOME": home, "HUB_MAX_UPLOAD": LARGEST})) as hub,
):
    cpu = sum(os.times()[:2])
    token = intake.submit(hub, path, path.name, format="parquet")
    done = intake.process(hub, token)
    result: dict[str, float] = {"store": sum(os.times()[:2]) - cpu}
    if done.state is not intake.State.PUBLISHED:
        raise SystemExit(f"the cube was not published: {intake.report(hub, token)}"[:500])
    result["peak_mb"] = peak_mb()
    keys = random.Random(1).sample(range(observations // len(cube.YEARS)), 101)
    result["series"] = milliseconds(lambda n: rows(hub, ".".join(series(keys[n]).values())), 100)
    result["pair"] = milliseconds(lambda _: rows(hub, "A.MEX.*.GTM._T.*.*.*.*.*"), 20)
    start = time.perf_counter()
    assert rows(hub, "*") == observations
    result["all"] = time.perf_counter() - start
    asked = availability.parse_v2(f"{REF}/*/SEX", "")
    result["available"] = milliseconds(lambda _: available(hub, asked), 20)
print(json.dumps(result))
