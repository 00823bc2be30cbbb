"""Which files of a dataset can hold what a query asks for, by what their footers say.

An engine finds the same out, file by file, each time it is asked; a key then costs the more the
larger the dataset is. What footers say is kept here instead: files never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import pyarrow.parquet as pq

from hub.mapping.inverse import wanted
from hub.model.schema import DataSchema
from hub.query.model import DataQuery

__all__ = ["pruned"]

#: By column the least and the greatest text of a file.
_Bounds = Mapping[str, tuple[str, str]]


def pruned(schema: DataSchema, query: DataQuery, files: Sequence[str]) -> list[str]:
    """The files that may hold rows of the query; one at least, where there are any."""
    if len(files) < 2 or any("://" in file for file in files):
        return list(files)
    codes = wanted(schema, query).codes
    asked = {d: codes[d] for d in schema.series_key if d in codes}
    if not asked:
        return list(files)
    return [file for file in files if _may_hold(_bounds(file), asked)] or [files[0]]


def _may_hold(bounds: _Bounds, asked: Mapping[str, frozenset[str]]) -> bool:
    for dimension, codes in asked.items():
        if dimension in bounds:
            least, greatest = bounds[dimension]
            if not any(least <= code <= greatest for code in codes):
                return False
    return True


@lru_cache(maxsize=4096)
def _bounds(file: str) -> _Bounds:
    """Bounds of the columns of text; a column of which a part states none is left out."""
    metadata = pq.read_metadata(file)
    found: dict[str, tuple[str, str]] = {}
    for place in range(metadata.num_columns):
        parts = []
        for group in range(metadata.num_row_groups):
            column = metadata.row_group(group).column(place)
            said = column.statistics
            if said is None or not said.has_min_max or not isinstance(said.min, str):
                break
            parts.append((said.min, said.max))
        else:
            if parts:
                name = column.path_in_schema
                found[name] = (min(p[0] for p in parts), max(p[1] for p in parts))
    return found
