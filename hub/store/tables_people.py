"""Tables of people: who they are, what they may do, their sessions, failed sign-ins."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["one_time", "person", "role_grant", "sign_in_failure", "web_session"]

#: ``login`` is kept in lower case. ``password`` is an argon2id hash, null until one was chosen;
#: ``issuer`` and ``subject`` name a person whom an OpenID provider vouches for.
person = Table(
    "person",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("login", String(200), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password", String(300), nullable=True),
    Column("issuer", String(300), nullable=True),
    Column("subject", String(300), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime, nullable=True),
    UniqueConstraint("issuer", "subject"),
    sqlite_autoincrement=True,
)

#: What a person or a key may do. ``granted_by`` is ``oidc`` for what a sign-in brought along.
role_grant = Table(
    "role_grant",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=True, index=True),
    Column("api_key", ForeignKey("api_key.sha256"), nullable=True, index=True),
    Column("role", String(40), nullable=False),
    Column("scope", String(300), nullable=True),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("granted_by", String(200), nullable=True),
    CheckConstraint("(person IS NULL) <> (api_key IS NULL)", name="ck_role_grant_holder"),
    sqlite_autoincrement=True,
)

#: Sessions of browsers by the SHA-256 of their id: who reads the table cannot enter with it.
web_session = Table(
    "web_session",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=True, index=True),
    Column("api_key", ForeignKey("api_key.sha256"), nullable=True, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    CheckConstraint("(person IS NULL) <> (api_key IS NULL)", name="ck_web_session_holder"),
)

#: Tokens with which a person chooses a password once.
one_time = Table(
    "one_time",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False, index=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)

#: Failed sign-ins by account and by address (both as SHA-256), counted within a window.
sign_in_failure = Table(
    "sign_in_failure",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)
