"""Backing a hub up while it serves.

First the catalogue, as one transaction sees it: that is the moment of the backup. Then exactly the
files that this state speaks of. They never change under their names, so it does not matter that
the hub goes on meanwhile; what it adds is not in the backup. Contents lie under their hash, so
what an earlier backup of the same place has is not copied again. The manifest comes last.

Some few files go when they are no longer needed (previews of what was decided meanwhile). Where
one that the catalogue named is gone, the moment is taken anew, at last while the intake waits.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select

from hub.errors import HubError, NotFound
from hub.model.schema import StructureRef
from hub.operations import contents, manifest, portable
from hub.operations.manifest import File, Manifest, manifest_key, object_key
from hub.operations.places import Place, place_at, place_of_files, place_of_tables
from hub.operations.tables import files_of, is_log, table_key
from hub.store import tables
from hub.store.home import Hub
from hub.store.upgrade import revision_of

__all__ = ["Made", "backup"]

_LOG = logging.getLogger(__name__)

_COPIES = 4
#: How often a moment is taken while the intake works; then it has to wait for one.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: its manifest, and how much of it was not in the place before."""

    manifest: Manifest
    copied_files: int
    copied_bytes: int


@dataclass(frozen=True, slots=True)
class _Moment:
    """The state of the catalogue that a backup holds."""

    taken_at: datetime
    revision: str
    rows: dict[str, int]
    pointers: dict[str, int]
    versions: dict[StructureRef, int]
    kept: dict[str, str]


def backup(hub: Hub, destination: str, say: Callable[[str], None] = lambda _: None) -> Made:
    """Add a backup to ``destination``, a folder or an ``s3://`` address.

    ``say`` is told how far it is. Raises ``HubError`` when files of the hub are lost (``mighub
    doctor`` tells which), and ``Unavailable`` when a place does not answer.
    """
    scratch = hub.folder("tmp")
    target = place_at(destination, scratch)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        catalogue = Path(folder) / "catalogue"
        moment = _moment(hub, catalogue, say)
        sources = {
            "tables": place_of_tables(hub.settings),
            "files": place_of_files(hub.settings),
            "home": place_at(str(hub.settings.home), scratch),
        }
        wanted = list(_wanted(hub, sources["tables"], moment))
        copier = _Copier(target)
        files = copier.copy(sources, wanted, say)
        kept = copier.keep(File("catalogue", "catalogue", *_measured(catalogue)), catalogue)
    made = Manifest(
        id=f"{moment.taken_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}",
        taken_at=moment.taken_at,
        program=version("mighub"),
        revision=moment.revision,
        catalogue=kept,
        rows=moment.rows,
        pointers=moment.pointers,
        files=tuple(files),
    )
    content = made.to_json()
    with tempfile.TemporaryFile(dir=scratch) as file:
        file.write(content)
        file.seek(0)
        target.write(manifest_key(made.id), file, len(content))
    return Made(made, copier.files, copier.bytes)


def _moment(hub: Hub, path: Path, say: Callable[[str], None]) -> _Moment:
    """Take the state of the catalogue, all of whose kept files are there."""
    for number in range(_TRIES + 1):
        say("Reading the catalogue ...")
        last = number == _TRIES
        with hub.writer_lock() if last else nullcontext():
            moment = _read(hub, path)
            there = place_of_files(hub.settings)
            folders = {key.partition("/")[0] for key in moment.kept}
            known = {key for folder in folders for key in there.listed(folder)}
        lost = sorted(moment.kept.keys() - known)
        if not lost:
            return moment
        _LOG.info("%s kept files went while the catalogue was read", len(lost))
    raise HubError(
        f"{len(lost)} files that the catalogue names are not there, first {lost[0]} "
        f"({moment.kept[lost[0]]}). Run `mighub doctor`, and put them back from a backup first."
    )


def _read(hub: Hub, path: Path) -> _Moment:
    with hub.catalogue.read() as connection:
        taken = datetime.now(UTC)
        rows = dict(portable.export(connection, path))
        pointer = tables.pointer.c
        return _Moment(
            taken_at=taken,
            revision=str(revision_of(connection)),
            rows=rows,
            pointers=dict(iter(connection.execute(select(pointer.dataflow, pointer.version)))),
            versions=contents.table_versions(connection),
            kept=contents.kept_keys(connection),
        )


def _wanted(hub: Hub, place: Place, moment: _Moment) -> Iterator[tuple[str, str]]:
    """Where and under which key everything lies, data before what names it."""
    for dataflow, number in moment.versions.items():
        for key in files_of(place, table_key(dataflow), number):
            yield "tables", key
    for key in sorted(moment.kept):
        yield "files", key
    for key in contents.of_home(hub.settings.home):
        yield "home", key


class _Copier:
    """Brings contents to a place, each once. ``files`` and ``bytes`` count what it brought."""

    def __init__(self, target: Place) -> None:
        self._target = target
        self.files = self.bytes = 0
        self._there = set(target.listed("objects"))
        self._known = dict(self._of_earlier())

    def _of_earlier(self) -> Iterator[tuple[tuple[str, str], File]]:
        """Files of the newest backup whose content cannot have changed since."""
        ids = manifest.listed(self._target)
        if ids:
            for file in manifest.read(self._target, ids[-1]).files:
                lasting = file.where != "home" and not is_log(file.key)
                if lasting and object_key(file.sha256) in self._there:
                    yield (file.where, file.key), file

    def copy(
        self,
        sources: dict[str, Place],
        wanted: Iterable[tuple[str, str]],
        say: Callable[[str], None],
    ) -> list[File]:
        """Bring files that are still missing; what all of them are, in their order."""
        wanted = list(wanted)
        found: list[File] = []
        with ThreadPoolExecutor(_COPIES) as pool:
            one = partial(self._one, sources)
            for number, file in enumerate(pool.map(one, wanted), 1):
                found.append(file)
                say(f"{number:,} of {len(wanted):,} files, {self.bytes >> 20:,} MiB copied")
        return found

    def _one(self, sources: dict[str, Place], wanted: tuple[str, str]) -> File:
        where, key = wanted
        known = self._known.get(wanted)
        if known is not None and known.size == sources[where].size(key):
            return known
        try:
            with sources[where].near(key) as path:
                return self.keep(File(where, key, *_measured(path)), path)
        except NotFound:
            raise HubError(
                f"{key} is not there any more, though releases are made of it. Run `mighub doctor`."
            ) from None

    def keep(self, file: File, path: Path) -> File:
        """Bring the content of a file, unless it is there."""
        key = object_key(file.sha256)
        if key not in self._there or self._target.size(key) != file.size:
            with path.open("rb") as source:
                self._target.write(key, source, file.size)
            self._there.add(key)
            self.files += 1
            self.bytes += file.size
        return file


def _measured(path: Path) -> tuple[int, str]:
    """Size and SHA-256."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
