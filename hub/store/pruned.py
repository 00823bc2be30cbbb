"""Which files of a dataset can hold what a query asks for, by what their footers say.

An engine finds the same out, file by file, each time it is asked; a key then costs the more the
larger the dataset is. What footers say is kept here instead: files never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.mapping.inverse import wanted
from hub.model.schema import DataSchema
from hub.query.model import DataQuery
from hub.store.footers import footer

__all__ = ["pruned"]


def pruned(schema: DataSchema, query: DataQuery, files: Sequence[str]) -> list[str]:
    """The files that may hold rows of the query; one at least, where there are any."""
    if len(files) < 2 or any("://" in file for file in files):
        return list(files)
    codes = wanted(schema, query).codes
    asked = {d: codes[d] for d in schema.series_key if d in codes}
    if not asked:
        return list(files)
    return [file for file in files if _may_hold(footer(file).bounds, asked)] or [files[0]]


def _may_hold(bounds: Mapping[str, tuple[str, str]], asked: Mapping[str, frozenset[str]]) -> bool:
    for dimension, codes in asked.items():
        if dimension in bounds:
            least, greatest = bounds[dimension]
            if not any(least <= code <= greatest for code in codes):
                return False
    return True
