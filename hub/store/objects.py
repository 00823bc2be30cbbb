"""Files on an S3 object store, with local copies of those that never change.

Credentials and address come from the environment, under the names that every S3 tool knows:
``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION`` and, for a server that is not
Amazon's, ``AWS_ENDPOINT_URL`` (and ``AWS_ALLOW_HTTP=true`` when it speaks plain HTTP).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from pyarrow import fs

from hub.errors import HubError, Unavailable

__all__ = ["ObjectStore"]

_SCHEME = "s3://"
#: A copy that was used within so many seconds is not taken away: a query may be about to open it.
_IN_USE_S = 900
_DOWNLOADS = 8


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
        return fs.S3FileSystem(region=region, **address)

    def local(self, uris: Sequence[str]) -> list[str]:
        """Paths of local copies of files that never change, fetched where they are missing.

        Raises ``Unavailable`` when the store does not answer.
        """
        paths = [self._place(uri) for uri in uris]
        missing = [(u, p) for u, p in zip(uris, paths, strict=True) if not _touch(p)]
        if missing:
            with ThreadPoolExecutor(_DOWNLOADS) as pool:
                list(pool.map(lambda pair: self._fetch(*pair), missing))
            self._trim()
        return [str(path) for path in paths]

    def upload(self, path: Path, uri: str) -> None:
        """Put a local file at ``uri``. Raises ``Unavailable`` when the store does not answer."""
        try:
            with path.open("rb") as source, self._remote.open_output_stream(_name(uri)) as target:
                shutil.copyfileobj(source, target, 1 << 20)
        except OSError as error:
            raise Unavailable(f"The object store does not take {uri}: {error}") from error

    def scratch(self) -> Path:
        """A folder beside the copies, for a file on its way up."""
        folder = self._cache / "up"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _place(self, uri: str) -> Path:
        digest = hashlib.sha256(uri.encode()).hexdigest()
        return self._cache / digest[:2] / f"{digest}.parquet"

    def _fetch(self, uri: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            with self._remote.open_input_stream(_name(uri)) as source, part.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Unavailable(f"The object store does not give {uri}: {error}") from error

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
    for path in cache.glob("*/*.parquet"):
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:  # another process trims too
            continue
    return found
