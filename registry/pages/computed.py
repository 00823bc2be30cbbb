"""The part of the page about a number that the hub computed: the formula, and each input."""

from __future__ import annotations

from dataclasses import dataclass

from hub.derived.lineage import InputRows, input_rows
from hub.model.schema import DataSchema
from hub.store.home import Hub
from hub.store.provenance import Provenance
from hub.store.rights import Principal
from registry.computed import how_computed
from registry.pages.figures import Figure, figure, period_name
from registry.pages.names import Names
from registry.pages.site import say
from registry.provenance import may_see, page_of, submission_of

__all__ = ["CELLS", "Origin", "origin_of"]

#: Cells of a figure that are named; a sum may have hundreds.
CELLS = 10


@dataclass(frozen=True, slots=True)
class _Part:
    """One observation behind the number: its own page, its figure and the cells that has.

    The figure counts ``scale`` times.
    """

    page: str
    about: str
    period: str | None
    figure: Figure | None
    scale: int
    file: str | None
    cells: tuple[str, ...]
    more_cells: int


@dataclass(frozen=True, slots=True)
class _Input:
    """An input of the formula, and the observations that it is the sum of.

    ``optional``: what has no value counts as zero.
    """

    name: str
    dataflow: str
    optional: bool
    parts: tuple[_Part, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """How a number was computed, in the words of the page's language."""

    name: str
    definition: str
    formula: str
    made_at: object
    inputs: tuple[_Input, ...]


def origin_of(hub: Hub, who: Principal | None, found: Provenance) -> Origin | None:
    """How the present state of an observation was computed; ``None`` where nobody did."""
    how = how_computed(hub, found.states[-1], found.key)
    if how is None:
        return None
    language = say().language
    one = how.definition
    return Origin(
        one.names.get(language) or one.names["en"],
        one.definition.get(language) or one.definition["en"],
        one.formula,
        how.made_at,
        tuple(_input(hub, who, rows) for rows in input_rows(hub, how, found.key)),
    )


def _input(hub: Hub, who: Principal | None, rows: InputRows) -> _Input:
    names = Names(hub.structures, rows.schema, say().language)
    # What all of them have in common is told by the definition.
    varying = [
        c
        for c in rows.schema.series_key
        if len({one.key[c] for one in rows.observations}) > 1 or c == "REF_AREA"
    ]
    parts = tuple(_part(hub, who, rows.schema, names, varying, one) for one in rows.observations)
    return _Input(rows.input.name, names.dataflow, rows.input.optional, parts, rows.more)


def _part(
    hub: Hub,
    who: Principal | None,
    schema: DataSchema,
    names: Names,
    varying: list[str],
    one: Provenance,
) -> _Part:
    state = one.states[-1]
    values = state.values or {}
    value = values.get(schema.primary_measure.id)
    submission = submission_of(hub, state)
    shown = submission is not None and may_see(hub, who, state, submission)
    cells = [cell for _, cell in state.places] if shown else []
    locale = say().locale
    return _Part(
        page_of(schema, one.key),
        ", ".join(names.code(c, one.key[c]) for c in varying),
        None if schema.time is None else period_name(one.key[schema.time.id], locale),
        None if value is None else figure(value, locale),
        10 ** max(0, int(values.get("UNIT_MULT") or 0)),
        submission.filename if shown and submission is not None else None,
        tuple(cells[:CELLS]),
        max(0, len(cells) - CELLS),
    )
