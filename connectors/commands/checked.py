"""The end of the commands that make a message of a file: check it, show the report, write it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import by_name
from hub.model.dataset import Block, DataMessage
from hub.terminal import show_json, show_report, write_whole
from hub.validation import validate

__all__ = ["Checked"]


class Checked:
    """A message that was read whole and checked."""

    def __init__(self, message: DataMessage, name: str, say: Callable[[str], None]) -> None:
        say("Checking ...")
        self._blocks: list[Block] = []
        self._report = validate(message, self._blocks.append, file=name)
        self._header = message.header

    def write(self, target: str | None, format_: str, *, report: str) -> None:
        """Show the report, and write the message where there is a ``target``.

        The report is a table, or JSON on stdout (on stderr when the message goes there). Nothing is
        written when there are errors: the exit code is 1.
        """
        if report == "json":
            show_json(self._report.to_dict(), err=target == "-")
        else:
            show_report(self._report, refused="refused, nothing was written")
        if not self._report.valid:
            sys.exit(1)
        if target is not None:
            assert self._header is not None
            chunks = write_data(self._blocks, by_name(format_), self._header, WriteOptions())
            write_whole(chunks, target)
