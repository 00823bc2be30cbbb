"""``/api/submissions``: handing data in, and what became of it.

==========================================  ===================================================
``POST /api/submissions``                   hand a message or a national file in; 202, its token
``GET /api/submissions``                    submissions, newest first (own ones for a provider)
``GET /api/submissions/{token}``            state, progress, counts, releases
``GET /api/submissions/{token}/report``     the JSON report (a contract, see ``docs/report.md``), or
                                            for people: ``format=html|csv|xlsx``, ``lang``
``GET /api/submissions/{token}/diff``       what it changed, observation by observation
==========================================  ===================================================

What waits for a person, undo and the parts of a message are :mod:`registry.reviews`; uploads in
parts are :mod:`registry.uploads`.

The body of the POST is the file itself, or ``multipart/form-data`` with a part ``file``. The
parameters (:mod:`registry.orders`) stand in the URL or in the form. The header ``Idempotency-Key``
makes a request safe to repeat. A token names a submission and opens nothing: reading takes a right
to it (see ``docs/roles.md``), and without one the answer is that of a token that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from flask import Blueprint, Response, request, url_for
from sqlalchemy import ColumnElement, func, or_, select

from hub import intake
from hub.errors import HubError, NotFound, RequestSyntaxError
from hub.intake import returned
from hub.intake.access import allowed, allows
from hub.intake.check import check
from hub.intake.field import rules_in_use
from hub.intake.reviews import decisions
from hub.store import tables
from hub.store.home import Hub
from hub.store.rights import Principal
from hub.store.submissions import State, Submission
from hub.validation.error_sentences import told_error
from hub.validation.report_words import told
from registry import report_formats
from registry.auth import Right, authenticate, principal_of_request, scopes
from registry.context import current_hub
from registry.orders import Order, accept, order_of_request

__all__ = ["answer", "blueprint", "followed", "number_of", "state_of", "visible"]

blueprint = Blueprint("submissions", __name__, url_prefix="/api/submissions")

#: Largest page of the list, and of a diff unless ``limit`` says otherwise.
_LIST, _DIFF = 200, 10_000


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
        "mode": submission.mode.value,
        "embargo": _instant(submission.embargo),
        "due": _instant(submission.due),
        "undoes": submission.undoes,
        "ahead": _ahead(hub, submission),
        "decisions": [
            {
                "at": _instant(one.at),
                "actor": one.actor,
                "decision": one.decision,
                "comment": one.comment,
            }
            for one in decisions(hub, submission)
        ],
        "returned": returned.summary(hub, token),
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
            "preview": url_for("reviews.preview", token=token) if submission.waiting else None,
            "page": f"/submissions/{token}",
        },
    }


def _ahead(hub: Hub, submission: Submission) -> int | None:
    """How many come before it in the queue; ``None`` when it is in none."""
    in_queue = submission.state in (State.RECEIVED, State.APPROVED)
    return hub.submissions.ahead_of(submission) if in_queue else None


def _instant(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat().replace("+00:00", "Z")


def answer(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON that nobody keeps."""
    response = Response(orjson.dumps(content), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


@blueprint.post("")
def submit() -> Response:
    """Hand data in: 202 and a token, or 200 and the report of a dry run."""
    hub = current_hub()
    # Who is asking is settled before a byte of the body is read.
    who = authenticate(hub, request, Right.SUBMIT)
    order = order_of_request()
    language = report_formats.reader_language(order.lang)
    try:
        if order.dry_run:
            return _checked(hub, order, language)
        submission = accept(hub, who, order, request.headers.get("Idempotency-Key"))
    except HubError as error:
        error.message = told_error(error.message, language) or error.message
        raise
    location = url_for("submissions.state", token=submission.token)
    return answer(state_of(hub, submission), 202, {"Location": location, "Retry-After": "1"})


def _checked(hub: Hub, order: Order, language: str) -> Response:
    """The report of a dry run, in the reader's language."""
    report = check(
        hub, order.source, order.filename, format_=order.format, connector=order.connector
    )
    rules_in_use(hub)  # so that findings of the hub's own rules are told in every language
    headers = {"Vary": "Accept-Language", "Content-Language": language}
    return answer(told(report.to_dict(), language), headers=headers)


@blueprint.get("")
def listing() -> Response:
    """Submissions, newest first; ``limit`` (at most 200) and ``offset`` page through them.

    ``state`` leaves those that are in another one.
    """
    hub = current_hub()
    who = authenticate(hub, request, Right.FOLLOW)
    limit, offset = number_of("limit", 50, _LIST), number_of("offset", 0, None)
    total, found = visible(hub, who, limit, offset, _state(request.args.get("state")))
    states = [state_of(hub, one) for one in found]
    return answer({"total": total, "offset": offset, "limit": limit, "submissions": states})


def _state(text: str | None) -> State | None:
    if text is None:
        return None
    try:
        return State(text)
    except ValueError:
        known = ", ".join(s.value for s in State)
        raise RequestSyntaxError(f"state must be one of {known}, not {text!r}.") from None


def visible(
    hub: Hub, who: Principal, limit: int, offset: int, state: State | None = None
) -> tuple[int, list[Submission]]:
    """A page of the submissions that ``who`` may follow, newest first, and how many there are.

    ``state`` leaves those that are in another one.
    """
    t = tables.submission.c
    wanted = () if state is None else (t.state == state.value,)
    held = scopes(who, Right.FOLLOW)
    # What a grant of an agreement reaches is only known from each submission.
    agreements = {scope for scope in held or () if "(" in scope}
    if held is None:
        chosen: list[ColumnElement[bool]] = [*wanted]
    elif agreements:
        found = allowed(hub, who, Right.FOLLOW, reversed(hub.submissions.find(*wanted)))
        return len(found), found[offset : offset + limit]
    else:
        chosen = [or_(t.submitted_by == who.id, t.provider.in_(held)), *wanted]
    with hub.catalogue.read() as connection:
        total = int(connection.execute(select(func.count(t.id)).where(*chosen)).scalar_one())
        page = select(t.token).where(*chosen).order_by(t.id.desc()).limit(limit).offset(offset)
        tokens = list(connection.execute(page).scalars())
    return total, [hub.submissions.get(token) for token in tokens]


def followed(hub: Hub, who: Principal, token: str) -> Submission:
    """The submission called ``token``, when ``who`` may follow it.

    Raises ``NotFound`` when there is none and when it is not for ``who``, in the same words.
    """
    found = hub.submissions.get(token)
    if not allows(hub, who, Right.FOLLOW, found):
        raise NotFound("There is no submission with this token")
    return found


@blueprint.get("/<token>")
def state(token: str) -> Response:
    """How far a submission came."""
    hub = current_hub()
    submission = followed(hub, principal_of_request(hub, request), token)
    headers = {} if submission.finished else {"Retry-After": "60" if submission.waiting else "1"}
    return answer(state_of(hub, submission), headers=headers)


@blueprint.get("/<token>/report")
def report(token: str) -> Response:
    """The report, in JSON or for people; 404 until the file has been read."""
    hub = current_hub()
    followed(hub, principal_of_request(hub, request), token)
    return report_formats.answer(hub, token, request.args)


@blueprint.get("/<token>/diff")
def changes(token: str) -> Response:
    """The observations a submission changed: ``total`` of them, ``changes`` up to ``limit``."""
    hub = current_hub()
    followed(hub, principal_of_request(hub, request), token)
    limit = number_of("limit", _DIFF, None)
    rows = intake.diff(hub, token, limit)
    items = [item.change for item in hub.releases.of_submission(token)]
    total = sum(c.inserted + c.updated + c.deleted for c in items)
    return answer(
        {
            "token": token,
            "total": total,
            "truncated": total > len(rows),
            "changes": [row.to_dict() for row in rows],
        }
    )


def number_of(name: str, default: int, most: int | None) -> int:
    """A whole number among the parameters of the request, ``most`` at most.

    Raises ``RequestSyntaxError`` for anything else.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise RequestSyntaxError(f"{name} must be a whole number, not {text!r}.")
    if most is not None and int(text) > most:
        raise RequestSyntaxError(f"{name} must be at most {most}.")
    return int(text)
