"""Bodies that come compressed: gzip, or a zip archive with one file."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from hub.errors import PayloadTooLarge, RequestSyntaxError
from hub.messages.detect import is_workbook

__all__ = ["is_packed", "unpack", "unpack_head"]

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_CHUNK = 1 << 20
#: What ``gzip`` and ``zipfile`` raise for what is damaged, locked or made to mislead them.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, KeyError, ValueError,
           RuntimeError)  # fmt: skip


def is_packed(path: Path) -> bool:
    """Whether the content is a gzip stream, or a zip archive that is no workbook."""
    with path.open("rb") as file:
        magic = file.read(4)
    return magic[:2] == _GZIP or (magic == _ZIP and not is_workbook(path))


def unpack(path: Path, target: Path, limit: int) -> Path:
    """The file to read: ``path`` itself, or what it holds, inflated to ``target``.

    Raises ``PayloadTooLarge`` when it inflates to more than ``limit`` bytes, and
    ``RequestSyntaxError`` when it is damaged or holds not exactly one file.
    """
    if not is_packed(path):
        return path
    left = limit
    with target.open("wb") as out:
        for chunk in _inflated(path):
            left -= len(chunk)
            if left < 0:
                raise PayloadTooLarge(f"The body inflates to more than {limit} bytes")
            out.write(chunk)
    return target


def unpack_head(path: Path, target: Path, size: int = _CHUNK) -> Path:
    """Like :func:`unpack`, but only about the first ``size`` bytes of what is inside."""
    if not is_packed(path):
        return path
    with target.open("wb") as out:
        for chunk in _inflated(path):
            out.write(chunk)
            if out.tell() >= size:
                break
    return target


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _inflated(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as raw:
            if raw.read(2) == _GZIP:
                raw.seek(0)
                with gzip.GzipFile(fileobj=raw) as stream:
                    yield from _chunks(stream)
                return
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) != 1:
                raise RequestSyntaxError(
                    f"The archive holds {len(members)} files; send one message per archive"
                )
            with archive.open(members[0]) as member:
                yield from _chunks(member)
    except _DAMAGE as error:
        raise RequestSyntaxError(
            "The file is a damaged archive or workbook: it did not arrive whole, or was saved "
            "badly. Save it again and send it again."
        ) from error


def _chunks(stream: _Readable) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
