"""What a backup holds: its manifest, and the layout of the place it lies in.

::

    backups/<id>.json      one manifest per backup, written last: it is there or it is not
    objects/ab/ab12...     contents by SHA-256, shared by all backups of the place

A file of the hub is (where, key, size, SHA-256); ``where`` is ``tables`` (below the root of the
observation tables), ``files`` (kept files, :mod:`hub.store.blobs`) or ``home`` (what the operator
put into the home folder).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from hub.errors import HubError, NotFound
from hub.operations.places import Place

__all__ = ["File", "Manifest", "listed", "manifest_key", "object_key", "read"]

_FOLDER = "backups"
_FORMAT = "mighub-backup-1"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the hub at the moment of the backup."""

    where: str
    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup.

    ``taken_at`` is the instant (aware) whose state it holds, ``catalogue`` the file that the
    catalogue was written to, ``rows`` how many rows each of its tables has, ``pointers`` the
    version of each dataflow's table that readers saw.
    """

    id: str
    taken_at: datetime
    program: str
    revision: str
    catalogue: File
    rows: Mapping[str, int]
    pointers: Mapping[str, int]
    files: Sequence[File]

    def to_json(self) -> bytes:
        """The manifest as it is kept, with a seal that tells whether it is whole."""
        content = {
            "format": _FORMAT,
            **asdict(replace(self, files=())),
            "files": [[f.where, f.key, f.size, f.sha256] for f in self.files],
        }
        return orjson.dumps({"seal": _seal(content), **content}, option=orjson.OPT_INDENT_2)

    @property
    def size(self) -> int:
        """Bytes of all that it holds."""
        return self.catalogue.size + sum(file.size for file in self.files)


def object_key(sha256: str) -> str:
    """Where a content lies in the place of a backup."""
    return f"objects/{sha256[:2]}/{sha256}"


def listed(place: Place) -> list[str]:
    """Ids of the backups of a place, the oldest first."""
    return sorted(
        key.removeprefix(f"{_FOLDER}/").removesuffix(".json")
        for key in place.listed(_FOLDER)
        if key.endswith(".json")
    )


def manifest_key(id_: str) -> str:
    """Where the manifest of a backup lies."""
    return f"{_FOLDER}/{id_}.json"


def read(place: Place, id_: str | None = None) -> Manifest:
    """A backup of a place, the newest by default.

    Raises ``NotFound`` when there is none, ``HubError`` when its manifest is damaged or comes from
    a newer program.
    """
    if id_ is None:
        known = listed(place)
        if not known:
            raise NotFound(f"There is no backup in {place.url}.")
        id_ = known[-1]
    with place.open(manifest_key(id_)) as file:
        content = file.read()
    try:
        found: dict[str, Any] = orjson.loads(content)
        seal, kind = found.pop("seal"), found.pop("format")
    except (orjson.JSONDecodeError, KeyError, AttributeError):
        raise HubError(f"The manifest of the backup {id_} is damaged.") from None
    if kind != _FORMAT:
        raise HubError(f"The backup {id_} was made by a newer program.")
    if seal != _seal({"format": kind, **found}):
        raise HubError(f"The manifest of the backup {id_} is damaged.")
    taken = datetime.fromisoformat(found.pop("taken_at")).astimezone(UTC)
    catalogue = File(**found.pop("catalogue"))
    files = tuple(File(*one) for one in found.pop("files"))
    return Manifest(taken_at=taken, catalogue=catalogue, files=files, **found)


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
