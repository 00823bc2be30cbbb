"""``/api/subscriptions`` and ``/api/notifications``: being told of new data.

=============================================  ================================================
``GET POST /api/subscriptions``                one's own (an administrator's are all); a new one
``GET DELETE /api/subscriptions/{id}``         a subscription; forget it
``POST /api/subscriptions/{id}/confirm``       the holder of an e-mail address agrees
``POST /api/subscriptions/{id}/secret``        a new secret, which is shown once
``POST /api/subscriptions/{id}/ping``          send a test at once
``POST /api/subscriptions/{id}/pause``         send nothing until it is resumed
``POST /api/subscriptions/{id}/resume``        go on, also with what was given up
``GET /api/notifications``                     what was sent, waits or was given up
``POST /api/notifications/{id}/retry``         send again what was given up
=============================================  ================================================
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from hub.errors import NotFound, RequestSyntaxError
from hub.events.subscribe import ping, subscribe
from hub.store.events import Delivery, DeliveryState
from hub.store.home import Hub
from hub.store.rights import Principal
from hub.store.subscribers import Kind, Subscriber, Wanted
from registry.auth import Right, authenticate, may
from registry.context import current_hub
from registry.people_json import body, instant, json_response
from registry.submissions import number_of

__all__ = ["blueprint", "mine", "owner_of"]

blueprint = Blueprint("subscriptions", __name__, url_prefix="/api")

_FILTERS = ("events", "dataflows", "categories", "providers", "areas")
_KINDS = (Kind.WEBHOOK, Kind.EMAIL)
_MOST = 1000


def owner_of(who: Principal) -> str | None:
    """Whose subscriptions ``who`` may see; ``None``: everybody's."""
    return None if may(who, Right.ADMINISTER) else who.id


def mine(hub: Hub, who: Principal, id_: str) -> Subscriber:
    """A subscription that ``who`` may change; ``NotFound`` for others', in the same words."""
    found = hub.subscribers.get(id_)
    if owner_of(who) not in (None, found.owner):
        raise NotFound("There is no such subscription.")
    return found


def _asked(id_: str) -> tuple[Hub, Principal, Subscriber]:
    hub = current_hub()
    who = authenticate(hub, request, Right.ASK)
    return hub, who, mine(hub, who, id_)


@blueprint.get("/subscriptions")
def listing() -> Response:
    """One's own subscriptions, oldest first."""
    hub = current_hub()
    who = authenticate(hub, request, Right.ASK)
    found = hub.subscribers.all(owner=owner_of(who))
    return json_response({"subscriptions": [_told(one) for one in found]})


@blueprint.post("/subscriptions")
def add() -> Response:
    """A new subscription: 201, and for a webhook the only time that its secret is shown."""
    hub = current_hub()
    who = authenticate(hub, request, Right.ASK)
    lists = dict.fromkeys(_FILTERS, list)
    given = body({"kind": str, "address": str}, {"label": str, "language": str, **lists})
    if given["kind"] not in _KINDS:
        raise RequestSyntaxError(f"kind is one of {', '.join(_KINDS)}.")
    filters = {name: given[name] for name in _FILTERS if name in given}
    if not all(isinstance(text, str) for texts in filters.values() for text in texts):
        raise RequestSyntaxError(f"{', '.join(_FILTERS)} are lists of texts.")
    made = subscribe(
        hub, Kind(given["kind"]), given["address"], Wanted.of(filters), owner=who.id,
        now=datetime.now(UTC), label=given.get("label", ""), language=given.get("language", "en"),
    )  # fmt: skip
    secret = {"secret": made.secret} if made.kind is Kind.WEBHOOK else {}
    response = json_response({**_told(made), **secret}, 201)
    response.headers["Location"] = url_for("subscriptions.one", id_=made.id)
    return response


@blueprint.get("/subscriptions/<id_>")
def one(id_: str) -> Response:
    """A subscription, without its secret."""
    return json_response(_told(_asked(id_)[2]))


@blueprint.delete("/subscriptions/<id_>")
def remove(id_: str) -> Response:
    """Forget a subscription and what waits for it: 204."""
    hub, who, found = _asked(id_)
    hub.subscribers.remove(found.id, actor=who.id)
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


