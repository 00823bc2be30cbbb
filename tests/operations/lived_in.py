"""Hubs that were lived in, and all that can be asked of them."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Self
from unittest.mock import patch
from urllib.parse import quote
from uuid import UUID

from hub import intake
from hub.delivery import ledger
from hub.intake.policies import Policy, set_policy
from hub.messages.formats import Kind
from hub.model.schema import StructureRef
from hub.query.model import Api
from hub.settings import Settings
from hub.store import snapshots
from hub.store.home import Hub
from hub.store.rights import Grant, Role
from hub.store.submissions import Mode, State, Submission
from registry.app import create_app
from registry.rest.negotiation import offers

KEY = "operations-admin-key-0123456789"
BORDER = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
RETURNS = StructureRef("MIGHUB", "DF_MIG_RETURNS", "1.0.0")

_HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,SOURCE"
)
_MEASURES = {BORDER: "ENTRIES", RETURNS: "RETURNS"}


def row(area: str, time: str, value: object, flow: StructureRef = BORDER) -> str:
    """A line of SDMX-CSV 1.0."""
    return (
        f"{flow},M,{area},{_MEASURES[flow]},_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV,{time},{value},A,survey"
    )


def message(rows: Iterable[str]) -> bytes:
    return "\n".join([_HEADER, *rows, ""]).encode()


def send(hub: Hub, rows: Iterable[str], **how: object) -> Submission:
    """Hand a message in and take it through."""
    token = intake.submit(hub, io.BytesIO(message(rows)), "m.csv", **how)  # type: ignore[arg-type]
    return intake.process(hub, token)


def settings(home: Path, **more: str) -> Settings:
    return Settings.load(
        {"HUB_HOME": str(home), "HUB_ADMIN_KEY": KEY, "HUB_ENGINE_MEMORY_MB": "256", **more}
    )


def live_in(hub: Hub) -> None:
    """Leave something of every kind."""
    assert send(hub, [row("MEX", f"2024-{m:02}", m) for m in range(1, 13)]).state == State.PUBLISHED
    revised = send(
        hub,
        [row("MEX", "2024-03", 33), row("DOM", "2024-01", 5), row("DOM", "2024-02", 6, RETURNS)],
    )
    assert revised.state == State.PUBLISHED
    assert send(hub, [row("MEX", "2024-04", 44)], provider="MEX_UPM").state == State.PUBLISHED
    undone = send(hub, [row("MEX", "2024-05", 55)])
    intake.process(hub, intake.undo(hub, undone.token).token)
    part = send(hub, [row("HND", "2024-01", 1), row("XYZ", "2024-01", 1)], mode=Mode.VALID)
    assert part.state == State.PUBLISHED
    assert send(hub, [row("NOWHERE", "2024-01", 1)]).state == State.REFUSED
    set_policy(hub, Policy("dataflow", RETURNS, review=True), actor="admin")
    waits = send(hub, [row("GTM", "2024-01", 9, RETURNS)])
    assert waits.state == State.AWAITING_REVIEW
    hub.people.add("ana", "Ana Pérez", [Grant(Role.REVIEWER)], actor="admin")
    snapshots.keep(
        hub, "mex/upm_air_entries", b"a file as it was fetched", filename="a.xlsx",
        licence="CC-BY-4.0", actor="admin", url="https://example.org/a.xlsx",
    )  # fmt: skip
    archive = hub.folder("tmp") / "pack.zip"
    archive.write_bytes(b"a pack")
    digest = hashlib.sha256(b"a pack").hexdigest()
    about = {"consumer": {"id": "oecd"}}
    ledger.enter(hub, archive, digest, about, as_of=datetime.now(UTC), actor="admin")
    (hub.settings.home / "calendar.yaml").write_text("# nothing yet\n")


#: What differs between two answers that say the same: ids and times of the very message (where
#: these cannot be fixed), and when a key was last used.
_OWN = re.compile(
    rb"(?:DATA|AVAILABILITY|STRUCTURE|METADATA|ERROR)[A-Z-]*-[0-9a-f]{32}|(?<=Prepared>)[^<]+"
    rb'|(?<="prepared":)\s*"[^"]+"|(?<="last_used_at":)"[^"]+"'
)

#: Workbooks state when they were made.
_STEADY = ("xml", "json", "csv", "parquet", "arrow", "arrows")

_MORE = ("includeHistory=true", "updatedAfter=2020-01-01T00:00:00Z", "lastNObservations=1")
_TABLE = "application/vnd.sdmx.data+csv;version=2.0.0"
_WITH_KEY = {"X-API-Key": KEY}


class _Noon(datetime):
    """A clock that stands still, for headers of messages about data."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 1, 1, 12, tzinfo=tz)


