"""What a hub stands on: its settings, home folder, database, store and clock."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import HubError
from hub.operations.finding import Found, fault, note, ok
from hub.operations.places import place_of_files
from hub.settings import Settings
from hub.store import tables
from hub.store.catalogue import Catalogue
from hub.store.home import Hub
from hub.store.upgrade import newest, pending, revision_of

__all__ = ["clock", "database", "home", "settings", "store"]

#: Free bytes below which a disk is said to be nearly full, and full.
_LITTLE, _NONE = 5 << 30, 512 << 20

#: What clocks of machines may differ.
_SKEW = timedelta(seconds=5)


def settings(given: Settings) -> Iterator[Found]:
    """Whether they fit together and to this machine."""
    on_objects, on_sqlite = "://" in given.store_url, given.database_url.startswith("sqlite")
    if on_objects and on_sqlite:
        yield note(
            "settings",
            "The tables are on an object store, the catalogue is a file of this machine.",
            "Only this machine can serve the hub. For several nodes set HUB_DATABASE_URL to a "
            "PostgreSQL.",
        )
    if not on_objects and not on_sqlite:
        yield note(
            "settings",
            "The catalogue is a PostgreSQL, the tables are in a folder of this machine.",
            "Only machines that share this folder can serve the hub: see docs/deploy.md.",
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    engines = given.workers * given.engine_memory_mb
    if engines > memory * 3 // 4:
        yield note(
            "settings",
            f"{given.workers} processes may take {engines:,} MiB for queries; the machine has "
            f"{memory:,} MiB.",
            "Lower HUB_ENGINE_MEMORY_MB or HUB_WORKERS.",
        )
    where = "SQLite" if on_sqlite else "PostgreSQL"
    yield ok("settings", f"home {given.home}, catalogue {where}, tables {given.store_url}")


def home(given: Settings) -> Iterator[Found]:
    """Whether the home folder can be written to, and has room."""
    if not given.home.is_dir():
        yield fault(
            "home", f"There is no folder {given.home}.", "Set HUB_HOME, or run mighub init."
        )
        return
    try:
        with tempfile.TemporaryFile(dir=given.home):
            pass
    except OSError as error:
        yield fault(
            "home",
            f"{given.home} cannot be written to ({error.strerror}).",
            "Give the folder to the user that runs the hub.",
        )
        return
    yield from _room("home", given.home)
    store_ = Path(given.store_url)
    here = "://" not in given.store_url and store_.exists()
    if here and store_.stat().st_dev != given.home.stat().st_dev:
        yield from _room("store", store_)
    key = given.home / "admin.key"
    if key.exists() and key.stat().st_mode & 0o077:
        yield note("home", "Others may read admin.key.", f"chmod 600 {key}")


def _room(name: str, folder: Path) -> Iterator[Found]:
    free = shutil.disk_usage(folder).free
    said = f"{free >> 20:,} MiB are free on the disk of {folder}."
    if free < _NONE:
        yield fault(name, said, "Make room: the intake stops when the disk is full.")
    elif free < _LITTLE:
        yield note(name, said, "Make room before the disk is full.")
    else:
        yield ok(name, said)


def database(given: Settings) -> Iterator[Found]:
    """Whether the catalogue answers and its tables are those of this program."""
    try:
        catalogue = Catalogue(given.database_url)
    except (SQLAlchemyError, ImportError) as error:
        yield fault("database", f"HUB_DATABASE_URL cannot be used: {error}", "Correct it.")
        return
    try:
        catalogue.require_tables()
        with catalogue.read() as connection:
            steps, revision = pending(connection), revision_of(connection)
        with catalogue.tried() as connection:  # whether it may be written to
            connection.execute(update(tables.meta).values(value=tables.meta.c.value))
        if catalogue.is_sqlite:
            with catalogue.read() as connection:
                said = connection.execute(text("PRAGMA quick_check")).scalar()
            if said != "ok":
                yield fault("database", f"SQLite says: {said}", "Restore a backup.")
                return
    except HubError as error:
        advice = "Run mighub init, or restore a backup."
        yield fault("database", error.message, advice)
        return
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield fault(
            "database",
            f"The catalogue does not answer: {cause}",
            "Look whether the database runs, and whether HUB_DATABASE_URL names it.",
        )
        return
    finally:
        catalogue.close()
    if steps:
        yield fault(
            "database",
            f"Its tables are of revision {revision}, this program works with {newest()}.",
            "Back it up, then run mighub migrate.",
        )
    else:
        yield ok("database", f"It answers; its tables are of revision {revision}.")


def clock(hub: Hub) -> Iterator[Found]:
    """Whether this machine's clock is that of the database and not behind the last release."""
    now = datetime.now(UTC)
    with hub.catalogue.read() as connection:
        last = connection.execute(select(func.max(tables.release.c.released_at))).scalar()
        theirs = now
        if not hub.catalogue.is_sqlite:
            theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    if abs(theirs - now) > _SKEW:
        yield fault(
            "clock",
            f"It differs by {abs((theirs - now).total_seconds()):.0f} s from the database's.",
            "Let both machines keep time (NTP): asOf and updatedAfter depend on it.",
        )
    elif last is not None and last > now + _SKEW:
        yield fault(
            "clock",
            f"The last release was made at {last:%Y-%m-%d %H:%M:%S} UTC, which is in the future.",
            "Set the clock of this machine (NTP).",
        )
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def store(hub: Hub) -> Iterator[Found]:
    """Whether the place of tables and kept files takes, gives and forgets a file."""
    place, key = place_of_files(hub.settings), f"tmp/doctor-{uuid.uuid4()}"
    try:
        place.write(key, io.BytesIO(b"well"), 4)
        with place.open(key) as file:
            right = file.read() == b"well"
        place.drop(key)
    except (HubError, OSError) as error:
        yield fault(
            "store",
            f"{place.url} does not take a file, or does not give it back: {error}",
            "Look whether the store runs, and whether the hub may read and write there "
            "(AWS_ACCESS_KEY_ID ... for an object store).",
        )
        return
    if right:
        yield ok("store", f"{place.url} takes and gives.")
    else:
        yield fault("store", f"{place.url} gives back something else.", "Look at the store.")
