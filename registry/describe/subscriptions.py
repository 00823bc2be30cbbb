"""Being told of new data: subscriptions, notifications."""

from __future__ import annotations

from hub.events.subscribe import EVENTS, LANGUAGES, MOST
from hub.store.events import DeliveryState
from registry.describe.common import KEYED, UNEXPECTED, error, ref
from registry.describe.model import Answer, Json, Operation, Parameter, choice, number, text

__all__ = ["OPERATIONS"]

_ALL = ("admin", "agency", "provider", "reviewer", "reader")
_BAD = {400: error("A parameter or the body cannot be read.")}
_LARGE = {413: error("The body is larger than this takes.")}
_NONE = {404: error("There is no such subscription.")}
_WAITS = {409: error("The holder of the e-mail address has not confirmed yet.")}
_ID = Parameter(
    "id", "Id of the subscription.", {"type": "string", "minLength": 1}, "no-such-subscription",
    place="path", required=True,
)  # fmt: skip
_NUMBER = Parameter(
    "id", "Id of the notification.", {"type": "string", "minLength": 1}, "999999",
    place="path", required=True,
)  # fmt: skip
_TEXT: Json = {"type": "string"}
_TEXTS: Json = {"type": "array", "items": _TEXT}


def _body(required: Json, **optional: Json) -> dict[str, Json]:
    return {
        "application/json": {
            "type": "object",
            "required": list(required),
            "properties": {**required, **optional},
            "additionalProperties": False,
        }
    }


def _one(id_: str, suffix: str, summary: str, description: str, **more: Answer) -> Operation:
    """What is done with one subscription."""
    answers = {int(status.removeprefix("s")): answer for status, answer in more.items()}
    return Operation(
        id_,
        "/api/subscriptions",
        summary,
        description,
        {**answers, **_NONE, **KEYED, **UNEXPECTED},
        method="post",
        tag="events",
        parts=(_ID,),
        least=1,
        suffix=suffix,
        roles=_ALL,
    )


_SUBSCRIPTION = Answer("The subscription.", ref("Subscription"))

OPERATIONS = (
    Operation(
        "subscriptions",
        "/api/subscriptions",
        "One's own subscriptions",
        "Oldest first; an administrator sees all. Those that were made by registry message stand "
        "here once something was to be sent to them.",
        {200: Answer("The subscriptions.", ref("Subscriptions")), **KEYED, **UNEXPECTED},
        tag="events",
        roles=_ALL,
    ),
    Operation(
        "subscribe",
        "/api/subscriptions",
        "Be told of new data",
        "A webhook gets a signed POST for each event; its secret is in this answer and nowhere "
        "else. An e-mail address gets mails once its holder agreed. Of the filters (lists; empty "
        "is any) an event must fit each: `dataflows` as AGENCY:ID or AGENCY:ID(VERSION), "
        "`categories` as AGENCY:SCHEME(VERSION).PATH, `providers`, `areas` (codes of REF_AREA that "
        f"changed). `events` are some of {', '.join(EVENTS)}; the first is the default. "
        f"At most {MOST} subscriptions each.",
        {
            201: Answer("The subscription.", ref("NewSubscription"), {"Location": "Where it is."}),
            409: error("There are too many subscriptions."),
            422: error("The address cannot be used, or a filter names what the hub does not know."),
            501: error("This hub sends no mail."),
            **_BAD, **_LARGE, **KEYED, **UNEXPECTED,
        },
        method="post",
        tag="events",
        body=_body(
            {"kind": {"enum": ["webhook", "email"]}, "address": _TEXT},
            label=_TEXT,
            language={"enum": [*LANGUAGES]},
            events={"type": "array", "items": {"enum": [*EVENTS]}},
            dataflows=_TEXTS,
            categories=_TEXTS,
            providers=_TEXTS,
            areas=_TEXTS,
        ),
        roles=_ALL,
    ),
    Operation(
        "subscription",
        "/api/subscriptions",
        "A subscription",
        "Without its secret.",
        {200: _SUBSCRIPTION, **_NONE, **KEYED, **UNEXPECTED},
        tag="events",
        parts=(_ID,),
        least=1,
        roles=_ALL,
    ),
    Operation(
        "unsubscribe",
        "/api/subscriptions",
        "Be told no more",
        "What waits for it is forgotten too.",
        {204: Answer("It is forgotten."), **_NONE, **KEYED, **UNEXPECTED},
        method="delete",
        tag="events",
        parts=(_ID,),
        least=1,
        roles=_ALL,
    ),
    Operation(
        "confirmSubscription",
        "/api/subscriptions",
        "Agree to mails",
        "With the token of the mail that asked, within seven days.",
        {
            200: Answer("It was confirmed.", ref("SubscriptionState")),
            404: error("There is nothing to confirm, or it was too long ago."),
            **_BAD, **_LARGE, **UNEXPECTED,
        },
        method="post",
        tag="events",
        parts=(_ID,),
        least=1,
        suffix="/confirm",
        body=_body({"token": _TEXT}),
    ),
    _one(
        "newSecret", "/secret", "A new secret",
        "It is in this answer and nowhere else. For a day the former one signs too, so that a "
        "receiver can change over.",
        s200=Answer("The secret.", ref("SubscriptionSecret")),
    ),
    _one(
        "pingSubscription", "/ping", "Try a subscription out",
        "A test is sent at once; the answer tells what became of it.",
        s200=Answer("What became of it.", ref("Ping")), s409=_WAITS[409],
    ),
    _one(
        "pauseSubscription", "/pause", "Pause a subscription",
        "What happens meanwhile waits for it.", s200=_SUBSCRIPTION, s409=_WAITS[409],
    ),
    _one(
        "resumeSubscription", "/resume", "Go on with a subscription",
        "What was given up and what waited goes out in the order it happened.",
        s200=_SUBSCRIPTION, s409=_WAITS[409],
    ),
    Operation(
        "notifications",
        "/api/notifications",
        "What was sent, waits or was given up",
        "Newest first. What came through is listed for 90 days.",
        {200: Answer("The notifications.", ref("Notifications")), **_BAD, **KEYED, **UNEXPECTED},
        tag="events",
        parameters=(
            choice("state", "Only those in this state.", [*DeliveryState]),
            text("subscription", "Only those of this subscription."),
            number("limit", "Most of them, up to 1000.", 0, default="100"),
        ),
        roles=_ALL,
    ),
    Operation(
        "retryNotification",
        "/api/notifications",
        "Send again what was given up",
        "It waits its turn; a subscription that is paused has to be resumed.",
        {
            200: Answer("It waits.", ref("NotificationState")),
            404: error("There is no notification with this id that was given up."),
            **KEYED, **UNEXPECTED,
        },
        method="post",
        tag="events",
        parts=(_NUMBER,),
        least=1,
        suffix="/retry",
        roles=_ALL,
    ),
)  # fmt: skip
