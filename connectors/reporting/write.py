"""A form as an xlsx workbook without macros: XlsxWriter, one module a kind of sheet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from connectors.reporting.form import HIDDEN, Form
from connectors.reporting.layouts import year_before
from connectors.reporting.marks import SHOWN
from connectors.reporting.style import Styles
from connectors.reporting.texts import texts
from connectors.reporting.write_guide import write_guide
from connectors.reporting.write_other import write_about, write_other
from connectors.reporting.write_table import figures_before, write_table

__all__ = ["write"]

#: What a locked sheet lets a person do all the same. No password: the office owns the file.
_ALLOWED = {"format_columns": True, "format_rows": True, "select_locked_cells": True,
            "select_unlocked_cells": True}  # fmt: skip


def write(
    form: Form,
    names: Mapping[str, str],
    published: Mapping[tuple[str, ...], str],
    key: Sequence[str],
) -> bytes:
    """The workbook of a form; the same bytes for the same form.

    Parameters
    ----------
    form:
        What the workbook asks for.
    names:
        Names in its language, for its headings: ``flow``, ``country``, ``provider``, ``unit`` and
        the units by code.
    published:
        Figures that the hub has for the year before, by the codes of their ``key``.
    key:
        Ids of the dimensions and of time, in the order of the keys of ``published``.

    """
    say = texts(form.language)
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_numbers": False,
                          "strings_to_formulas": False, "strings_to_urls": False})  # fmt: skip
    year = int(form.period[:4])
    book.set_properties({
        "title": say("heading", flow=names["flow"], country=names["country"], period=form.period),
        "author": names["provider"],
        "created": datetime(year, 1, 1),
    })  # fmt: skip
    styles = Styles(book)
    guide = _sheet(book, form.sheets["guide"])
    about = _sheet(book, form.sheets["about"])
    tables = [_sheet(book, table.sheet) for table in form.tables]
    other = _sheet(book, form.sheets["other"])
    lists = _write_hidden(book, form)
    for sheet, table in zip(tables, form.tables, strict=True):
        write_table(sheet, form, table, names, styles, lists["MARK"], say)
    write_about(about, form, names, styles, lists, say)
    write_other(other, form, styles, lists, say)
    before = []
    for number, table in enumerate(form.tables, start=1):
        found = figures_before(table, published, key, year_before)
        if any(found.values()):
            name = f"{form.sheets['before']} ({number})"
            before.append(name)
            sheet = book.add_worksheet(name)
            sheet.set_tab_color("#A6A6A6")
            write_table(sheet, form, table, names, styles, None, say, found)
            sheet.protect("", _ALLOWED)
    write_guide(guide, form, names, styles, before, say)
    guide.activate()
    book.close()
    return out.getvalue()


def _sheet(book: Workbook, name: str) -> Worksheet:
    sheet: Worksheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.protect("", _ALLOWED)
    return sheet


def _write_hidden(book: Workbook, form: Form) -> dict[str, str]:
    """The hidden sheet; returns where the choices of each drop-down stand."""
    sheet = book.add_worksheet(HIDDEN)
    ranges: dict[str, tuple[int, int]] = {}
    row = 0
    for row, line in enumerate(form.lines()):
        for column, text in enumerate(line):
            sheet.write_string(row, column, text)
        if line[0] == "list":
            first, _ = ranges.get(line[1], (row, row))
            ranges[line[1]] = first, row
        elif line[0] == "alike":
            ranges[line[1]] = ranges[line[2]]
    # The signs stand apart from the lines: what they mean is the reader's to know.
    for place, sign in enumerate(SHOWN):
        sheet.write_string(place, _SIGNS, sign)
    sheet.hide()
    sheet.protect("", _ALLOWED)
    found = {
        component: f"={HIDDEN}!$D${first + 1}:$D${last + 1}"
        for component, (first, last) in ranges.items()
    }
    letter = xlsxwriter.utility.xl_col_to_name(_SIGNS)
    return found | {"MARK": f"={HIDDEN}!${letter}$1:${letter}${len(SHOWN)}"}


#: Column of the hidden sheet with the signs.
_SIGNS = 9
