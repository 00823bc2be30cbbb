"""The first sheet: what the workbook is, when it is due, how it is filled and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxwriter.worksheet import Worksheet

from connectors.reporting.form import Form
from connectors.reporting.style import Styles
from connectors.reporting.texts import Texts

__all__ = ["write_guide"]

#: Letters that fit in one line.
_LINE = 135
_SIGNS = (
    ("123", "sign_number"),
    ("-   nil", "sign_zero"),
    ("n.d.   ..", "sign_missing"),
    ("x", "sign_impossible"),
    ("c", "sign_suppressed"),
)


def write_guide(
    sheet: Worksheet,
    form: Form,
    names: Mapping[str, str],
    styles: Styles,
    before: Sequence[str],
    say: Texts,
) -> None:
    """Fill the sheet; ``before`` names the sheets with figures of the year before."""
    about = {**names, "period": form.period}
    sheet.write_string(0, 0, say("heading", **about), styles["title"])
    sheet.write_string(1, 0, names["provider"], styles["subtitle"])
    sheet.write_string(2, 0, form.identity(str(form.dataflow)), styles["faint"])
    freq = dict(form.tables[0].fixed)["FREQ"]
    row = 4
    for title, parts in (
        ("guide_what_title", ("guide_what",)),
        ("guide_when_title", (f"guide_when_{freq}",)),
        ("guide_how_title", ("guide_how_1", "guide_how_2", "guide_how_3", "guide_how_4")),
    ):
        row = _section(sheet, row, say(title), styles)
        for part in parts:
            sheet.merge_range(row, 0, row, 1, say(part, **about), styles["text"])
            sheet.set_row(row, 30 if len(say(part, **about)) > _LINE else 17)
            row += 1
        row += 1
    row = _section(sheet, row, say("guide_signs_title"), styles)
    signs = [(sign, say(key)) for sign, key in _SIGNS]
    for sign, means in (*signs, (say("sign_blank"), say("sign_blank_means"))):
        sheet.write_string(row, 0, sign, styles["sign"])
        sheet.write_string(row, 1, means, styles["means"])
        row += 1
    row = _section(sheet, row + 1, say("contents"), styles)
    for name, what in (
        (form.sheets["about"], ""),
        *((table.sheet, table.title) for table in form.tables),
        (form.sheets["other"], say("other_title")),
        *((name, "") for name in before),
    ):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", styles["link"], name)
        sheet.write_string(row, 1, what, styles["plain"])
        row += 1
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 92)
    sheet.set_row(0, 28)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)


def _section(sheet: Worksheet, row: int, title: str, styles: Styles) -> int:
    sheet.write_string(row, 0, title, styles["section"])
    sheet.write_blank(row, 1, None, styles["section"])
    return row + 1
