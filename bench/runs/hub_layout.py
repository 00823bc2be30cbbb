"""The same rows in several layouts, and what queries of three kinds cost on each."""

import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from bench import cube
from hub.store import sql, table_files
from hub.store.table_files import TableFile

observations, out = int(sys.argv[1]), sys.argv[2]
#: The least CPU time of so many counts: the machine may do other things too.
ROUNDS = 9
#: Name: rows of a row group, rows of a file, order.
LAYOUTS = {
    "series, time": (65_536, 1_048_576, "series"),
    "small row groups": (16_384, 1_048_576, "series"),
    "large row groups": (262_144, 1_048_576, "series"),
    "small files": (65_536, 131_072, "series"),
    "one file": (65_536, 1 << 40, "series"),
    "time, series": (65_536, 1_048_576, "time"),
}

schema = cube.schema()
table = pa.Table.from_batches([block.batch for block in cube.blocks(observations)])
table = table.cast(pa.schema([(name, pa.string()) for name in table.schema.names]))
first = cube.FIXED | {name: codes[0] for name, codes in cube.CODES.items()}
of_series = " AND ".join(f"{sql.quoted(d)} = {sql.literal(first[d])}" for d in schema.series_key)
QUERIES = {
    "one series": f"WHERE {of_series}",
    "one area": "WHERE REF_AREA = 'MEX' AND AGE = '_T'",
    "one year": "WHERE TIME_PERIOD = '2010'",
    "full": "",
}


def write(folder: Path, row_group: int, file_rows: int, order: str) -> list[str]:
    table_files.ROW_GROUP = row_group
    by = [*schema.series_key, "TIME_PERIOD"]
    keys = by if order == "series" else [by[-1], *by[:-1]]
    rows = table.take(pc.sort_indices(table, [(k, "ascending") for k in keys]))
    rows = pa.table({n: rows[n].combine_chunks().dictionary_encode() if n != "OBS_VALUE" else
                     rows[n] for n in rows.schema.names})  # fmt: skip
    paths = []
    for start in range(0, rows.num_rows, file_rows):
        file = TableFile(folder, rows.schema, {"OBS_VALUE"})
        file.write(rows.slice(start, file_rows))
        file.close(data_change=True)
        paths.append(str(file.path))
    return paths


results = {}
with duckdb.connect() as connection:
    connection.execute("SET threads = 2")
    for name, (row_group, file_rows, order) in LAYOUTS.items():
        with tempfile.TemporaryDirectory(dir=out) as folder:
            files = write(Path(folder), row_group, file_rows, order)
            found: dict[str, float] = {
                "files": len(files), "mb": sum(Path(f).stat().st_size for f in files) / 1e6
            }  # fmt: skip
            for kind, where in QUERIES.items():
                query = f"SELECT * FROM {sql.parquet(files)} {where}"
                times = []
                for _ in range(ROUNDS):
                    begun = time.process_time()
                    connection.sql(query).to_arrow_table()
                    times.append((time.process_time() - begun) * 1000)
                found[kind] = min(times)
            results[name] = found
print(json.dumps({"results": results, "kinds": list(QUERIES)}))
