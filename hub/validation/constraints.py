"""Are values inside the content constraints? CONSTRAINT.

Regions of one constraint are alternatives; constraints add up (structure, dataflow, agreement), so
each must hold. A cell that two constraints forbid is one fault, named after the first.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np

from hub.model.dataset import Action
from hub.model.schema import CubeRegion, DataSchema
from hub.validation.faults import Faults
from hub.validation.phrases import say
from hub.validation.suggest import Nearest
from hub.validation.view import Mask, View

__all__ = ["Constraints"]

#: Allowed values that a finding lists by name.
_LISTED = 12


class Constraints:
    """Checks the cube regions of a schema on distinct values."""

    def __init__(self, schema: DataSchema) -> None:
        self._allowed: list[list[CubeRegion]] = []
        self._excluded: list[CubeRegion] = [r for r in schema.constraints if not r.included]
        included = [r for r in schema.constraints if r.included]
        for _, regions in groupby(
            sorted(included, key=lambda r: str(r.source)), key=lambda r: r.source
        ):
            self._allowed.append(list(regions))
        self._codes = {c.id: c.codes for c in schema.components}

    def __call__(self, view: View, faults: Faults) -> None:
        """Report the cells of a block that a constraint forbids."""
        if view.action is Action.DELETE:
            return  # what is outside cannot be stored, and deleting it changes nothing
        for regions in self._allowed:
            if len(regions) == 1:
                self._single(view, faults, regions[0])
            else:
                self._alternatives(view, faults, regions)
        for region in self._excluded:
            self._exclusion(view, faults, region)

    def _single(self, view: View, faults: Faults, region: CubeRegion) -> None:
        for component, allowed in region.values:
            rows = _outside(view, component, allowed)
            if rows is not None:
                self._report(view, faults, region, component, rows)

    def _alternatives(self, view: View, faults: Faults, regions: list[CubeRegion]) -> None:
        outside = np.ones(view.rows, dtype=bool)
        for region in regions:
            of_region = np.zeros(view.rows, dtype=bool)
            for component, allowed in region.values:
                rows = _outside(view, component, allowed)
                if rows is not None:
                    of_region |= rows
            outside &= of_region
        if not outside.any():
            return
        # Name the first component that the first region refuses.
        for component, allowed in regions[0].values:
            rows = _outside(view, component, allowed)
            if rows is not None and (rows & outside).any():
                self._report(view, faults, regions[0], component, rows & outside)
                outside &= ~rows

    def _exclusion(self, view: View, faults: Faults, region: CubeRegion) -> None:
        inside = np.ones(view.rows, dtype=bool)
        for component, values in region.values:
            column = view.column(component)
            if column is None:
                return
            hit = [i for i, v in enumerate(column.values) if v in values]
            inside &= column.rows_of(hit) & view.sound(component)
        if region.values and inside.any():
            component = region.values[-1][0]
            phrase = "outside" if len(region.values) > 1 else "not_excluded"
            expected = say(phrase, constraint=region.source)
            faults.rows("CONSTRAINT", view, inside, component, expected)
            view.mark(component, inside)

    def _report(
        self,
        view: View,
        faults: Faults,
        region: CubeRegion,
        component: str,
        rows: Mask,
    ) -> None:
        allowed = dict(region.values)[component]
        order = self._codes.get(component)
        names = [c for c in order if c in allowed] if order else sorted(allowed)
        if len(names) <= _LISTED:
            expected = say("one_of", values=", ".join(names), constraint=region.source)
        else:
            expected = say("of_many", number=len(names), constraint=region.source)
        suggest = Nearest(names, most=50) if len(names) > _LISTED else None
        faults.rows("CONSTRAINT", view, rows, component, expected, suggest=suggest)
        view.mark(component, rows)


def _outside(view: View, component: str, allowed: frozenset[str]) -> Mask | None:
    """Sound rows whose value is given and not one of ``allowed``."""
    column = view.column(component)
    if column is None or allowed.issuperset(column.values):
        return None
    rows = column.rows_where(lambda text: text not in allowed)
    if rows is None:
        return None
    rows &= view.sound(component)
    return rows if rows.any() else None
