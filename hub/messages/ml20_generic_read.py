"""Reader of generic data, SDMX-ML 2.0. Source: SDMX 2.0, ``SDMXGenericData.xsd``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.messages.api import SchemaResolver
from hub.messages.ml20_envelope import (
    Envelope20,
    open_envelope,
    with_times,
    without_time_format,
)
from hub.messages.ml21_generic_read import GenericTarget
from hub.messages.ml_columns import XmlLocator
from hub.messages.ml_envelope import local
from hub.messages.ml_target import element_blocks
from hub.messages.one_value import as_read
from hub.model.dataset import Block, DataMessage
from hub.model.findings import Finding

__all__ = ["read"]


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open a generic message of 2.0; raises as ``ml20_compact_read.read`` does."""
    envelope = open_envelope(path, resolver, "GenericData")
    findings: list[Finding] = []
    blocks = as_read(_blocks(envelope, findings))
    return DataMessage(envelope.header, blocks, XmlLocator(path), findings)


def _blocks(envelope: Envelope20, findings: list[Finding]) -> Iterator[Block]:
    if not envelope.has_data:
        return
    yield from with_times(element_blocks(_Target(envelope), findings))
    without_time_format(findings)


class _Target(GenericTarget):
    """What 2.0 spells otherwise: ``concept``, ``Time``, ``KeyFamilyRef``, series within a group."""

    def __init__(self, envelope: Envelope20) -> None:
        super().__init__(envelope)
        self.envelope20 = envelope
        self.pending: dict[str, str] | None = None
        self.text: list[str] | None = None
        self.in_group = False
        self.components: dict[str, str] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = local(tag)
        if name == "DataSet":
            self.envelope20.key_family = None
            self.pending = dict(attributes)
            return
        if name in ("KeyFamilyRef", "Time"):
            self.text = []
            return
        self._open_dataset()
        super().start(tag, attributes)

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "KeyFamilyRef" and self.text is not None:
            if self.pending is not None:  # the header has one too
                self.envelope20.key_family = "".join(self.text).strip() or None
            self.text = None
        elif name == "Time" and self.text is not None:
            if self.rows is not None and self.rows.schema.time is not None:
                self.into[self.rows.schema.time.id] = "".join(self.text).strip()
            self.text = None
        elif name == "DataSet":
            self._open_dataset()
        super().end(tag)

    def _open_dataset(self) -> None:
        if self.pending is None:
            return
        attributes, self.pending = self.pending, None
        super()._dataset(attributes)
        assert self.rows is not None
        by_concept = {c.concept: c.id for c in self.rows.schema.components}
        self.components = by_concept | {i: i for i in self.rows.schema.by_id}

    def _series(self, attributes: Mapping[str, str]) -> None:
        if self.in_group and self.group[1]:
            self.attached.append(self.group)
            self.group = (self.group[0], {})
        super()._series(attributes)

    def _group(self, attributes: Mapping[str, str]) -> None:
        self.in_group = True
        super()._group(attributes)

    def _group_ends(self) -> None:
        self.in_group = False
        if self.group[1]:
            super()._group_ends()

    def _value(self, attributes: Mapping[str, str]) -> None:
        concept = attributes.get("concept", "")
        self._give("Value", self.components.get(concept, concept), attributes)
