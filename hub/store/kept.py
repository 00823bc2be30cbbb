"""Computed dataflows that somebody asked for whole, kept while their inputs stay as they are.

A consumer's dataflow is computed for each query, from what the query may select. All of it costs
many times what reading it costs: before such an answer is given, its rows are written to a file in
reading order, and later queries on the same releases read that file as if it were stored.

The files are of one process and go with it, so there is nothing to invalidate: a release of an
input makes another key.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from hub.model.schema import DataSchema, StructureRef
from hub.model.stored import END, PROVIDER, START, reading_order
from hub.store.engines import engine
from hub.store.sql import quoted
from hub.store.statement import instants, stored
from hub.store.table_files import TableFile
from hub.structures.repository import StructureSet
from hub.views import Relation

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Inputs", "find", "keep"]

#: The rows of the dataflows that a computed one is made from.
Inputs = Mapping[StructureRef, Relation]

#: Kept of a dataflow: the last, and the one before, which somebody may be about to read.
_KEPT = 2


@dataclass(frozen=True, slots=True, eq=False)
class _One:
    structures: StructureSet
    inputs: Inputs
    path: Path
    rows: Relation


class _Process:
    """What this process keeps."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.making: defaultdict[object, threading.Lock] = defaultdict(threading.Lock)
        #: By hub and dataflow; never changed in place, as others may be looking through it.
        self.kept: dict[object, tuple[_One, ...]] = {}
        self.folders: set[Path] = set()


_process = _Process()


def find(
    hub: Hub, dataflow: StructureRef, structures: StructureSet, inputs: Inputs
) -> Relation | None:
    """All rows of a computed dataflow, if this process keeps them."""
    for one in _here().kept.get((hub.settings.home, dataflow), ()):
        if one.structures is structures and one.inputs == inputs:
            return one.rows
    return None


def keep(hub: Hub, schema: DataSchema, inputs: Inputs, rows: Relation) -> Relation:
    """Keep all rows of a computed dataflow; returns them as they are kept.

    ``rows`` computes them. Several who ask at once wait for the one that makes the file. Raises
    what :meth:`hub.store.engine.Engine.table` does.
    """
    process, structures = _here(), hub.structures
    name = (hub.settings.home, schema.dataflow)
    with process.making[name]:
        known = find(hub, schema.dataflow, structures, inputs)
        if known is not None:
            return known
        path = _write(hub, schema, rows)
        made = _One(structures, inputs, path, stored(schema, [str(path)]))
        listed = (*process.kept.get(name, ()), made)
        process.kept[name] = listed[-_KEPT:]
        for old in listed[:-_KEPT]:
            old.path.unlink(missing_ok=True)
        return made.rows


def _write(hub: Hub, schema: DataSchema, rows: Relation) -> Path:
    order = reading_order(schema)
    texts = [(name, pa.string()) for name in (*schema.columns, PROVIDER)]
    times = [(name, pa.timestamp("us")) for name in (START, END) if name in instants(schema)]
    columns = pa.schema([pa.field(*one) for one in (*texts, *times)])
    measures = [measure.id for measure in schema.measures]
    sql = (
        f"SELECT {', '.join(map(quoted, columns.names))} FROM {rows.sql} "
        f"ORDER BY {', '.join(map(quoted, order))}"
    )
    file = TableFile(_folder(hub), columns, measures, order)
    try:
        for batch in engine(hub).stream(sql, rows.values):
            file.write(pa.Table.from_batches([batch]).cast(columns))
    except BaseException:
        file.discard()
        raise
    file.close(data_change=False)
    return file.path


def _here() -> _Process:
    """What this process keeps: one that was forked off begins anew."""
    global _process  # noqa: PLW0603
    if _process.pid != os.getpid():
        _process = _Process()
    return _process


def _folder(hub: Hub) -> Path:
    """The folder of this process; those of processes that are gone go."""
    start = f"computed-{socket.gethostname()}-"
    folder = hub.folder("tmp") / f"{start}{os.getpid()}"
    process = _here()
    if folder not in process.folders:
        for other in folder.parent.glob(f"{start}*"):
            if not _runs(int(other.name.removeprefix(start))):
                shutil.rmtree(other, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier process of this number
        folder.mkdir()
        process.folders.add(folder)
        atexit.register(_end, folder, os.getpid())
    return folder


def _runs(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True


def _end(folder: Path, pid: int) -> None:
    if pid == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
