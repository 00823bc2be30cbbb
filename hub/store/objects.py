"""Files on an S3 object store, with local copies of those that never change.

Credentials and address come from the environment, under the names that every S3 tool knows:
``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION`` and, for a server that is not
Amazon's, ``AWS_ENDPOINT_URL`` (and ``AWS_ALLOW_HTTP=true`` when it speaks plain HTTP).

What does not answer is :class:`~hub.store.away.StoreAway`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from pyarrow import fs

from hub import telemetry
from hub.errors import HubError
from hub.store.away import CONNECT_S, StoreAway, answering

__all__ = ["ObjectStore"]

_SCHEME = "s3://"
#: A copy that was used within so many seconds is not taken away: a query may be about to open it.
_IN_USE_S = 900
_DOWNLOADS = 8
_COPY = ".copy"
_CHUNK = 1 << 20


class ObjectStore:
    """An object store and the folder of its local copies.

    Parameters
    ----------
    url:
        ``s3://bucket`` or ``s3://bucket/folder``.
    cache:
        Folder of the local copies; made when it is not there, and may be emptied at any time
        while no hub runs.
    budget:
        Bytes of local copies to keep. Beyond it, those not used for longest go.

    """

    def __init__(self, url: str, cache: Path, budget: int) -> None:
        if not url.startswith(_SCHEME):
            raise HubError(f"The object store must be an s3:// address, not {url!r}")
        self._cache = cache
        self._budget = budget
        self._guard = threading.Lock()

    @cached_property
    def _remote(self) -> Any:
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        # Without an address of its own it is Amazon's, where the region finds the server.
        address = {"endpoint_override": endpoint} if endpoint else {}
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return fs.S3FileSystem(region=region, connect_timeout=CONNECT_S, **address)

    # -- reading ----------------------------------------------------------------------------

    def local(self, uris: Sequence[str]) -> list[str]:
        """Paths of local copies of files that never change, fetched where they are missing.

        Raises ``StoreAway`` when the store does not answer, and ``FileNotFoundError`` when it has
        no such file.
        """
        paths = [self._place(uri) for uri in uris]
        missing = [(u, p) for u, p in zip(uris, paths, strict=True) if not _touch(p)]
        telemetry.FILES.labels("hit").inc(len(paths) - len(missing))
        telemetry.FILES.labels("miss").inc(len(missing))
        if missing:
            with ThreadPoolExecutor(_DOWNLOADS) as pool:
                list(pool.map(lambda pair: self._fetch(*pair), missing))
            self._trim()
        return [str(path) for path in paths]

    def open(self, uri: str) -> BinaryIO:
        """A stream of a file, not kept here. Errors as of :meth:`local`, while it is read too."""
        with answering("does not give a file"):
            return cast(BinaryIO, _Source(self._remote.open_input_stream(_name(uri))))

    def size(self, uri: str) -> int | None:
        """Bytes of a file, ``None`` when there is none."""
        with answering("does not answer"):
            found = self._remote.get_file_info(_name(uri))
        return int(found.size) if found.type == fs.FileType.File else None

    def listed(self, folder: str) -> list[tuple[str, datetime]]:
        """The files below a folder: their path in it, and when they were written (aware)."""
        chosen = fs.FileSelector(_name(folder), recursive=True, allow_not_found=True)
        with answering("does not answer"):
            found = self._remote.get_file_info(chosen)
        start = len(_name(folder)) + 1
        return [(f.path[start:], f.mtime) for f in found if f.type == fs.FileType.File]

    # -- writing ----------------------------------------------------------------------------

    def upload(self, path: Path, uri: str) -> None:
        """Put a local file at ``uri``; it is durable when this returns.

        Raises ``StoreAway`` when the store does not take it whole.
        """
        with path.open("rb") as source:
            self.write(source, uri, path.stat().st_size)

    def write(self, source: BinaryIO, uri: str, size: int) -> None:
        """Put the ``size`` bytes of a stream at ``uri``; see :meth:`upload`."""
        with answering("does not take a file"):
            target = self._remote.open_output_stream(_name(uri))
        try:
            while chunk := source.read(_CHUNK):
                with answering("does not take a file"):
                    target.write(chunk)
        finally:
            with answering("does not take a file"):
                target.close()
        # Closing ends the upload well even if its source broke off.
        if self.size(uri) != size:
            raise StoreAway("The object store did not take a whole file; try again in a moment")

    def delete(self, uris: Iterable[str]) -> None:
        """Take files away; one that is not there is no error."""
        for uri in uris:
            self._place(uri).unlink(missing_ok=True)
            with answering("does not take a file away"):
                try:
                    self._remote.delete_file(_name(uri))
                except FileNotFoundError:
                    continue

    def scratch(self) -> Path:
        """A folder beside the copies, for a file on its way up."""
        folder = self._cache / "up"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _place(self, uri: str) -> Path:
        digest = hashlib.sha256(uri.encode()).hexdigest()
        return self._cache / digest[:2] / f"{digest}{_COPY}"

    def _fetch(self, uri: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            with self.open(uri) as source, part.open("wb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _trim(self) -> None:
        """Take away what was not used for longest, until the rest fits the budget."""
        with self._guard:
            copies = sorted(
                ((s.st_mtime, s.st_size, p) for p, s in _stats(self._cache)), key=lambda c: c[0]
            )
            excess = sum(size for _, size, _ in copies) - self._budget
            for used, size, path in copies:
                if excess <= 0 or time.time() - used < _IN_USE_S:
                    break
                path.unlink(missing_ok=True)
                excess -= size


class _Source:
    """A stream of the store, whose failures are the store's."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, all that is left by default."""
        with answering("does not give a file"):
            return cast(bytes, self._stream.read(None if size < 0 else size))

    def close(self) -> None:
        """End the stream."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _name(uri: str) -> str:
    return uri.removeprefix(_SCHEME)


def _touch(path: Path) -> bool:
    """Note that a copy is used; false when there is none."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _stats(cache: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in cache.glob(f"*/*{_COPY}"):
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:  # another process trims too
            continue
    return found
