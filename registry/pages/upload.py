"""Submitting a file and following it: the form, its answer, the page of a submission.

Who is signed in needs nothing more; others give an API key in the form, which begins a session for
that key, so that they may follow what they sent. The key itself is never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from babel.numbers import format_decimal
from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub import intake
from hub.errors import Forbidden, HubError, NotFound, Unauthorized
from hub.intake.check import check
from hub.plugins import connector_catalogue
from hub.store.home import Hub
from hub.store.keys import ApiKey
from hub.store.releases import Change
from hub.store.rights import Principal
from hub.store.submissions import Mode, Submission
from hub.validation.error_sentences import told_error
from registry.auth import (
    Right,
    give_session,
    identify,
    principal_of_request,
    require,
    require_own_form,
    session_of_request,
)
from registry.context import current_hub
from registry.orders import Order, accept, instant_of
from registry.pages.gate import gate_of
from registry.pages.i18n import Words
from registry.pages.names import format_name
from registry.pages.report import view_report
from registry.pages.selection import page_path
from registry.pages.site import blueprint, say
from registry.pages.workbooks import choices
from registry.submissions import followed

__all__ = ["send", "submission", "submission_page", "upload"]


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector as the form offers it."""

    id: str
    title: str
    publisher: str


def _connectors(language: str) -> list[tuple[str, list[Connector]]]:
    """Installed connectors, grouped by country or organisation."""
    catalogue = connector_catalogue()
    groups: dict[str, list[Connector]] = {}
    structures = current_hub().structures
    areas = structures.find("codelist", "MIGHUB", "CL_AREA")
    for id_ in catalogue.ids():
        record = catalogue.record(id_)
        country = record.publisher.get("country", "")
        item = areas.items.get(country)
        group = structures.name(item, language) if item is not None else say()("upload.world")
        title = record.title.get(language, record.title["en"])
        publisher = record.publisher.get("acronym") or record.publisher["name"]
        groups.setdefault(group, []).append(Connector(id_, title, publisher))
    return sorted(groups.items())


def _form(status: int, faults: dict[str, str], **values: Any) -> tuple[str, int]:
    t = say()
    shown = {
        "kind": "national",
        "connector": "",
        "dry_run": False,
        "mode": "",
        "embargo": "",
        **values,
    }
    return (
        render_template(
            "pages/upload.html",
            faults=faults,
            connectors=_connectors(t.language),
            workbooks=choices(t.language),
            limit=_size(current_hub().settings.max_upload, t),
            needs_key=session_of_request(current_hub(), request) is None,
            **shown,
        ),
        status,
    )


