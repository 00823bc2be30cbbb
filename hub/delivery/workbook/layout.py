"""The layout of a workbook for one area, in one language: tables with their rows and columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.model.schema import StructureRef
from hub.structures.repository import StructureSet

__all__ = ["FOREIGN", "TOTAL", "Column", "Layout", "Row", "Table", "lay_out", "with_published"]

#: The code of a dimension that a table does not break down.
TOTAL = "_T"

#: The code of all foreign countries together.
FOREIGN = "_FOR"

#: The components of a key that are the same in all cells of a workbook.
_COMMON = ("FREQ", "REF_AREA")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its label, and its code where the table can be filled."""

    label: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what is measured, by code and name, and of whom."""

    measure: str
    over: str
    sex: str
    label: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``dataflow`` is ``None``, and ``never`` says why, where it cannot be filled.

    ``component`` is what its rows are codes of, with the name of it; ``dimensions`` are those of
    the dataflow but for frequency and area; ``fixed`` are codes of some that are no total. A table
    that is ``open`` (``by_name`` or ``in_order``) has a row for each code that somebody published,
    before the ``last`` ones of its rows.
    """

    sheet: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    dataflow: StructureRef | None = None
    component: str = ""
    corner: str = ""
    dimensions: tuple[str, ...] = ()
    fixed: Mapping[str, str] | None = None
    open: str = ""
    last: int = 0
    never: str = ""

    def cell(self, column: Column, code: str | None) -> dict[str, str]:
        """The codes of a cell by dimension; with ``None`` those that a column's cells share."""
        codes = dict.fromkeys(self.dimensions, TOTAL) | dict(self.fixed or {})
        codes |= {"MEASURE": column.measure, "SEX": column.sex}
        del codes[self.component]
        return codes if code is None else {**codes, self.component: code}


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of a workbook.

    ``near`` are the measures, by dataflow, in which figures may be that somebody looks for in a
    cell of a measure; ``totals`` the codes, by measure and component, that mean the same as total.
    """

    title: str
    tables: tuple[Table, ...]
    near: Mapping[str, Mapping[StructureRef, tuple[str, ...]]]
    totals: Mapping[str, Mapping[str, str]]


def lay_out(structures: StructureSet, data: Mapping[str, Any], area: str, language: str) -> Layout:
    """The layout of a workbook.

    ``data`` is what ``tables.yaml`` holds. Raises ``NotFound`` when the structures lack a dataflow
    of it, and ``KeyError`` for a component that it does not have.
    """
    names = _Names(structures, language)
    tables = tuple(
        _table(names, number, given, data["sexes"], area)
        for number, given in enumerate(data["tables"], 1)
    )
    near = {
        measure: {StructureRef.parse(ref): tuple(codes) for ref, codes in given.items()}
        for measure, given in data["near"].items()
    }
    return Layout(data["title"][language], tables, near, data["totals"])


def with_published(
    structures: StructureSet, table: Table, published: Collection[str], language: str
) -> Table:
    """A table with rows for codes that were published besides those that it always has."""
    if not table.open or table.dataflow is None:
        return table
    known = {row.code for row in table.rows}
    left = [code for code in published if code not in known]
    labels, order = _Names(structures, language).codes(table.dataflow, table.component)
    if table.open == "by_name":
        # What is no country, such as other areas, comes after the countries.
        left.sort(key=lambda c: (c.startswith("_"), _collated(labels.get(c, c)), c))
    else:
        left.sort(key=lambda code: (order.get(code, len(order)), code))
    more = (Row(labels.get(code, code), code) for code in left)
    before = len(table.rows) - table.last
    return replace(table, rows=(*table.rows[:before], *more, *table.rows[before:]))


def _collated(text: str) -> str:
    """Sort key of a name: accents and case do not count."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


class _Names:
    """Names of codes in a language."""

    def __init__(self, structures: StructureSet, language: str) -> None:
        self.structures = structures
        self.language = language

    def codes(
        self, dataflow: StructureRef, component: str
    ) -> tuple[Mapping[str, str], Mapping[str, int]]:
        """Names of the codes of a component, and their places in its codelist."""
        schema = self.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
        found = schema.by_id[component]
        if found.codelist is None:
            return {}, {}
        order = {code: place for place, code in enumerate(found.codes or ())}
        return self.structures.labels(found.codelist, self.language), order

    def concept(self, dataflow: StructureRef, component: str) -> str:
        schema = self.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
        return self.structures.concept_name(schema, component, self.language)

    def corner(self, dataflow: StructureRef, rows: Mapping[str, Any]) -> str:
        """What the rows are called: by the table, else by the concept of their component."""
        if "corner" in rows:
            return str(rows["corner"][self.language])
        return self.concept(dataflow, rows["component"])

    def of(self, agency: str, codelist: str, code: str) -> str:
        found = self.structures.find("codelist", agency, codelist)
        return self.structures.name(found.items[code], self.language)


def _table(
    names: _Names, number: int, given: Mapping[str, Any], sexes: Collection[str], area: str
) -> Table:
    language = names.language
    columns = tuple(
        Column(
            measure,
            names.of("MIGHUB", "CL_MIG_MEASURE", measure),
            sex,
            names.of("SDMX", "CL_SEX", sex),
        )
        for measure in given["measures"]
        for sex in sexes
    )
    about = (f"{number} {given['sheet'][language]}", given["title"][language])
    if "never" in given:
        labels = tuple(Row(label[language]) for label in given["rows"])
        return Table(*about, labels, columns, never=given["never"][language])
    dataflow, rows = StructureRef.parse(given["dataflow"]), given["rows"]
    schema = names.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    return Table(
        *about,
        tuple(_rows(names, dataflow, rows, area)),
        columns,
        dataflow,
        rows["component"],
        names.corner(dataflow, rows),
        tuple(d for d in schema.series_key if d not in _COMMON),
        given.get("fixed", {}),
        rows.get("published", ""),
        len(rows.get("last", ())),
    )


def _rows(
    names: _Names, dataflow: StructureRef, given: Mapping[str, Any], area: str
) -> Iterator[Row]:
    """The rows that a table always has; ``$area`` is the country itself."""
    labels, _ = names.codes(dataflow, given["component"])
    for word in (*given["codes"], *given.get("last", ())):
        code = area if word == "$area" else word
        own = given.get("labels", {}).get(word)
        yield Row(labels[code] if own is None else own[names.language], code)
