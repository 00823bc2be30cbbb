"""Looking into what was handed in: the cells and lines that published figures were read from."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path

from hub.errors import HubError, NotFound
from hub.intake.receive import content_path
from hub.intake.unpack import unpack
from hub.messages.api import read_data
from hub.plugins import Grid, Traced, connector_catalogue
from hub.store.home import Hub
from hub.store.submissions import Submission

__all__ = ["Line", "cells_around", "is_open", "lines_around", "trace"]

#: Line number, counted from 1, and text.
Line = tuple[int, str]

#: Bytes of a body beyond which it is not opened, and not read anew, to show a place of it.
OPENED, READ = 32 * 1024 * 1024, 8 * 1024 * 1024
#: Lines shown before and after one, and characters of each.
_AROUND, _WIDTH = 6, 600
#: Bodies are read one at a time: to look at a figure must not cost others their answers.
_ONE = threading.Lock()


def is_open(submission: Submission) -> bool:
    """Whether everybody may see the body: its publisher offers it to everybody."""
    if submission.connector is None:
        return False
    try:
        return connector_catalogue().record(submission.connector).open_file
    except NotFound:  # a connector that is no longer installed vouches for nothing
        return False


def trace(hub: Hub, submission: Submission, row: int, key: Mapping[str, str]) -> Sequence[Traced]:
    """The printed words that the codes of an observation were read from.

    ``row`` is its 0-based number in the body, ``key`` its codes. Nothing is returned for a message,
    for a body that is too large to be read for this, and where the connector has changed and
    no longer reads this observation at this place.
    """
    if submission.connector is None or submission.size > READ:
        return ()
    try:
        edition = connector_catalogue().version(submission.connector)
        found, traced = _traced(hub, submission, edition, row)
    except HubError:
        return ()
    return traced if found == key else ()


class _ByBody:
    """Arguments that are the same for the same bytes, read in the same way."""

    def __init__(self, hub: Hub, submission: Submission) -> None:
        self.hub, self.submission = hub, submission
        self._same = (submission.sha256, submission.filename, submission.connector)

    def __hash__(self) -> int:
        return hash(self._same)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByBody) and self._same == other._same


def _traced(
    hub: Hub, submission: Submission, edition: str, row: int
) -> tuple[Mapping[str, str | None], Sequence[Traced]]:
    with _ONE:
        return _kept(_ByBody(hub, submission), edition, row)


@lru_cache(maxsize=512)
def _kept(
    body: _ByBody, _edition: str, row: int
) -> tuple[Mapping[str, str | None], Sequence[Traced]]:
    connector = str(body.submission.connector)
    with _body(body.hub, body.submission) as path:
        return connector_catalogue().trace(connector, path, body.hub.structures, row)


def cells_around(
    hub: Hub, submission: Submission, sheet: str, cells: Sequence[tuple[int, int]]
) -> Grid:
    """The part of a sheet around some cells (0-based row and column).

    Raises ``NotFound`` when the body is a message or too large, or has no such sheet.
    """
    if submission.connector is None or submission.size > OPENED:
        raise NotFound("The file cannot be shown: it is too large, or has no cells.")
    with _ONE, _body(hub, submission) as path:
        return connector_catalogue().grid(submission.connector, path, sheet, cells)


def lines_around(hub: Hub, submission: Submission, row: int) -> tuple[int, list[Line]]:
    """The line of a message that has an observation, and the lines around it.

    Raises ``NotFound`` when the body is too large, or in a format without lines.
    """
    if submission.format is None or submission.size > READ:
        raise NotFound("The message cannot be shown: it is too large, or has no lines.")
    with _ONE, _body(hub, submission) as path:
        message = read_data(path, submission.format, hub.structures)
        for _ in message.blocks:  # what can be located is known at the end
            pass
        (place,) = message.locate([row], None)
        if place.line is None:
            raise NotFound("The format of the message has no lines that could be shown.")
        first = max(1, place.line - _AROUND)
        with path.open(encoding="utf-8", errors="replace") as file:
            wanted = islice(file, first - 1, place.line + _AROUND)
            return place.line, [
                (n, text.rstrip("\r\n")[:_WIDTH]) for n, text in enumerate(wanted, first)
            ]


@contextmanager
def _body(hub: Hub, submission: Submission) -> Iterator[Path]:
    """The bytes handed in, unpacked, under the name that their sender gave them."""
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as folder:
        kept = content_path(hub, submission.sha256)
        path = unpack(kept, Path(folder) / "body", hub.settings.max_inflated)
        named = Path(folder) / "named" / submission.filename
        named.parent.mkdir()
        named.symlink_to(path)
        yield named
