"""The sheets for what is said about all figures, and for figures that no table has a place for."""

from __future__ import annotations

from collections.abc import Mapping

from xlsxwriter.worksheet import Worksheet

from connectors.reporting.form import Form
from connectors.reporting.style import Styles
from connectors.reporting.texts import Texts

__all__ = ["OTHER_ROWS", "write_about", "write_other"]

#: Rows for other figures.
OTHER_ROWS = 200


def write_about(
    sheet: Worksheet,
    form: Form,
    names: Mapping[str, str],
    styles: Styles,
    lists: Mapping[str, str],
    say: Texts,
) -> None:
    """Status and note of each period, what a blank means, definition, collection, source."""
    sheet.write_string(0, 0, say("about_title"), styles["title"])
    sheet.write_string(1, 0, names["country"], styles["subtitle"])
    sheet.write_string(2, 0, form.identity("about"), styles["faint"])
    sheet.write_string(3, 0, say("about_hint"), styles["hint"])
    row = 5
    for id_, label in form.about.items():
        if id_ in form.lists:
            component = id_
        elif id_ == "SOURCE":
            component = ""
        else:
            component = "OBS_STATUS"
        sheet.write_string(row, 0, label, styles["label"])
        if not component:
            sheet.write_string(row, 1, names["provider"], styles["choice"])
        else:
            first = next(iter(form.lists[component].values()))
            sheet.write_string(row, 1, first, styles["choice"])
            _choose(sheet, row, 1, row, lists[component], say)
        if component == "OBS_STATUS":
            sheet.write_blank(row, 2, None, styles["choice"])
        row += 1
    heads = (say("about_periods"), say("about_status"), say("about_comment"))
    for column, text in enumerate(heads):
        sheet.write_string(4, column, text, styles["corner"])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 46)
    sheet.set_column(2, 2, 60)
    sheet.set_row(0, 26)
    sheet.freeze_panes(5, 1)
    _print(sheet)


def write_other(
    sheet: Worksheet, form: Form, styles: Styles, lists: Mapping[str, str], say: Texts
) -> None:
    """A flat table: a column for each dimension, with drop-downs; dimensions begin at total."""
    sheet.write_string(0, 0, say("other_title"), styles["title"])
    sheet.write_string(2, 0, form.identity("other"), styles["faint"])
    sheet.write_string(3, 0, say("other_hint"), styles["hint"])
    first, last = 5, 4 + OTHER_ROWS
    for column, (component, label) in enumerate(form.other.items()):
        sheet.write_string(4, column, label, styles["over"])
        choices = form.lists.get(component)
        total = choices.get("_T") if choices else None
        style = styles["entry" if component == "OBS_VALUE" else "default" if total else "choice"]
        for row in range(first, last + 1):
            if total:
                sheet.write_string(row, column, total, style)
            else:
                sheet.write_blank(row, column, None, style)
        if choices is not None:
            _choose(sheet, first, column, last, lists[component], say)
        sheet.set_column(column, column, 14 if component == "OBS_VALUE" else 24)
    sheet.set_row(0, 26)
    sheet.freeze_panes(5, 0)
    _print(sheet)


def _choose(sheet: Worksheet, first: int, column: int, last: int, source: str, say: Texts) -> None:
    sheet.data_validation(first, column, last, column, {
        "validate": "list",
        "source": source,
        "error_title": say("choice_title"),
        "error_message": say("choice_error"),
    })  # fmt: skip


def _print(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
