"""Registration queries of REST 2.2 (``registration.md``): which sources of data are registered.

``/registration/id/{id}``, ``/registration/provider/{agencyID}/{providerID}`` and
``/registration/{context}/{agencyID}/{resourceID}/{version}``. Pure functions, no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.errors import RequestSyntaxError
from hub.query import raw
from hub.query.versions import VersionQuery, parse_v2

__all__ = ["CONTEXTS", "RegistrationQuery", "parse"]

#: Artefacts that registrations can be found by.
CONTEXTS = ("datastructure", "dataflow", "provisionagreement")


@dataclass(frozen=True, slots=True)
class RegistrationQuery:
    """What is asked for; an empty collection is "any".

    ``by`` is ``id``, ``provider`` or ``context``. ``updated_after`` and ``updated_before`` are
    exclusive.
    """

    by: str
    contexts: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    versions: tuple[VersionQuery, ...] = (VersionQuery("*"),)
    updated_after: datetime | None = None
    updated_before: datetime | None = None


def parse(path: str, query: str) -> RegistrationQuery:
    """Read the raw path after ``/registration/`` and the raw query string.

    Raises ``RequestSyntaxError``.
    """
    by, *rest = [part.strip() for part in raw.segments(path)] or ["*"]
    p = raw.known_parameters(raw.parameters(query), {"updatedAfter", "updatedBefore"}, {})
    after, before = (
        raw.date_time(name, p[name]) if name in p else None
        for name in ("updatedAfter", "updatedBefore")
    )
    if by == "id":
        if len(rest) != 1 or not rest[0]:
            raise RequestSyntaxError("A registration is asked for by /registration/id/{id}.")
        return RegistrationQuery("id", ids=frozenset({raw.check_id(rest[0], "an id")}))
    if by == "provider":
        if len(rest) > 2:
            raise RequestSyntaxError("Write /registration/provider/{agencyID}/{providerID}.")
        agency, id_ = (*rest, "*", "*")[:2]
        return RegistrationQuery(
            "provider", frozenset(), _ids(agency), _ids(id_),
            updated_after=after, updated_before=before,
        )  # fmt: skip
    contexts = _ids(by)
    if not contexts <= set(CONTEXTS) or len(rest) > 3:
        raise RequestSyntaxError(
            "Registrations are asked for by id, by provider or by one of "
            f"{', '.join(CONTEXTS)}: /registration/{{context}}/{{agencyID}}/{{id}}/{{version}}."
        )
    agency, id_, version = (*rest, "*", "*", "*")[:3] if len(rest) < 3 else rest
    return RegistrationQuery(
        "context", contexts, _ids(agency), _ids(id_), parse_v2(version or "*"), after, before
    )


def _ids(text: str) -> frozenset[str]:
    names = (text or "*").split(",")
    if "*" in names:
        return frozenset()
    return frozenset(raw.check_id(n, "an id", nested="." in n) for n in names)
