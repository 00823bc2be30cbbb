"""Nodes of one hub: real servers with homes of their own, over one PostgreSQL and one S3."""

from __future__ import annotations

import contextlib
import csv
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ADMIN = "an-admin-key-of-the-nodes-test"

HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS"
)
FLOWS = {"DF_MIG_BORDER": "ENTRIES", "DF_MIG_RETURNS": "RETURNS"}

#: What the nodes share, and what each of them has from its environment.
Shared = dict[str, str]
Cells = dict[tuple[str, str], str]


def row(flow: str, area: str, time_: str, value: object, sex: str = "_T") -> str:
    """A line of SDMX-CSV 1.0."""
    measure = FLOWS[flow]
    return (
        f"MIGHUB:{flow}(1.0.0),M,{area},{measure},_T,_T,_T,_T,AIR,_T,_T,{sex},_T,EV,{time_},"
        f"{value},A"
    )


def message(number: int) -> bytes:
    """Message ``number`` writes its number over 24 months of MEX and into 12 of its own year."""
    rows = [
        row(flow, area, f"{year}-{month:02d}", number)
        for flow in FLOWS
        for area, years in (("MEX", (1990, 1991)), ("DOM", (1600 + number,)))
        for year in years
        for month in range(1, 13)
    ]
    return "\n".join([HEADER, *rows, ""]).encode()


def expected(last: int) -> Cells:
    """What readers of either dataflow see once messages 1 to ``last`` are published."""
    months = range(1, 13)
    whole = {("MEX", f"{y}-{m:02d}"): str(last) for y in (1990, 1991) for m in months}
    for number in range(1, last + 1):
        whole |= {("DOM", f"{1600 + number}-{m:02d}"): str(number) for m in months}
    return whole if last else {}


@dataclass
class Answer:
    """What a node answered, whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.body)
        return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Node:
    """One node, as its own group of processes."""

    home: Path
    shared: Shared
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start its processes; it does not answer yet."""
        self.home.mkdir(exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        own = {"HUB_HOME": str(self.home), "PORT": str(self.port)}
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub", "serve"], env=kept | self.shared | own,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def ready(self) -> bool:
        """Whether it answers at all."""
        assert self.process is not None
        assert self.process.poll() is None, (self.home / "log").read_text()[-5000:]
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.ask("GET", "/health")
            return True
        return False

    def kill(self) -> None:
        """All its processes at once, as when the machine is switched off."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself, which fails a test
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """The whole answer; ``OSError`` or ``HTTPException`` when there is none."""
        given = {"Authorization": f"Bearer {ADMIN}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=given)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """The answer to a question that must be answered well."""
        answer = self.ask("GET", path)
        assert answer.status == 200, (answer.status, answer.body[:500])
        return answer

    def post(self, body: bytes, query: str = "filename=m.csv", **headers: str) -> str:
        """Hand in; the token."""
        answer = self.ask(
            "POST", f"/api/submissions?{query}", body,
            Content_Type="application/octet-stream", **headers,
        )  # fmt: skip
        assert answer.status == 202, answer.body
        return str(answer.json()["token"])

    def state(self, token: str) -> dict[str, object]:
        return self.get(f"/api/submissions/{token}").json()

    def finished(self, token: str, seconds: float = 60) -> dict[str, object]:
        """The state of a submission once it is taken as far as it goes."""
        found: dict[str, object] = {}

        def over() -> bool:
            nonlocal found
            found = self.state(token)
            return bool(found["finished"]) or found["state"] == "awaiting_review"

        assert until(over, seconds), found
        return found

    def cells(self, flow: str) -> Cells:
        """What readers of a dataflow see: value by area and month."""
        return cells(self.ask("GET", data(flow)))


def data(flow: str) -> str:
    """Address of a dataflow as CSV."""
    return f"/sdmx/v1/data/{flow}/all?format=csvdata"


def cells(answer: Answer) -> Cells:
    """Value by area and month of an answer in CSV."""
    if answer.status == 404:  # nothing released yet
        return {}
    assert answer.status == 200, answer.body
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    found = {(r["REF_AREA"], r["TIME_PERIOD"]): r["OBS_VALUE"] for r in rows}
    assert len(found) == len(rows), "an observation is there twice"
    return found


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False
