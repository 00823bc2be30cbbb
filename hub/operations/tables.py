"""The files of a Delta table up to a version: its log, and all data that the log speaks of.

The log says everything: entries ``0 .. version`` name every file that any of these versions has,
and those of the change data feed. So a copy of them has the whole history, from which ``asOf``,
history and undo are answered. Later entries (work in progress) are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

from hub.errors import HubError
from hub.model.schema import StructureRef
from hub.operations.places import Place

__all__ = ["entry", "files_of", "is_log", "table_key"]

_LOG = "_delta_log"
_CHECKPOINT = re.compile(rf"{_LOG}/(\d{{20}})\.checkpoint\.parquet")
_READERS = 8


def table_key(dataflow: StructureRef) -> str:
    """Where the table of a dataflow lies below the root of the tables."""
    return f"{dataflow.agency}/{dataflow.id}/{dataflow.version}"


def is_log(key: str) -> bool:
    """Whether a file belongs to the log of a table: its name may come again with other content."""
    return f"/{_LOG}/" in key


def entry(table: str, version: int) -> str:
    """Key of an entry of the log."""
    return f"{table}/{_LOG}/{version:020d}.json"


def files_of(place: Place, table: str, version: int) -> list[str]:
    """Keys of the files of a table up to ``version``: data before the log that names them.

    Raises ``HubError`` when the log has a gap.
    """
    entries = [entry(table, number) for number in range(version + 1)]
    known = set(place.listed(f"{table}/{_LOG}"))
    gaps = [key for key in entries if key not in known]
    if gaps:
        raise HubError(
            f"The table {table} cannot be copied: its log lacks {gaps[0]}. Run `mighub doctor`."
        )
    with ThreadPoolExecutor(_READERS) as pool:
        named = pool.map(lambda key: list(_named(place, key)), entries)
        data = dict.fromkeys(f"{table}/{path}" for paths in named for path in paths)
    checkpoints = sorted(key for key in known if _is_checkpoint(key, table, version))
    return [*data, *checkpoints, *entries]


def _named(place: Place, key: str) -> Iterator[str]:
    """Files that an entry of a log adds, to the table or to its change data feed."""
    with place.open(key) as file:
        lines = file.read().splitlines()
    for line in lines:
        action = json.loads(line)
        added = action.get("add") or action.get("cdc")
        if added is not None:
            yield unquote(added["path"])


def _is_checkpoint(key: str, table: str, version: int) -> bool:
    found = _CHECKPOINT.fullmatch(key.removeprefix(f"{table}/"))
    return found is not None and int(found[1]) <= version
