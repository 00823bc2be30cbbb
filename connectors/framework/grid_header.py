"""Header rows of a grid: months or years above kinds of figures, in one, two or more rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.framework.crosstab import Head
from connectors.framework.cutting import Source, header_missing
from connectors.framework.labels import LabelKind, LabelMap
from connectors.framework.sheet import Kind, Sheet
from connectors.framework.text import closest, normalise, split_marks
from connectors.framework.times import month_names, month_number, year_in

__all__ = ["TOTAL", "Column", "Header", "Level", "alike", "read_header", "sums"]

#: Stands, in :attr:`Column.says`, for the sum over the other columns of the level.
TOTAL = ""
_IGNORED = "\0"


@dataclass(frozen=True)
class Level:
    """One header row: periods (``month`` or ``year``), or the labels of a map.

    ``alone`` are the codes of the figures of an edition that lacks the row; without them the row
    is always there. ``totals`` are the words (normal form) of a sum over the periods.
    """

    period: str | None = None
    labels: LabelMap | None = None
    alone: Mapping[str, str] = field(default_factory=dict)
    totals: frozenset[str] = frozenset()

    @property
    def whole(self) -> Mapping[str, str]:
        """The codes of the total of the level, where the map has one."""
        found = (
            [e.codes for e in self.labels.entries if e.kind is LabelKind.AGGREGATE]
            if self.labels
            else []
        )
        return found[0] if found and all(codes == found[0] for codes in found) else {}

    def read(self, text: str, language: str) -> tuple[str, Mapping[str, str]] | None:
        """What a header cell says, and the codes it gives; ``None`` when nobody knows."""
        label = split_marks(text)[0]
        if self.labels is not None:
            return _entry(self.labels, label) if label.strip() else (TOTAL, self.whole)
        if not label.strip() or normalise(label) in self.totals:
            return TOTAL, {}
        said = _period(self.period, label, language)
        return None if said is None else (said, {})

    def knows(self, text: str, language: str) -> bool:
        """Whether a cell that is not blank says something of the level."""
        return bool(text.strip()) and self.read(text, language) is not None


@dataclass(frozen=True)
class Column:
    """A column of figures: what it says at each level, its codes, and the head it is known by."""

    says: tuple[str, ...]
    codes: Mapping[str, str]
    head: Head
    #: Whether it is a sum that no code stands for.
    silent: bool


@dataclass(frozen=True)
class Header:
    """The header of a page: its last row, its columns, columns that are not read, ``alone``."""

    last: int
    columns: list[Column]
    ignored: list[int]
    alone: Mapping[str, str]


def read_header(
    sheet: Sheet, corner: tuple[int, int], levels: Sequence[Level], source: Source
) -> Header | None:
    """Read the header rows beside ``corner``, the head of the column of labels.

    ``None`` where a row is missing or a header is unknown or stands twice; it is then reported.
    """
    rows: dict[int, int] = {}
    alone: dict[str, str] = {}
    at = max(corner[0] - len(levels) + 1, 0)
    for index, level in enumerate(levels):
        found = _row_of(sheet, level, range(at, corner[0] + len(levels)), corner[1], source)
        if found is not None:
            rows[index], at = found, found + 1
        elif level.alone:
            alone |= level.alone
        else:
            period = month_names(source.record.language)[0] if level.period == "month" else "2023"
            said = level.labels.entries[0].label if level.labels else period
            header_missing(sheet, said, source, row=corner[0])
            return None
    columns, ignored, whole = _columns(sheet, corner, rows, levels, source)
    if not whole or not columns:
        return None
    return Header(max([*rows.values(), corner[0]]), columns, ignored, alone)


def _entry(labels: LabelMap, label: str) -> tuple[str, Mapping[str, str]] | None:
    entry = labels.find(label)
    if entry is None:
        return None
    if entry.kind is LabelKind.IGNORED:
        return _IGNORED, {}
    return TOTAL if entry.kind is LabelKind.AGGREGATE else normalise(entry.label), entry.codes


def _period(kind: str | None, label: str, language: str) -> str | None:
    if kind == "month":
        month = month_number(label, language)
        return None if month is None else f"{month:02d}"
    year = year_in(label)
    return str(year) if year is not None and normalise(label) == str(year) else None


def _row_of(
    sheet: Sheet, level: Level, lines: Sequence[int], label_column: int, source: Source
) -> int | None:
    """The first line with a header of the level to the right of the labels."""
    language = source.record.language
    for line in lines:
        if line < sheet.height and any(
            level.knows(str(sheet.text[line, column]), language)
            for column in range(label_column + 1, sheet.width)
        ):
            return line
    return None


def _columns(
    sheet: Sheet,
    corner: tuple[int, int],
    rows: Mapping[int, int],
    levels: Sequence[Level],
    source: Source,
) -> tuple[list[Column], list[int], bool]:
    last = max(rows)
    texts = {
        index: [str(text) for text in sheet.text[row]] if index == last else sheet.spread(row)
        for index, row in rows.items()
    }
    columns: list[Column] = []
    ignored: list[int] = []
    whole = True
    seen: set[tuple[str, ...]] = set()
    for column in range(corner[1] + 1, sheet.width):
        own = [row for row in rows.values() if sheet.kind[row, column] != Kind.EMPTY]
        if not own:
            continue
        read = {
            index: levels[index].read(texts[index][column], source.record.language)
            for index in rows
        }
        unknown = [index for index, said in read.items() if said is None]
        for index in unknown:
            whole = False
            if sheet.kind[rows[index], column] != Kind.EMPTY:
                _unknown(sheet, rows[index], column, levels[index], source)
        if unknown:
            continue
        known = {index: said for index, said in read.items() if said is not None}
        says = tuple(said[0] for said in known.values())
        if _IGNORED in says:
            ignored.append(column)
            continue
        label = " ".join(texts[index][column].strip() for index in rows).strip()
        head = Head(split_marks(label)[0], own[-1], column, split_marks(label)[1])
        if says in seen:
            _twice(sheet, head, source)
            whole = False
        seen.add(says)
        codes = {code: value for _, given in known.values() for code, value in given.items()}
        silent = any(said[0] == TOTAL and not said[1] for said in known.values())
        columns.append(Column(says, codes, head, silent))
    return columns, ignored, whole


def _unknown(sheet: Sheet, row: int, column: int, level: Level, source: Source) -> None:
    text = " ".join(str(sheet.text[row, column]).split())
    wanted = level.labels.name if level.labels is not None else f"a {level.period}"
    source.faults.add(
        "LABEL_UNKNOWN",
        sheet.place(row, column, text),
        f"Nobody has said yet what the header {text!r} stands for; correct it, or ask the hub's"
        f" office to add it to the connector ({level.labels.name})."
        if level.labels is not None
        else f"The header {text!r} is neither a {level.period} nor the total; write the"
        f" {level.period}.",
        found=text,
        expected=f"a label of {wanted}" if level.labels is not None else wanted,
        suggestion=level.labels.suggestion(text) if level.labels is not None else None,
    )


def _twice(sheet: Sheet, head: Head, source: Source) -> None:
    source.faults.add(
        "HEADER_DIFFERS",
        sheet.place(head.row, head.column, head.label),
        f"Two columns say {head.label!r}; write what tells them apart, or keep one of them.",
        found=head.label,
    )


def alike(sheet: Sheet, headers: Sequence[Header], source: Source) -> bool:
    """Whether all pages have the same columns; a header that only one page has is reported."""
    usual = {column.says for column in headers[0].columns}
    names = {normalise(column.head.label): column.head.label for column in headers[0].columns}
    whole = True
    for header in headers[1:]:
        if {column.says for column in header.columns} == usual:
            continue
        whole = False
        odd = [column.head for column in header.columns if column.says not in usual]
        for head in odd or [header.columns[0].head]:
            source.faults.add(
                "HEADER_DIFFERS",
                sheet.place(head.row, head.column, head.label),
                "The columns of this page are not those of the first; write the same headers on"
                " every page, each once.",
                found=head.label,
                suggestion=closest(head.label, names.values()),
            )
    return whole


def sums(columns: Sequence[Column]) -> list[tuple[int, list[int]]]:
    """Each total of a level, and the columns it is the sum of."""
    says = [column.says for column in columns]
    found = []
    for j, mine in enumerate(says):
        for level in [level for level, said in enumerate(mine) if said == TOTAL]:
            parts = [
                i
                for i, other in enumerate(says)
                if other[level] != TOTAL
                and other[:level] + other[level + 1 :] == mine[:level] + mine[level + 1 :]
            ]
            if parts:
                found.append((j, parts))
        if TOTAL in mine and not any(total == j for total, _ in found):
            parts = [i for i, other in enumerate(says) if TOTAL not in other]
            if parts:
                found.append((j, parts))
    return found
