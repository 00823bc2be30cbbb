"""Hostile bodies that are packed, and tables in columns: see :mod:`bodies`."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Iterator

import bodies
import pyarrow as pa
import pyarrow.parquet as pq
from bodies import ARROW, CSV, FLOW, KEY, MIB, PARQUET, Hostile, good, many, packed

# -- packed --------------------------------------------------------------------------------------


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def lying_zip() -> bytes:
    """An archive whose directory states a small size for what inflates to 200 MB."""
    body = bytearray(zipped(("a.csv", b"\0" * (200 * MIB))))
    size = struct.pack("<I", 200 * MIB)
    small = struct.pack("<I", 100)
    return bytes(body.replace(size, small))


def overlapping_zip() -> bytes:
    """Many entries of the directory that share the bytes of one file."""
    body = zipped(("a.csv", good(CSV)))
    at = body.index(b"PK\x01\x02")
    end = body.index(b"PK\x05\x06")
    entry, tail = body[at:end], bytearray(body[end:])
    count = 5000
    tail[8:12] = struct.pack("<HH", count, count)
    tail[12:16] = struct.pack("<I", len(entry) * count)
    return body[:at] + entry * count + bytes(tail)


def nested() -> bytes:
    body = zeros()
    for _ in range(4):
        body = zipped(*((f"{n}.zip", body) for n in range(16)))
    return body


def zeros() -> bytes:
    return packed(many(b"\0", 100 * MIB))


def archives() -> Iterator[Hostile]:
    yield Hostile("gzip of 400 MB", lambda: packed(many(b"\0", 400 * MIB)), CSV)
    yield Hostile("gzip in gzip", lambda: gzip.compress(packed(many(b"\0", 400 * MIB))), CSV)
    yield Hostile("gzip cut", lambda: packed(good(CSV))[:-20], CSV)
    yield Hostile("gzip with a wrong sum", lambda: packed(good(CSV))[:-8] + b"\1" * 8, CSV)
    yield Hostile("gzip and noise", lambda: packed(good(CSV)) + b"noise" * 100, CSV)
    yield Hostile("zip of 400 MB", lambda: zipped(("a.csv", b"\0" * (400 * MIB))), CSV)
    yield Hostile("zip that lies", lying_zip, CSV)
    yield Hostile("zip that overlaps", overlapping_zip, CSV)
    yield Hostile("zip in zip", nested, CSV)
    yield Hostile(
        "zip of 60 000 files",
        lambda: zipped(*((str(n), b"") for n in range(60_000)), method=zipfile.ZIP_STORED),
        CSV,
    )
    yield Hostile("zip of nothing", lambda: zipped(), CSV)
    yield Hostile("zip cut", lambda: zipped(("a.csv", good(CSV)))[:-30], CSV)
    yield Hostile(
        "zip of a workbook that is none", lambda: zipped(("xl/workbook.xml", b"<x/>")), None
    )
    yield Hostile(
        "zip with a mimetype of 400 MB", lambda: zipped(("mimetype", b"\0" * (400 * MIB))), None
    )


# -- columns -------------------------------------------------------------------------------------


def table(**columns: pa.Array) -> pa.Table:
    rows = len(next(iter(columns.values())))
    cells = {k: pa.array([v] * rows).dictionary_encode() for k, v in KEY.items()}
    frame = {"STRUCTURE": "dataflow", "STRUCTURE_ID": FLOW, "ACTION": "R"}
    cells = {k: pa.array([v] * rows).dictionary_encode() for k, v in frame.items()} | cells
    return pa.table({**cells, **columns})


def parquet_of(what: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(what, out, **options)
    return out.getvalue()


def arrow_of(*batches: pa.RecordBatch, compression: str | None = None) -> bytes:
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(out, batches[0].schema, options=options) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return out.getvalue()


def repeated(length: int, rows: int) -> pa.Table:
    """One long text in every row, kept once."""
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * length])
    return table(TIME_PERIOD=pa.array(["2020-01"] * rows), OBS_VALUE=long)


def nothing(rows: int) -> bytes:
    """An Arrow stream of many rows that hold nothing and take no space."""
    few = 123_457
    stream = arrow_of(pa.record_batch([pa.nulls(few)], names=["OBS_VALUE"]))
    return stream.replace(struct.pack("<q", few), struct.pack("<q", rows))


def columns() -> Iterator[Hostile]:
    for name in (PARQUET, ARROW):
        for cut in (10, 50, 95):
            yield Hostile(
                f"cut at {cut} % {name}",
                lambda f=name, c=cut: good(f)[: len(good(f)) * c // 100],
                name,
            )
        for seed in range(6):
            yield Hostile(
                f"bytes turned {seed} {name}",
                lambda f=name, s=seed: bytes(
                    b ^ (0xFF if n > 8 and (n * 31 + s * 17) % 97 == 0 else 0)
                    for n, b in enumerate(good(f))
                ),
                name,
            )
    yield Hostile(
        "one text a hundred thousand times, parquet",
        lambda: parquet_of(repeated(MIB, 100_000), store_schema=False, compression="zstd"),
        PARQUET,
    )
    yield Hostile(
        "one text a hundred thousand times, arrow",
        lambda: arrow_of(*repeated(MIB, 100_000).to_batches()),
        ARROW,
    )
    yield Hostile(
        "a text of 260 MB, parquet",
        lambda: parquet_of(
            repeated(260 * MIB, 1), compression="lz4", use_dictionary=False, write_statistics=False
        ),
        PARQUET,
    )
    yield Hostile(
        "a text of 260 MB, arrow",
        lambda: arrow_of(*repeated(260 * MIB, 1).to_batches(), compression="zstd"),
        ARROW,
    )
    yield Hostile("a trillion rows of nothing", lambda: nothing(10**12), ARROW)
    yield Hostile(
        "a list as value",
        lambda: parquet_of(table(TIME_PERIOD=pa.array(["2020-01"]), OBS_VALUE=pa.array([[1, 2]]))),
        PARQUET,
    )
    yield Hostile(
        "run ends",
        lambda: arrow_of(
            pa.record_batch(
                [
                    pa.RunEndEncodedArray.from_arrays(
                        pa.array([2**31 - 1], pa.int32()), pa.array(["1"])
                    )
                ],
                names=["OBS_VALUE"],
            )
        ),
        ARROW,
    )
    yield Hostile(
        "ten thousand columns",
        lambda: parquet_of(table(**{f"C{n}": pa.array(["1"]) for n in range(10_000)})),
        PARQUET,
    )


ALL = (*bodies.xml(), *bodies.json(), *bodies.csv(), *archives(), *columns())