def _size(octets: int, t: Words) -> str:
    """A number of bytes for a reader."""
    value, units = float(octets), ["B", "KB", "MB", "GB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{format_decimal(round(value, 1), locale=t.locale)} {units[0]}"


@blueprint.get("/upload")
def upload() -> tuple[str, int]:
    """The empty form; ``?connector=`` chooses one."""
    return _form(200, {}, connector=request.args.get("connector", ""))


@blueprint.post("/upload")
def send() -> Response | tuple[str, int] | str:
    """Take the form: to the page of the submission, or back to the form with what is wrong."""
    hub, t = current_hub(), say()
    require_own_form(hub, request)
    form = request.form
    kind, connector = form.get("kind", ""), form.get("connector", "")
    dry_run = form.get("dry_run") == "true"
    mode, embargo = form.get("mode", ""), form.get("embargo", "").strip()
    back = {
        "kind": kind, "connector": connector, "dry_run": dry_run, "mode": mode, "embargo": embargo,
    }  # fmt: skip
    file = request.files.get("file")
    faults: dict[str, str] = {}
    if kind == "national" and connector not in connector_catalogue().ids():
        faults["connector"] = t("upload.bad_connector")
    if file is None or not file.filename:
        faults["file"] = t("upload.need_file")
    due = _due(embargo, faults)
    who, key, status = None, None, 400
    try:
        who, key = _sender(hub)
    except Unauthorized:
        faults["key"] = t("upload.bad_key" if form.get("key") else "upload.need_key")
        status = 401
    except Forbidden:
        faults["key"] = t("upload.not_allowed")
        status = 403
    if faults or who is None or file is None:
        return _form(status, faults, **back)
    order = Order(
        cast(BinaryIO, file.stream),
        file.filename or "body",
        connector=connector if kind == "national" else None,
        dry_run=dry_run,
        mode=Mode.VALID if mode == Mode.VALID.value else Mode.ALL,
        embargo=due,
    )
    try:
        if dry_run:
            return _checked(hub, order)
        token = accept(hub, who, order).token
    except HubError as error:
        if error.http_status >= 500:
            raise
        said = told_error(error.message, t.language) or error.message
        return _form(error.http_status, {"file": said}, **back)
    response = make_response(redirect(url_for("pages.submission", token=token), 303))
    if key is not None:
        give_session(request, response, hub.sessions.begin(key))
    return response


def _due(text: str, faults: dict[str, str]) -> datetime | None:
    """The time in the form, which is UTC; a fault when it is none."""
    try:
        return instant_of("embargo", text and f"{text}Z")
    except HubError:
        faults["embargo"] = say()("upload.bad_embargo")
        return None


def _sender(hub: Hub) -> tuple[Principal, ApiKey | None]:
    """Who sends the form, and the key in it where nobody is signed in."""
    if session_of_request(hub, request) is not None:
        return require(principal_of_request(hub, request), Right.SUBMIT), None
    key = identify(hub, request.form.get("key", "").strip())
    return require(key.principal, Right.SUBMIT), key


def _checked(hub: Hub, order: Order) -> str:
    report = check(hub, order.source, order.filename, connector=order.connector)
    return render_template(
        "pages/checked.html", filename=order.filename, report=view_report(report.to_dict(), say())
    )


@dataclass(frozen=True, slots=True)
class Released:
    """What a submission did to one dataset."""

    name: str
    path: str
    change: Change


@blueprint.get("/submissions/<token>")
def submission(token: str) -> str:
    """How far a submission came, and its report."""
    who = principal_of_request(current_hub(), request)
    return submission_page(who, followed(current_hub(), who, token))


def submission_page(who: Principal, found: Submission, fault: str = "") -> str:
    """The page of a submission for ``who``; ``fault`` says what could not be done with it."""
    hub, t = current_hub(), say()
    stage = str(found.progress.get("stage", "waiting"))
    return render_template(
        "pages/submission.html",
        s=found,
        stage=t(f"submission.stage.{stage}") if t.has(f"submission.stage.{stage}") else stage,
        size=_size(found.size, t),
        read_as=_read_as(found, t),
        report=_report(hub, found, t),
        released=_released(hub, found.token, t.language),
        fault=fault,
        **gate_of(hub, who, found),
    )


def _read_as(found: Submission, t: Words) -> str:
    if found.undoes is not None:
        return t("submission.undo")
    if found.connector is None:
        return format_name(found.format or "", t)
    if found.connector not in connector_catalogue().ids():
        return found.connector
    title = connector_catalogue().record(found.connector).title
    return title.get(t.language, title["en"])


def _report(hub: Hub, found: Submission, t: Words) -> Any:
    if not found.finished or found.report is None:
        return None
    return view_report(intake.report(hub, found.token), t)


def _released(hub: Hub, token: str, language: str) -> list[Released]:
    structures = hub.structures
    released = []
    for item in hub.releases.of_submission(token):
        ref = item.change.dataflow
        try:
            name = structures.name(structures.get("dataflow", ref), language)
        except NotFound:  # the dataflow was taken away since
            name = str(ref)
        released.append(Released(name, page_path(ref), item.change))
    return released
