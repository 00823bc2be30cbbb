"""Looking up the labels of a table in its maps, and the tree that its rows make."""

from __future__ import annotations

from connectors.framework.crosstab import Crosstab, Head
from connectors.framework.faults import Faults, Place
from connectors.framework.labels import LEAF, Entry, LabelKind, LabelMap
from connectors.framework.text import normalise
from hub.model.findings import Severity

__all__ = ["known_unknowns", "name_columns", "name_rows"]


def name_rows(table: Crosstab, faults: Faults) -> None:
    """Fill ``row_entries`` and ``above``; report labels nobody knows or that stand twice.

    A row belongs to the nearest row before it that has a lower level. An unknown row is taken for
    a leaf. What follows from it (a label that then stands in the wrong place, or twice) is not
    reported again.
    """
    stack: list[tuple[int, int]] = []
    last_unknown = -1
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    for i, head in enumerate(table.rows):
        entry = _row_entry(table, head, stack)
        level = LEAF if entry is None else entry.level
        if entry is None or entry.kind not in (LabelKind.GROUP, LabelKind.IGNORED):
            stack = [(at, row) for at, row in stack if at < level]
            table.above.append([row for _, row in reversed(stack)])
            if level < LEAF:
                stack.append((level, i))
        else:
            table.above.append([])
        if entry is None:
            if head.label and (last_unknown < 0 or not table.row_map.candidates(head.label)):
                _unknown(head, table.row_map, table.row_place(i), faults)
            last_unknown = i
        elif entry.codes:
            key = tuple(sorted(entry.codes.items()))
            if key in seen:
                if seen[key] > last_unknown:
                    _twice(head, table.rows[seen[key]], table.row_place(i), faults)
                entry = None
            seen.setdefault(key, i)
        table.row_entries.append(entry)


def _row_entry(table: Crosstab, head: Head, stack: list[tuple[int, int]]) -> Entry | None:
    found = table.row_map.candidates(head.label, table.year)
    level = min((entry.level for entry in found), default=LEAF)
    above = [normalise(table.rows[row].label) for at, row in reversed(stack) if at < level]
    return table.row_map.find(head.label, above, table.year)


def name_columns(table: Crosstab, faults: Faults, reported: set[str]) -> None:
    """Fill ``column_entries``; ``reported`` are labels already reported (pages repeat headers)."""
    if table.column_map is None:
        table.column_entries = [None] * len(table.columns)
        return
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    for j, head in enumerate(table.columns):
        entry = table.column_map.find(head.label, (), table.year)
        if entry is None:
            if normalise(head.label) not in reported:
                reported.add(normalise(head.label))
                _unknown(head, table.column_map, table.column_place(j), faults)
        elif entry.codes:
            key = tuple(sorted(entry.codes.items()))
            if key in seen:
                _twice(head, table.columns[seen[key]], table.column_place(j), faults)
                entry = None
            seen.setdefault(key, j)
        table.column_entries.append(entry)


def known_unknowns(table: Crosstab, faults: Faults) -> None:
    """Report footnote marks of the table that no note explains."""
    heads = [(table.row_place(i), head) for i, head in enumerate(table.rows)]
    heads += [(table.column_place(j), head) for j, head in enumerate(table.columns)]
    for place, head in heads:
        for mark in head.marks:
            if mark not in table.notes:
                faults.add(
                    "NOTE_UNKNOWN",
                    place,
                    f"{head.label.strip()!r} carries the mark {mark!r} and no note explains it;"
                    " write the note under the table.",
                    found=mark,
                    severity=Severity.WARNING,
                )


def _unknown(head: Head, labels: LabelMap, place: Place, faults: Faults) -> None:
    label = " ".join(head.label.split())
    elsewhere = sorted({entry.under for entry in labels.candidates(label) if entry.under})
    if elsewhere:
        message = (
            f"The label {label!r} is known only under {', '.join(elsewhere)}; put it there, or ask"
            f" the hub's office to add what it means here to the connector ({labels.name})."
        )
    else:
        message = (
            f"Nobody has said yet which code {label!r} stands for; correct the label, or ask the"
            f" hub's office to add it to the connector ({labels.name})."
        )
    faults.add(
        "LABEL_UNKNOWN",
        place,
        message,
        found=label,
        expected=f"a label of {labels.name}",
        suggestion=None if elsewhere else labels.suggestion(label),
    )


def _twice(head: Head, first: Head, place: Place, faults: Faults) -> None:
    faults.add(
        "DUPLICATE_LABEL",
        place,
        f"{head.label.strip()!r} means the same as {first.label.strip()!r} in row {first.row + 1};"
        " keep one of them.",
        found=head.label.strip(),
    )
