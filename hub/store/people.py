"""People: accounts, their grants, and the one-time tokens with which they choose a password."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.errors import Conflict, NotFound, SemanticError
from hub.store import audit, passwords
from hub.store.catalogue import Catalogue
from hub.store.rights import Grant, Principal, Role
from hub.store.tables_people import one_time, person, role_grant, web_session

__all__ = ["LINK_LASTS", "People", "Person", "person_of_id"]

#: How long an invitation or a reset is good for.
LINK_LASTS = timedelta(hours=48)

_OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Person:
    """An account. ``has_password`` is false until one was chosen; ``issuer`` is an OpenID one."""

    id: int
    login: str
    name: str
    grants: tuple[Grant, ...]
    has_password: bool
    issuer: str | None
    created_at: datetime
    disabled_at: datetime | None

    @property
    def principal(self) -> Principal:
        """Who asks when this person does."""
        return Principal(f"person:{self.id}", self.name, self.grants)


class People:
    """Reads and writes accounts. Every change is a line of the audit trail."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def all(self) -> list[Person]:
        """Everybody, by login."""
        with self._catalogue.read() as connection:
            rows = connection.execute(select(person).order_by(person.c.login)).all()
            return [_person(connection, row) for row in rows]

    def get(self, id_: int) -> Person:
        """The account with this id; ``NotFound`` when there is none."""
        with self._catalogue.read() as connection:
            return person_of_id(connection, id_)

    def named(self, login: str) -> Person:
        """The account with this login; ``NotFound`` when there is none."""
        with self._catalogue.read() as connection:
            return _named(connection, login)

    def add(
        self, login: str, name: str, grants: Iterable[Grant] = (), *, actor: str = "system"
    ) -> tuple[Person, str]:
        """A new account, and the one-time token with which its owner chooses a password.

        Raises ``SemanticError`` for a login or name that cannot be one, ``Conflict`` when the
        login is taken.
        """
        login, name = _login(login), _name(name)
        try:
            with self._catalogue.write() as connection:
                done = connection.execute(
                    insert(person).values(login=login, name=name, created_at=datetime.now(UTC))
                )
                id_ = int(done.inserted_primary_key[0])  # type: ignore[index]
                held = _grant(connection, id_, grants, actor)
                token = _link(connection, id_)
                audit.append(
                    connection, actor, "person.added", f"person:{id_}",
                    {"login": login, "grants": [str(g) for g in held]},
                )  # fmt: skip
                return person_of_id(connection, id_), token
        except IntegrityError:
            raise Conflict(f"There is an account {login!r} already.") from None

    def change(
        self,
        id_: int,
        *,
        name: str | None = None,
        grants: Iterable[Grant] | None = None,
        disabled: bool | None = None,
        actor: str = "system",
    ) -> Person:
        """Change what is given; ``grants`` replaces those made by hand.

        Who is disabled is signed out everywhere, and so is whose grants shrink or grow: a session
        never outlives what it was begun with.
        """
        with self._catalogue.write() as connection:
            before = person_of_id(connection, id_)
            detail: dict[str, Any] = {"login": before.login}
            if name is not None and _name(name) != before.name:
                detail["name"] = _name(name)
                _set(connection, id_, name=_name(name))
            if disabled is not None and disabled != (before.disabled_at is not None):
                detail["disabled"] = disabled
                _set(connection, id_, disabled_at=datetime.now(UTC) if disabled else None)
                connection.execute(delete(one_time).where(one_time.c.person == id_))
                _sign_out(connection, id_)
            if grants is not None:
                connection.execute(
                    delete(role_grant).where(
                        role_grant.c.person == id_,
                        role_grant.c.granted_by.is_distinct_from(_OIDC),
                    )
                )
                _grant(connection, id_, grants, actor)
            after = person_of_id(connection, id_)
            if set(after.grants) != set(before.grants):
                detail["grants"] = [str(g) for g in after.grants]
                _sign_out(connection, id_)
            if len(detail) > 1:
                audit.append(connection, actor, "person.changed", f"person:{id_}", detail)
            return after

    def reset(self, id_: int, *, actor: str = "system") -> str:
        """A new one-time token; earlier ones are no longer good. The password stays until used."""
        with self._catalogue.write() as connection:
            found = person_of_id(connection, id_)
            if found.issuer is not None:
                raise Conflict("This person signs in through the OpenID provider.")
            if found.disabled_at is not None:
                raise Conflict("This account is disabled.")
            token = _link(connection, id_)
            audit.append(connection, actor, "person.reset", f"person:{id_}", {"login": found.login})
        return token

    def of_link(self, token: str) -> Person | None:
        """Whose one-time token this is, ``None`` when it is not good (any more)."""
        with self._catalogue.read() as connection:
            return _of_link(connection, token)

    def choose_password(self, token: str, password: str) -> Person:
        """Set the password of whose token this is, and use the token up.

        Raises ``NotFound`` for a token that is not good, ``SemanticError`` for the password.
        """
        found = self.of_link(token)
        if found is None:
            raise NotFound("This link is not valid any more. Ask an administrator for a new one.")
        passwords.check_new(password, found.login, found.name)
        kept = passwords.hashed(password)
        with self._catalogue.write() as connection:
            if _of_link(connection, token) is None:
                raise NotFound("This link has just been used.")
            _set_password(connection, found, kept)
        return found

    def change_password(self, id_: int, present: str, wanted: str) -> bool:
        """Set a new password; false when ``present`` is not the present one."""
        found = self.get(id_)
        if not passwords.is_right(self._kept(id_), present):
            return False
        passwords.check_new(wanted, found.login, found.name)
        kept = passwords.hashed(wanted)
        with self._catalogue.write() as connection:
            _set_password(connection, found, kept)
        return True

    def check(self, login: str, password: str) -> Person | None:
        """The person, when this is the password; takes as long when there is no such account."""
        folded = _folded(login)
        with self._catalogue.read() as connection:
            row = connection.execute(
                select(person.c.id, person.c.password).where(
                    person.c.login == folded, person.c.disabled_at.is_(None)
                )
            ).one_or_none()
        if not passwords.is_right(None if row is None else row.password, password):
            return None
        assert row is not None
        if passwords.is_weak_hash(row.password):
            kept = passwords.hashed(password)
            with self._catalogue.write() as connection:
                _set(connection, row.id, password=kept)
        return self.get(row.id)

    def vouched(
        self, issuer: str, subject: str, name: str, grants: Iterable[Grant]
    ) -> Person | None:
        """The person whom an OpenID provider vouches for, entered when new.

        ``grants`` are those of the provider's claims; they replace those of the last time. ``None``
        when the account was disabled here. Accounts are never joined by name or address.
        """
        name = _name(name or subject)
        with self._catalogue.write() as connection:
            row = connection.execute(
                select(person.c.id).where(person.c.issuer == issuer, person.c.subject == subject)
            ).one_or_none()
            if row is None:
                digest = hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()
                done = connection.execute(
                    insert(person).values(
                        login=f"oidc:{digest[:20]}", name=name, issuer=issuer, subject=subject,
                        created_at=datetime.now(UTC),
                    )
                )  # fmt: skip
                id_ = int(done.inserted_primary_key[0])  # type: ignore[index]
                audit.append(connection, _OIDC, "person.added", f"person:{id_}", {"name": name})
            else:
                id_ = row.id
            found = person_of_id(connection, id_)
            if found.disabled_at is not None:
                return None
            _set(connection, id_, name=name)
            connection.execute(
                delete(role_grant).where(
                    role_grant.c.person == id_, role_grant.c.granted_by == _OIDC
                )
            )
            _grant(connection, id_, grants, _OIDC)
            after = person_of_id(connection, id_)
            if set(after.grants) != set(found.grants):
                held = [str(g) for g in after.grants]
                audit.append(connection, _OIDC, "person.changed", f"person:{id_}", {"grants": held})
            return after

    def _kept(self, id_: int) -> str | None:
        with self._catalogue.read() as connection:
            query = select(person.c.password).where(person.c.id == id_)
            return connection.execute(query).scalar_one_or_none()


