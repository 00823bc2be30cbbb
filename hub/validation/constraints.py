"""Are values inside the content constraints? CONSTRAINT.

Regions of one constraint are alternatives; its key sets, and other constraints (of the structure,
dataflow, agreement), add up, so each must hold. A cell that two constraints forbid is one fault,
named after the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

import numpy as np

from hub.model.dataset import Action
from hub.model.periods import PeriodError, parse
from hub.model.schema import CubeRegion, DataSchema, KeySet, TimeLimit
from hub.validation.faults import Faults
from hub.validation.key_sets import Keys
from hub.validation.phrases import say
from hub.validation.suggest import Nearest
from hub.validation.view import Mask, View

__all__ = ["Constraints"]

#: Allowed values that a finding lists by name.
_LISTED = 12


class Constraints:
    """Checks the cube regions and key sets of a schema on distinct values."""

    def __init__(self, schema: DataSchema) -> None:
        self._allowed: list[list[CubeRegion]] = []
        self._excluded: list[CubeRegion] = [r for r in schema.constraints if not r.included]
        included = [r for r in schema.constraints if r.included]
        for _, regions in groupby(
            sorted(included, key=lambda r: str(r.source)), key=lambda r: r.source
        ):
            self._allowed.append(list(regions))
        self._key_sets = [(k, [Keys(*group) for group in k.groups]) for k in schema.key_sets]
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
        for listed, groups in self._key_sets:
            self._keys(view, faults, listed, groups)

    def _single(self, view: View, faults: Faults, region: CubeRegion) -> None:
        for component, rows in self._refused(view, region):
            self._report(view, faults, region, component, rows)

    def _alternatives(self, view: View, faults: Faults, regions: list[CubeRegion]) -> None:
        outside = np.ones(view.rows, dtype=bool)
        for region in regions:
            of_region = np.zeros(view.rows, dtype=bool)
            for _, rows in self._refused(view, region):
                of_region |= rows
            outside &= of_region
        if not outside.any():
            return
        # Name the first component that the first region refuses.
        for component, rows in list(self._refused(view, regions[0])):
            if (rows & outside).any():
                self._report(view, faults, regions[0], component, rows & outside)
                outside &= ~rows

    def _refused(self, view: View, region: CubeRegion) -> Iterator[tuple[str, Mask]]:
        """Components of an included region with the sound rows that are outside of it."""
        for component, allowed in region.values:
            outside = _outside(view, component, allowed)
            for id_, code, limit in region.valid:
                if id_ == component:
                    late = _with(view, component, {code}) & self._in_time(view, limit, inside=False)
                    outside = late if outside is None else outside | late
            if outside is not None and outside.any():
                yield component, outside
        for component, limit in region.times:
            rows = self._in_time(view, limit, inside=False)
            if rows.any():
                yield component, rows

    def _exclusion(self, view: View, faults: Faults, region: CubeRegion) -> None:
        inside = np.ones(view.rows, dtype=bool)
        for component, values in region.values:
            if view.column(component) is None:
                return
            rows = _with(view, component, values)
            for id_, code, limit in region.valid:
                if id_ == component:
                    here = _with(view, component, {code})
                    rows &= ~here | self._in_time(view, limit, inside=True)
            inside &= rows
        for _, limit in region.times:
            inside &= self._in_time(view, limit, inside=True)
        named = (*region.values, *region.times)
        if named and inside.any():
            component = named[-1][0]
            phrase = "outside" if len(named) > 1 else "not_excluded"
            expected = say(phrase, constraint=region.source)
            faults.rows("CONSTRAINT", view, inside, component, expected)
            view.mark(component, inside)

    def _in_time(self, view: View, limit: TimeLimit, *, inside: bool) -> Mask:
        """Rows with a sound period that lies in a limit, or does not."""
        time = view.schema.time
        column = view.column(time.id) if time is not None else None
        if time is None or column is None:
            return np.zeros(view.rows, dtype=bool)

        def test(text: str) -> bool:
            try:
                period = parse(text)
            except PeriodError:
                return False  # reported as TIME_FORMAT
            return limit.holds(period.start, period.end) is inside

        rows = column.rows_where(test)
        return np.zeros(view.rows, dtype=bool) if rows is None else rows & view.sound(time.id)

    def _keys(self, view: View, faults: Faults, listed: KeySet, groups: list[Keys]) -> None:
        """Rows whose key is not listed, or is excluded; rows without a whole key say nothing."""
        if not groups:
            return
        if listed.included:
            rows = np.ones(view.rows, dtype=bool)
            for keys in groups:
                rows &= keys.stated(view) & ~keys(view)
        else:
            rows = np.zeros(view.rows, dtype=bool)
            for keys in groups:
                rows |= keys.stated(view) & keys(view)
        if rows.any():
            component = groups[0].dimensions[-1]
            phrase = "listed_key" if listed.included else "outside"
            expected = say(phrase, constraint=listed.source)
            faults.rows("CONSTRAINT", view, rows, component, expected)
            view.mark(component, rows)

    def _report(
        self,
        view: View,
        faults: Faults,
        region: CubeRegion,
        component: str,
        rows: Mask,
    ) -> None:
        limits = dict(region.times)
        if component in limits:
            expected = say("within", span=limits[component].text, constraint=region.source)
            faults.rows("CONSTRAINT", view, rows, component, expected)
            view.mark(component, rows)
            return
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


def _with(view: View, component: str, values: Collection[str]) -> Mask:
    """Sound rows with one of some values."""
    column = view.column(component)
    if column is None:
        return np.zeros(view.rows, dtype=bool)
    hit = [i for i, v in enumerate(column.values) if v in values]
    return column.rows_of(hit) & view.sound(component)


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
