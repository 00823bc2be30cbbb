"""Pieces in which an upload is kept, as it arrives, and the whole that they make."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from hub.errors import HubError, PayloadTooLarge
from hub.store.attached import new_key
from hub.store.home import Hub

__all__ = ["ChecksumMismatch", "Piece", "Whole", "checked", "taken"]

#: Bytes of a piece: as much as the loss of a node may cost a sender again.
_SIZE = 8 << 20
_CHUNK = 1 << 16


class ChecksumMismatch(HubError):
    """A part is not what its sender sent; nothing of it was kept."""

    sdmx_code, http_status, title = 140, 460, "Checksum mismatch"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of an upload from ``start`` on, and the key of the file that has them."""

    start: int
    size: int
    file: str


def taken(hub: Hub, start: int, end: int, source: BinaryIO) -> Iterator[Piece]:
    """What a stream gives from ``start`` on, kept piece by piece as it comes in.

    A stream that breaks off gives what it gave before, and then its ``OSError``. Raises
    ``PayloadTooLarge`` for a piece that would reach beyond ``end``.
    """
    broken: OSError | None = None
    while broken is None:
        held = io.BytesIO()
        try:
            while held.tell() < _SIZE and (chunk := source.read(_CHUNK)):
                held.write(chunk)
        except OSError as error:
            broken = error
        size = held.tell()
        if start + size > end:
            raise PayloadTooLarge(f"The upload has only {end} bytes.")
        if size:
            key = new_key("uploads")
            hub.blobs.put_bytes(key, held.getvalue())
            yield Piece(start, size, key)
            start += size
        if size < _SIZE and broken is None:
            return
    raise broken


def checked(
    hub: Hub, start: int, end: int, source: BinaryIO, checksum: tuple[str, bytes]
) -> list[Piece]:
    """The same, once all of it has the checksum that was announced; nothing is kept else."""
    found: list[Piece] = []
    read = _Hashed(source, checksum[0])
    try:
        for one in taken(hub, start, end, cast(BinaryIO, read)):
            found.append(one)
        if read.digest.digest() != checksum[1]:
            raise ChecksumMismatch("The part does not have the checksum that it announces.")
    except (HubError, OSError):
        hub.blobs.drop(one.file for one in found)
        raise
    return found


class _Hashed:
    """A stream that computes a checksum while it is read."""

    def __init__(self, source: BinaryIO, algorithm: str) -> None:
        self._source = source
        self.digest = hashlib.new(algorithm, usedforsecurity=False)

    def read(self, size: int) -> bytes:
        chunk = self._source.read(size)
        self.digest.update(chunk)
        return chunk


class Whole(io.RawIOBase):
    """The pieces of an upload as one stream."""

    def __init__(self, hub: Hub, files: list[str]) -> None:
        self._hub = hub
        self._left = iter(files)
        self._open: BinaryIO | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; fewer where a piece ends."""
        while True:
            if self._open is None:
                file = next(self._left, None)
                if file is None:
                    return b""
                self._open = self._hub.blobs.open(file)
            if chunk := self._open.read(size):
                return chunk
            self._open.close()
            self._open = None
