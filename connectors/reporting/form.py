"""What a workbook asks for, as plain values, and as the lines of its hidden sheet.

The hidden sheet says all that is needed to read the workbook again: a workbook that went out stays
readable when labels or country files change afterwards. A digest over its lines shows that nobody
changed them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.reporting.texts import LANGUAGES
from hub.model.schema import DataSchema, StructureRef

__all__ = ["HIDDEN", "MARK", "Form", "FormError", "Head", "Table"]

#: Name of the hidden sheet, and the text of its first cell.
HIDDEN = "mighub"
MARK = "mighub-workbook"
#: Version of the lines; another one is refused.
_VERSION = "1"

Codes = tuple[tuple[str, str], ...]


class FormError(ValueError):
    """The hidden sheet does not say what a workbook of the hub says. The message is for logs."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a row or column.

    ``kind`` is ``entry`` (the office fills its cells), ``total`` (a sum of entries) or ``group``
    (a heading between rows). ``over`` is the text of the upper header row of a column.
    """

    kind: str
    label: str
    codes: Codes = ()
    over: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table on a sheet of its own.

    A total row is the sum of all entry rows; a total column of the entry columns with the same
    ``over``. ``corner`` is the text above the labels of the rows, by which the table is found.
    ``fixed`` are the codes of every cell. ``counts`` says that figures are whole numbers from 0.
    """

    id: str
    sheet: str
    title: str
    corner: str
    fixed: Codes
    counts: bool
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]

    def fits(self, schema: DataSchema) -> bool:
        """Whether every cell has a code of each dimension, and of nothing unknown."""
        rows = {tuple(c for c, _ in head.codes) for head in self.rows if head.kind != "group"}
        columns = {tuple(c for c, _ in head.codes) for head in self.columns}
        if len(rows) != 1 or len(columns) != 1:
            return False
        given = [*(c for c, _ in self.fixed), *next(iter(rows)), *next(iter(columns))]
        return len(given) == len(set(given)) and set(schema.key) <= set(given) <= set(
            schema.columns
        )


@dataclass(frozen=True)
class Form:
    """A workbook: whose, of what, for when, and its tables.

    ``sheets`` names the other sheets by role (``guide``, ``about``, ``other``, ``before``, which
    is how the sheets with last year's figures begin). ``about`` are the questions of the sheet
    ``about`` by id: a period, ``BLANK`` or an attribute. ``lists`` are the choices of the
    drop-downs: by component, codes with their labels.
    """

    dataflow: StructureRef
    agreement: StructureRef
    provider: str
    country: str
    period: str
    language: str
    sheets: Mapping[str, str]
    about: Mapping[str, str]
    other: Mapping[str, str]
    lists: Mapping[str, Mapping[str, str]]
    tables: tuple[Table, ...]

    def identity(self, table: str) -> str:
        """The text on a sheet that says of which workbook it is a part."""
        return f"{self.country} · {self.dataflow.id} · {self.period} · {table}"

    def lines(self) -> Iterator[tuple[str, ...]]:
        """The lines of the hidden sheet; the last one is the digest of the others."""
        lines = list(self._lines())
        yield from lines
        yield ("digest", _digest(lines))

    def _lines(self) -> Iterator[tuple[str, ...]]:
        yield (MARK, _VERSION)
        for name in ("dataflow", "agreement", "provider", "country", "period", "language"):
            yield (name, str(getattr(self, name)))
        for word, named in (("sheet", self.sheets), ("about", self.about), ("other", self.other)):
            for key, text in named.items():
                yield (word, key, text)
        for table in self.tables:
            counts = "counts" if table.counts else "numbers"
            fixed = _said(table.fixed)
            yield ("table", table.id, table.sheet, table.title, table.corner, counts, fixed)
            for word, heads in (("row", table.rows), ("column", table.columns)):
                for head in heads:
                    yield (word, head.kind, head.label, _said(head.codes), head.over)
        first: dict[tuple[tuple[str, str], ...], str] = {}
        for component, choices in self.lists.items():
            known = first.setdefault(tuple(choices.items()), component)
            if known != component:
                yield ("alike", component, known)
                continue
            for code, label in choices.items():
                yield ("list", component, code, label)

    def fits(self, schema: DataSchema) -> bool:
        """Whether it asks for what a dataflow is made of, and is whole."""
        if schema.time is None or "REF_AREA" not in schema.by_id:
            return False
        parts = {"guide", "about", "other", "before"} <= self.sheets.keys()
        lists = {"OBS_STATUS", "BLANK"} <= self.lists.keys()
        free = {schema.primary_measure.id, "OBS_STATUS", "COMMENT_OBS"}
        asked = {*schema.key, *free} - {"FREQ", "REF_AREA"}
        chosen = asked - free <= self.lists.keys()
        tables = all(table.fits(schema) for table in self.tables)
        return parts and lists and chosen and tables and asked == self.other.keys()

    @classmethod
    def from_lines(cls, lines: Iterable[Sequence[str]]) -> Form:
        """The form that the lines of a hidden sheet state; cells may be missing at their ends.

        Raises ``FormError`` when they are not what :meth:`lines` writes.
        """
        given = [tuple(_trimmed(line)) for line in lines]
        given = [line for line in given if line]
        if not given or given[0] != (MARK, _VERSION):
            raise FormError("no workbook of this version")
        *body, last = given
        if last != ("digest", _digest(body)):
            raise FormError("the digest does not fit")
        read = _Lines()
        try:
            for line in body[1:]:
                read.take(line)
            return read.form()
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise FormError(f"lines that do not go together: {error!r}") from error


