"""Are coded values codes of their lists? CODE_UNKNOWN."""

from __future__ import annotations

from hub.model.dataset import Action
from hub.model.schema import Component, DataSchema, Role
from hub.validation.components import wanted
from hub.validation.faults import Faults
from hub.validation.suggest import Nearest
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
            rows = column.rows_where(lambda text, known=codes: text not in known)  # type: ignore[misc]
            if rows is None:
                continue
            faults.rows(
                "CODE_UNKNOWN", view, rows, component.id, wanted(component), suggest=suggest
            )
            view.mark(component.id, rows)