_Question = tuple[str, dict[str, str]]


def _of_data(then: str) -> Iterator[_Question]:
    for flow in (BORDER, RETURNS):
        base = f"/sdmx/v2/data/dataflow/{flow.agency}/{flow.id}/{flow.version}"
        for offered in offers(Api.V2, Kind.DATA):
            if offered.extension in _STEADY:
                yield f"{base}?{then}", {"Accept": offered.media_type}
        for more in _MORE:
            yield f"{base}?{more}&{then}", {"Accept": _TABLE}


def _of_the_present(hub: Hub) -> Iterator[_Question]:
    for flow in (BORDER, RETURNS):
        for offered in offers(Api.V1, Kind.DATA):
            if offered.extension in _STEADY:
                path = f"/sdmx/v1/data/{flow.agency},{flow.id},{flow.version}/all"
                yield path, {"Accept": offered.media_type}
        yield f"/sdmx/v2/availability/dataflow/{flow.agency}/{flow.id}/{flow.version}", {}
    yield "/sdmx/v2/structure/*/*/*/*?references=none&detail=full", {}
    yield "/api/provenance/MIGHUB/DF_MIG_BORDER/1.0.0?history=true", _WITH_KEY
    yield "/api/submissions?limit=200", _WITH_KEY
    for one in hub.submissions.latest(200):
        for part in ("", "/report", "/diff", "/preview", "/accepted", "/rejected"):
            yield f"/api/submissions/{one.token}{part}", _WITH_KEY
    for path in ("people", "keys", "audit", "policies"):
        yield f"/api/{path}", _WITH_KEY


def answers(hub: Hub, as_of: datetime | None = None) -> dict[str, bytes]:
    """What the hub answers to all kinds of questions, without what names the very answer.

    With ``as_of`` these are questions about the state at that instant.
    """
    if as_of is None:
        asked = [*_of_data(""), *_of_the_present(hub)]
    else:
        asked = list(_of_data(f"asOf={quote(as_of.isoformat())}"))
    found = {}
    with (
        create_app(hub).test_client() as client,
        patch("registry.rest.data.uuid4", return_value=UUID(int=0)),
        patch("registry.rest.data.datetime", _Noon),
    ):
        for path, headers in asked:
            response = client.get(path, headers=headers)
            said = _OWN.sub(b"", response.data)
            found[f"{path} {headers.get('Accept', '')}"] = b"%d %s" % (response.status_code, said)
    return found


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> str:
    """The questions that are answered otherwise, and how they begin to differ."""
    lines = []
    for name in sorted(one.keys() | other.keys()):
        left, right = one.get(name, b"(none)"), other.get(name, b"(none)")
        if left != right:
            pairs = enumerate(zip(left, right, strict=False))
            start = max(0, next((i for i, (a, b) in pairs if a != b), 0) - 60)
            shown = [repr(side[start : start + 180]) for side in (left, right)]
            lines += [name, *(f"  {text}" for text in shown)]
    return "\n".join(lines)


def answered(found: dict[str, bytes]) -> int:
    """How many of the questions got a good answer."""
    return sum(body.startswith(b"200") for body in found.values())
