"""What the footer of a Parquet file on this machine says, read once: files never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyarrow.parquet as pq

__all__ = ["Footer", "footer"]


@dataclass(frozen=True, slots=True)
class Footer:
    """Rows of a file, names of its columns, and the least and the greatest text of each.

    A column that is not text, or of which a part of the file states no bounds, is not among
    ``bounds``.
    """

    rows: int
    columns: frozenset[str]
    bounds: Mapping[str, tuple[str, str]]


@lru_cache(maxsize=4096)
def footer(path: str) -> Footer:
    """The footer of a file. Raises what pyarrow raises where there is none."""
    metadata = pq.read_metadata(path)
    names = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    bounds = {name: _bounds(metadata, place) for place, name in enumerate(names)}
    return Footer(
        int(metadata.num_rows),
        frozenset(names),
        {name: both for name, both in bounds.items() if both is not None},
    )


def _bounds(metadata: pq.FileMetaData, place: int) -> tuple[str, str] | None:
    parts: list[tuple[str, str]] = []
    for group in range(metadata.num_row_groups):
        said = metadata.row_group(group).column(place).statistics
        if said is None or not said.has_min_max or not isinstance(said.min, str):
            return None
        parts.append((said.min, said.max))
    return (min(p[0] for p in parts), max(p[1] for p in parts)) if parts else None
