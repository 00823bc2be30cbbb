"""The reporting calendar for programs.

==========================  ==================================================================
``GET /api/calendar``       what is due from whom, what came, how late; boards for countries
``GET /api/calendar.ics``   what has not come yet, as a feed for calendar programs (RFC 5545)
==========================  ==================================================================
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, request

from hub.errors import RequestSyntaxError
from hub.model.calendar import Status
from hub.model.icalendar import Event, icalendar
from hub.store.home import Hub
from hub.store.reporting import LAST, Reporting, Row, reporting
from hub.structures.repository import StructureSet
from registry.context import current_hub
from registry.submissions import answer, number_of

__all__ = ["MOST", "asked", "blueprint", "provider_names"]

blueprint = Blueprint("calendar", __name__, url_prefix="/api")

#: Most periods of an agreement.
MOST = 120


@blueprint.get("/calendar")
def periods() -> Response:
    """The calendar as JSON."""
    statuses = [s for s in request.args.get("status", "").split(",") if s]
    unknown = set(statuses) - {*Status}
    if unknown:
        raise RequestSyntaxError(
            f"There is no status {sorted(unknown)[0]!r}; there are {', '.join(Status)}."
        )
    return answer(asked(current_hub(), [Status(s) for s in statuses]).to_dict())


@blueprint.get("/calendar.ics")
def feed() -> Response:
    """What has not come yet, as days of a calendar."""
    hub = current_hub()
    found = asked(hub, (Status.EXPECTED, Status.DUE, Status.OVERDUE))
    structures = hub.structures
    names = provider_names(structures, "en")
    events = [_event(row, structures, names) for row in found.rows]
    now = datetime.now(UTC)
    response = Response(
        icalendar("Migration statistics: what is due", events, now),
        content_type="text/calendar; charset=utf-8",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def asked(hub: Hub, status: tuple[Status, ...] | list[Status] = ()) -> Reporting:
    """The calendar for the ``area``, ``provider`` and ``last`` of the request."""
    last = number_of("last", LAST, MOST)
    if last < 1:
        raise RequestSyntaxError("last must be at least 1.")
    return reporting(
        hub,
        datetime.now(UTC).date(),
        area=request.args.get("area") or None,
        provider=request.args.get("provider") or None,
        status=status,
        last=last,
    )


def provider_names(structures: StructureSet, language: str) -> dict[str, str]:
    """Names of all data providers by id."""
    return {
        id_: structures.name(provider, language)
        for scheme in structures.of_kind("dataproviderscheme")
        for id_, provider in scheme.items.items()
    }


def _event(row: Row, structures: StructureSet, names: dict[str, str]) -> Event:
    flow = structures.name(structures.get("dataflow", row.agreed.dataflow), "en")
    agreement = str(row.agreed.schedule.agreement)
    return Event(
        f"{agreement}/{row.due.period}@mighub",
        row.due.due,
        f"{row.agreed.provider}: {flow}, {row.due.period}",
        f"{names.get(row.agreed.provider, row.agreed.provider)}. {agreement}. "
        f"{row.due.status.value.replace('_', ' ')}.",
    )
