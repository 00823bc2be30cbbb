"""``/api/submissions``: handing data in, and what became of it.

==========================================  ===================================================
``POST /api/submissions``                   hand a message or a national file in; 202, its token
``GET /api/submissions``                    submissions, newest first (own ones for a provider)
``GET /api/submissions/{token}``            state, progress, counts, releases
``GET /api/submissions/{token}/report``     the JSON report (a contract, see ``docs/report.md``), or
                                            for people: ``format=html|csv|xlsx``, ``lang``
``GET /api/submissions/{token}/diff``       what it changed, observation by observation
==========================================  ===================================================

The body of the POST is the file itself, or ``multipart/form-data`` with a part ``file``. The
parameters ``format``, ``connector``, ``filename``, ``action`` and ``dry_run`` stand in the URL or
in the form. A token is 122 random bits: who has it may read the state and report it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

import orjson
from flask import Blueprint, Response, request, url_for
from sqlalchemy import func, or_, select

from hub import intake
from hub.errors import Forbidden, RequestSyntaxError
from hub.intake.check import check
from hub.intake.receive import receive
from hub.model.dataset import Action
from hub.store import tables
from hub.store.home import Hub
from hub.store.keys import ApiKey, Role
from hub.store.submissions import Submission
from registry import report_formats
from registry.auth import MAY_READ_ALL, MAY_SUBMIT, allow, authenticate, identify, key_of_request
from registry.context import current_hub

__all__ = ["Order", "accept", "blueprint", "order_of_request", "state_of"]

blueprint = Blueprint("submissions", __name__, url_prefix="/api/submissions")

_PARAMETERS = frozenset({"format", "connector", "filename", "action", "dry_run", "provider"})

#: Largest page of the list, and of a diff unless ``limit`` says otherwise.
_LIST, _DIFF = 200, 10_000


@dataclass(frozen=True)
class Order:
    """What a sender wants: how the body is to be read and what is to be done with it."""

    source: BinaryIO
    filename: str
    format: str | None = None
    connector: str | None = None
    action: Action | None = None
    provider: str | None = None
    dry_run: bool = False


def order_of_request() -> Order:
    """The order that the present request states.

    Raises ``RequestSyntaxError`` for a parameter that is not known, given twice or has a value it
    cannot have, and for a multipart body without exactly one file.
    """
    # request.form would eat a raw body that is labelled as a form, as curl does by default.
    is_form = request.mimetype == "multipart/form-data"
    given = dict(request.args.items(multi=True))
    if len(given) != len(list(request.args.items(multi=True))):
        raise RequestSyntaxError("A parameter is given twice.")
    if is_form:
        given.update(request.form.items())
    unknown = given.keys() - _PARAMETERS
    if unknown:
        raise RequestSyntaxError(
            f"Unknown parameter {', '.join(sorted(map(str, unknown)))}. "
            f"Known are {', '.join(sorted(_PARAMETERS))}."
        )
    values = {k: v for k, v in given.items() if v}
    if is_form:
        files = request.files.getlist("file")
        if len(files) != 1 or len(list(request.files.items(multi=True))) != 1:
            raise RequestSyntaxError("A form carries exactly one file, in the part `file`.")
        source = cast(BinaryIO, files[0].stream)
        values.setdefault("filename", files[0].filename or "")
    else:
        source = cast(BinaryIO, request.stream)
    return Order(
        source,
        values.get("filename") or "body",
        values.get("format"),
        values.get("connector"),
        _action(values.get("action")),
        values.get("provider"),
        _flag(values.get("dry_run")),
    )


def _action(text: str | None) -> Action | None:
    if text is None:
        return None
    try:
        return Action(text.lower())
    except ValueError:
        known = ", ".join(a.value for a in Action)
        raise RequestSyntaxError(f"action must be one of {known}, not {text!r}.") from None


def _flag(text: str | None) -> bool:
    if text is None or text.lower() in {"false", "0", "no"}:
        return False
    if text.lower() in {"true", "1", "yes", "on"}:
        return True
    raise RequestSyntaxError(f"dry_run must be true or false, not {text!r}.")


def accept(hub: Hub, key: ApiKey, order: Order) -> Submission:
    """Enter a submission for an order; nothing is read yet.

    Raises ``Forbidden`` when a provider's key hands in for another provider, and the errors of
    :func:`hub.intake.receive.receive`.
    """
    if key.role is Role.PROVIDER and order.provider not in (None, key.provider):
        raise Forbidden(f"This API key hands in for {key.provider} only.")
    return receive(
        hub,
        order.source,
        order.filename,
        format_=order.format,
        connector=order.connector,
        action=order.action,
        provider=order.provider or key.provider,
        submitted_by=key.id,
    )


def state_of(hub: Hub, submission: Submission) -> dict[str, Any]:
    """A submission as JSON states it."""
    token = submission.token
    return {
        "token": token,
        "state": submission.state.value,
        "finished": submission.finished,
        "filename": submission.filename,
        "size": submission.size,
        "sha256": submission.sha256,
        "format": submission.format,
        "connector": submission.connector,
        "action": submission.action and submission.action.value,
        "provider": submission.provider,
        "received_at": _instant(submission.received_at),
        "started_at": _instant(submission.started_at),
        "finished_at": _instant(submission.finished_at),
        "progress": dict(submission.progress),
        "counts": submission.counts and dict(submission.counts),
        "releases": [
            {
                "release": item.release,
                "released_at": _instant(item.released_at),
                "dataflow": str(item.change.dataflow),
                "inserted": item.change.inserted,
                "updated": item.change.updated,
                "deleted": item.change.deleted,
            }
            for item in hub.releases.of_submission(token)
        ],
        "error": submission.error,
        "links": {
            "self": url_for("submissions.state", token=token),
            "report": url_for("submissions.report", token=token) if submission.report else None,
            "diff": url_for("submissions.changes", token=token),
            "page": f"/submissions/{token}",
        },
    }


def _instant(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat().replace("+00:00", "Z")


def _json(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    response = Response(orjson.dumps(content), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


@blueprint.post("")
def submit() -> Response:
    """Hand data in: 202 and a token, or 200 and the report of a dry run."""
    hub = current_hub()
    # Who is asking is settled before a byte of the body is read.
    key = authenticate(hub, request, MAY_SUBMIT)
    order = order_of_request()
    if order.dry_run:
        report = check(
            hub, order.source, order.filename, format_=order.format, connector=order.connector
        )
        return _json(report.to_dict())
    submission = accept(hub, key, order)
    location = url_for("submissions.state", token=submission.token)
    return _json(state_of(hub, submission), 202, {"Location": location, "Retry-After": "1"})


@blueprint.get("")
def listing() -> Response:
    """Submissions, newest first; ``limit`` (at most 200) and ``offset`` page through them."""
    hub = current_hub()
    key = allow(identify(hub, key_of_request(request)), MAY_READ_ALL | MAY_SUBMIT)
    limit, offset = _number("limit", 50, _LIST), _number("offset", 0, None)
    t = tables.submission.c
    mine = None
    if key.role not in MAY_READ_ALL:
        mine = t.submitted_by == key.id
        if key.provider is not None:
            mine = or_(mine, t.provider == key.provider)
    tokens, count = select(t.token).order_by(t.id.desc()), select(func.count(t.id))
    if mine is not None:
        tokens, count = tokens.where(mine), count.where(mine)
    with hub.catalogue.read() as connection:
        total = int(connection.execute(count).scalar_one())
        found = list(connection.execute(tokens.limit(limit).offset(offset)).scalars())
    states = [state_of(hub, hub.submissions.get(token)) for token in found]
    return _json({"total": total, "offset": offset, "limit": limit, "submissions": states})


@blueprint.get("/<token>")
def state(token: str) -> Response:
    """How far a submission came."""
    hub = current_hub()
    submission = intake.status(hub, token)
    headers = {} if submission.finished else {"Retry-After": "1"}
    return _json(state_of(hub, submission), headers=headers)


@blueprint.get("/<token>/report")
def report(token: str) -> Response:
    """The report, in JSON or for people; 404 until the file has been read."""
    return report_formats.answer(current_hub(), token, request.args) or _json(
        intake.report(current_hub(), token)
    )


@blueprint.get("/<token>/diff")
def changes(token: str) -> Response:
    """The observations a submission changed: ``total`` of them, ``changes`` up to ``limit``."""
    hub = current_hub()
    limit = _number("limit", _DIFF, None)
    rows = intake.diff(hub, token, limit)
    items = [item.change for item in hub.releases.of_submission(token)]
    total = sum(c.inserted + c.updated + c.deleted for c in items)
    return _json(
        {
            "token": token,
            "total": total,
            "truncated": total > len(rows),
            "changes": [row.to_dict() for row in rows],
        }
    )


def _number(name: str, default: int, most: int | None) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise RequestSyntaxError(f"{name} must be a whole number, not {text!r}.")
    if most is not None and int(text) > most:
        raise RequestSyntaxError(f"{name} must be at most {most}.")
    return int(text)
