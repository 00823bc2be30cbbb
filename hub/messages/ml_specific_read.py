"""Reader of structure-specific data: SDMX-ML 2.1, 3.0 and 3.1, any layout.

Two ways lead through a message. The *plain* way serves the layout nearly every message has (one
dataset of series and observations, or of observations alone) with the speed of native code. The
*exact* way reads everything else, one Python call per element. Both give the same columns and the
same findings; which one applies is decided from the bytes before anything is yielded.

Source: SDMX 2.1 Section 3A, StructureSpecificData; SDMX 3.0 ``SDMXDataStructureSpecific.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hub.messages import ml_specific_exact, ml_specific_plain
from hub.messages.api import SchemaResolver
from hub.messages.ml_columns import XmlLocator
from hub.messages.ml_envelope import Envelope, open_envelope
from hub.messages.ml_native import WellFormed
from hub.messages.ml_target import element_blocks
from hub.model.dataset import Block, DataMessage
from hub.model.findings import Finding

__all__ = ["read"]

_ROOTS = frozenset({"StructureSpecificData", "StructureSpecificTimeSeriesData"})


def read(path: Path, resolver: SchemaResolver) -> DataMessage:
    """Open a structure-specific message.

    Raises ``RequestSyntaxError`` and ``NotFound`` at once for a bad header; a document that is not
    well formed further down raises ``RequestSyntaxError`` while its blocks are consumed.
    """
    envelope = open_envelope(path, resolver, _ROOTS)
    findings: list[Finding] = []
    return DataMessage(envelope.header, _blocks(envelope, findings), XmlLocator(path), findings)


def _blocks(envelope: Envelope, findings: list[Finding]) -> Iterator[Block]:
    if not envelope.has_data:
        return
    check = WellFormed(envelope.path)
    try:
        layout = ml_specific_plain.survey(envelope)
        if layout is not None and not envelope.schema_of(layout.attributes).several:
            yield from ml_specific_plain.blocks(envelope, layout, check, findings)
            return
    finally:
        check.cancel()
    yield from element_blocks(ml_specific_exact.Target(envelope), findings)