@blueprint.post("/subscriptions/<id_>/confirm")
def confirm(id_: str) -> Response:
    """The holder of the address agrees, with the token of the mail."""
    given = body({"token": str})
    found = current_hub().subscribers.confirm(id_, given["token"], datetime.now(UTC))
    return json_response({"id": found.id, "state": found.state.value})


@blueprint.post("/subscriptions/<id_>/secret")
def rotate(id_: str) -> Response:
    """A new secret, the only time that it is shown; the former signs too for a day."""
    hub, who, found = _asked(id_)
    secret = hub.subscribers.rotate(found.id, actor=who.id, now=datetime.now(UTC))
    return json_response({"id": found.id, "secret": secret})


@blueprint.post("/subscriptions/<id_>/ping")
def test(id_: str) -> Response:
    """Send a test now and tell what became of it."""
    hub, _, found = _asked(id_)
    done = ping(hub, found, datetime.now(UTC))
    return json_response({"delivered": done.ok, "status": done.status, "error": done.error})


@blueprint.post("/subscriptions/<id_>/pause")
def pause(id_: str) -> Response:
    """Send nothing until it is resumed; what happens meanwhile waits."""
    hub, who, found = _asked(id_)
    paused = hub.subscribers.pause(
        found.id, "Paused by its owner.", actor=who.id, now=datetime.now(UTC)
    )
    return json_response(_told(paused))


@blueprint.post("/subscriptions/<id_>/resume")
def resume(id_: str) -> Response:
    """Go on, beginning with what was given up."""
    hub, who, found = _asked(id_)
    resumed = hub.subscribers.resume(found.id, actor=who.id)
    hub.events.retry(None, datetime.now(UTC), subscriber_id=found.id)
    return json_response(_told(resumed))


@blueprint.get("/notifications")
def notifications() -> Response:
    """What was sent, waits or was given up, newest first."""
    hub = current_hub()
    who = authenticate(hub, request, Right.ASK)
    unknown = set(request.args) - {"state", "subscription", "limit"}
    if unknown:
        raise RequestSyntaxError(f"Unknown parameter {', '.join(sorted(unknown))}.")
    state = request.args.get("state")
    if state is not None and state not in [*DeliveryState]:
        raise RequestSyntaxError(f"state is one of {', '.join(DeliveryState)}, not {state!r}.")
    found = hub.events.deliveries(
        state=None if state is None else DeliveryState(state),
        subscriber_id=request.args.get("subscription"),
        owner=owner_of(who),
        limit=number_of("limit", 100, _MOST),
    )
    return json_response({"notifications": [_delivery(one) for one in found]})


@blueprint.post("/notifications/<id_>/retry")
def retry(id_: str) -> Response:
    """Send again what was given up."""
    hub = current_hub()
    who = authenticate(hub, request, Right.ASK)
    number = int(id_) if id_.isascii() and id_.isdigit() and len(id_) < 16 else -1
    if not hub.events.retry([number], datetime.now(UTC), owner=owner_of(who)):
        raise NotFound("There is no notification with this id that was given up.")
    return json_response({"id": number, "state": DeliveryState.WAITING.value})


def _told(found: Subscriber) -> dict[str, Any]:
    return {
        "id": found.id,
        "kind": found.kind.value,
        "address": found.address,
        "label": found.label,
        "language": found.language,
        **found.wanted.to_dict(),
        "state": found.state.value,
        "reason": found.reason,
        "created_at": instant(found.created_at),
        "active_since": instant(found.active_since),
        "paused_at": instant(found.paused_at),
        "owner": found.owner,
        "registered": found.registered,
    }


def _delivery(found: Delivery) -> dict[str, Any]:
    return {
        "id": found.id,
        "event": found.event,
        "kind": found.kind,
        "at": instant(found.at),
        "subscription": found.subscriber,
        "address": found.address,
        "state": found.state.value,
        "attempts": found.attempts,
        "next_at": instant(found.next_at) if found.state is DeliveryState.WAITING else None,
        "delivered_at": instant(found.delivered_at),
        "status": found.status,
        "error": found.error,
    }
