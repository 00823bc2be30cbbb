"""Coverage reports of consumers' dataflows, for programs.

==================================================  ============================================
``GET /api/coverage``                               the consumers' dataflows that have a report
``GET /api/coverage/{agency}/{id}/{version}``       the report, as JSON or CSV
==================================================  ============================================
"""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, request

from hub.errors import RequestSyntaxError
from hub.model.schema import StructureRef
from hub.store.coverage import COLUMNS, Coverage, coverage, covered
from registry.context import current_hub
from registry.rest.negotiation import language
from registry.submissions import answer

__all__ = ["blueprint"]

blueprint = Blueprint("coverage", __name__, url_prefix="/api/coverage")

_LANGUAGES = ("en", "es")
_FORMATS = ("json", "csv")


@blueprint.get("")
def consumers() -> Response:
    """The dataflows, with their names."""
    structures, lang = current_hub().structures, _language()
    return _in(lang, answer({
        "dataflows": [
            {
                "dataflow": str(ref),
                "name": structures.name(structures.get("dataflow", ref), lang),
                "report": f"/api/coverage/{ref.agency}/{ref.id}/{ref.version}",
            }
            for ref in covered()
        ]
    }))  # fmt: skip


@blueprint.get("/<agency>/<id_>/<version>")
def report(agency: str, id_: str, version: str) -> Response:
    """One report."""
    lang, how = _language(), _one_of("format", _FORMATS)
    found = coverage(current_hub(), StructureRef(agency, id_, version))
    return _in(lang, _as_csv(found, lang) if how == "csv" else answer(found.to_dict(lang)))


def _as_csv(found: Coverage, lang: str) -> Response:
    body = io.StringIO(newline="")
    writer = csv.writer(body)
    writer.writerow(COLUMNS)
    for row in found.table(lang):
        writer.writerow(["yes" if v is True else "no" if v is False else v for v in row])
    response = Response(body.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"coverage_{found.dataflow.id.replace('@', '_')}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _language() -> str:
    """The language: ``lang=``, else what ``Accept-Language`` prefers, else English."""
    if "lang" in request.args:
        return _one_of("lang", _LANGUAGES)
    return language(request.headers.get("Accept-Language"), _LANGUAGES, _LANGUAGES[0])


def _in(lang: str, response: Response) -> Response:
    """The answer, saying which language it is in."""
    response.headers["Content-Language"] = lang
    response.vary.add("Accept-Language")
    return response


def _one_of(name: str, values: tuple[str, ...]) -> str:
    given = request.args.get(name, values[0])
    if given not in values:
        raise RequestSyntaxError(f"{name} is one of {', '.join(values)}, not {given!r}.")
    return given
