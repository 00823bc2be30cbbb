"""The sheet of a table: titles, two header rows, rows in groups, sums as formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from connectors.reporting.form import Form, Table
from connectors.reporting.marks import ZEROS
from connectors.reporting.style import Styles
from connectors.reporting.texts import Texts

__all__ = ["figures_before", "write_table"]

#: Rows of the titles, of the two headers, and of the first row of the body (counted from 0).
_TITLE, _SUBTITLE, _IDENTITY, _HINT, _OVER, _HEAD, _BODY = range(7)
_LABELS, _FIRST = 0, 1


def figures_before(
    table: Table,
    published: Mapping[tuple[str, ...], str],
    key: Sequence[str],
    before: Callable[[str], str],
) -> dict[tuple[int, int], str]:
    """What was published for the cells of a table a year before, by row and column."""
    found = {}
    time = key[-1]
    for i, row in enumerate(table.rows):
        for j, column in enumerate(table.columns):
            codes = dict((*table.fixed, *row.codes, *column.codes))
            codes[time] = before(codes[time])
            if row.codes and (value := published.get(tuple(codes[name] for name in key))):
                found[i, j] = value
    return found


def write_table(
    sheet: Worksheet,
    form: Form,
    table: Table,
    names: Mapping[str, str],
    styles: Styles,
    signs: str | None,
    say: Texts,
    before: Mapping[tuple[int, int], str] | None = None,
) -> None:
    """Fill a sheet with a table: to be filled in, or with the figures of the year before.

    ``signs`` is the range of the signs that may stand for a number.
    """
    year = form.sheets["before"]
    shown = table.title if before is None else say("before_title", title=table.title, year=year)
    sheet.write_string(_TITLE, 0, shown, styles["title"])
    unit = say("unit", unit=names[dict(table.fixed)["UNIT_MEASURE"]])
    sheet.write_string(_SUBTITLE, 0, f"{names['country']} · {unit}", styles["subtitle"])
    sheet.write_string(_IDENTITY, 0, form.identity(table.id), styles["faint"])
    if before is None:
        sheet.write_string(_HINT, 0, say("hint"), styles["hint"])
    _heads(sheet, table, styles, None if before is None else (form.period[:4], year))
    for i, row in enumerate(table.rows):
        at = _BODY + i
        if row.kind == "group":
            sheet.write_string(at, _LABELS, row.label, styles["group"])
            for j in range(len(table.columns)):
                sheet.write_blank(at, _FIRST + j, None, styles["group"])
            continue
        total = row.kind == "total"
        sheet.write_string(at, _LABELS, row.label, styles["label_total" if total else "label"])
        for j in range(len(table.columns)):
            _cell(sheet, table, i, j, styles, before)
    if before is None and signs is not None:
        _validate(sheet, table, signs, say)
    _page(sheet, table)


def _cell(
    sheet: Worksheet,
    table: Table,
    i: int,
    j: int,
    styles: Styles,
    before: Mapping[tuple[int, int], str] | None,
) -> None:
    at = _BODY + i, _FIRST + j
    if before is not None:
        value = before.get((i, j))
        if value is None:
            sheet.write_blank(*at, None, styles["before"])
        else:
            sheet.write_number(*at, float(value), styles["before"])
    elif "total" in (table.rows[i].kind, table.columns[j].kind):
        # The value a reader sees before a program has calculated: nothing.
        sheet.write_formula(*at, _formula(table, i, j), styles["sum"], "")
    else:
        sheet.write_blank(*at, None, styles["entry" if table.counts else "value"])


def _formula(table: Table, i: int, j: int) -> str:
    """The sum of the entries below a total; nothing while there is none, or one is not known."""
    rows = [n for n, row in enumerate(table.rows) if row.kind == "entry"]
    first, last = (rows[0], rows[-1]) if table.rows[i].kind == "total" else (i, i)
    left = right = j
    if table.columns[j].kind == "total":
        over = table.columns[j].over
        parts = [n for n, c in enumerate(table.columns) if c.over == over and c.kind == "entry"]
        left, right = parts[0], parts[-1]
    cells = xl_range(_BODY + first, _FIRST + left, _BODY + last, _FIRST + right)
    zeros = "+".join(f'COUNTIF({cells},"{sign}")' for sign in ZEROS)
    words = f"COUNTA({cells})-COUNT({cells})"
    return f'=IF(OR(COUNT({cells})=0,{words}>{zeros}),"",SUM({cells}))'


def _heads(sheet: Worksheet, table: Table, styles: Styles, moved: tuple[str, str] | None) -> None:
    """The two header rows; ``moved`` is the year of the form and the one to show instead."""
    sheet.write_string(_OVER, _LABELS, "", styles["corner"])
    sheet.write_string(_HEAD, _LABELS, table.corner, styles["corner"])
    for over, run in groupby(range(len(table.columns)), key=lambda j: table.columns[j].over):
        columns = list(run)
        text = over.replace(*moved) if moved else over
        first, last = _FIRST + columns[0], _FIRST + columns[-1]
        if first == last:
            sheet.write_string(_OVER, first, text, styles["over"])
        else:
            sheet.merge_range(_OVER, first, _OVER, last, text, styles["over"])
        for j in columns:
            sheet.write_string(_HEAD, _FIRST + j, table.columns[j].label, styles["head"])


def _validate(sheet: Worksheet, table: Table, signs: str, say: Texts) -> None:
    whole = "{0}>=0,INT({0})={0}" if table.counts else "TRUE"
    for first, last in _runs(table):
        cell = xl_rowcol_to_cell(_BODY + first, _FIRST)
        number = f"IF(ISNUMBER({cell}),AND({whole.format(cell)}),COUNTIF({signs[1:]},{cell})>0)"
        sheet.data_validation(
            _BODY + first, _FIRST, _BODY + last, _FIRST + len(table.columns) - 1,
            {
                "validate": "custom",
                "value": f"={number}",
                "error_title": say("entry_title"),
                "error_message": say("entry_error" if table.counts else "value_error"),
            },
        )  # fmt: skip


def _runs(table: Table) -> Iterator[tuple[int, int]]:
    """First and last of the rows with cells that stand together."""
    for filled, run in groupby(range(len(table.rows)), key=lambda i: table.rows[i].kind != "group"):
        if filled:
            rows = list(run)
            yield rows[0], rows[-1]


def _page(sheet: Worksheet, table: Table) -> None:
    longest = max(len(row.label) for row in table.rows)
    sheet.set_column(_LABELS, _LABELS, min(max(longest + 2, 36), 80))
    wide = any(c.kind == "total" for c in table.columns)
    sheet.set_column(_FIRST, _FIRST + len(table.columns) - 1, 10 if wide else 13)
    sheet.set_row(_TITLE, 26)
    sheet.set_row(_HEAD, 28)
    total = table.rows[0].kind == "total"
    sheet.freeze_panes(_BODY + total, _FIRST)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(_OVER, _HEAD)
    sheet.repeat_columns(_LABELS)
    sheet.fit_to_pages(0, 0)
    sheet.set_print_scale(70)
    sheet.set_footer("&L&A&R&P / &N")
