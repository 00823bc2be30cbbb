"""Writers of structure-specific data, SDMX-ML 2.1: any layout, or time series alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.messages.api import WriteOptions
from hub.messages.ml_specific_write import StructureSpecific
from hub.messages.ml_write import write as write_ml
from hub.model.dataset import Block, Header

__all__ = ["write", "write_timeseries"]


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the message in UTF-8, one chunk a block."""
    return write_ml(blocks, header, options, StructureSpecific("v2_1"))


def write_timeseries(
    blocks: Iterable[Block], header: Header, options: WriteOptions
) -> Iterator[bytes]:
    """The same as ``StructureSpecificTimeSeriesData``: observations by time, and no other way.

    Raises ``NotAcceptable`` for a structure without time or another dimension at the observation.
    """
    return write_ml(blocks, header, options, StructureSpecific("v2_1", time_series=True))
