"""What the pages of comparisons read: the rows of computed dataflows, as anybody gets them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import pandas as pd
from babel.numbers import format_decimal
from flask import current_app
from markupsafe import Markup

from hub.errors import NoResults
from hub.model.schema import StructureRef
from hub.query.model import Api, Comparison, Context, DataQuery, Filter, Operator
from hub.query.versions import parse_v2
from hub.store.home import Hub
from hub.store.rows import seen
from hub.store.select import select
from hub.views.mirror import INDICATORS
from registry.pages.figures import Figure, figure

__all__ = ["Row", "Table", "bar", "choice_of", "distances", "rows"]

#: A data frame of texts, and one of its rows; pandas' stubs know cells of every type only.
Table: TypeAlias = Any
Row: TypeAlias = Any


#: Answers that a process keeps; computing one takes longer than reading it.
_KEPT = 64


def rows(hub: Hub, dataflow: StructureRef, choice: Mapping[str, Sequence[str]]) -> Table:
    """The observations of a dataflow with these codes, as text; no rows where there are none.

    ``choice`` may name the time dimension. A column for each component; null where not given.
    Readers must not change the frame: the next one may get the same.
    """
    pointer = seen(hub, dataflow)
    codes = tuple(sorted((c, tuple(wanted)) for c, wanted in choice.items()))
    key = (dataflow, None if pointer is None else pointer.release, codes)
    kept: OrderedDict[object, Table] = current_app.extensions.setdefault(
        "mighub.compared", OrderedDict()
    )
    if (known := kept.get(key)) is not None:
        return known
    found = _rows(hub, dataflow, choice)
    kept[key] = found
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return found


def _rows(hub: Hub, dataflow: StructureRef, choice: Mapping[str, Sequence[str]]) -> Table:
    schema = hub.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    query = DataQuery(
        api=Api.V2,
        contexts=(Context.DATAFLOW,),
        agencies=(dataflow.agency,),
        ids=(dataflow.id,),
        versions=parse_v2(dataflow.version),
        filters=tuple(
            Filter(component, tuple((Comparison(Operator.EQ, code),) for code in codes))
            for component, codes in choice.items()
        ),
    )
    try:
        frames = [block.batch.to_pandas() for block in select(hub, query).blocks()]
    except NoResults:
        frames = []
    if not frames:
        return pd.DataFrame(columns=list(schema.columns), dtype=object)
    return pd.concat([frame.astype(object) for frame in frames], ignore_index=True)


def choice_of(choice: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """The same as a selection on a dataset's page."""
    return {component: frozenset(codes) for component, codes in choice.items()}


def bar(share: float) -> Markup:
    """A bar for a share from 0 to 1, beside the figure that it shows again."""
    width = round(100 * min(max(share, 0.0), 1.0), 1)
    return Markup(
        '<svg class="bar-of" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-all" width="100" height="10"/>'
        '<rect class="bar-part" width="{}" height="10"/></svg>'
    ).format(width)


#: Indicators that are no counts; with three decimals a column of them can be compared.
_QUOTIENTS = ("RATIO", "ASYMMETRY")


def distances(values: Mapping[str, str], locale: str) -> tuple[Figure | None, ...]:
    """The figures of a comparison, by indicator, in their order."""
    return tuple(_shown(i, values[i], locale) if i in values else None for i in INDICATORS)


def _shown(indicator: str, value: str, locale: str) -> Figure:
    if indicator not in _QUOTIENTS:
        return figure(value, locale)
    return Figure(str(format_decimal(Decimal(value), format="0.000", locale=locale)), value)
