"""API keys: who may do what without a browser. Only the SHA-256 of a key is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from hub.errors import NotFound
from hub.store import audit, tables
from hub.store.catalogue import Catalogue
from hub.store.rights import Grant, Principal, Role
from hub.store.tables_people import role_grant, web_session

__all__ = ["ApiKey", "Keys", "Role", "new_key"]

_ID_LENGTH = 12

#: The use of a key is noted at most so often: reading must not become writing.
_NOTED = timedelta(minutes=5)

_key = tables.api_key.c


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the catalogue knows it. ``id`` may be shown: it cannot be turned into the key."""

    sha256: str
    label: str
    grants: tuple[Grant, ...]
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    made_by: str | None = None
    last_used_at: datetime | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """Short name of the key for lists and revocation."""
        return self.sha256[:_ID_LENGTH]

    @property
    def principal(self) -> Principal:
        """Who asks with this key."""
        return Principal(self.id, self.label, self.grants)

    def valid(self, now: datetime | None = None) -> bool:
        """Whether it is accepted: neither revoked nor expired."""
        when = now or datetime.now(UTC)
        return self.revoked_at is None and (self.expires_at is None or when < self.expires_at)


def new_key() -> str:
    """A key nobody can guess (192 bits)."""
    return "mig_" + secrets.token_urlsafe(24)


class Keys:
    """Reads and writes the keys."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def find(self, key: str) -> ApiKey | None:
        """The valid key with this text, ``None`` when it is unknown, revoked or expired."""
        with self._catalogue.read() as connection:
            found = key_of_digest(connection, _digest(key))
        return found if found is not None and found.valid() else None

    def used(self, key: ApiKey) -> None:
        """Note that a key was used just now."""
        now = datetime.now(UTC)
        if key.last_used_at is not None and now - key.last_used_at < _NOTED:
            return
        with self._catalogue.write() as connection:
            connection.execute(
                update(tables.api_key)
                .where(
                    _key.sha256 == key.sha256,
                    or_(_key.last_used_at.is_(None), _key.last_used_at < now),
                )
                .values(last_used_at=now)
            )

    def all(self) -> list[ApiKey]:
        """All keys, oldest first, revoked ones included."""
        query = select(tables.api_key).order_by(_key.created_at, _key.sha256)
        with self._catalogue.read() as connection:
            rows = connection.execute(query).all()
            return [_api_key(row, _grants(connection, row.sha256)) for row in rows]

    def add(
        self,
        key: str,
        label: str,
        role: Role,
        provider: str | None = None,
        *,
        agency: str | None = None,
        others: Sequence[Grant] = (),
        expires_at: datetime | None = None,
        actor: str = "system",
    ) -> ApiKey:
        """Accept ``key`` from now on; a key that is known already gets these properties.

        ``role`` has ``provider`` or ``agency`` as its scope; ``others`` are further grants.
        """
        digest = _digest(key)
        grants = dict.fromkeys((Grant(role, provider or agency), *others))
        now = datetime.now(UTC)
        values = {"label": label, "revoked_at": None, "expires_at": expires_at}
        with self._catalogue.write() as connection:
            before = key_of_digest(connection, digest)
            if before is None:
                connection.execute(
                    insert(tables.api_key).values(
                        sha256=digest, created_at=now, made_by=actor, **values
                    )
                )
            else:
                connection.execute(
                    update(tables.api_key).where(_key.sha256 == digest).values(**values)
                )
                connection.execute(delete(role_grant).where(role_grant.c.api_key == digest))
            for grant in grants:
                connection.execute(
                    insert(role_grant).values(
                        api_key=digest, role=grant.role.value, scope=grant.scope,
                        granted_at=now, granted_by=actor,
                    )
                )  # fmt: skip
            made = key_of_digest(connection, digest)
            assert made is not None
            if before != made:
                detail = {
                    "label": label,
                    "grants": [str(g) for g in grants],
                    "expires": expires_at and expires_at.isoformat(),
                }
                audit.append(connection, actor, "key.made", made.id, detail)
        return made

    def revoke(self, id_: str, *, actor: str = "system") -> None:
        """No longer accept the key with this id; ``NotFound`` when there is none.

        Sessions that were begun with it end.
        """
        chosen = (func.substr(_key.sha256, 1, _ID_LENGTH) == id_, _key.revoked_at.is_(None))
        with self._catalogue.write() as connection:
            digests = connection.execute(select(_key.sha256).where(*chosen)).scalars().all()
            if not digests:
                raise NotFound("There is no valid key with this id")
            connection.execute(delete(web_session).where(web_session.c.api_key.in_(digests)))
            connection.execute(
                update(tables.api_key)
                .where(_key.sha256.in_(digests))
                .values(revoked_at=datetime.now(UTC))
            )
            audit.append(connection, actor, "key.revoked", id_)


def key_of_digest(connection: Connection, digest: str) -> ApiKey | None:
    """The key with this SHA-256, valid or not."""
    row = connection.execute(select(tables.api_key).where(_key.sha256 == digest)).one_or_none()
    return None if row is None else _api_key(row, _grants(connection, digest))


def _grants(connection: Connection, digest: str) -> tuple[Grant, ...]:
    held = role_grant.c
    query = select(held.role, held.scope).where(held.api_key == digest).order_by(held.id)
    return tuple(Grant(Role(row.role), row.scope) for row in connection.execute(query))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _api_key(row: Any, grants: tuple[Grant, ...]) -> ApiKey:
    return ApiKey(
        row.sha256, row.label, grants, row.created_at, row.revoked_at, row.expires_at,
        row.made_by, row.last_used_at,
    )  # fmt: skip