def person_of_id(connection: Connection, id_: int) -> Person:
    """The account with this id; ``NotFound`` when there is none."""
    row = connection.execute(select(person).where(person.c.id == id_)).one_or_none()
    if row is None:
        raise NotFound("There is no such account.")
    return _person(connection, row)


def _named(connection: Connection, login: str) -> Person:
    query = select(person).where(person.c.login == _folded(login))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such account.")
    return _person(connection, row)


def _person(connection: Connection, row: Any) -> Person:
    held = role_grant.c
    query = select(held.role, held.scope).where(held.person == row.id).order_by(held.id)
    grants = dict.fromkeys(Grant(Role(g.role), g.scope) for g in connection.execute(query))
    return Person(
        row.id, row.login, row.name, tuple(grants), row.password is not None, row.issuer,
        row.created_at, row.disabled_at,
    )  # fmt: skip


def _grant(connection: Connection, id_: int, grants: Iterable[Grant], by: str) -> tuple[Grant, ...]:
    held = tuple(dict.fromkeys(grants))
    for grant in held:
        connection.execute(
            insert(role_grant).values(
                person=id_, role=grant.role.value, scope=grant.scope,
                granted_at=datetime.now(UTC), granted_by=by,
            )
        )  # fmt: skip
    return held


def _set(connection: Connection, id_: int, **values: Any) -> None:
    connection.execute(update(person).where(person.c.id == id_).values(**values))


def _set_password(connection: Connection, found: Person, kept: str) -> None:
    _set(connection, found.id, password=kept)
    connection.execute(delete(one_time).where(one_time.c.person == found.id))
    _sign_out(connection, found.id)
    actor = f"person:{found.id}"
    audit.append(connection, actor, "person.password", actor, {"login": found.login})


def _sign_out(connection: Connection, id_: int) -> None:
    connection.execute(delete(web_session).where(web_session.c.person == id_))


def _link(connection: Connection, id_: int) -> str:
    token, now = secrets.token_urlsafe(24), datetime.now(UTC)
    connection.execute(delete(one_time).where(one_time.c.person == id_))
    connection.execute(
        insert(one_time).values(
            sha256=_digest(token), person=id_, made_at=now, ends_at=now + LINK_LASTS
        )
    )
    return token


def _of_link(connection: Connection, token: str) -> Person | None:
    query = select(one_time.c.person).where(
        one_time.c.sha256 == _digest(token), one_time.c.ends_at > datetime.now(UTC)
    )
    id_ = connection.execute(query).scalar_one_or_none()
    return None if id_ is None else person_of_id(connection, id_)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _folded(login: str) -> str:
    """A login as it is compared: NFKC, lower case, no space around."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def _login(login: str) -> str:
    folded = _folded(login)
    if not 3 <= len(folded) <= 200 or not folded.isprintable() or " " in folded:
        raise SemanticError("A login is an e-mail address or a name of 3 to 200 characters.")
    if folded.startswith(f"{_OIDC}:"):
        raise SemanticError("This login is kept for people of the OpenID provider.")
    return folded


def _name(name: str) -> str:
    cleaned = " ".join(name.split())[:200]
    if not cleaned or not cleaned.isprintable():
        raise SemanticError("Give the person's name.")
    return cleaned
