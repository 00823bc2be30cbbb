"""What a workbook asks for, as plain values, and as the lines of its hidden sheet.

The hidden sheet says all that is needed to read the workbook again: a workbook that went out stays
readable when labels or country files change afterwards. A digest over its lines shows that nobody
changed them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.model.schema import StructureRef

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
        for component, choices in self.lists.items():
            for code, label in choices.items():
                yield ("list", component, code, label)

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
        one: dict[str, str] = {}
        named: dict[str, dict[str, str]] = {"sheet": {}, "about": {}, "other": {}}
        lists: dict[str, dict[str, str]] = {}
        tables: list[tuple[tuple[str, ...], list[Head], list[Head]]] = []
        for line in body[1:]:
            match line:
                case ("table", *_):
                    tables.append((line, [], []))
                case ("row" | "column" as word, kind, label, *rest):
                    codes, over = [*rest, "", ""][:2]
                    tables[-1][1 if word == "row" else 2].append(
                        Head(kind, label, _codes(codes), over)
                    )
                case ("list", component, code, label):
                    lists.setdefault(component, {})[code] = label
                case ("sheet" | "about" | "other" as word, key, text):
                    named[word][key] = text
                case (word, text):
                    one[word] = text
                case _:
                    raise FormError(f"a line nobody knows: {line!r}")
        return cls(
            dataflow=StructureRef.parse(one.pop("dataflow")),
            agreement=StructureRef.parse(one.pop("agreement")),
            **one,
            sheets=named["sheet"],
            about=named["about"],
            other=named["other"],
            lists=lists,
            tables=tuple(
                Table(
                    *line[1:5], _codes(line[6] if len(line) > 6 else ""),  # noqa: PLR2004
                    line[5] == "counts", tuple(rows), tuple(columns),
                )
                for line, rows, columns in tables
            ),
        )  # fmt: skip


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
