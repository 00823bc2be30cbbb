"""Reports of submissions for people: ``?format=html|csv|xlsx&lang=en|es``.

The marked workbook is a copy of what was handed in, so it is given to whom the report is given.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response
from werkzeug.datastructures import MultiDict

from hub import intake
from hub.errors import HubError, RequestSyntaxError
from hub.intake.field import rules_in_use
from hub.intake.receive import content_path
from hub.intake.unpack import unpack
from hub.store.home import Hub
from hub.store.submissions import Submission
from hub.validation.report_csv import write_csv
from hub.validation.report_html import write_html
from hub.validation.report_words import LANGUAGES
from hub.validation.report_xlsx import write_xlsx

__all__ = ["FORMATS", "answer"]

#: Format of a report to its media type.
FORMATS = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def answer(hub: Hub, token: str, asked: MultiDict[str, str]) -> Response | None:
    """The report as the parameters ask for it, ``None`` for the JSON one.

    Raises ``NotFound`` while there is no report, ``RequestSyntaxError`` for a parameter, format or
    language that there is not.
    """
    if unknown := asked.keys() - {"format", "lang"}:
        raise RequestSyntaxError(f"Unknown parameter {', '.join(sorted(unknown))}.")
    format_, language = asked.get("format", "json"), asked.get("lang", LANGUAGES[0])
    if format_ not in FORMATS:
        raise RequestSyntaxError(f"format is one of {', '.join(FORMATS)}, not {format_!r}.")
    if language not in LANGUAGES:
        raise RequestSyntaxError(f"lang is one of {', '.join(LANGUAGES)}, not {language!r}.")
    if format_ == "json":
        return None
    submission = intake.status(hub, token)
    report = intake.report(hub, token)
    rules_in_use(hub)  # so that findings of the hub's own rules are told in every language
    writers: dict[str, Callable[[], Any]] = {
        "html": lambda: write_html(report, language, file=submission.filename),
        "csv": lambda: write_csv(report, language),
        "xlsx": lambda: _marked(hub, submission, report, language),
    }
    response = Response(writers[format_](), content_type=FORMATS[format_])
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    how = "inline" if format_ == "html" else "attachment"
    name = quote(f"{Path(submission.filename).stem}-report.{format_}", safe="")
    response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{name}"
    return response


def _marked(hub: Hub, submission: Submission, report: dict[str, Any], language: str) -> bytes:
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as folder:
        try:
            body = unpack(
                content_path(hub, submission.sha256),
                Path(folder) / "body",
                hub.settings.max_inflated,
            )
        except HubError as error:
            if error.http_status >= 500:
                raise
            return write_xlsx(report, None, language)
        return write_xlsx(report, body, language)
