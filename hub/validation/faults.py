"""From bad rows to findings: counting all, describing as many as a report keeps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hub.model.dataset import Location, Locator
from hub.model.findings import Finding, Report, Severity
from hub.validation.phrases import say
from hub.validation.rules import RULES, sentence
from hub.validation.view import Mask, View

__all__ = ["Fault", "Faults"]

#: Longest value a finding quotes.
_QUOTE = 200


@dataclass(slots=True)
class Fault:
    """A fault before it is placed.

    ``ordinal`` is the observation's number over the message, ``None`` for the message itself.
    ``other`` is the ordinal of an earlier observation; ``expected`` is then made from its place.
    ``header`` says that the fault is the column, not the cell.
    """

    rule: str
    ordinal: int | None = None
    component: str | None = None
    found: str | None = None
    expected: str | Callable[[str], str] | None = None
    suggestion: str | None = None
    key: str | None = None
    other: int | None = None
    header: bool = False


class Faults:
    """Faults of one message.

    They are all counted; descriptions are kept up to ``cap``. A fault of the message itself
    (a missing column) is kept once, whatever number of blocks shows it.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._faults: list[Fault] = []
        self._unlisted: dict[str, int] = {}
        self._once: set[tuple[str, str, str | None]] = set()

    @property
    def room(self) -> int:
        """How many more faults would be described."""
        return max(0, self._cap - len(self._faults))

    def rows(
        self,
        rule: str,
        view: View,
        rows: Mask,
        component: str,
        expected: Callable[[str | None], str] | str,
        *,
        found: str | None = None,
        suggest: Callable[[str], str | None] | None = None,
    ) -> None:
        """One fault in each of some rows of a block.

        ``expected`` is a text, or makes one from the value found; ``suggest`` proposes a value.
        ``found`` is the component whose value is quoted, ``component`` itself by default.
        """
        which = np.flatnonzero(rows)
        described = which[: self.room]
        self.uncounted(rule, len(which) - len(described))
        if not len(described):
            return
        values = view.texts(found or component, described)
        keys = view.keys(described)
        ordinals = (described + view.block.ordinal).tolist()
        for ordinal, value, key in zip(ordinals, values, keys, strict=True):
            self._faults.append(
                Fault(
                    rule,
                    ordinal,
                    component,
                    value,
                    expected if isinstance(expected, str) else expected(value),
                    suggest(value) if suggest and value is not None else None,
                    key,
                )
            )

    def once(self, scope: str, fault: Fault) -> None:
        """A fault of a whole dataset (``scope``), described the first time only."""
        mark = (scope, fault.rule, fault.component)
        if mark not in self._once:
            self._once.add(mark)
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """One fault."""
        if self.room:
            self._faults.append(fault)
        else:
            self.uncounted(fault.rule, 1)

    def uncounted(self, rule: str, number: int) -> None:
        """Faults that are not described."""
        if number:
            self._unlisted[rule] = self._unlisted.get(rule, 0) + number

    def errors(self) -> Iterator[Fault]:
        """The described faults that block publication."""
        for fault in self._faults:
            if RULES[fault.rule].severity is Severity.ERROR:
                yield fault

    def into(
        self,
        report: Report,
        locate: Locator,
        file: str | None,
        unless_unknown: Collection[str | None] = (),
    ) -> None:
        """Place all faults and add them to a report, in the order of the file.

        ``unless_unknown`` are columns that the reader has already reported as unknown.
        """
        faults = sorted(
            (
                fault
                for fault in self._faults
                if fault.rule != "COMPONENT_UNKNOWN" or fault.component not in unless_unknown
            ),
            key=lambda f: (f.ordinal is not None and not f.header, f.ordinal or 0),
        )
        report.extend(_findings(faults, locate, file))
        for rule, number in self._unlisted.items():
            report.count_unlisted(rule, RULES[rule].severity, number)


def _findings(faults: Sequence[Fault], locate: Locator, file: str | None) -> Iterable[Finding]:
    places = _places([(f.ordinal, f.component) for f in faults], locate)
    others = _places([(f.other, f.component) for f in faults], locate)
    for fault, place, other in zip(faults, places, others, strict=True):
        expected = fault.expected
        if callable(expected):
            expected = expected(_name(other, fault.other or 0))
        found = _quote(fault.found)
        row = 1 if fault.header and place.row is not None and place.sheet is None else place.row
        yield Finding(
            rule=fault.rule,
            message=sentence(
                fault.rule,
                component=fault.component,
                found=found,
                expected=expected,
                key=fault.key,
                suggestion=fault.suggestion,
            ),
            severity=RULES[fault.rule].severity,
            file=file,
            sheet=place.sheet,
            row=row,
            column=place.column,
            cell=None if fault.header else place.cell,
            line=place.line,
            key=fault.key,
            component=fault.component,
            found=found,
            expected=expected,
            suggestion=fault.suggestion,
        )


def _places(cells: Sequence[tuple[int | None, str | None]], locate: Locator) -> list[Location]:
    """Where cells stand, asking the reader once for each component."""
    by_component: dict[str | None, list[int]] = {}
    for ordinal, component in cells:
        if ordinal is not None:
            by_component.setdefault(component, []).append(ordinal)
    found: dict[tuple[int | None, str | None], Location] = {}
    for component, ordinals in by_component.items():
        wanted = sorted(set(ordinals))
        for ordinal, place in zip(wanted, locate(wanted, component), strict=True):
            found[ordinal, component] = place
    return [found.get(cell, Location()) for cell in cells]


def _name(place: Location, ordinal: int) -> str:
    """A place in words."""
    if place.row is not None and place.sheet is not None:
        return say("sheet_row", number=place.row, sheet=place.sheet)
    if place.row is not None:
        return say("row", number=place.row)
    if place.line is not None:
        return say("line", number=place.line)
    return say("observation", number=ordinal + 1)


def _quote(text: str | None) -> str | None:
    if text is None or len(text) <= _QUOTE:
        return text
    return text[:_QUOTE] + "…"
