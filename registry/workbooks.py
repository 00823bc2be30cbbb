"""``/api/workbooks``: blank reporting workbooks for offices.

==============================================  ===============================================
``GET /api/workbooks``                          countries and dataflows that have one
``GET /api/workbooks/{country}/{dataflow}``     the workbook (xlsx): ``period``, ``language``,
                                                ``provider``
==============================================  ===============================================

A filled workbook is handed in as any file (:mod:`registry.submissions`); nothing need be said of
it. Figures of the year before that the hub publishes stand in the blank one to compare with.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from flask import Blueprint, Response, jsonify, request, url_for

from hub.errors import RequestSyntaxError
from hub.plugins import connector_catalogue
from hub.store.figures import figures
from registry.context import current_hub

__all__ = ["blueprint"]

blueprint = Blueprint("workbooks", __name__, url_prefix="/api/workbooks")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARAMETERS = frozenset({"period", "language", "provider"})


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
    given = request.args.to_dict(flat=False)
    unknown = given.keys() - _PARAMETERS
    if unknown or any(len(values) > 1 for values in given.values()):
        raise RequestSyntaxError(
            f"Give each of {', '.join(sorted(_PARAMETERS))} at most once, and nothing else."
        )
    hub = current_hub()
    name, content = connector_catalogue().workbook(
        hub.structures,
        country,
        dataflow,
        request.args.get("period") or str(datetime.now(UTC).year),
        language=request.args.get("language"),
        provider=request.args.get("provider"),
        published=partial(figures, hub),
    )
    response = Response(content, content_type=_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    return response
