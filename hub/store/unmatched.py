"""What to say when nothing matches a query: which of the codes it names there are not.

A code that a codelist does not have matches nothing and is no error (SDMX REST 2.2 tips), so that
only an empty answer is the place to tell that it may be mistyped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice

from hub.errors import NoResults
from hub.model.schema import Component, DataSchema
from hub.query.model import DataQuery, Operator
from hub.store.resolve import resolve
from hub.structures.repository import StructureSet

__all__ = ["nothing"]

#: Codes that are told of; a query may name any number.
_MOST = 3
#: Codes that are suggested for one.
_SUGGESTED = 3
#: Characters of it that are compared.
_COMPARED = 40


def nothing(structures: StructureSet, query: DataQuery) -> NoResults:
    """The error for a query that no data match, which names unknown codes and their neighbours.

    Raises ``NotFound`` when the query means no dataset.
    """
    text = "No data match the query."
    # Of several structures the first one is told of: the others may have the dimension or not.
    schema = resolve(structures, query)[0].schema
    for id_, code in islice(dict.fromkeys(_unknown(schema, query)), _MOST):
        component = schema.by_id[id_]
        assert component.codelist is not None and component.codes is not None  # see _lacking
        text += f" {code} is no code of {component.codelist.id} ({component.role.value} {id_})."
        if near := _near(code, component.codes):
            text += f" Did you mean {' or '.join(near)}?"
    return NoResults(text)


def _unknown(schema: DataSchema, query: DataQuery) -> Iterator[tuple[str, str]]:
    """Components and codes that the query asks for and their codelists do not have."""
    for key in query.keys:
        for dimension, codes in zip(schema.series_key, key, strict=False):
            yield from _lacking(schema.by_id[dimension], codes)
    for one in query.filters:
        wanted = (
            comparison.value
            for alternative in one.alternatives
            for comparison in alternative
            if comparison.operator is Operator.EQ
        )
        if one.component in schema.by_id:
            yield from _lacking(schema.by_id[one.component], wanted)


def _lacking(component: Component, codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    if component.codes is not None:
        known = frozenset(component.codes)
        yield from ((component.id, code) for code in codes if code not in known)


def _near(code: str, known: tuple[str, ...]) -> list[str]:
    """The codes most like one that there is not, however its letters are written."""
    by_upper = {one.upper(): one for one in known}
    wanted = code[:_COMPARED].upper()
    return [by_upper[one] for one in get_close_matches(wanted, by_upper, n=_SUGGESTED)]
