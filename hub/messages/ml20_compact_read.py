"""Reader of compact data, SDMX-ML 2.0.

``Series`` and ``Obs`` are spelled as in the structure-specific data of later versions; a group is
an element called as the structure calls the group. Source: SDMX 2.0, ``SDMXCompactData.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.messages import ml_specific_exact, ml_specific_plain
from hub.messages.api import SchemaResolver
from hub.messages.ml20_envelope import (
    Envelope20,
    open_envelope,
    with_times,
    without_time_format,
)
from hub.messages.ml_columns import XmlLocator
from hub.messages.ml_envelope import local
from hub.messages.ml_native import WellFormed
from hub.messages.ml_target import element_blocks
from hub.messages.one_value import as_read
from hub.model.dataset import Block, DataMessage
from hub.model.findings import Finding

__all__ = ["read"]

_OTHERS = frozenset({"Series", "Obs", "DataSet", "Annotations", "Annotation"})


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open a compact message; raises as ``ml_specific_read.read`` does.

    Where the message does not say which structure it is about, ``RequestSyntaxError`` while its
    blocks are consumed, unless ``resolver`` is a ``NamedDataflow``.
    """
    envelope = open_envelope(path, resolver, "CompactData")
    findings: list[Finding] = []
    return DataMessage(envelope.header, _blocks(envelope, findings), XmlLocator(path), findings)


def _blocks(envelope: Envelope20, findings: list[Finding]) -> Iterator[Block]:
    if not envelope.has_data:
        return
    check = WellFormed(envelope.path)
    try:
        layout = ml_specific_plain.survey(envelope)
        if layout is not None:
            found = ml_specific_plain.blocks(envelope, layout, check, findings)
            yield from with_times(as_read(found))
    finally:
        check.cancel()
    if layout is None:
        found = element_blocks(_Target(envelope), findings)
        yield from with_times(found)
    without_time_format(findings)


class _Target(ml_specific_exact.Target):
    """Groups by any name."""

    def __init__(self, envelope: Envelope20) -> None:
        super().__init__(envelope)
        self.envelope20 = envelope
        self.depth = 0
        self.dataset_depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = local(tag)
        self.depth += 1
        if name == "DataSet":
            self.envelope20.space = tag[1:].partition("}")[0]
            self.dataset_depth = self.depth
        elif self.depth == self.dataset_depth + 1 and self.dataset_depth and name not in _OTHERS:
            tag = "Group"
        super().start(tag, attributes)

    def end(self, tag: str) -> None:
        name = local(tag)
        if self.depth == self.dataset_depth + 1 and self.dataset_depth and name not in _OTHERS:
            tag = "Group"
        if name == "DataSet":
            self.dataset_depth = 0
        self.depth -= 1
        super().end(tag)
