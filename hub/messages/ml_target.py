"""One Python call per element: what the exact readers of SDMX-ML have in common.

A target collects rows, dataset by dataset; they are taken off it as blocks while the file is fed.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from hub.messages.ml_columns import Misplaced
from hub.messages.ml_envelope import Envelope
from hub.messages.ml_rows import Rows
from hub.model.dataset import BATCH_ROWS, Block
from hub.model.findings import Finding
from hub.xml_safe import CHUNK, parser, syntax_error

__all__ = ["ElementTarget", "element_blocks"]


class ElementTarget:
    """A parser target of lxml; who inherits from it understands the elements."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.misplaced: list[Misplaced] = []
        self.findings: list[Finding] = []
        self.finished: list[Rows] = []
        self.rows: Rows | None = None

    def begin(self, rows: Rows) -> None:
        """A dataset begins, and with that the one before has ended."""
        if self.rows is not None:
            self.finished.append(self.rows)
        self.rows = rows
        self.misplaced.append(Misplaced(rows.schema))

    def close(self) -> None:
        """End of the document."""
        if self.rows is not None:
            self.finished.append(self.rows)

    def settled(self) -> bool:
        """Whether the rows so far are as they will stay."""
        return True

    def drain(self, ordinal: int, *, all_rows: bool) -> Iterator[Block]:
        """Blocks of the finished datasets, and of the open one when it is large enough."""
        for rows in self.finished:
            if rows.series_of:
                block = rows.block(ordinal)
                ordinal += block.batch.num_rows
                yield block
        self.finished.clear()
        rows_now = self.rows
        if all_rows or rows_now is None or not self.settled():
            return
        if len(rows_now.series_of) >= BATCH_ROWS:
            yield rows_now.block(ordinal)
            self.rows = rows_now.rest()


def element_blocks(target: ElementTarget, findings: list[Finding]) -> Iterator[Block]:
    """Blocks of all datasets of a message, in order, as ``target`` understands its elements.

    Raises ``RequestSyntaxError`` where the document is not well formed.
    """
    push = parser(target=target)
    ordinal = 0
    try:
        with target.envelope.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                push.feed(chunk)
                for block in target.drain(ordinal, all_rows=False):
                    ordinal += block.batch.num_rows
                    yield block
        push.close()
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None
    yield from target.drain(ordinal, all_rows=True)
    for misplaced in target.misplaced:
        findings.extend(misplaced.findings(target.envelope.path))
    findings.extend(target.findings)
