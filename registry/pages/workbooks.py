"""Getting a blank reporting workbook: the small form beside the one for handing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from hub.errors import RequestSyntaxError
from hub.plugins import connector_catalogue
from registry.context import current_hub
from registry.pages.site import blueprint

__all__ = ["Choices", "choices", "get_workbook"]

#: Languages of workbooks, with their own names.
_LANGUAGES = (("en", "English"), ("es", "Español"), ("nl", "Nederlands"))
_ASKED = ("country", "dataflow", "period", "language")


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


@blueprint.get("/workbook")
def get_workbook() -> Response:
    """To the workbook that the form asks for."""
    country, dataflow, period, language = (request.args.get(name, "") for name in _ASKED)
    if not (country and dataflow and period and language):
        raise RequestSyntaxError(f"Choose each of {', '.join(_ASKED)}.")
    where = url_for(
        "workbooks.blank", country=country, dataflow=dataflow, period=period, language=language
    )
    return redirect(where, 303)
