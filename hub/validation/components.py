"""Are the columns and cells there that the structure asks for?

COMPONENT_UNKNOWN, DIMENSION_MISSING, ATTRIBUTE_MISSING (observations), DELETE_EVERYTHING.
"""

from __future__ import annotations

import numpy as np

from hub.model.dataset import Action
from hub.model.schema import Component, Level, Role
from hub.validation.faults import Fault, Faults
from hub.validation.phrases import say
from hub.validation.suggest import nearest
from hub.validation.view import View

__all__ = ["deletes_everything", "missing_attributes", "missing_dimensions", "unknown_components"]


def wanted(component: Component) -> str:
    """What a component's cell holds, in words."""
    if component.codelist is not None:
        return say("code", codelist=component.codelist)
    return say("period") if component.role is Role.TIME else say("value")


def unknown_components(view: View, faults: Faults) -> None:
    """Columns that the structure does not have: one fault for each column of the message."""
    schema = view.schema
    for name in view.batch.schema.names:
        if name in schema.by_id:
            continue
        given = np.flatnonzero(view.given(name))
        first = int(given[0]) if len(given) else 0
        faults.once(
            str(schema.dataflow),
            Fault(
                "COMPONENT_UNKNOWN",
                view.block.ordinal + first if view.rows else None,
                name,
                name,
                say("component", structure=schema.structure),
                nearest(name, [c for c in schema.columns if c not in view.names]),
                header=True,
            ),
        )


def missing_dimensions(view: View, faults: Faults) -> None:
    """Rows without a value for a dimension, or a message without its column.

    In a Delete an empty dimension means "any"; a row that stands for a whole series has no time.
    """
    if view.action is Action.DELETE or not view.rows:
        return
    time = view.schema.time
    for component in (*view.schema.dimensions, *((time,) if time else ())):
        rows = ~view.given(component.id)
        if component is time:
            rows &= view.observations
        if not rows.any():
            continue
        if component.id not in view.names:
            _absent("DIMENSION_MISSING", view, faults, component)
        else:
            faults.rows("DIMENSION_MISSING", view, rows, component.id, wanted(component))
        view.mark(component.id, rows)


def missing_attributes(view: View, faults: Faults) -> None:
    """Observations without a mandatory attribute of theirs.

    Where the value is missing too, one fault says so (see :mod:`hub.validation.status`).
    """
    if view.action is Action.DELETE or not view.observations.any():
        return
    for attribute in view.schema.attributes_at(Level.OBSERVATION):
        if not attribute.mandatory:
            continue
        if attribute.id not in view.names:
            _absent("ATTRIBUTE_MISSING", view, faults, attribute)
            continue
        rows = ~view.given(attribute.id) & view.observations
        if attribute.id == "OBS_STATUS" and view.schema.primary_measure.id in view.names:
            rows &= view.given(view.schema.primary_measure.id)
        if rows.any():
            faults.rows("ATTRIBUTE_MISSING", view, rows, attribute.id, wanted(attribute))


def deletes_everything(view: View, faults: Faults) -> None:
    """Rows of a Delete that name no dimension at all."""
    if view.action is not Action.DELETE or not view.rows:
        return
    time = view.schema.time
    rows = ~view.any_given((*view.schema.dimensions, *((time,) if time else ())))
    if rows.any():
        first = view.schema.dimensions[0]
        faults.rows("DELETE_EVERYTHING", view, rows, first.id, say("a_key"))


def _absent(rule: str, view: View, faults: Faults, component: Component) -> None:
    faults.once(
        str(view.schema.dataflow),
        Fault(
            rule,
            view.block.ordinal,
            component.id,
            expected=say("column", column=component.id, what=wanted(component)),
            header=True,
        ),
    )
