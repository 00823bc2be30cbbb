"""Do value and OBS_STATUS agree? OBS_STATUS_MISSING_VALUE, VALUE_MISSING, PARTIAL_UPDATE.

The meaning of the codes is that of SDMX:CL_OBS_STATUS(2.2): O M L Q H say that the value is
missing; S J K may go with a value or with none; all others describe a value that is given. A
value that is missing on purpose (NaN in ``Double`` and ``Float``, else ``#N/A``) is missing.
"""

from __future__ import annotations

from hub.model.dataset import Action
from hub.model.schema import Component, DataSchema
from hub.validation.faults import Fault, Faults
from hub.validation.phrases import say
from hub.validation.view import Column, Mask, View

__all__ = ["MISSING", "Status", "status_of"]

#: Codes that say that the value is missing.
MISSING = frozenset("OMLQH")
_EITHER = frozenset("SJK")


class Status:
    """Checks the primary measure, other mandatory measures and the status of observations."""

    def __init__(self, schema: DataSchema) -> None:
        primary = schema.measures[:1]
        self._measures = (*primary, *(m for m in schema.measures[1:] if m.mandatory))
        self._status = status_of(schema)

    def __call__(self, view: View, faults: Faults) -> None:
        """Report observations of a block that lack a value, or whose status denies it."""
        if view.action is Action.DELETE or not view.observations.any():
            return
        for measure in self._measures:
            if measure.id in view.names:
                self._cells(view, faults, measure)
            else:
                _absent(view, faults, measure)

    def _cells(self, view: View, faults: Faults, measure: Component) -> None:
        given = self._valued(view, measure)
        empty = ~given & view.observations & view.sound(measure.id)
        status = view.column(self._status) if self._status else None
        if self._status is None or status is None:
            self._report(view, faults, measure, empty)
            return
        missing, either = _says(status, MISSING), _says(status, _EITHER)
        sound = view.sound(self._status)
        denied = given & missing & sound & view.sound(measure.id)
        if denied.any():
            faults.rows(
                "OBS_STATUS_MISSING_VALUE", view, denied, self._status, say("status_of_value")
            )
        unexplained = empty & sound & ~missing & ~either
        claimed = unexplained & ~status.missing
        if claimed.any():
            faults.rows(
                "OBS_STATUS_MISSING_VALUE",
                view,
                claimed,
                measure.id,
                say("value_or_status"),
                found=self._status,
            )
        self._report(view, faults, measure, unexplained & status.missing)

    def _report(self, view: View, faults: Faults, measure: Component, rows: Mask) -> None:
        if rows.any():
            faults.rows("VALUE_MISSING", view, rows, measure.id, say("value_or_status"))

    def _valued(self, view: View, measure: Component) -> Mask:
        """Rows with a value; one that is missing on purpose is none."""
        given = view.given(measure.id)
        missing = view.missing(measure)
        return given if missing is None else given & ~missing


def status_of(schema: DataSchema) -> str | None:
    """The attribute that says what a value is; ``None`` where none does.

    Another codelist's codes may mean something else.
    """
    status = schema.by_id.get("OBS_STATUS")
    codelist = status.codelist if status is not None else None
    return "OBS_STATUS" if codelist is not None and codelist.id == "CL_OBS_STATUS" else None


def _says(status: Column, codes: frozenset[str]) -> Mask:
    """Rows whose status is one of some codes."""
    return status.rows_of([i for i, code in enumerate(status.values) if code in codes])


def _absent(view: View, faults: Faults, measure: Component) -> None:
    """The message has no column for a measure at all."""
    partial = view.action is Action.MERGE and view.any_given(view.schema.attributes).any()
    expected = say("column", column=measure.id, what=say("value"))
    faults.once(
        str(view.schema.dataflow),
        Fault(
            "PARTIAL_UPDATE" if partial else "VALUE_MISSING",
            view.block.ordinal,
            measure.id,
            expected=expected,
            header=True,
        ),
    )
