"""Requests that are no requests: lengths that lie, chunks that break off, heads without end."""

from __future__ import annotations

import socket

import pytest
from siege import KEY, MOST, Siege

HEAD = (
    "POST /api/submissions?format=sdmx-csv-1.0 HTTP/1.1\r\nHost: x\r\n"
    f"Authorization: Bearer {KEY}\r\n"
)
CHUNKED = "Transfer-Encoding: chunked\r\n"


def talk(siege: Siege, *parts: bytes, close: bool = True) -> bytes:
    """Send bytes as they are; the first line of the answer, empty when the server hung up."""
    with socket.create_connection(("127.0.0.1", siege.server.port), timeout=30) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            if close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server hung up before all was sent; what it said counts
        answer = b""
        try:
            while b"\r\n" not in answer and (more := connection.recv(4096)):
                answer += more
        except ConnectionResetError:
            return answer
    return answer.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 1000000000000\r\n", b"x"),
        ("Content-Length: -1\r\n", b"x"),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", b"xy"),
        ("Content-Length: 99999999999999999999999999\r\n", b"x"),
        ("Content-Length: 0x10\r\n", b"x" * 16),
        ("Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n"),
        ("Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
        ("Transfer-Encoding: gzip\r\n", b"0\r\n\r\n"),
        (CHUNKED, b"ZZ\r\nxx\r\n0\r\n\r\n"),
        (CHUNKED, b"FFFFFFFFFFFFFFFFFF\r\nx"),
        (CHUNKED, b"-5\r\nxx\r\n0\r\n\r\n"),
        (CHUNKED, b"5\r\nab"),
        ("X: y\r\n" * 2000, b""),
        ("X: " + "y" * 200_000 + "\r\n", b""),
        ("X\0: y\r\n", b""),
        (" folded: y\r\n", b""),
    ],
    ids=["vast length", "negative length", "two lengths", "length beyond numbers", "hex length",
         "length and chunks", "chunked twice", "another coding", "a chunk of ZZ", "a vast chunk",
         "a negative chunk", "half a chunk", "many headers", "a long header", "NUL", "folded"],
)  # fmt: skip
def test_a_request_that_is_none_gets_4xx_or_nothing(
    siege: Siege, headers: str, body: bytes
) -> None:
    with siege.measured() as found:
        line = talk(siege, (HEAD + headers + "\r\n").encode(), body)
    assert line == b"" or b" 4" in line[:12] or line.startswith(b"HTTP/1.1 501"), line
    assert found[1] < 200, "it was read into memory"
    assert siege.ask("GET", "/health").status == 200


def test_chunks_end_where_a_length_would(siege: Siege) -> None:
    """More than the hub takes, in chunks and without a length."""
    chunk = b"%x\r\n" % (1 << 20) + b"x" * (1 << 20) + b"\r\n"
    with siege.measured() as found:
        line = talk(siege, (HEAD + CHUNKED + "\r\n").encode(), *[chunk] * (MOST // (1 << 20) + 2),
                    b"0\r\n\r\n")  # fmt: skip
    assert line == b"" or b" 413" in line or b" 400" in line, line
    assert found[1] < 200, "it was read into memory"
    assert not list((siege.home / "tmp").glob(".part-*")), "half of it was kept"


@pytest.mark.parametrize(
    "path",
    [
        "/sdmx/v2/data/dataflow/" + "A" * 7000,
        "/sdmx/v2/data/dataflow/*/*/*/" + ".".join(["*"] * 3000),
        "/sdmx/v2/data/dataflow/*/*/*/*?c[REF_AREA]=" + ",".join(["MEX"] * 1800),
        "/sdmx/v2/data/dataflow/*/*/*/*?" + "&".join(f"c[A{n}]=1" for n in range(700)),
        "/sdmx/v1/data/MIGHUB,DF_MIG_BORDER/" + "+".join(["MEX"] * 1800),
        "/sdmx/v2/structure/%00/x",
        "/sdmx/v2/structure/codelist/..%2f..%2f/etc/passwd",
        "/sdmx/v2/structure/codelist/%ff%fe/x/1.0",
        "/sdmx/v1/data/" + "%2e%2e%2f" * 800,
        "/data/..%2f..%2f..%2fetc/passwd/1.0",
        "/static/..%2f..%2fsettings.py",
        "/api/submissions/..%2f..%2fcatalogue.db",
        "/api/submissions?limit=" + "9" * 5000,
        "/sdmx/v2/data/dataflow/*/*/*/*?startPeriod=" + "9" * 5000,
        "/sdmx/v2/data/dataflow/*/*/*/*?updatedAfter=99999-99-99T99:99:99",
        "/sdmx/v2/data/dataflow/*/*/*/*?lastNObservations=" + "9" * 4000,
    ],
)  # fmt: skip
def test_an_address_beyond_sense_is_answered(siege: Siege, path: str) -> None:
    found = siege.ask("GET", path)
    assert found.status < 500 or found.status == 501, found.content[:300]
    assert b"root:" not in found.content
    assert found.memory < 300
