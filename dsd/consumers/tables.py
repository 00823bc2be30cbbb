"""Tables that a consumer wants filled in, as data: the layout of a workbook.

``tables.yaml``::

    title:    {LANGUAGE: text}
    sexes:    [CODE ...], the columns of each measure
    near:     {MEASURE: {REFERENCE of a dataflow: [MEASURE of it ...]}}, where figures may be that
              somebody looks for in a cell of the measure
    totals:   {MEASURE: {COMPONENT: CODE}}, a code that means the same as the total there
    tables:   a list of {sheet, title, dataflow, measures, rows: {component, codes, published?,
              last?, labels?, corner?}, fixed?}, or of {sheet, title, measures, never, rows:
              [{LANGUAGE: text}]} for a table that cannot be filled by definition

Texts are in English, Spanish and French.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from codelists.text_yaml import DataFileError, read_yaml

__all__ = ["LANGUAGES", "read"]

#: Languages that every text of a layout is in; the first is the usual one.
LANGUAGES = ("en", "es", "fr")

#: Signs that no name of a sheet may have, and the length it may have in a workbook.
_SIGNS, _LONGEST = frozenset(r"[]:*?/\'"), 31

#: What is said of the rows of a table, and what may be.
_NEEDED = {"component", "codes"}
_MORE = {"published", "last", "labels", "corner"}


def read(path: Path) -> Mapping[str, Any]:
    """What ``tables.yaml`` holds; raises ``DataFileError`` saying what is wrong in it."""
    data: Mapping[str, Any] = read_yaml(path, ("title", "sexes", "near", "totals", "tables"))
    where = f"{path.parent.name}/{path.name}"
    _texts(where, [data["title"]])
    for number, table in enumerate(data["tables"], 1):
        _table(f"{where}, table {number}", table, data["near"])
    for language in LANGUAGES:
        names = [f"{i} {t['sheet'][language]}" for i, t in enumerate(data["tables"], 1)]
        for name in names:
            if len(name) > _LONGEST or _SIGNS & set(name):
                raise DataFileError(f"{where}: no sheet can be named {name!r}")
    return data


def _table(where: str, table: Mapping[str, Any], near: Mapping[str, Any]) -> None:
    filled = {"sheet", "title", "dataflow", "measures", "rows"}
    kinds = (filled, filled | {"fixed"}, filled - {"dataflow"} | {"never"})
    if set(table) not in kinds:
        raise DataFileError(f"{where}: has the keys {sorted(table)}")
    _texts(where, (table["sheet"], table["title"], *([table["never"]] if "never" in table else ())))
    rows = table["rows"]
    if "never" in table:
        _texts(where, rows)
        return
    if not _NEEDED <= rows.keys() <= _NEEDED | _MORE:
        raise DataFileError(f"{where}: its rows have the keys {sorted(rows)}")
    if rows.get("published", "by_name") not in ("by_name", "in_order"):
        raise DataFileError(f"{where}: `published` is by_name or in_order")
    _texts(where, (*rows.get("labels", {}).values(), *filter(None, [rows.get("corner")])))
    if absent := set(table["measures"]) - near.keys():
        raise DataFileError(f"{where}: `near` says nothing of {sorted(absent)}")


def _texts(where: str, texts: Iterable[Mapping[str, str]]) -> None:
    for text in texts:
        if not set(LANGUAGES) <= text.keys():
            raise DataFileError(f"{where}: {text} must be in {', '.join(LANGUAGES)}")
