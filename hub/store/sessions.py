"""Sessions of browsers, and the count of failed sign-ins: both in the catalogue, for all workers.

A session id is 256 random bits that only the browser has; the catalogue knows its SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from hub.store import audit
from hub.store.catalogue import Catalogue
from hub.store.keys import ApiKey, key_of_digest
from hub.store.people import Person, person_of_id
from hub.store.rights import Principal
from hub.store.tables_people import sign_in_failure, web_session

__all__ = ["MOST_OF_ACCOUNT", "MOST_OF_ADDRESS", "WINDOW", "Session", "Sessions"]

#: Failed sign-ins within the window after which an account or an address has to wait for its end.
MOST_OF_ACCOUNT, MOST_OF_ADDRESS = 8, 40
WINDOW = timedelta(minutes=15)

#: The use of a session is noted at most so often.
_NOTED = timedelta(minutes=1)

_row = web_session.c


@dataclass(frozen=True, slots=True)
class Session:
    """An open session and who it is of: a person, or the holder of a key."""

    secret: str
    principal: Principal
    person: Person | None

    @property
    def csrf(self) -> str:
        """What forms of this session carry, so that no other site can send them."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()


class Sessions:
    """Begins, finds and ends sessions. ``idle`` is in minutes, ``whole`` in hours."""

    def __init__(self, catalogue: Catalogue, *, idle: int, whole: int) -> None:
        self._catalogue = catalogue
        self._idle = timedelta(minutes=idle)
        self._whole = timedelta(hours=whole)

    def begin(self, who: Person | ApiKey, *, instead: str | None = None) -> str:
        """Open a session with an id of its own; the one called ``instead`` ends."""
        secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
        holder = {"person": who.id} if isinstance(who, Person) else {"api_key": who.sha256}
        with self._catalogue.write() as connection:
            ended = (_row.ends_at <= now) | (_row.seen_at <= now - self._idle)
            if instead is not None:
                ended = ended | (_row.sha256 == _digest(instead))
            connection.execute(delete(web_session).where(ended))
            connection.execute(
                insert(web_session).values(
                    sha256=_digest(secret), started_at=now, seen_at=now, ends_at=now + self._whole,
                    **holder,
                )
            )  # fmt: skip
            audit.append(connection, who.principal.id, "session.begun", who.principal.id)
        return secret

    def find(self, secret: str) -> Session | None:
        """The open session with this id; ``None`` when it is unknown, ended or its holder is."""
        now = datetime.now(UTC)
        with self._catalogue.read() as connection:
            row = connection.execute(
                select(web_session).where(
                    _row.sha256 == _digest(secret),
                    _row.ends_at > now,
                    _row.seen_at > now - self._idle,
                )
            ).one_or_none()
            if row is None:
                return None
            found: Session | None = None
            if row.person is not None:
                person = person_of_id(connection, row.person)
                if person.disabled_at is None:
                    found = Session(secret, person.principal, person)
            else:
                key = key_of_digest(connection, row.api_key)
                if key is not None and key.valid(now):
                    found = Session(secret, key.principal, None)
        if found is not None and now - row.seen_at > _NOTED:
            with self._catalogue.write() as connection:
                connection.execute(
                    update(web_session).where(_row.sha256 == row.sha256).values(seen_at=now)
                )
        return found

    def end(self, session: Session) -> None:
        """Sign out here."""
        with self._catalogue.write() as connection:
            connection.execute(delete(web_session).where(_row.sha256 == _digest(session.secret)))
            audit.append(connection, session.principal.id, "session.ended", session.principal.id)

    def end_all(self, person: Person) -> None:
        """Sign out everywhere."""
        who = person.principal.id
        with self._catalogue.write() as connection:
            connection.execute(delete(web_session).where(_row.person == person.id))
            audit.append(connection, who, "session.ended", who, {"everywhere": True})

    # -- failed sign-ins ----------------------------------------------------------------------

    def attempt(self, account: str, address: str) -> int:
        """Count an attempt to sign in before it is looked at.

        Returns the seconds to wait when this account or this address has had too many; they are
        counted whether or not there is such an account. An attempt that succeeds is taken back
        (:meth:`succeeded`).
        """
        now = datetime.now(UTC)
        row, longest = sign_in_failure.c, 0.0
        with self._catalogue.write() as connection:
            connection.execute(delete(sign_in_failure).where(row.since <= now - WINDOW))
            for digest, most in _counted(account, address):
                known = connection.execute(
                    select(row.failures, row.since).where(row.sha256 == digest)
                ).one_or_none()
                if known is None:
                    connection.execute(
                        insert(sign_in_failure).values(sha256=digest, failures=1, since=now)
                    )
                elif known.failures >= most:
                    longest = max(longest, (known.since + WINDOW - now).total_seconds())
                else:
                    _count(connection, digest, 1)
        return math.ceil(longest)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of the account, and this attempt of the address."""
        (of_account, _), (of_address, _) = _counted(account, address)
        with self._catalogue.write() as connection:
            connection.execute(
                delete(sign_in_failure).where(sign_in_failure.c.sha256 == of_account)
            )
            _count(connection, of_address, -1)

    def refused(self, account: str, address: str, why: str) -> None:
        """Note a refused attempt in the audit trail.

        What was typed as a login may be a password in the wrong field: only its hash is kept.
        """
        digest = _counted(account, address)[0][0]
        with self._catalogue.write() as connection:
            audit.append(
                connection, "nobody", "session.refused", f"address {address}",
                {"account": digest[:12], "why": why},
            )  # fmt: skip


def _count(connection: Connection, digest: str, by: int) -> None:
    row = sign_in_failure.c
    connection.execute(
        update(sign_in_failure).where(row.sha256 == digest).values(failures=row.failures + by)
    )


def _counted(account: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    folded = account.strip().casefold()
    return (
        (_digest(f"account {folded}"), MOST_OF_ACCOUNT),
        (_digest(f"address {address}"), MOST_OF_ADDRESS),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
