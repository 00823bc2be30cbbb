"""``/api/workbooks``: blank reporting workbooks for offices, and filled ones for consumers.

====================================================  =========================================
``GET /api/workbooks``                                countries and dataflows that have a blank one
``GET /api/workbooks/{country}/{dataflow}``           the blank one (xlsx): ``period``,
                                                      ``lang``, ``provider``
``GET /api/workbooks/{consumer}/{area}/{year}.xlsx``  a consumer's tables, filled: ``lang``
====================================================  =========================================

A blank workbook that an office filled is handed in as any file (:mod:`registry.submissions`);
nothing need be said of it. Figures of the year before that the hub publishes stand in it to compare
with. What is in a consumer's, :mod:`hub.delivery.workbook` knows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from flask import Blueprint, Response, jsonify, request, url_for

from hub.delivery import workbook
from hub.errors import RequestSyntaxError
from hub.plugins import connector_catalogue
from hub.store.figures import figures
from registry.context import current_hub

__all__ = ["blueprint"]

blueprint = Blueprint("workbooks", __name__, url_prefix="/api/workbooks")

_PARAMETERS = frozenset({"period", "lang", "provider"})
#: What the language of a blank workbook was called once; offices may have kept such addresses.
_OLD = "language"


@blueprint.get("")
def listing() -> Response:
    """The workbooks there are, with their addresses."""
    return jsonify(
        [
            {
                "country": country,
                "dataflow": dataflow,
                "url": url_for("workbooks.blank", country=country, dataflow=dataflow),
            }
            for country, flows in connector_catalogue().workbooks().items()
            for dataflow in flows
        ]
    )


@blueprint.get("/<country>/<dataflow>")
def blank(country: str, dataflow: str) -> Response:
    """The blank workbook of a country and dataflow for a period, the present year unless given."""
    _refuse_others(_PARAMETERS, _OLD if "lang" not in request.args else None)
    hub = current_hub()
    name, content = connector_catalogue().workbook(
        hub.structures,
        country,
        dataflow,
        request.args.get("period") or str(datetime.now(UTC).year),
        language=request.args.get("lang", request.args.get(_OLD)),
        provider=request.args.get("provider"),
        published=partial(figures, hub),
    )
    return _answered(name, content)


@blueprint.get("/<consumer>/<area>/<year>.xlsx")
def filled(consumer: str, area: str, year: str) -> Response:
    """The workbook that a consumer asks a country for, filled from published figures."""
    _refuse_others(frozenset({"lang"}))
    language = request.args.get("lang", workbook.LANGUAGES[0])
    return _answered(*workbook.make(current_hub(), consumer, area, year, language=language))


def _refuse_others(known: frozenset[str], old: str | None = None) -> None:
    given = request.args.to_dict(flat=False)
    if given.keys() - known - {old} or any(len(values) > 1 for values in given.values()):
        raise RequestSyntaxError(
            f"Give each of {', '.join(sorted(known))} at most once, and nothing else."
        )


def _answered(name: str, content: bytes) -> Response:
    response = Response(content, content_type=workbook.MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    return response
