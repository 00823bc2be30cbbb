"""A process with little memory asks ClickHouse for more than fits; says in JSON what became of it.

Its own process, as the first engine of one decides how much memory there is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from engine_cube import SCHEMA

from hub.model.dataset import BATCH_ROWS
from hub.store.dialect import Files, Kind
from hub.store.engine import OutOfMemory
from hub.store.engines import open_engine
from hub.store.statement import Statement

MEMORY_MB = 160
ROWS = 300_000


def large(path: Path) -> Files:
    """A table of some 300 MB in memory, where no two rows are alike."""
    parts = ROWS // 20_000
    with pq.ParquetWriter(path, pa.schema([("COMMENT", pa.string())]), compression="zstd") as file:
        for part in range(parts):
            texts = [f"{i * 7919 % ROWS:06} {'x' * 1000}" for i in range(part, ROWS, parts)]
            file.write(pa.table({"COMMENT": texts}))
    return Files((str(path),), (("COMMENT", Kind.TEXT),))


def main(folder: Path) -> None:
    table = large(folder / "large.parquet")
    engine = open_engine("chdb://", MEMORY_MB, folder / "spill", threads=2)

    def asked(sql: str) -> Statement:
        return Statement(sql, (table,), ("COMMENT",))

    found: dict[str, object] = {}
    batches = list(map(len, engine.batches(SCHEMA, asked("SELECT COMMENT FROM ?"))))
    found["streamed"] = sum(batches), max(batches) <= BATCH_ROWS
    for _ in range(10):  # answers that nobody reads to the end
        next(engine.batches(SCHEMA, asked("SELECT COMMENT FROM ?")))
    found["running"] = engine.scalar("SELECT count(*) FROM system.processes") - 1
    texts = [
        (batch.column(0)[0].as_py()[:6], batch.num_rows)
        for batch in engine.batches(SCHEMA, asked("SELECT COMMENT FROM ? ORDER BY COMMENT DESC"))
    ]
    found["sorted"] = texts[0][0], sum(rows for _, rows in texts)
    try:
        engine.scalar("SELECT distinct_values(COMMENT) FROM ?", (table,))
    except OutOfMemory:
        found["refused"] = True
    found["after"] = engine.scalar("SELECT count(*) FROM ?", (table,))
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
