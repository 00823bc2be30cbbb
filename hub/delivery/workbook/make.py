"""Making a workbook: what is asked for is checked, read, filled and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dsd import consumers as declared
from dsd.consumers.tables import LANGUAGES
from hub.delivery.workbook.fill import fill
from hub.delivery.workbook.layout import lay_out, with_published
from hub.delivery.workbook.published import Published, read
from hub.delivery.workbook.texts import Texts
from hub.delivery.workbook.write import MEDIA_TYPE, write
from hub.errors import NoResults, NotFound, RequestSyntaxError, Unavailable
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.releases import Pointer
from hub.structures.repository import StructureSet

__all__ = ["LANGUAGES", "MEDIA_TYPE", "consumers", "make", "refuse_unknown"]

_YEAR = re.compile(r"[12]\d{3}", re.ASCII)


def consumers() -> list[str]:
    """Ids of the consumers that have workbooks."""
    return sorted(declared.workbooks())


def refuse_unknown(
    structures: StructureSet, consumer: str, area: str, year: str, language: str
) -> Mapping[str, Any]:
    """Check what is asked for; returns what ``tables.yaml`` of the consumer holds.

    Raises ``NotFound`` for a consumer, an area or a year there is none of, and
    ``RequestSyntaxError`` for a language that workbooks are not written in. What the errors say is
    in the language asked for.
    """
    if language not in LANGUAGES:
        raise RequestSyntaxError(
            f"Workbooks are written in {', '.join(LANGUAGES)}, not in {language!r}."
        )
    known, say = declared.workbooks(), Texts(language)
    if consumer not in known:
        raise NotFound(say("no_workbook", name=consumer, known=", ".join(sorted(known))))
    if area not in structures.find("codelist", "MIGHUB", "CL_AREA").items:
        raise NotFound(say("no_area", area=area))
    if not _YEAR.fullmatch(year):
        raise NotFound(say("no_year", year=year))
    return known[consumer]


def make(
    hub: Hub, consumer: str, area: str, year: str, *, language: str = "en"
) -> tuple[str, bytes]:
    """The name and the bytes of a workbook; the same bytes for the same releases.

    Raises what :func:`refuse_unknown` does, ``NoResults`` when nothing is published of the area and
    year that any of its tables could be about, and ``Unavailable`` when something is released
    meanwhile.
    """
    structures = hub.structures
    data = refuse_unknown(structures, consumer, area, year, language)
    layout, say = lay_out(structures, data, area, language), Texts(language)
    flows = dict.fromkeys(t.dataflow for t in layout.tables if t.dataflow is not None)
    published = {flow: read(hub, flow, area, year) for flow in flows}
    areas = structures.find("codelist", "MIGHUB", "CL_AREA")
    name = structures.name(areas.items[area], language)
    if not any(one.anything for one in published.values()):
        raise NoResults(say("nothing", area=name, year=year))
    filled = []
    for table in layout.tables:
        found = None if table.dataflow is None else published[table.dataflow]
        if found is not None:
            table = with_published(structures, table, found.codes(layout, table), language)  # noqa: PLW2901
        filled.append(fill(structures, layout, table, found, say))
    pointers = _pinned(published.values())
    content = write(hub, layout, filled, pointers, (area, name, year), say)
    return f"{consumer}_{area}_{year}.xlsx", content


def _pinned(published: Iterable[Published]) -> dict[StructureRef, Pointer]:
    """The releases that everything was read from; refuses two of one dataflow."""
    found: dict[StructureRef, Pointer] = {}
    for one in published:
        for ref, pointer in one.pointers.items():
            if found.setdefault(ref, pointer).release != pointer.release:
                raise Unavailable("Data were released while the workbook was made. Ask again.")
    return found
