"""Formats that have no way to say several values of one component at once.

They are those of SDMX 2.1. A structure may be of SDMX 3.x all the same, so a single value goes
through them, and several are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import NotAcceptable
from hub.messages.columns import coded, map_values
from hub.model import several
from hub.model.dataset import Block

__all__ = ["as_read", "as_written"]


def as_read(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks whose texts are one value each, as :mod:`hub.model.several` keeps them."""
    for block in blocks:
        yield _mapped(block, lambda name, text: several.join([text]))


def as_written(blocks: Iterable[Block], format_: str) -> Iterator[Block]:
    """Blocks for a format of single values.

    Raises ``NotAcceptable`` where a cell holds several.
    """

    def single(name: str, text: str) -> str:
        values = several.split(text)
        if len(values) > 1:
            raise NotAcceptable(
                f"{name} has several values in one place ({', '.join(values)}), and {format_} has "
                "no way to say so: ask for a format of SDMX 3.0 (SDMX-CSV 2.x, SDMX-JSON 2.x or "
                "SDMX-ML 3.x)."
            )
        return values[0]

    for block in blocks:
        yield _mapped(block, single)


def _each(text: Callable[[str], str | None], texts: list[str]) -> list[str | None]:
    return [text(t) for t in texts]


def _mapped(block: Block, text: Callable[[str, str], str | None]) -> Block:
    batch = block.batch
    for name in block.schema.several.intersection(batch.schema.names):
        column = batch.column(name)
        values = coded(column)
        brackets = pc.starts_with(values.dictionary, "[")
        if not pc.any(brackets).as_py():
            continue  # nearly always: each text is its value
        changed = map_values(values, partial(_each, partial(text, name)))
        place = batch.schema.get_field_index(name)
        field = pa.field(name, column.type)
        batch = batch.set_column(place, field, changed.cast(column.type))
    return block if batch is block.batch else replace(block, batch=batch)
