"""The reporting calendar for people: what is due from whom, what came, how late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time

from flask import render_template, request

from hub.model.calendar import Status
from hub.model.schema import StructureRef
from hub.store.deliveries import schedules
from hub.store.reporting import Row
from hub.structures.repository import StructureSet
from registry.calendar import asked, provider_names
from registry.context import current_hub
from registry.pages.figures import day
from registry.pages.names import collation
from registry.pages.selection import page_path
from registry.pages.site import blueprint, say

__all__ = ["calendar"]


@blueprint.get("/calendar")
def calendar() -> str:
    """Boards of the countries, and the periods of one of them or of all."""
    hub, t = current_hub(), say()
    structures = hub.structures
    found = asked(hub)
    agreed = schedules(hub)
    areas = _area_names(structures, (one.dataflow for one in agreed), t.language)
    countries = {one.area for one in agreed if one.area is not None}
    flows = {
        row.agreed.dataflow: structures.name(
            structures.get("dataflow", row.agreed.dataflow), t.language
        )
        for row in found.rows
    }
    return render_template(
        "pages/calendar.html",
        found=found,
        rows=sorted(found.rows, key=_urgency),
        countries=sorted(countries, key=lambda area: collation(areas.get(area, area))),
        area=request.args.get("area", ""),
        areas=areas,
        flows=flows,
        names=provider_names(structures, t.language),
        page_path=page_path,
        on=lambda date_: day(datetime.combine(date_, time.min), t.locale),
        query={k: request.args[k] for k in ("area", "provider") if request.args.get(k)},
    )


#: What has not come and should have stands first, the longest overdue above; then what is next;
#: then what came, the latest above.
_ORDER = (Status.OVERDUE, Status.DUE, Status.EXPECTED, Status.LATE, Status.ON_TIME)


def _urgency(row: Row) -> tuple[int, int, StructureRef]:
    day = row.due.due.toordinal()
    came = row.due.came
    place = _ORDER.index(Status.LATE if came else row.due.status)
    return place, -day if came else day, row.agreed.schedule.agreement


def _area_names(
    structures: StructureSet, dataflows: Iterable[StructureRef], language: str
) -> Mapping[str, str]:
    """Names of the areas that the dataflows know."""
    found: dict[str, str] = {}
    for ref in dict.fromkeys(dataflows):
        schema = structures.dataflow(ref.agency, ref.id, ref.version)
        codelist = schema.by_id["REF_AREA"].codelist if "REF_AREA" in schema.by_id else None
        if codelist is not None:
            found |= structures.labels(codelist, language)
    return found
