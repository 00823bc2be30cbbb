"""Pages of subscriptions: one's own, and what the links in mails lead to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub.errors import HubError, NotFound, RequestSyntaxError
from hub.events.mail import can_mail
from hub.events.subscribe import EVENTS, ping, subscribe
from hub.store.home import Hub
from hub.store.rights import Principal
from hub.store.subscribers import Kind, State, Wanted
from hub.structures.kinds import key_of
from registry.auth import Right, authenticate
from registry.context import current_hub
from registry.pages.names import collation
from registry.pages.site import blueprint, say
from registry.subscriptions import mine, owner_of

__all__ = ["subscriptions_page"]

#: Deliveries that were given up or wait, as the page lists them.
_MOST = 50


def _asker() -> tuple[Hub, Principal]:
    hub = current_hub()
    return hub, authenticate(hub, request, Right.ASK)


@blueprint.get("/subscriptions")
def subscriptions_page() -> Response:
    """One's own subscriptions, what was sent, and the form to make one."""
    return _page(*_asker())


def _page(hub: Hub, who: Principal, status: int = 200, **values: Any) -> Response:
    structures, language = hub.structures, say().language
    flows = [(str(key_of(f).ref), structures.name(f, language)) for f in structures.dataflows()]
    page = render_template(
        "pages/subscriptions.html",
        found=hub.subscribers.all(owner=owner_of(who)),
        sent=hub.events.deliveries(owner=owner_of(who), limit=_MOST),
        flows=sorted(flows, key=lambda pair: collation(pair[1])),
        kinds=(Kind.WEBHOOK, Kind.EMAIL) if can_mail(hub.settings) else (Kind.WEBHOOK,),
        events=EVENTS,
        **values,
    )
    return make_response(page, status)


@blueprint.post("/subscriptions")
def add_subscription() -> Response:
    """Make a subscription; the page shows the secret of a webhook, this once."""
    hub, who = _asker()
    form = request.form
    wanted = Wanted(
        tuple(form.getlist("events")) or ("release",),
        dataflows=tuple(form.getlist("dataflows")),
        areas=tuple(form.get("areas", "").replace(",", " ").split()),
        providers=tuple(form.get("providers", "").replace(",", " ").split()),
    )
    try:
        kind = form.get("kind", "")
        if kind not in (Kind.WEBHOOK, Kind.EMAIL):
            raise RequestSyntaxError("The form does not say how you want to be told.")
        made = subscribe(
            hub, Kind(kind), form.get("address", "").strip(), wanted, owner=who.id,
            now=datetime.now(UTC), label=form.get("label", ""), language=say().language,
        )  # fmt: skip
    except HubError as error:
        if error.http_status >= 500 and error.http_status != 501:
            raise
        return _page(hub, who, error.http_status, fault=error.message, given=form)
    return _page(hub, who, made=made, secret=made.secret if made.kind is Kind.WEBHOOK else None)


@blueprint.post("/subscriptions/<id_>")
def change_subscription(id_: str) -> Response:
    """What the button says: try it out, pause, go on, a new secret, or delete."""
    hub, who = _asker()
    found, now = mine(hub, who, id_), datetime.now(UTC)
    try:
        match request.form.get("do", ""):
            case "ping":
                return _page(hub, who, tried=ping(hub, found, now), of=found)
            case "pause":
                hub.subscribers.pause(id_, "Paused by its owner.", actor=who.id, now=now)
            case "resume":
                hub.subscribers.resume(id_, actor=who.id)
                hub.events.retry(None, now, subscriber_id=id_)
            case "secret":
                secret = hub.subscribers.rotate(id_, actor=who.id, now=now)
                return _page(hub, who, made=found, secret=secret)
            case "remove":
                hub.subscribers.remove(id_, actor=who.id)
            case _:
                raise RequestSyntaxError("The form does not say what to do.")
    except HubError as error:
        if error.http_status >= 500:
            raise
        return _page(hub, who, error.http_status, fault=error.message)
    return make_response(redirect(url_for("pages.subscriptions_page"), 303))


# What mails lead to: the token says that a reader of the mail asks. A link alone does nothing, as
# programs that look at mails follow links.


@blueprint.get("/subscriptions/<id_>/confirm/<token>")
def confirm_page(id_: str, token: str) -> str:
    """The button with which the holder of an address agrees."""
    return render_template("pages/subscription_mail.html", what="confirm", done=False)


@blueprint.post("/subscriptions/<id_>/confirm/<token>")
def confirm(id_: str, token: str) -> str:
    """The holder of an address agrees."""
    current_hub().subscribers.confirm(id_, token, datetime.now(UTC))
    return render_template("pages/subscription_mail.html", what="confirm", done=True)


@blueprint.get("/subscriptions/<id_>/leave/<token>")
def leave_page(id_: str, token: str) -> str:
    """The button with which the holder of an address is told no more."""
    return render_template("pages/subscription_mail.html", what="leave", done=False)


@blueprint.post("/subscriptions/<id_>/leave/<token>")
def leave(id_: str, token: str) -> str:
    """Tell the holder of an address no more; mail programs ask it by themselves (RFC 8058)."""
    _leave(current_hub(), id_, token)
    return render_template("pages/subscription_mail.html", what="leave", done=True)


def _leave(hub: Hub, id_: str, token: str) -> None:
    try:
        found = hub.subscribers.get(id_)
    except NotFound:
        return  # left before
    if not found.is_token("leave", token):
        raise NotFound("There is no such subscription.")
    if found.kind is Kind.EMAIL:
        hub.subscribers.remove(id_, actor=found.owner)
    elif found.state is State.ACTIVE:  # removed, it would be asked again at the next notification
        now = datetime.now(UTC)
        hub.subscribers.pause(id_, "The holder wants no more.", actor=found.owner, now=now)
