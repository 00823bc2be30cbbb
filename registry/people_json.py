"""What the endpoints of people, keys and the audit trail share: bodies, times, answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response, request

from hub.errors import RequestSyntaxError
from hub.store.keys import ApiKey
from hub.store.people import Person
from hub.store.rights import Grant

__all__ = ["body", "expiry", "grants", "instant", "json_response", "key_dict", "person_dict"]

#: Largest body, in bytes: a few names and grants.
_LARGEST = 64 * 1024


def body(
    required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> dict[str, Any]:
    """The JSON object of the request, with these members and no others.

    Raises ``RequestSyntaxError`` for anything else.
    """
    request.max_content_length = _LARGEST
    try:
        given = orjson.loads(request.get_data())
    except ValueError:
        raise RequestSyntaxError("The body is not JSON.") from None
    known = {**required, **(optional or {})}
    if not isinstance(given, dict) or given.keys() - known:
        raise RequestSyntaxError(f"The body is an object with {', '.join(known)} only.")
    if missing := required.keys() - given.keys():
        raise RequestSyntaxError(f"The body lacks {', '.join(sorted(missing))}.")
    for name, value in given.items():
        wanted = known[name]
        if not isinstance(value, wanted):
            raise RequestSyntaxError(f"{name} is not of the type {wanted.__name__}.")
    return given


def grants(given: Iterable[Any]) -> list[Grant]:
    """Grants from texts such as ``provider:MEX_INM``; ``RequestSyntaxError`` for others."""
    texts = list(given)
    if not all(isinstance(text, str) for text in texts):
        raise RequestSyntaxError("grants is a list of texts such as provider:MEX_INM.")
    return [Grant.parse(text) for text in texts]


def expiry(text: str | None) -> datetime | None:
    """When a key ends: an ISO 8601 date (its end in UTC) or time with a zone, in the future."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise RequestSyntaxError(f"{text!r} is no date or time such as 2027-06-30.") from None
    if len(text) == 10:
        when = when.replace(hour=23, minute=59, second=59, tzinfo=UTC)
    if when.tzinfo is None:
        raise RequestSyntaxError("Give the time zone: 2027-06-30T12:00:00Z.")
    if when <= datetime.now(UTC):
        raise RequestSyntaxError("A key cannot end in the past.")
    return when


def instant(when: datetime | None) -> str | None:
    """A time as JSON states it."""
    return None if when is None else when.isoformat().replace("+00:00", "Z")


def person_dict(person: Person) -> dict[str, Any]:
    """A person as JSON states it."""
    return {
        "id": person.id,
        "login": person.login,
        "name": person.name,
        "grants": [str(grant) for grant in person.grants],
        "has_password": person.has_password,
        "issuer": person.issuer,
        "created_at": instant(person.created_at),
        "disabled_at": instant(person.disabled_at),
    }


def key_dict(key: ApiKey) -> dict[str, Any]:
    """A key as JSON states it: never the key itself."""
    return {
        "id": key.id,
        "label": key.label,
        "grants": [str(grant) for grant in key.grants],
        "valid": key.valid(),
        "created_at": instant(key.created_at),
        "made_by": key.made_by,
        "expires_at": instant(key.expires_at),
        "last_used_at": instant(key.last_used_at),
        "revoked_at": instant(key.revoked_at),
    }


def json_response(content: Mapping[str, Any], status: int = 200) -> Response:
    """An answer that nobody may keep."""
    response = Response(orjson.dumps(content), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
