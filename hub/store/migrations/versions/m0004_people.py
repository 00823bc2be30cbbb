"""People, sign-in, roles and the audit trail."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_GENESIS = "0" * 64


def upgrade() -> None:
    """Make the tables, move the roles of keys to grants, chain the audit trail."""
    _people()
    _keys()
    _audit()
    _protect()


def downgrade() -> None:
    """Take them away; a key keeps its first grant."""
    _unprotect()
    op.drop_column("audit", "hash")
    op.drop_column("audit", "previous")
    for name, length in (("role", 40), ("provider", 200), ("agency", 200)):
        op.add_column("api_key", sa.Column(name, sa.String(length), nullable=True))
    bind = op.get_bind()
    for key, role, scope in bind.execute(
        sa.text(
            "SELECT api_key, role, scope FROM role_grant WHERE api_key IS NOT NULL ORDER BY id DESC"
        )
    ).all():
        values = {
            "key": key,
            "role": role,
            "provider": scope if role == "provider" else None,
            "agency": scope if role == "agency" else None,
        }
        bind.execute(
            sa.text(
                "UPDATE api_key SET role = :role, provider = :provider, agency = :agency "
                "WHERE sha256 = :key"
            ),
            values,
        )
    for name in ("web_session", "one_time", "sign_in_failure", "role_grant", "person"):
        op.drop_table(name)
    op.execute("DELETE FROM api_key WHERE role IS NULL")
    with op.batch_alter_table("api_key") as batch:
        batch.alter_column("role", existing_type=sa.String(40), nullable=False)
        for name in ("expires_at", "last_used_at", "made_by"):
            batch.drop_column(name)


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password", sa.String(length=300), nullable=True),
        sa.Column("issuer", sa.String(length=300), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("login", name="uq_person_login"),
        sa.UniqueConstraint("issuer", "subject", name="uq_person_issuer_subject"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "one_time",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_one_time_person"),
        sa.PrimaryKeyConstraint("sha256", name="pk_one_time"),
    )
    op.create_index("ix_one_time_person", "one_time", ["person"], unique=False)
    op.create_table(
        "sign_in_failure",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_sign_in_failure"),
    )


def _keys() -> None:
    bind = op.get_bind()
    old = bind.execute(
        sa.text("SELECT sha256, role, provider, agency, created_at FROM api_key")
    ).all()
    with op.batch_alter_table("api_key") as batch:
        batch.add_column(sa.Column("expires_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("last_used_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("made_by", sa.String(length=200), nullable=True))
        for name in ("role", "provider", "agency"):
            batch.drop_column(name)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("api_key", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=300), nullable=True),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.Column("granted_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(person IS NULL) <> (api_key IS NULL)", name="ck_role_grant_holder"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_role_grant_person"),
        sa.ForeignKeyConstraint(["api_key"], ["api_key.sha256"], name="fk_role_grant_api_key"),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_role_grant_person", "role_grant", ["person"], unique=False)
    op.create_index("ix_role_grant_api_key", "role_grant", ["api_key"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("api_key", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(person IS NULL) <> (api_key IS NULL)", name="ck_web_session_holder"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_web_session_person"),
        sa.ForeignKeyConstraint(["api_key"], ["api_key.sha256"], name="fk_web_session_api_key"),
        sa.PrimaryKeyConstraint("sha256", name="pk_web_session"),
    )
    op.create_index("ix_web_session_person", "web_session", ["person"], unique=False)
    op.create_index("ix_web_session_api_key", "web_session", ["api_key"], unique=False)
    statement = sa.text(
        "INSERT INTO role_grant (api_key, role, scope, granted_at) "
        "VALUES (:key, :role, :scope, :at)"
    )
    for key in old:
        scope = {"provider": key.provider, "agency": key.agency}.get(key.role)
        bind.execute(
            statement, {"key": key.sha256, "role": key.role, "scope": scope, "at": key.created_at}
        )


def _audit() -> None:
    """Make the trail anew with hashes over the lines there are."""
    bind = op.get_bind()
    old = sa.table(
        "audit", *(sa.column(n) for n in ("id", "actor", "action", "subject")),
        sa.column("at", sa.DateTime()), sa.column("detail", sa.JSON(none_as_null=True)),
    )  # fmt: skip
    lines = bind.execute(sa.select(old).order_by(old.c.id)).mappings().all()
    op.drop_table("audit")
    new = op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    previous = _GENESIS
    for number, line in enumerate(lines, 1):
        values: dict[str, Any] = {**line, "id": number, "previous": previous}
        previous = _hash(values)
        bind.execute(sa.insert(new).values(**values, hash=previous))


def _hash(line: dict[str, Any]) -> str:
    # A copy of what hub.store.audit does: a migration must not change when the program does.
    at = line["at"].isoformat(timespec="microseconds") + "Z"
    names = ("actor", "action", "subject", "detail", "previous")
    values = [line["id"], at, *(line[name] for name in names)]
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _protect() -> None:
    """No line of the trail may be changed, replaced or deleted."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'the audit trail cannot be changed'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        )
        op.execute(
            "CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )
        return
    for name, when in (
        ("update", "UPDATE ON audit"),
        ("delete", "DELETE ON audit"),
        # INSERT OR REPLACE deletes without a trigger being told.
        ("replace", "INSERT ON audit WHEN NEW.id IN (SELECT id FROM audit)"),
    ):
        op.execute(
            f"CREATE TRIGGER audit_{name} BEFORE {when} "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail cannot be changed'); END"
        )


def _unprotect() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_rows ON audit")
        op.execute("DROP TRIGGER audit_whole ON audit")
        op.execute("DROP FUNCTION audit_refuse()")
        return
    for name in ("update", "delete", "replace"):
        op.execute(f"DROP TRIGGER audit_{name}")
