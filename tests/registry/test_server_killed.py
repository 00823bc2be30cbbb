"""SIGKILL of the whole server while messages come in over HTTP: whole or not at all, once."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

KILLS = int(os.environ.get("MIGHUB_TEST_SERVER_KILLS", "5"))
SEED = int(os.environ.get("MIGHUB_TEST_SEED", "20261"))
KEY = "a-key-of-the-test-and-long-enough"

HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS"
)
FLOWS = {"DF_MIG_BORDER": "ENTRIES", "DF_MIG_RETURNS": "RETURNS"}


def message(number: int) -> bytes:
    """Message ``number`` writes its number over 60 months of MEX and into 12 of its own year."""
    rows = [
        f"MIGHUB:{flow}(1.0.0),M,{area},{measure},_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV,"
        f"{year}-{month:02d},{number},A"
        for flow, measure in FLOWS.items()
        for area, years in (("MEX", range(1990, 1995)), ("DOM", [2000 + number]))
        for year in years
        for month in range(1, 13)
    ]
    return "\n".join([HEADER, *rows, ""]).encode()


class Served:
    """A hub served by real processes in a process group of their own."""

    def __init__(self, home: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HUB_") and k != "PORT"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve"],
            env=kept
            | {"HUB_HOME": str(home), "PORT": str(port), "HUB_ADMIN_KEY": KEY, "HUB_WORKERS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def ready(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.get("/health")
                return
            time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(
            self.base + path, headers={"Authorization": f"Bearer {KEY}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def post(self, body: bytes) -> str:
        request = urllib.request.Request(
            f"{self.base}/api/submissions?filename=m.csv",
            data=body,
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/octet-stream"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(json.loads(answer.read())["token"])

    def kill(self) -> None:
        """All processes of the server at once, as when the machine is switched off."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def cells(server: Served, flow: str) -> dict[tuple[str, str], str]:
    try:
        answer = server.get(f"/sdmx/v1/data/{flow}/all?format=csvdata")
    except urllib.error.HTTPError as error:
        assert error.code == 404  # nothing released yet
        return {}
    rows = list(csv.DictReader(io.StringIO(answer.decode())))
    found = {(r["REF_AREA"], r["TIME_PERIOD"]): r["OBS_VALUE"] for r in rows}
    assert len(found) == len(rows), "an observation is there twice"
    return found


def expected(last: int) -> dict[tuple[str, str], str]:
    whole = {("MEX", f"{y}-{m:02d}"): str(last) for y in range(1990, 1995) for m in range(1, 13)}
    for number in range(1, last + 1):
        whole |= {("DOM", f"{2000 + number}-{m:02d}"): str(number) for m in range(1, 13)}
    return whole if last else {}


def watched(server: Served, seconds: float) -> Iterator[int]:
    """Which message readers see, again and again: always whole, in both dataflows."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        border = cells(server, "DF_MIG_BORDER")
        last = int(border["MEX", "1990-01"]) if border else 0
        assert border == expected(last)
        yield last


def test_a_killed_server_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    port = free_port()
    tokens: list[str] = []
    seen = 0
    for number in range(1, KILLS + 1):
        server = Served(tmp_path, port)
        try:
            server.ready()
            tokens.append(server.post(message(number)))
            for seen_now in watched(server, dice.uniform(0.0, 1.2)):
                assert seen_now >= seen, "a release was taken back"
                seen = seen_now
        finally:
            server.kill()
    server = Served(tmp_path, port)
    try:
        server.ready()
        end = time.monotonic() + 120
        states: list[str] = []
        while time.monotonic() < end:
            states = [
                json.loads(server.get(f"/api/submissions/{token}"))["state"] for token in tokens
            ]
            if set(states) == {"published"}:
                break
            time.sleep(0.2)
        assert states == ["published"] * KILLS
        for flow in FLOWS:
            assert cells(server, flow) == expected(KILLS)
    finally:
        server.kill()
