"""A hub with two thousand artefacts, one a list of a hundred thousand codes: how long each takes.

Prints one row for each step: loading the list from a message, opening the hub, and structure
queries on it, each with the seconds to the first byte and to the last, and the size of the answer.
"""

import json
import tempfile
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from measure import peak_mb

from bench import catalogue
from hub.messages.formats import Kind, formats
from hub.messages.structures_read import read_structures
from hub.model.dataset import Header
from hub.settings import Settings
from hub.store.home import Hub
from registry.app import create_app

BIG = f"codelist/{catalogue.AGENCY}/CL_BIG/1.0.0"
FLOW = f"dataflow/{catalogue.AGENCY}/DF_0000/1.0.0?references=all"
rows: list[dict] = []


def row(step: str, format_: str, first: float, whole: float, size: int) -> None:
    """Keep one measurement; sizes in MiB."""
    found = {"first": round(first, 3), "whole": round(whole, 3), "mb": round(size / 2**20, 1)}
    rows.append({"step": step, "format": format_, **found})


with tempfile.TemporaryDirectory() as home:
    settings = Settings.load({"HUB_HOME": home})
    made = catalogue.artefacts()
    header = Header("BENCH", "BENCH", datetime.now(UTC))
    for chosen in formats(Kind.STRUCTURE):
        writer = import_module(f"hub.structures.{str(chosen.writer).partition(':')[0]}")
        path = Path(home) / "message"
        path.write_bytes(writer.write(made[:1], header))
        start = time.perf_counter()
        (read,) = read_structures(path, chosen.media_type)
        taken = time.perf_counter() - start
        if len(read.items) != catalogue.CODES:
            raise SystemExit(f"{chosen.name}: {len(read.items)} codes were read")
        row("load the list", chosen.name, taken, taken, path.stat().st_size)
    with Hub.init(settings) as hub:
        hub.artefacts.put(made)
    del made, read
    with Hub.open(settings) as hub:
        start = time.perf_counter()
        number = len(hub.structures.graph.children)
        taken = time.perf_counter() - start
        row(f"open {number} artefacts", "", taken, taken, 0)
        client = create_app(hub).test_client()
        for step, path in (("the list", BIG), ("a dataflow, references=all", FLOW)):
            for chosen in formats(Kind.STRUCTURE):
                start = time.perf_counter()
                answer = client.get(
                    f"/sdmx/v2/structure/{path}", headers={"Accept": chosen.media_type}
                )
                body = answer.iter_encoded()
                size = len(next(iter(body)))
                first = time.perf_counter() - start
                size += sum(map(len, body))
                if answer.status_code != 200:
                    raise SystemExit(f"{path} in {chosen.name}: {answer.status}")
                row(step, chosen.name, first, time.perf_counter() - start, size)
print(json.dumps({"rows": rows, "peak_mb": round(peak_mb())}))
