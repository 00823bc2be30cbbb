"""Attributes of groups in SDMX-ML: collected while observations pass, written before them.

A group stands before the series it is about, and which groups there are is known only when all
rows were seen. So the text of a dataset that has groups waits, on disk where it is long. Sources:
SDMX 2.1 Section 3A (``Group`` of generic and structure-specific data); SDMX 3.0, the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

import pyarrow as pa

from hub.errors import SemanticError
from hub.model.schema import Component

__all__ = ["Group", "GroupValues", "Waiting", "groups_of"]

_HELD = 16 << 20  # bytes that wait in memory
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a structure, with the attributes of it that a message shows."""

    id: str
    dimensions: tuple[str, ...]
    attributes: tuple[str, ...]


def groups_of(attributes: tuple[Component, ...]) -> tuple[Group, ...]:
    """The groups that some attributes belong to, in the order of the structure."""
    found: dict[str, list[Component]] = {}
    for attribute in attributes:
        if attribute.group:
            found.setdefault(attribute.group, []).append(attribute)
    return tuple(
        Group(id_, own[0].attached, tuple(a.id for a in own)) for id_, own in found.items()
    )


class GroupValues:
    """The values of the attributes of one group, by the codes of its dimensions."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self._values: dict[tuple[str, ...], dict[str, str]] = {}

    def take(self, batch: pa.RecordBatch) -> None:
        """Note what the rows of a batch give.

        Raises ``SemanticError`` where a group has two values of one attribute.
        """
        names = set(batch.schema.names)
        given = [a for a in self.group.attributes if a in names]
        if not given or not names >= set(self.group.dimensions):
            return
        columns = [*self.group.dimensions, *given]
        arrays = [batch.column(name).cast(pa.string()) for name in columns]
        table = pa.Table.from_arrays(arrays, names=columns).group_by(columns).aggregate([])
        width = len(self.group.dimensions)
        for row in zip(*(table.column(name).to_pylist() for name in columns), strict=True):
            key = row[:width]
            own = {a: v for a, v in zip(given, row[width:], strict=True) if v is not None}
            if not own or None in key:
                continue
            known = self._values.setdefault(key, {})
            for name, value in own.items():
                if known.setdefault(name, value) != value:
                    raise SemanticError(
                        f"The attribute {name} belongs to the whole group {self.group.id} and has "
                        f"two values in {'.'.join(key)}: {known[name]} and {value}."
                    )

    def __iter__(self) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
        """Codes of the dimensions, and values of the attributes, of each group."""
        for key, values in self._values.items():
            yield dict(zip(self.group.dimensions, key, strict=True)), values


class Waiting:
    """The text of a dataset that waits until its groups are known."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self.values = [GroupValues(group) for group in groups]
        self._text = SpooledTemporaryFile(_HELD)  # noqa: SIM115 (closed when it was read)

    def add(self, batch: pa.RecordBatch, text: bytes) -> None:
        """Rows, and what was written of them."""
        for values in self.values:
            values.take(batch)
        self._text.write(text)

    def text(self) -> Iterator[bytes]:
        """All that was written, in chunks; nothing can be added any more."""
        with self._text as file:
            file.seek(0)
            while chunk := file.read(_CHUNK):
                yield chunk
