"""Uploads in parts over a real server: broken connections, a restart, the protocol."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from live import Server, served, until
from page_site import message

from hub.store.home import Hub
from hub.store.keys import Role

KEY, OTHER = "test-office-key-0123456789", "test-other-key-0123456789"
URL = "/api/uploads"
BODY = message(
    *(("USA", "_T", f"{y}-{m:02d}", str(m)) for y in range(1990, 2026) for m in range(1, 13))
)
HEADERS = {"Authorization": f"Bearer {KEY}", "Tus-Resumable": "1.0.0"}
LIMIT = 1_000_000


def keys(hub: Hub) -> None:
    hub.keys.add(KEY, "INM", Role.PROVIDER, "MEX_INM")
    hub.keys.add(OTHER, "Other", Role.PROVIDER, "HND_INM")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with served(home, keys, HUB_MAX_UPLOAD=str(LIMIT)) as made:
        yield made


def metadata(**values: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def ask(server: Server, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    given = {**HEADERS, **{k.replace("_", "-"): v for k, v in headers.items()}}
    status, response, content = server.ask(method, path, given, body)
    return status, response, content


def begin(server: Server, length: int = len(BODY), **how: str) -> str:
    status, response, content = ask(
        server, "POST", URL, Upload_Length=str(length),
        Upload_Metadata=metadata(filename="entries.csv", **how),
    )  # fmt: skip
    assert status == 201, content
    return str(response.getheader("Location"))


def send(server: Server, path: str, offset: int, body: bytes, **headers: str) -> Any:
    return ask(
        server, "PATCH", path, body, Upload_Offset=str(offset),
        Content_Type="application/offset+octet-stream", **headers,
    )  # fmt: skip


def offset_of(server: Server, path: str) -> int:
    status, response, _ = ask(server, "HEAD", path)
    assert status == 200
    assert response.getheader("Cache-Control") == "no-store"
    return int(str(response.getheader("Upload-Offset")))


def break_off(server: Server, path: str, offset: int, body: bytes, announced: int) -> None:
    """Send a part whose connection ends before its end."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        head = (
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
            f"Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n"
            f"Upload-Offset: {offset}\r\nContent-Length: {announced}\r\n\r\n"
        )
        line.sendall(head.encode() + body)
        line.shutdown(socket.SHUT_WR)
        line.recv(4096)


def test_broken_connections_and_a_restart_lose_nothing(tmp_path: Path) -> None:
    third = len(BODY) // 3
    with served(tmp_path, keys) as first:
        path = begin(first)
        break_off(first, path, 0, BODY[:third], len(BODY))
        assert until(lambda: offset_of(first, path) == third)
        first.process.kill()
        first.process.wait()
    with served(tmp_path, keys) as second:
        assert offset_of(second, path) == third
        break_off(second, path, third, BODY[third : 2 * third], len(BODY) - third)
        assert until(lambda: offset_of(second, path) == 2 * third)
        status, response, _ = send(second, path, 2 * third, BODY[2 * third :])
        assert status == 204
        token = response.getheader("Upload-Submission")
        _, again, _ = ask(second, "HEAD", path)
        assert again.getheader("Upload-Submission") == token
        assert again.getheader("Upload-Offset") == str(len(BODY))

        def state() -> dict[str, Any]:
            _, _, content = ask(second, "GET", f"/api/submissions/{token}")
            found: dict[str, Any] = orjson.loads(content)
            return found

        assert until(lambda: state()["finished"])
        assert state()["state"] == "published"
        assert state()["sha256"] == hashlib.sha256(BODY).hexdigest()
        assert state()["filename"] == "entries.csv"


def test_what_is_offered_is_told(server: Server) -> None:
    status, response, _ = server.ask("OPTIONS", URL, {})
    assert status == 204
    assert response.getheader("Tus-Version") == "1.0.0"
    assert response.getheader("Tus-Extension") == "creation,checksum,expiration,termination"
    assert response.getheader("Tus-Max-Size") == str(LIMIT)
    assert response.getheader("Tus-Checksum-Algorithm") == "sha1,sha256"


def test_a_part_with_a_wrong_checksum_is_not_kept(server: Server) -> None:
    path = begin(server)
    half = len(BODY) // 2
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    status, _, content = send(server, path, 0, BODY[:half], Upload_Checksum=f"sha256 {wrong}")
    assert status == 460
    assert b"checksum" in content
    assert offset_of(server, path) == 0
    right = base64.b64encode(hashlib.sha1(BODY[:half]).digest()).decode()
    assert send(server, path, 0, BODY[:half], Upload_Checksum=f"sha1 {right}")[0] == 204
    assert offset_of(server, path) == half
    assert send(server, path, half, b"x", Upload_Checksum="md5 abc")[0] == 400


def test_what_the_protocol_refuses(server: Server) -> None:
    path = begin(server)
    assert send(server, path, 5, BODY)[0] == 409
    assert ask(server, "PATCH", path, BODY, Upload_Offset="0", Content_Type="text/csv")[0] == 415
    assert send(server, path, 0, BODY + b"more")[0] == 413
    assert offset_of(server, path) == 0
    status, response, _ = ask(server, "HEAD", path, Tus_Resumable="0.2.0")
    assert (status, response.getheader("Tus-Version")) == (412, "1.0.0")
    for length, wanted in ((str(LIMIT + 1), 413), ("0", 400), ("-1", 400), ("x", 400)):
        assert ask(server, "POST", URL, Upload_Length=length)[0] == wanted, length
    assert ask(server, "POST", URL)[0] == 400  # the length may not be deferred
    for text in ("filename %%%", metadata(nonsense="x"), metadata(mode="some")):
        assert ask(server, "POST", URL, Upload_Length="5", Upload_Metadata=text)[0] == 400, text


def test_an_upload_is_its_senders(server: Server) -> None:
    path = begin(server)
    theirs = {"Authorization": f"Bearer {OTHER}", "Tus-Resumable": "1.0.0"}
    assert server.ask("HEAD", path, theirs)[0] == 404
    assert server.ask("DELETE", path, theirs)[0] == 404
    assert server.ask("HEAD", path, {"Tus-Resumable": "1.0.0"})[0] == 401
    status, _, _ = ask(
        server, "POST", URL, Upload_Length="5", Upload_Metadata=metadata(provider="HND_INM")
    )
    assert status == 403


def test_a_terminated_upload_is_gone(server: Server, home: Path) -> None:
    path = begin(server)
    assert send(server, path, 0, BODY[:100])[0] == 204
    kept = [file for file in (home / "uploads").iterdir() if file.stat().st_size == 100]
    assert len(kept) == 1
    assert ask(server, "DELETE", path)[0] == 204
    assert not kept[0].exists()
    assert ask(server, "HEAD", path)[0] == 404
    assert send(server, path, 100, BODY[100:])[0] == 404


def test_what_the_hub_cannot_read_ends_the_upload(server: Server) -> None:
    path = begin(server, 9)
    status, _, content = send(server, path, 0, b"a,b\n1,2\n\n")
    assert status == 415, content
    assert ask(server, "HEAD", path)[0] == 404
