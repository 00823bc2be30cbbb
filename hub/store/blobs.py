"""Whole files that any node of a hub may ask for: what was handed in, reports, parts, snapshots.

A file has a key, like a path, and never changes under it: keys are made of the content's hash or
are used once. Without an object store the files lie in the home folder, under their keys; where
the tables lie on an object store, they lie beside them, in the folder ``_blobs`` (no agency's id
begins like this). A file is durable before :meth:`Blobs.put` returns, so a row of the catalogue
that names a key always finds it, on every node.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from hub.errors import HubError
from hub.settings import Settings
from hub.store.durable import sync_file, sync_folder, write_durably
from hub.store.objects import ObjectStore

__all__ = ["Blobs", "Lost", "blobs_of"]

_FOLDER = "_blobs"


class Lost(HubError):
    """A file that a row of the catalogue names is not where it was put."""


class Blobs(Protocol):
    """Where the files are kept. All but the local ones raise ``StoreAway`` when it does not answer.

    What asks for a key raises :class:`Lost` when there is no such file.
    """

    def put(self, key: str, path: Path) -> None:
        """Keep a local file, which is gone afterwards. Nothing is done where the key has one."""

    def put_bytes(self, key: str, content: bytes) -> None:
        """Keep some bytes. Nothing is done where the key has a file."""

    def path(self, key: str) -> Path:
        """A local file with the content, to be opened soon and never changed."""

    def open(self, key: str) -> BinaryIO:
        """A stream of the content."""

    def drop(self, keys: Iterable[str]) -> None:
        """Take files away; one that is not there is no error."""

    def listed(self, prefix: str) -> list[tuple[str, datetime]]:
        """The keys that begin with ``prefix`` and ``/``, and when each was written (aware)."""


def blobs_of(settings: Settings, cache: Path) -> Blobs:
    """The files of the hub of ``settings``; ``cache`` is for copies of those on an object store."""
    if "://" not in settings.store_url:
        return _Home(settings.home)
    root = f"{settings.store_url.rstrip('/')}/{_FOLDER}"
    return _Bucket(ObjectStore(root, cache, settings.cache_mb * 1024 * 1024), root)


class _Home:
    """Files of the home folder."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def put(self, key: str, path: Path) -> None:
        place = self._home / key
        if place.exists():
            path.unlink()
            return
        self._make(place.parent)
        sync_file(path)
        path.replace(place)
        sync_folder(place.parent)

    def put_bytes(self, key: str, content: bytes) -> None:
        place = self._home / key
        if not place.exists():
            self._make(place.parent)
            write_durably(place, content)

    def path(self, key: str) -> Path:
        place = self._home / key
        if not place.exists():
            raise Lost(f"{key} is not in the home folder any more")
        return place

    def open(self, key: str) -> BinaryIO:
        return self.path(key).open("rb")

    def drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            (self._home / key).unlink(missing_ok=True)

    def listed(self, prefix: str) -> list[tuple[str, datetime]]:
        found = []
        for folder, _, names in os.walk(self._home / prefix):
            for name in names:
                path = Path(folder, name)
                try:
                    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                except FileNotFoundError:
                    continue
                found.append((path.relative_to(self._home).as_posix(), written))
        return found

    def _make(self, folder: Path) -> None:
        """Make a folder whose name survives a power cut."""
        if not folder.exists():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)


class _Bucket:
    """Files of an object store."""

    def __init__(self, objects: ObjectStore, root: str) -> None:
        self._objects = objects
        self._root = root

    def put(self, key: str, path: Path) -> None:
        # The size tells a whole file from what an upload that broke off may have left.
        if self._objects.size(self._uri(key)) != path.stat().st_size:
            self._objects.upload(path, self._uri(key))
        path.unlink()

    def put_bytes(self, key: str, content: bytes) -> None:
        if self._objects.size(self._uri(key)) != len(content):
            self._objects.write(io.BytesIO(content), self._uri(key), len(content))

    def path(self, key: str) -> Path:
        try:
            return Path(self._objects.local([self._uri(key)])[0])
        except FileNotFoundError:
            raise Lost(f"{key} is not in the object store any more") from None

    def open(self, key: str) -> BinaryIO:
        try:
            return self._objects.open(self._uri(key))
        except FileNotFoundError:
            raise Lost(f"{key} is not in the object store any more") from None

    def drop(self, keys: Iterable[str]) -> None:
        self._objects.delete(map(self._uri, keys))

    def listed(self, prefix: str) -> list[tuple[str, datetime]]:
        found = self._objects.listed(self._uri(prefix))
        return [(f"{prefix}/{path}", written) for path, written in found]

    def _uri(self, key: str) -> str:
        return f"{self._root}/{key}"
