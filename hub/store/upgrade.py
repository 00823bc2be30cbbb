"""Bringing the tables of a catalogue from one revision to another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event, inspect, text

from hub.errors import HubError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

__all__ = ["VERSION_TABLE", "newest", "pending", "revision_of", "upgrade", "watched"]

#: Where the database says of which revision its tables are.
VERSION_TABLE = "alembic_version"

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Modules of the steps, ``m<revision>_<what>.py``.
_STEPS = _MIGRATIONS / "versions"


def revision_of(connection: Connection) -> str | None:
    """Revision of the tables, ``None`` where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")
    return connection.execute(query).scalar_one_or_none()


def newest() -> str:
    """The revision that this program works with: that of the last step, by its file's name."""
    return max(path.stem for path in _STEPS.glob("m*.py"))[1:5]


def pending(connection: Connection) -> list[tuple[str, str]]:
    """Steps that are still to be made, oldest first: revision and what it does.

    Raises ``HubError`` when the tables are those of a newer program.
    """
    known = revision_of(connection)
    steps = [(step.revision, str(step.doc)) for step in _scripts().walk_revisions()][::-1]
    if known is None:
        return steps
    names = [name for name, _ in steps]
    if known not in names:
        raise HubError(
            f"The catalogue was made by a newer program: its tables are of revision {known}, and "
            f"this one knows them up to {names[-1]}. Install the newer program again, or restore "
            "a backup that was made before the upgrade."
        )
    return steps[names.index(known) + 1 :]


def upgrade(connection: Connection, to: str = "head") -> None:
    """Make the steps up to a revision within the caller's transaction.

    Raises ``HubError`` when the tables, or the revision, are those of a newer program.
    """
    if to == "head" and revision_of(connection) == newest():
        return  # as at nearly every start
    from alembic import command  # noqa: PLC0415 - costs a third of a second

    names = [name for name, _ in pending(connection)]
    if to != "head" and to not in names and to != revision_of(connection):
        raise HubError(f"This program does not know tables of revision {to}: it is too old.")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


@contextmanager
def watched(connection: Connection) -> Iterator[list[str]]:
    """The statements that change something within the block, as they are sent."""
    sent: list[str] = []

    def note(_c: Any, _k: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
        first = statement.lstrip().partition(" ")[0].upper()
        if first not in ("SELECT", "PRAGMA", "BEGIN", "SET"):
            sent.append(statement.strip() + (f" -- {parameters!r}" if parameters else ""))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return ScriptDirectory.from_config(_config())
