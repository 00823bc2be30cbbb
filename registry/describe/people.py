"""People, keys, the audit trail."""

from __future__ import annotations

from registry.describe.common import KEYED, UNEXPECTED, error, ref
from registry.describe.model import Answer, Json, Operation, Parameter, choice, number, text

__all__ = ["OPERATIONS"]

_ADMIN = ("admin",)
_BAD = {400: error("A parameter or the body cannot be read.")}
_LARGE = {413: error("The body is larger than this takes.")}
_SENSE = {422: error("A value makes no sense here.")}
_PERSON = Parameter(
    "id", "Id of the account.", {"type": "string", "minLength": 1}, "999999",
    place="path", required=True,
)  # fmt: skip
_KEY = Parameter(
    "id", "Id of the key, as the list shows it.", {"type": "string", "minLength": 1},
    "000000000000", place="path", required=True,
)  # fmt: skip
_NO_PERSON = {404: error("There is no such account.")}
_TEXT: Json = {"type": "string"}
_GRANTS: Json = {"type": "array", "items": {"type": "string", "examples": ["provider:MEX_INM"]}}


def _body(required: Json, **optional: Json) -> dict[str, Json]:
    return {
        "application/json": {
            "type": "object",
            "required": list(required),
            "properties": {**required, **optional},
            "additionalProperties": False,
        }
    }


OPERATIONS = (
    Operation(
        "me",
        "/api/me",
        "Who is asking",
        "The name and the grants of the key or session of the request.",
        {200: Answer("Who it is.", ref("Me")), 401: KEYED[401], **UNEXPECTED},
        tag="people",
        roles=("admin", "agency", "provider", "reviewer", "reader"),
    ),
    Operation(
        "people",
        "/api/people",
        "Everybody with an account",
        "By login.",
        {200: Answer("Everybody.", ref("People")), **KEYED, **UNEXPECTED},
        tag="people",
        roles=_ADMIN,
    ),
    Operation(
        "addPerson",
        "/api/people",
        "Add an account",
        "The answer has the one-time link with which the person chooses a password; it is shown "
        "only here. A grant is a role, or role:scope.",
        {
            201: Answer("The account.", ref("NewPerson"), {"Location": "Where it is."}),
            409: error("The login is taken."),
            **_BAD, **_LARGE, **_SENSE, **KEYED, **UNEXPECTED,
        },
        method="post",
        tag="people",
        body=_body({"login": _TEXT, "name": _TEXT}, grants=_GRANTS),
        roles=_ADMIN,
    ),
    Operation(
        "person",
        "/api/people",
        "An account",
        "With its grants.",
        {200: Answer("The account.", ref("Person")), **_NO_PERSON, **KEYED, **UNEXPECTED},
        tag="people",
        parts=(_PERSON,),
        least=1,
        roles=_ADMIN,
    ),
    Operation(
        "changePerson",
        "/api/people",
        "Change an account",
        "What is not given stays. Who is disabled, or has other grants, is signed out everywhere.",
        {
            200: Answer("The account.", ref("Person")),
            409: error("Nobody would be left to administer the hub."),
            **_BAD, **_LARGE, **_SENSE, **_NO_PERSON, **KEYED, **UNEXPECTED,
        },
        method="patch",
        tag="people",
        parts=(_PERSON,),
        least=1,
        body=_body({}, name=_TEXT, grants=_GRANTS, disabled={"type": "boolean"}),
        roles=_ADMIN,
    ),
    Operation(
        "resetPerson",
        "/api/people",
        "Let a person choose a new password",
        "The answer has a one-time link; the present password is good until it is used.",
        {
            200: Answer("The link.", ref("Link")),
            409: error("The account is disabled, or the person signs in elsewhere."),
            **_NO_PERSON, **KEYED, **UNEXPECTED,
        },
        method="post",
        tag="people",
        parts=(_PERSON,),
        least=1,
        suffix="/reset",
        roles=_ADMIN,
    ),
    Operation(
        "keys",
        "/api/keys",
        "All API keys",
        "Without the keys themselves, which nobody has but their holders.",
        {200: Answer("The keys.", ref("Keys")), **KEYED, **UNEXPECTED},
        tag="people",
        roles=_ADMIN,
    ),
    Operation(
        "addKey",
        "/api/keys",
        "Make an API key",
        "The answer has the key; it is shown only here.",
        {
            201: Answer("The key.", ref("NewKey")),
            **_BAD, **_LARGE, **KEYED, **UNEXPECTED,
        },
        method="post",
        tag="people",
        body=_body({"label": _TEXT, "grants": _GRANTS}, expires_at=_TEXT),
        roles=_ADMIN,
    ),
    Operation(
        "revokeKey",
        "/api/keys",
        "Revoke an API key",
        "It is no longer accepted, and sessions begun with it end.",
        {
            204: Answer("Revoked."),
            404: error("There is no valid key with this id."),
            409: error("Nobody would be left to administer the hub."),
            **KEYED, **UNEXPECTED,
        },
        method="delete",
        tag="people",
        parts=(_KEY,),
        least=1,
        roles=_ADMIN,
    ),
    Operation(
        "audit",
        "/api/audit",
        "The audit trail",
        "Who did what, in order. Each line has the hash of the one before.",
        {200: Answer("A page of it.", ref("AuditTrail")), **_BAD, **KEYED, **UNEXPECTED},
        tag="people",
        parameters=(
            number("after", "Only lines with a greater id.", 0, default="0"),
            number("limit", "At most so many, up to 1000.", 0, default="100"),
            choice("order", "Which come first.", ["oldest", "newest"], default="oldest"),
            text("action", "Only actions that begin so.", "key."),
            text("actor", "Only what this one did."),
        ),
        roles=_ADMIN,
    ),
)  # fmt: skip
