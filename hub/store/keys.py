"""API keys: who may do what. Only the SHA-256 of a key is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select, update

from hub.errors import NotFound
from hub.store import tables
from hub.store.catalogue import Catalogue

__all__ = ["ApiKey", "Keys", "Role", "new_key"]

_ID_LENGTH = 12


class Role(StrEnum):
    """What the holder of a key may do.

    ``ADMIN`` everything; ``AGENCY`` change structures (of its own agency and those below it, when
    the key names one); ``PROVIDER`` submit data of its own
    provider; ``REVIEWER`` decide on what waits; ``READER`` read what is not released yet.
    """

    ADMIN = "admin"
    AGENCY = "agency"
    PROVIDER = "provider"
    REVIEWER = "reviewer"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the catalogue knows it. ``id`` may be shown: it cannot be turned into the key."""

    sha256: str
    label: str
    role: Role
    provider: str | None
    created_at: datetime
    revoked_at: datetime | None
    agency: str | None = None

    @property
    def id(self) -> str:
        """Short name of the key for lists and revocation."""
        return self.sha256[:_ID_LENGTH]


def new_key() -> str:
    """A key nobody can guess (192 bits)."""
    return "mig_" + secrets.token_urlsafe(24)


class Keys:
    """Reads and writes the keys."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def find(self, key: str) -> ApiKey | None:
        """The valid key with this text, ``None`` when it is unknown or revoked."""
        query = select(tables.api_key).where(
            tables.api_key.c.sha256 == _digest(key), tables.api_key.c.revoked_at.is_(None)
        )
        with self._catalogue.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _api_key(row)

    def all(self) -> list[ApiKey]:
        """All keys, oldest first, revoked ones included."""
        query = select(tables.api_key).order_by(tables.api_key.c.created_at)
        with self._catalogue.read() as connection:
            return [_api_key(row) for row in connection.execute(query)]

    def add(
        self,
        key: str,
        label: str,
        role: Role,
        provider: str | None = None,
        *,
        agency: str | None = None,
    ) -> ApiKey:
        """Accept ``key`` from now on; a key that is known already gets these properties."""
        digest = _digest(key)
        values = {
            "label": label, "role": role.value, "provider": provider, "agency": agency,
            "revoked_at": None,
        }  # fmt: skip
        with self._catalogue.write() as connection:
            known = connection.execute(
                update(tables.api_key).where(tables.api_key.c.sha256 == digest).values(**values)
            )
            if known.rowcount == 0:
                connection.execute(
                    insert(tables.api_key).values(
                        sha256=digest, created_at=datetime.now(UTC), **values
                    )
                )
            row = connection.execute(
                select(tables.api_key).where(tables.api_key.c.sha256 == digest)
            ).one()
        return _api_key(row)

    def revoke(self, id_: str) -> None:
        """No longer accept the key with this id; ``NotFound`` when there is none."""
        with self._catalogue.write() as connection:
            done = connection.execute(
                update(tables.api_key)
                .where(
                    func.substr(tables.api_key.c.sha256, 1, _ID_LENGTH) == id_,
                    tables.api_key.c.revoked_at.is_(None),
                )
                .values(revoked_at=datetime.now(UTC))
            )
            if done.rowcount == 0:
                raise NotFound("There is no valid key with this id")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _api_key(row: Any) -> ApiKey:
    return ApiKey(
        row.sha256, row.label, Role(row.role), row.provider, row.created_at, row.revoked_at,
        row.agency,
    )  # fmt: skip
