"""Who may do what: roles, grants, and the one table of rights.

A person or a key holds grants. A grant is a role and, mostly, a scope: the agency whose structures
it is about, the data provider, or one provision agreement. :data:`RIGHTS` says what each role may
do and how far it reaches; :func:`may` is the only place that decides. ``docs/roles.md`` is made
from the same table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.errors import RequestSyntaxError

__all__ = ["RIGHTS", "Grant", "Principal", "Reach", "Right", "Role", "Subject", "may", "scopes"]


class Role(StrEnum):
    """What the holder of a grant is.

    ``ADMIN`` administrator; ``AGENCY`` maintains structures (of the agency of the scope and those
    below it); ``PROVIDER`` hands in data of the provider of the scope; ``REVIEWER`` decides on
    what waits; ``READER`` reads what is not released.
    """

    ADMIN = "admin"
    AGENCY = "agency"
    PROVIDER = "provider"
    REVIEWER = "reviewer"
    READER = "reader"


class Right(StrEnum):
    """What can be done with a hub beyond reading what is released, which everybody may."""

    SUBMIT = "submit"
    FOLLOW = "follow"
    REVIEW = "review"
    UNDO = "undo"
    POLICY = "policy"
    MAINTAIN = "maintain"
    REGISTER = "register"
    ASK = "ask"
    ADMINISTER = "administer"


class Reach(StrEnum):
    """How far a role carries a right.

    ``ALL`` everything; ``SCOPE`` what the scope names, everything without one; ``NAMED`` what the
    scope names, nothing without one.
    """

    ALL = "all"
    SCOPE = "scope"
    NAMED = "named"


#: The declared table: right, role, reach. What does not stand here is not allowed.
RIGHTS: Mapping[Right, Mapping[Role, Reach]] = {
    Right.SUBMIT: {Role.ADMIN: Reach.ALL, Role.PROVIDER: Reach.NAMED},
    Right.FOLLOW: {
        Role.ADMIN: Reach.ALL,
        Role.PROVIDER: Reach.NAMED,
        Role.REVIEWER: Reach.SCOPE,
        Role.READER: Reach.SCOPE,
    },
    Right.REVIEW: {Role.ADMIN: Reach.ALL, Role.REVIEWER: Reach.SCOPE},
    Right.UNDO: {Role.ADMIN: Reach.ALL, Role.REVIEWER: Reach.SCOPE},
    Right.POLICY: {Role.ADMIN: Reach.ALL, Role.AGENCY: Reach.SCOPE},
    Right.MAINTAIN: {Role.ADMIN: Reach.ALL, Role.AGENCY: Reach.SCOPE},
    Right.REGISTER: {
        Role.ADMIN: Reach.ALL,
        Role.AGENCY: Reach.SCOPE,
        Role.PROVIDER: Reach.NAMED,
    },
    Right.ASK: dict.fromkeys(Role, Reach.ALL),
    Right.ADMINISTER: {Role.ADMIN: Reach.ALL},
}

#: Whoever handed something in may do this with it, whatever the grants.
_OWN = frozenset({Right.FOLLOW})
#: Nobody may do this with what they handed in themselves: it takes a second person.
_NEVER_OWN = frozenset({Right.REVIEW})


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role and what it is about; ``scope`` ``None`` is as :class:`Reach` says."""

    role: Role
    scope: str | None = None

    @classmethod
    def parse(cls, text: str) -> Grant:
        """``role`` or ``role:scope``, such as ``provider:MEX_INM``.

        Raises ``RequestSyntaxError`` for an unknown role, a scope the role cannot have, and a
        provider without one.
        """
        name, _, scope = text.strip().partition(":")
        try:
            role = Role(name)
        except ValueError:
            raise RequestSyntaxError(
                f"There is no role {name!r}. Roles are {', '.join(Role)}."
            ) from None
        if role is Role.ADMIN and scope:
            raise RequestSyntaxError("An administrator has no scope.")
        if role is Role.PROVIDER and not scope:
            raise RequestSyntaxError("A provider needs its id as scope: `provider:MEX_INM`.")
        if len(scope) > 300 or not scope.isprintable():
            raise RequestSyntaxError("A scope is the id of an agency, provider or agreement.")
        return cls(role, scope or None)

    def __str__(self) -> str:
        return self.role.value if self.scope is None else f"{self.role.value}:{self.scope}"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. ``id`` stands in the journal and the audit trail and is no secret.

    ``name`` is for people to read.
    """

    id: str
    name: str
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held, whatever their scope."""
        return frozenset(grant.role for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Subject:
    """What something is done with, as far as it is known.

    ``owner`` is the id of who handed it in, ``providers`` the names of its data provider (short
    and whole), ``agreements`` all provision agreements it falls under (``AGENCY:ID(VERSION)``),
    ``agency`` the agency that maintains it.
    """

    owner: str | None = None
    providers: frozenset[str] = frozenset()
    agreements: frozenset[str] = frozenset()
    agency: str | None = None


def may(who: Principal, right: Right, subject: Subject | None = None) -> bool:
    """Whether ``who`` may do this with ``subject``.

    Without a subject: whether there can be one with which ``who`` may, which is what is asked
    before the body of a request is read. It never replaces the question about the subject.
    """
    reaches = RIGHTS[right]
    if subject is None:
        return any(
            g.role in reaches and (g.scope is not None or reaches[g.role] is not Reach.NAMED)
            for g in who.grants
        )
    mine = subject.owner is not None and subject.owner == who.id
    if mine and right in _OWN:
        return True
    if mine and right in _NEVER_OWN:
        return False
    return any(
        reach is Reach.ALL or _covers(role, reach, _of(who.grants, role), subject)
        for role, reach in reaches.items()
        if role in who.roles
    )


def _of(grants: Iterable[Grant], role: Role) -> set[str | None]:
    return {grant.scope for grant in grants if grant.role is role}


def _covers(role: Role, reach: Reach, held: set[str | None], subject: Subject) -> bool:
    if None in held and reach is Reach.SCOPE:
        return True
    named = {scope for scope in held if scope is not None}
    if role is Role.AGENCY:
        agency = subject.agency
        return agency is not None and any(
            agency == scope or agency.startswith(f"{scope}.") for scope in named
        )
    if subject.providers & named:
        return True
    # Something under several agreements takes a grant for each of them.
    return bool(subject.agreements) and subject.agreements <= named


def scopes(who: Principal, right: Right) -> frozenset[str] | None:
    """The scopes within which ``who`` has a right; ``None`` is everything.

    For lists: what is listed is what :func:`may` allows one by one.
    """
    reaches = RIGHTS[right]
    found: set[str] = set()
    for grant in who.grants:
        reach = reaches.get(grant.role)
        if reach is Reach.ALL or (reach is Reach.SCOPE and grant.scope is None):
            return None
        if reach is not None and grant.scope is not None:
            found.add(grant.scope)
    return frozenset(found)
