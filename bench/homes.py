"""Hubs that hold the cube in some size, made once and kept beside the messages."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench import cube
from bench.processes import OUT, message
from hub import intake
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store.home import Hub

__all__ = ["FLOW", "LARGEST", "ROUTE", "files_of", "holding", "series"]

#: Bytes that a hub takes as one message here: more than the cube of 10 M has in any format.
LARGEST = str(16 << 30)

FLOW = StructureRef("MIGHUB", "DF_MIG_FLOW", "1.0.0")
#: Path of its data.
ROUTE = "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_FLOW/1.0.0"


def holding(observations: int, format_: str = "sdmx-csv-1.0") -> Path:
    """Home of a hub to which the cube was handed in as one message, and published."""
    home = OUT / f"home_{observations}"
    if (home / ".ready").exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    path = message(format_, observations)
    with Hub.init(Settings.load({"HUB_HOME": str(home), "HUB_MAX_UPLOAD": LARGEST})) as hub:
        token = intake.submit(hub, path, path.name, format=format_)
        done = intake.process(hub, token)
        if done.state is not intake.State.PUBLISHED:
            raise SystemExit(f"the cube was not published: {intake.report(hub, token)}"[:500])
    (home / ".ready").touch()
    return home


def files_of(home: Path) -> list[str]:
    """Parquet files of the version that readers see."""
    with Hub.open(Settings.load({"HUB_HOME": str(home), "HUB_MAX_UPLOAD": LARGEST})) as hub:
        pointer = hub.releases.current(FLOW)
        assert pointer is not None
        return list(hub.observations.files(FLOW, pointer.version))


def series(number: int) -> dict[str, str]:
    """Codes of a series of the cube by dimension, in the order of the key."""
    sizes = [len(codes) for codes in cube.CODES.values()]
    codes = dict(cube.FIXED)
    for name, size in reversed(list(zip(cube.CODES, sizes, strict=True))):
        number, at = divmod(number, size)
        codes[name] = cube.CODES[name][at]
    return {name: codes[name] for name in cube.schema().series_key}
