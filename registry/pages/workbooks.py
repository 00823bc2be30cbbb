"""Getting a workbook: a blank one for handing in, or a consumer's tables filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from dsd import consumers as declared
from hub.errors import RequestSyntaxError
from hub.plugins import connector_catalogue
from hub.store.coverage import Coverage
from registry.context import current_hub
from registry.pages.names import collation
from registry.pages.site import blueprint

__all__ = ["Choices", "Fillable", "choices", "fillable", "get_filled", "get_workbook"]

#: Languages of workbooks, with their own names.
_LANGUAGES = (("en", "English"), ("es", "Español"), ("nl", "Nederlands"))
_ASKED = ("country", "dataflow", "period", "language")
_ASKED_FILLED = ("consumer", "area", "year", "language")
#: Languages of filled ones.
_FILLED_IN = (("en", "English"), ("es", "Español"), ("fr", "Français"))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers, each as code and name."""

    countries: Sequence[tuple[str, str]]
    dataflows: Sequence[tuple[str, str]]
    years: Sequence[str]
    year: str
    languages: Sequence[tuple[str, str]]
    language: str


def choices(language: str) -> Choices:
    """What the form offers, with names in a language."""
    structures = current_hub().structures
    areas = structures.find("codelist", "MIGHUB", "CL_AREA")
    offered = connector_catalogue().workbooks()
    countries = [(code, structures.name(areas.items[code], language)) for code in offered]
    flows = [
        (id_, structures.name(structures.find("dataflow", "MIGHUB", id_), language))
        for id_ in dict.fromkeys(id_ for ids in offered.values() for id_ in ids)
    ]
    year = datetime.now(UTC).year
    return Choices(
        sorted(countries, key=lambda each: each[1]),
        flows,
        [str(each) for each in range(year + 1, year - 10, -1)],
        str(year),
        _LANGUAGES,
        language,
    )


@dataclass(frozen=True, slots=True)
class Fillable:
    """A consumer's workbook, and the areas and years of which there is something for it."""

    consumer: str
    title: str
    areas: Sequence[tuple[str, str]]
    years: Sequence[str]
    languages: Sequence[tuple[str, str]] = _FILLED_IN


def fillable(reports: Sequence[Coverage], language: str) -> list[Fillable]:
    """The workbooks that consumers want; ``reports`` tell what there is for which dataflow."""
    structures = current_hub().structures
    areas = structures.find("codelist", "MIGHUB", "CL_AREA")
    found = []
    for consumer, layout in declared.workbooks().items():
        flows = {table["dataflow"] for table in layout["tables"] if "dataflow" in table}
        counts = [c for one in reports if str(one.dataflow) in flows for c in one.counts]
        named = [(a, structures.name(areas.items[a], language)) for a in {c.area for c in counts}]
        years = sorted({c.year for c in counts if c.year}, reverse=True)
        if named:
            named.sort(key=lambda each: collation(each[1]))
            found.append(Fillable(consumer, layout["title"][language], named, years))
    return found


@blueprint.get("/workbook/filled")
def get_filled() -> Response:
    """To the consumer's workbook that the form asks for."""
    consumer, area, year, language = (request.args.get(name, "") for name in _ASKED_FILLED)
    if not (consumer and area and year and language):
        raise RequestSyntaxError(f"Choose each of {', '.join(_ASKED_FILLED)}.")
    where = url_for("workbooks.filled", consumer=consumer, area=area, year=year, lang=language)
    return redirect(where, 303)


@blueprint.get("/workbook")
def get_workbook() -> Response:
    """To the workbook that the form asks for."""
    country, dataflow, period, language = (request.args.get(name, "") for name in _ASKED)
    if not (country and dataflow and period and language):
        raise RequestSyntaxError(f"Choose each of {', '.join(_ASKED)}.")
    where = url_for(
        "workbooks.blank", country=country, dataflow=dataflow, period=period, lang=language
    )
    return redirect(where, 303)
