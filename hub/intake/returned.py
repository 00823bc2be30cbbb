"""The two parts of a message that was published in part: what was taken, and what is given back.

Both are messages in the format that was sent, or in SDMX-CSV 2.0 where that cannot be written (a
workbook, SDMX-ML 2.0) or cannot hold what is wrong. Beside the part given back stands a table that
names the rules each row broke.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from hub.errors import HubError, NotFound
from hub.intake.split import Parts, blocks_of
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import Format, by_name
from hub.model.dataset import Block, Header
from hub.model.schema import StructureRef
from hub.store import sql
from hub.store.attached import Attached, attach, attached, detach, keep
from hub.store.changes import ROW, Segment
from hub.store.home import Hub
from hub.store.submissions import Submission

__all__ = ["PARTS", "discard", "part", "save", "summary", "write"]

#: Names of what may be asked for.
PARTS = ("accepted", "rejected", "rules")

_FALLBACK = "sdmx-csv-2.0"

_log = logging.getLogger(__name__)


def save(hub: Hub, submission: Submission, parts: Parts) -> None:
    """Keep both parts of a submission. Doing it again after a crash leaves the same."""
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as name:
        folder = Path(name)
        content = write(parts, folder, submission.format, hub.settings.sender)
        for part_name, about in content.items():
            about["file"] = keep(hub, Attached.RETURNED, folder / part_name)
    files = [about["file"] for about in content.values()]
    attach(hub, submission.token, Attached.RETURNED, content, files)


def write(
    parts: Parts, folder: Path, format_: str | None, sender: str
) -> dict[str, dict[str, Any]]:
    """Write both parts and the table of rules into a folder, as files named as in ``PARTS``.

    ``format_`` is the one to be used where it can. Returns the rows and the format of each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sides = {"accepted": (parts.good, parts.accepted), "rejected": (parts.bad, parts.rejected)}
    content: dict[str, dict[str, Any]] = {
        name: {"rows": rows, "format": _write(segments, folder / name, format_, sender)}
        for name, (segments, rows) in sides.items()
    }
    _write_rules(parts, folder / "rules")
    return {**content, "rules": {"rows": parts.rejected, "format": "csv"}}


def summary(hub: Hub, token: str) -> dict[str, Any] | None:
    """Rows and format of each part, ``None`` where the message was not parted."""
    known = attached(hub, token, Attached.RETURNED)
    if known is None:
        return None
    return {n: {k: v for k, v in about.items() if k != "file"} for n, about in known.items()}


def part(hub: Hub, token: str, name: str) -> tuple[Path, Format | None]:
    """File of a part and its format (``None``: plain CSV).

    Raises ``NotFound`` when the submission was not parted.
    """
    known = attached(hub, token, Attached.RETURNED)
    if known is None:
        raise NotFound("This submission was taken or refused as a whole: it has no parts.")
    format_ = None if name == "rules" else by_name(known[name]["format"])
    return hub.blobs.path(known[name]["file"]), format_


def discard(hub: Hub, token: str) -> None:
    """Forget the parts of a submission."""
    detach(hub, token, Attached.RETURNED)


def _write(
    segments: dict[StructureRef, list[Segment]], path: Path, wanted: str | None, sender: str
) -> str:
    """Write segments as a message; returns the name of the format."""
    if wanted is not None and by_name(wanted).writer is not None:
        try:
            _write_as(segments, wanted, path, sender)
        except (HubError, ValueError, KeyError, TypeError) as error:
            # Faulty rows need not fit a format that writes codes and keys in their own places.
            _log.info("a part does not fit %s and is written as CSV: %s", wanted, error)
        else:
            return wanted
    _write_as(segments, _FALLBACK, path, sender)
    return _FALLBACK


def _write_as(
    segments: dict[StructureRef, list[Segment]], format_: str, path: Path, sender: str
) -> None:
    schemas = tuple(parts[-1].schema for parts in segments.values())
    header = Header("RETURNED", sender, datetime.now(UTC))
    with path.open("wb") as out:
        out.writelines(
            write_data(_blocks(segments), format_, header, WriteOptions(schemas=schemas))
        )


def _blocks(segments: dict[StructureRef, list[Segment]]) -> Iterator[Block]:
    for parts in segments.values():
        yield from blocks_of(parts)


def _write_rules(parts: Parts, path: Path) -> None:
    """The rows given back as one table, with their number in the message and their rules."""
    queries = []
    for segments in parts.bad.values():
        schema = segments[-1].schema
        files = ", ".join(sql.literal(str(s.path)) for s in segments)
        queries.append(
            f"SELECT {sql.literal(str(schema.dataflow))} AS DATAFLOW, r.{ROW} + 1 AS OBSERVATION, "
            f"r.rules AS RULES, {sql.listed(schema.columns, 's.{}')} "
            f"FROM read_parquet([{files}]) s "
            f"JOIN read_parquet({sql.literal(str(parts.rules))}) r USING ({ROW})"
        )
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"COPY (FROM ({' UNION ALL BY NAME '.join(queries)}) ORDER BY OBSERVATION) "
            f"TO {sql.literal(str(path))} (FORMAT csv, HEADER)"
        )
