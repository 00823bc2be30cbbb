"""Reports of submissions: ``?format=json|html|csv|xlsx&lang=en|es``, in pages where they are long.

The language is that of ``lang``, else the reader's (``Accept-Language``). ``rule`` narrows the
JSON report and the page to the findings of one rule; ``offset`` and ``limit`` page through them.
The marked workbook is a copy of what was handed in, so it is given to whom the report is given.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from flask import Response, request
from werkzeug.datastructures import MultiDict

from hub import intake
from hub.errors import HubError, RequestSyntaxError
from hub.intake.field import rules_in_use
from hub.intake.receive import content_path
from hub.intake.unpack import unpack
from hub.store.home import Hub
from hub.store.submissions import Submission
from hub.validation.report_csv import write_csv
from hub.validation.report_html import Links, write_cause, write_html
from hub.validation.report_words import LANGUAGES, page, told

__all__ = ["FORMATS", "answer", "reader_language"]

#: Format of a report to its media type.
FORMATS = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PAGED = {"json": {"rule", "offset", "limit"}, "html": {"rule", "offset"}}


def reader_language(asked: str | None) -> str:
    """The language of a report: the one asked for, else the one the reader prefers.

    Raises ``RequestSyntaxError`` for one in which reports are not written.
    """
    language = asked or request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])
    if language not in LANGUAGES:
        raise RequestSyntaxError(f"lang is one of {', '.join(LANGUAGES)}, not {language!r}.")
    return language


def answer(hub: Hub, token: str, asked: MultiDict[str, str]) -> Response:
    """The report as the parameters ask for it.

    Raises ``NotFound`` while there is no report, ``RequestSyntaxError`` for a parameter, format or
    language that there is not.
    """
    format_ = asked.get("format", "json")
    if format_ not in FORMATS:
        raise RequestSyntaxError(f"format is one of {', '.join(FORMATS)}, not {format_!r}.")
    if unknown := asked.keys() - {"format", "lang"} - _PAGED.get(format_, set()):
        raise RequestSyntaxError(f"Unknown parameter {', '.join(sorted(unknown))}.")
    language = reader_language(asked.get("lang"))
    offset, limit = _number(asked, "offset"), _number(asked, "limit")
    submission = intake.status(hub, token)
    report = intake.report(hub, token)
    rules_in_use(hub)  # so that findings of the hub's own rules are told in every language
    rule, name = asked.get("rule"), submission.filename
    links = _links(language)
    writers: dict[str, Callable[[], Iterable[bytes] | str | bytes]] = {
        "json": lambda: _json(report, language, rule, offset, limit),
        "html": lambda: (
            write_html(report, language, file=name, links=links)
            if rule is None
            else write_cause(report, rule, offset or 0, links, language, file=name)
        ),
        "csv": lambda: write_csv(report, language),
        "xlsx": lambda: _marked(hub, submission, report, language),
    }
    response = Response(writers[format_](), content_type=FORMATS[format_])
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language"
    response.headers["Content-Language"] = language
    response.headers["X-Content-Type-Options"] = "nosniff"
    if format_ != "json":
        how = "inline" if format_ == "html" else "attachment"
        stem = quote(f"{Path(name).stem}-report.{format_}", safe="")
        response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{stem}"
    return response


def _json(
    report: dict[str, Any], language: str, rule: str | None, offset: int | None, limit: int | None
) -> bytes:
    """The JSON report; a part of it says where it begins and how many findings there are."""
    if rule is not None or offset is not None or limit is not None:
        start = offset or 0
        size = len(report["findings"]) if limit is None else limit
        entries, listed = page(report, rule, start, size)
        report = {**report, "offset": start, "listed": listed, "findings": entries}
    return orjson.dumps(told(report, language))


def _links(language: str) -> Links:
    """Addresses of the other forms and pages of the report that is asked for."""

    def to(**more: object) -> str:
        return f"?{urlencode({**more, 'lang': language})}"

    return Links(
        cause=lambda rule, offset: to(format="html", rule=rule, offset=offset),
        whole=to(format="html"),
        csv=to(format="csv"),
        xlsx=to(format="xlsx"),
    )


def _number(asked: MultiDict[str, str], name: str) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise RequestSyntaxError(f"{name} must be a whole number, not {text!r}.")
    return int(text)


def _marked(hub: Hub, submission: Submission, report: dict[str, Any], language: str) -> bytes:
    from hub.validation.report_xlsx import write_xlsx  # noqa: PLC0415 - no start waits for it

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
