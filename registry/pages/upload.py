"""Submitting a file and following it: the form, its answer, the page of a submission.

The API key in the form is the only credential and is never kept, so there is no session that
another site could use: no token against request forgery is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from babel.numbers import format_decimal
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub import intake
from hub.errors import Forbidden, HubError, NotFound, Unauthorized
from hub.intake.check import check
from hub.plugins import connector_catalogue
from hub.store.home import Hub
from hub.store.releases import Change
from hub.store.submissions import Submission
from registry.auth import MAY_SUBMIT, allow, identify
from registry.context import current_hub
from registry.pages.i18n import Words
from registry.pages.names import format_name
from registry.pages.report import view_report
from registry.pages.selection import page_path
from registry.pages.site import blueprint, say
from registry.submissions import Order, accept

__all__ = ["send", "submission", "upload"]


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
    shown = {"kind": "national", "connector": "", "dry_run": False, **values}
    return (
        render_template(
            "pages/upload.html",
            faults=faults,
            connectors=_connectors(t.language),
            limit=_size(current_hub().settings.max_upload, t),
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
    form = request.form
    kind, connector = form.get("kind", ""), form.get("connector", "")
    dry_run = form.get("dry_run") == "true"
    back = {"kind": kind, "connector": connector, "dry_run": dry_run}
    file = request.files.get("file")
    key, faults = None, {}
    if kind == "national" and connector not in connector_catalogue().ids():
        faults["connector"] = t("upload.bad_connector")
    if file is None or not file.filename:
        faults["file"] = t("upload.need_file")
    status = 400
    try:
        key = allow(identify(hub, form.get("key", "").strip()), MAY_SUBMIT)
    except Unauthorized:
        faults["key"] = t("upload.bad_key" if form.get("key") else "upload.need_key")
        status = 401
    except Forbidden:
        faults["key"] = t("upload.not_allowed")
        status = 403
    if faults or key is None or file is None:
        return _form(status, faults, **back)
    order = Order(
        cast(BinaryIO, file.stream),
        file.filename or "body",
        connector=connector if kind == "national" else None,
        dry_run=dry_run,
    )
    try:
        if dry_run:
            return _checked(hub, order)
        token = accept(hub, key, order).token
    except HubError as error:
        if error.http_status >= 500:
            raise
        return _form(error.http_status, {"file": error.message}, **back)
    return redirect(url_for("pages.submission", token=token), 303)


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
    hub, t = current_hub(), say()
    found = intake.status(hub, token)
    stage = str(found.progress.get("stage", "waiting"))
    return render_template(
        "pages/submission.html",
        s=found,
        stage=t(f"submission.stage.{stage}") if t.has(f"submission.stage.{stage}") else stage,
        size=_size(found.size, t),
        read_as=_read_as(found, t),
        report=_report(hub, found, t),
        released=_released(hub, token, t.language),
    )


def _read_as(found: Submission, t: Words) -> str:
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
