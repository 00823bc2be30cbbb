"""Two editions of a publication in one file: a tar archive of both, as they are."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from pathlib import Path

from connectors.framework.archive import Limits
from connectors.framework.snapshot import Snapshot
from hub.errors import PayloadTooLarge, RequestSyntaxError

__all__ = ["EARLIER", "LATER", "is_pair", "member_of", "members", "pack"]

EARLIER, LATER = "earlier", "later"
_MAGIC = (257, b"ustar")


def pack(earlier: Path, later: Path) -> bytes:
    """Two editions as one archive. The same files give the same bytes."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for part, path in ((EARLIER, earlier), (LATER, later)):
            content = path.read_bytes()
            member = tarfile.TarInfo(f"{part}/{path.name}")
            member.size, member.mtime = len(content), int(path.stat().st_mtime)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def is_pair(path: Path) -> bool:
    """Whether a file holds two editions, and is not one itself."""
    offset, magic = _MAGIC
    with path.open("rb") as file:
        return file.read(offset + len(magic))[offset:] == magic


def members(path: Path) -> dict[str, Snapshot]:
    """Both files by their name in the archive (``later/cuadro131.xls``), the earlier one first."""
    try:
        with tarfile.open(path) as tar:
            inside = tar.getmembers()
            parts = [member.name.partition("/")[0] for member in inside]
            if sorted(parts) != [EARLIER, LATER] or not all(m.isfile() for m in inside):
                raise RequestSyntaxError(
                    f"{path.name} is no pair of editions; `mighub connectors difference` makes one."
                )
            if sum(member.size for member in inside) > Limits().inflated:
                raise PayloadTooLarge(f"{path.name} holds more than the hub accepts")
            found = {}
            for member in sorted(inside, key=lambda m: m.name):
                stream = tar.extractfile(member)
                assert stream is not None
                found[member.name] = _snapshot(member, stream.read())
            return found
    except (tarfile.TarError, EOFError) as error:
        raise RequestSyntaxError(f"{path.name} is a damaged archive: {error}") from error


def _snapshot(member: tarfile.TarInfo, content: bytes) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(member.name).name
        path.write_bytes(content)
        os.utime(path, (member.mtime, member.mtime))
        return Snapshot.take(path)


def member_of(path: Path, name: str) -> Snapshot:
    """One of the two files of a pair. Raises ``RequestSyntaxError``, ``KeyError``."""
    return members(path)[name]