@dataclass
class _Lines:
    """The lines of a hidden sheet as they are read."""

    one: dict[str, str] = field(default_factory=dict)
    named: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"sheet": {}, "about": {}, "other": {}}
    )
    lists: dict[str, dict[str, str]] = field(default_factory=dict)
    tables: list[_TableLines] = field(default_factory=list)

    def take(self, line: tuple[str, ...]) -> None:
        """Note a line. Raises ``FormError`` for one nobody knows."""
        match line:
            case ("table", id_, sheet, title, corner, counts, *codes):
                head = (id_, sheet, title, corner)
                self.tables.append(_TableLines(head, counts == "counts", "".join(codes)))
            case ("row", kind, label, *codes):
                self.tables[-1].rows.append(Head(kind, label, _codes("".join(codes))))
            case ("column", kind, label, codes, over):
                self.tables[-1].columns.append(Head(kind, label, _codes(codes), over))
            case ("list", component, code, label):
                self.lists.setdefault(component, {})[code] = label
            case ("alike", component, known):
                self.lists[component] = self.lists[known]
            case ("sheet" | "about" | "other" as word, key, text):
                self.named[word][key] = text
            case (word, text):
                self.one[word] = text
            case _:
                raise FormError(f"a line nobody knows: {line!r}")

    def form(self) -> Form:
        """The form that the lines state."""
        one = dict(self.one)
        if one["language"] not in LANGUAGES:
            raise FormError("a language that workbooks are not written in")
        return Form(
            dataflow=StructureRef.parse(one.pop("dataflow")),
            agreement=StructureRef.parse(one.pop("agreement")),
            **one,
            sheets=self.named["sheet"],
            about=self.named["about"],
            other=self.named["other"],
            lists=self.lists,
            tables=tuple(table.made() for table in self.tables),
        )


@dataclass
class _TableLines:
    """The lines of a table as they are read."""

    head: tuple[str, str, str, str]
    counts: bool
    fixed: str
    rows: list[Head] = field(default_factory=list)
    columns: list[Head] = field(default_factory=list)

    def made(self) -> Table:
        fixed = _codes(self.fixed)
        return Table(*self.head, fixed, self.counts, tuple(self.rows), tuple(self.columns))


def _said(codes: Codes) -> str:
    return " ".join(f"{component}={code}" for component, code in codes)


def _codes(text: str) -> Codes:
    pairs = (part.partition("=") for part in text.split())
    return tuple((component, code) for component, _, code in pairs)


def _trimmed(line: Sequence[str]) -> list[str]:
    cells = list(line)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _digest(lines: Iterable[Sequence[str]]) -> str:
    text = "\n".join("\t".join(_trimmed(line)) for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()
