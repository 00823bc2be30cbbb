"""Places that hold files by key: folders and object stores alike.

A backup is read from two of them (the tables, the kept files) and written to a third, and restored
the other way round, whatever they are.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from hub.errors import NotFound
from hub.settings import Settings
from hub.store.durable import sync_file, sync_folder
from hub.store.objects import ObjectStore

__all__ = ["Place", "place_at", "place_of_files", "place_of_tables"]

_CHUNK = 1 << 20

#: Where kept files lie beside the tables on an object store; see :mod:`hub.store.blobs`.
_BLOBS = "_blobs"


class Place(Protocol):
    """Files by key. ``url`` names the place to people.

    What asks for a key raises ``NotFound`` when there is no such file, and ``Unavailable`` when the
    place does not answer.
    """

    url: str

    def size(self, key: str) -> int | None:
        """Bytes of a file, ``None`` when there is none."""

    def listed(self, prefix: str) -> Iterator[str]:
        """Keys of the files below ``prefix``."""

    def open(self, key: str) -> BinaryIO:
        """A stream of the content."""

    def write(self, key: str, source: BinaryIO, size: int) -> None:
        """Keep the ``size`` bytes of a stream, durably and as a whole, over what is there."""

    def near(self, key: str) -> AbstractContextManager[Path]:
        """A file of this machine with the content, which is not to be changed."""

    def drop(self, key: str) -> None:
        """Take a file away; one that is not there is no error."""


def place_at(url: str, scratch: Path) -> Place:
    """The place of a folder or an ``s3://`` address; ``scratch`` is for copies on the way."""
    if "://" in url:
        return _Bucket(url.rstrip("/"), scratch)
    return _Folder(Path(url).absolute())


def place_of_tables(settings: Settings) -> Place:
    """Where a hub keeps its tables."""
    return place_at(settings.store_url, settings.home / "tmp")


def place_of_files(settings: Settings) -> Place:
    """Where a hub keeps what was handed in and made of it (:mod:`hub.store.blobs`)."""
    if "://" in settings.store_url:
        return place_at(f"{settings.store_url.rstrip('/')}/{_BLOBS}", settings.home / "tmp")
    return place_at(str(settings.home), settings.home / "tmp")


class _Folder:
    def __init__(self, root: Path) -> None:
        self.url = str(root)
        self._root = root

    def size(self, key: str) -> int | None:
        try:
            return (self._root / key).stat().st_size
        except FileNotFoundError:
            return None

    def listed(self, prefix: str) -> Iterator[str]:
        for folder, _, names in os.walk(self._root / prefix):
            for name in names:
                if not name.endswith(".part"):
                    yield Path(folder, name).relative_to(self._root).as_posix()

    def open(self, key: str) -> BinaryIO:
        return self._there(key).open("rb")

    def write(self, key: str, source: BinaryIO, size: int) -> None:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
            try:
                shutil.copyfileobj(source, file, _CHUNK)
                if file.tell() != size:
                    raise NotFound(f"{key} changed while it was copied")
                file.flush()
                sync_file(part)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        sync_folder(path.parent)

    @contextmanager
    def near(self, key: str) -> Iterator[Path]:
        yield self._there(key)

    def drop(self, key: str) -> None:
        (self._root / key).unlink(missing_ok=True)

    def _there(self, key: str) -> Path:
        path = self._root / key
        if not path.is_file():
            raise NotFound(f"{key} is not in {self.url}")
        return path


class _Bucket:
    def __init__(self, url: str, scratch: Path) -> None:
        self.url = url
        self._scratch = scratch
        self._objects = ObjectStore(url, scratch, 0)

    def size(self, key: str) -> int | None:
        return self._objects.size(f"{self.url}/{key}")

    def listed(self, prefix: str) -> Iterator[str]:
        folder = f"{self.url}/{prefix}".rstrip("/")
        for path, _ in self._objects.listed(folder):
            yield f"{prefix}/{path}" if prefix else path

    def open(self, key: str) -> BinaryIO:
        try:
            return self._objects.open(f"{self.url}/{key}")
        except FileNotFoundError:
            raise NotFound(f"{key} is not in {self.url}") from None

    def write(self, key: str, source: BinaryIO, size: int) -> None:
        self._objects.write(source, f"{self.url}/{key}", size)

    @contextmanager
    def near(self, key: str) -> Iterator[Path]:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            path = Path(folder) / "copy"
            with self.open(key) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
            yield path

    def drop(self, key: str) -> None:
        self._objects.delete([f"{self.url}/{key}"])
