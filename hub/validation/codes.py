"""Are coded values codes of their lists? CODE_UNKNOWN."""

from __future__ import annotations

from collections.abc import Callable

from hub.messages.switched_off import SWITCHED_OFF
from hub.model.dataset import Action
from hub.model.schema import Component, DataSchema, Role
from hub.validation.components import wanted
from hub.validation.faults import Faults
from hub.validation.phrases import say
from hub.validation.suggest import Nearest
from hub.validation.values import each_value
from hub.validation.view import View

__all__ = ["Codes"]


class Codes:
    """Checks every coded column of a schema; costs one set operation per column and block."""

    def __init__(self, schema: DataSchema) -> None:
        self._columns: list[tuple[Component, frozenset[str], Nearest]] = [
            (c, frozenset(c.codes), Nearest(c.codes))
            for c in schema.components
            if c.codes is not None
        ]

    def __call__(self, view: View, faults: Faults) -> None:
        """Report the cells of a block that hold no code of their list."""
        for component, codes, suggest in self._columns:
            if view.action is Action.DELETE and component.role in {Role.ATTRIBUTE, Role.MEASURE}:
                continue  # a Delete names the components to clear; their values mean nothing
            column = view.column(component.id)
            if column is None or codes.issuperset(column.values):
                continue
            rows = column.rows_where(_unknown(component, codes))
            if rows is None:
                continue
            off = column.rows_where(lambda text: text == SWITCHED_OFF)
            if off is not None and component.role is Role.DIMENSION:
                faults.rows("CODE_UNKNOWN", view, off, component.id, say("not_switched_off"))
                view.mark(component.id, off)
                rows &= ~off
                if not rows.any():
                    continue
            faults.rows(
                "CODE_UNKNOWN", view, rows, component.id, wanted(component), suggest=suggest
            )
            view.mark(component.id, rows)


def _unknown(component: Component, codes: frozenset[str]) -> Callable[[str], bool]:
    """Whether a text holds no code of the list.

    A measure or an attribute may be missing on purpose, and each of several values is a code.
    """
    if component.role is Role.DIMENSION:
        return lambda text: text not in codes
    return each_value(component, lambda text: text not in codes)
