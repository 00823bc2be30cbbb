"""Making a hub from a backup: here or elsewhere, on another database or another kind of store.

Every content is checked against the hash of the manifest while it is copied. The catalogue comes
last, in one transaction, so a restore that breaks off has made no hub; run again it goes on, as
files that are there with the right content are left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from hub.errors import Conflict, HubError
from hub.operations import manifest, portable
from hub.operations.manifest import File, Manifest, object_key
from hub.operations.places import Place, place_at, place_of_files, place_of_tables
from hub.operations.tables import is_log
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.locks import start_lock

__all__ = ["restore"]

_COPIES = 4


def restore(
    settings: Settings,
    source: str,
    id_: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Make the hub of ``settings`` from a backup of ``source`` (the newest by default).

    Raises ``Conflict`` when there is a hub already, or tables that the backup does not have;
    ``NotFound`` when there is no such backup; ``HubError`` when a content is damaged.
    """  # fmt: skip
    settings.home.mkdir(parents=True, exist_ok=True)
    scratch = settings.home / "tmp"
    scratch.mkdir(exist_ok=True)
    place = place_at(source, scratch)
    held = manifest.read(place, id_)
    targets = {
        "tables": place_of_tables(settings),
        "files": place_of_files(settings),
        "home": place_at(str(settings.home), scratch),
    }
    hub = Hub(settings)
    with hub, start_lock(hub.catalogue, settings.home):
        if hub.catalogue.has_tables():
            raise Conflict(
                "There is a hub here already. Restore into an empty home folder (HUB_HOME), an "
                "empty database (HUB_DATABASE_URL) and an empty store (HUB_STORE_URL)."
            )
        _refuse_strangers(targets["tables"], held)
        with ThreadPoolExecutor(_COPIES) as pool:
            one = partial(_put, place, targets)
            for number, _ in enumerate(pool.map(one, _in_order(held)), 1):
                say(f"{number:,} of {len(held.files):,} files")
        say("Filling the catalogue ...")
        with _checked(place, held.catalogue) as path, hub.catalogue.write() as connection:
            rows = portable.load(connection, path)
            if rows != held.rows:
                raise HubError("The catalogue of the backup has not the rows of its manifest.")
    if (settings.home / "admin.key").exists():
        (settings.home / "admin.key").chmod(0o600)
    return held


def _in_order(held: Manifest) -> list[File]:
    """Data before the logs that name them, so that a table is never half there."""
    return sorted(held.files, key=lambda file: is_log(file.key))


def _refuse_strangers(tables: Place, held: Manifest) -> None:
    """Raise ``Conflict`` where a table has entries in its log that the backup does not have."""
    known = {file.key for file in held.files if file.where == "tables"}
    roots = {"/".join(key.split("/")[:3]) for key in known}
    strange = [
        key
        for root in sorted(roots)
        for key in tables.listed(root)
        if key not in known and is_log(key)
    ]
    if strange:
        raise Conflict(
            f"There are other observations in {tables.url} already ({strange[0]}). Restore into an "
            "empty store."
        )


def _put(source: Place, targets: dict[str, Place], file: File) -> None:
    """Put a file where it was; one that is there and the same is left."""
    target = targets[file.where]
    if target.size(file.key) == file.size:
        with target.near(file.key) as path:
            if _sha256(path) == file.sha256:
                return
        if file.where == "tables":
            raise Conflict(f"{file.key} in {target.url} is not what the backup has.")
    with _checked(source, file) as path, path.open("rb") as stream:
        target.write(file.key, stream, file.size)


@contextmanager
def _checked(source: Place, file: File) -> Iterator[Path]:
    """The content of a file, once it is known to be right."""
    with source.near(object_key(file.sha256)) as path:
        if path.stat().st_size != file.size or _sha256(path) != file.sha256:
            raise HubError(
                f"The backup is damaged: its content of {file.key} is not what was backed up."
            )
        yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
