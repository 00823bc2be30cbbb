"""Writing a workbook that was filled. Text is written as text, whatever it begins with."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hub.delivery.workbook.fill import Filled
from hub.delivery.workbook.layout import Layout
from hub.delivery.workbook.links import Links
from hub.delivery.workbook.texts import Texts
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.releases import Pointer

__all__ = ["MEDIA_TYPE", "write"]

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Rows of a table's sheet: its title, area and year, the two headers, the first of the body.
_TITLE, _ABOUT, _OVER, _HEAD, _BODY = 0, 1, 3, 4, 5
#: The longest text that a cell of a workbook holds.
_LONGEST = 32_767
_GRID = {"border": 1, "border_color": "#B8C4D6"}
_BAND = {**_GRID, "bold": True, "bg_color": "#DCE6F1"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "title": {"bold": True, "font_size": 14, "font_color": "#1F4E79"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "link": {"font_color": "#1F4E79", "underline": 1},
    "head": {**_BAND, "align": "center", "text_wrap": True},
    "label": _GRID,
    "empty": {**_GRID, "bg_color": "#F3F3F3"},
    "whole": {**_GRID, "num_format": "#,##0"},
    "broken": {**_GRID, "num_format": "#,##0.0#########"},
    "note": {**_GRID, "font_size": 8, "align": "left"},
}


def write(
    hub: Hub,
    layout: Layout,
    filled: Sequence[Filled],
    pointers: Mapping[StructureRef, Pointer],
    about: tuple[str, str, str],
    say: Texts,
) -> bytes:
    """The workbook. ``about`` are the code and the name of the area, and the year."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_numbers": False,
                          "strings_to_formulas": False, "strings_to_urls": False})  # fmt: skip
    newest = max(pointer.released_at for pointer in pointers.values())
    area, name, year = about
    book.set_properties({
        "title": f"{layout.title} · {say('heading', area=name, year=year)}",
        "author": hub.settings.sender,
        "created": newest.replace(tzinfo=None),
    })  # fmt: skip
    work = _Book(book, layout, (name, year), say)
    work.contents(filled, say("as_of", hub=hub.settings.sender, when=_shown(newest)))
    for one in filled:
        work.table(one)
    work.sources(filled, hub, pointers, Links(hub.settings, hub.structures, area, year))
    book.close()
    return out.getvalue()


def _shown(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}"


class _Book:
    """A workbook that is being written."""

    def __init__(self, book: Workbook, layout: Layout, about: tuple[str, str], say: Texts) -> None:
        self._book = book
        self._layout = layout
        self._about = about
        self._say = say
        self._made: dict[str, Format] = {}

    def contents(self, filled: Sequence[Filled], as_of: str) -> None:
        """The first sheet: what this is, and the tables with how much of each is filled."""
        say, sheet = self._say, self._sheet(self._say("contents"), self._layout.title)
        row = 3
        for text in (as_of, say("how"), say("order")):
            sheet.merge_range(row, 0, row, 3, "", self._style("wrapped"))
            self._text(sheet, row, 0, text, "wrapped")
            sheet.set_row(row, 32)
            row += 1
        row += 1
        for column, key in enumerate(("table", "", "filled", "empty")):
            self._text(sheet, row, column, say(key) if key else "", "head")
        for one in filled:
            row += 1
            cells = sum(map(len, one.cells))
            sheet.write_url(
                row, 0, f"internal:'{one.table.sheet}'!A1", self._style("link"), one.table.sheet
            )
            self._text(sheet, row, 1, one.table.title, "label")
            sheet.write_number(row, 2, one.count, self._style("whole"))
            sheet.write_number(row, 3, cells - one.count, self._style("whole"))
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 84)
        sheet.set_column(2, 3, 14)

    def table(self, one: Filled) -> None:
        """The sheet of a table: each figure with the numbers of its notes beside it."""
        sheet = self._sheet(one.table.sheet, one.table.title)
        self._heads(sheet, one)
        for place, (row, cells) in enumerate(zip(one.table.rows, one.cells, strict=True)):
            at = _BODY + place
            self._text(sheet, at, 0, row.label, "label")
            for column, cell in enumerate(cells):
                where = at, 1 + 2 * column
                if cell.value is None:
                    sheet.write_blank(*where, None, self._style("empty"))
                else:
                    number = float(cell.value)
                    style = "whole" if number.is_integer() else "broken"
                    sheet.write_number(*where, number, self._style(style))
                notes = ", ".join(map(str, cell.notes))
                self._text(sheet, at, where[1] + 1, notes, "note")
        at = _BODY + len(one.cells) + 1
        self._text(sheet, at, 0, self._say("notes"), "title")
        for number, note in enumerate(one.notes, 1):
            self._text(sheet, at + number, 0, f"({number}) {note}", "plain")
        sheet.freeze_panes(_BODY, 1)
        sheet.set_column(0, 0, 44)
        for column in range(len(one.table.columns)):
            sheet.set_column(1 + 2 * column, 1 + 2 * column, 14)
            sheet.set_column(2 + 2 * column, 2 + 2 * column, 7)

    def _heads(self, sheet: Worksheet, one: Filled) -> None:
        columns = one.table.columns
        self._text(sheet, _OVER, 0, "", "head")
        self._text(sheet, _HEAD, 0, one.table.corner, "head")
        for over, run in groupby(range(len(columns)), key=lambda place: columns[place].over):
            places = list(run)
            first, last = 1 + 2 * places[0], 2 + 2 * places[-1]
            sheet.merge_range(_OVER, first, _OVER, last, "", self._style("head"))
            self._text(sheet, _OVER, first, over, "head")
            for place in places:
                self._text(sheet, _HEAD, 1 + 2 * place, columns[place].label, "head")
                self._text(sheet, _HEAD, 2 + 2 * place, self._say("note"), "head")

    def sources(
        self,
        filled: Sequence[Filled],
        hub: Hub,
        pointers: Mapping[StructureRef, Pointer],
        links: Links,
    ) -> None:
        """The last sheet: whose figures stand in each table, and where to look them up."""
        say, structures = self._say, hub.structures
        sheet = self._sheet(say("sources"), say("sources"))
        heads = ("table", "filled", "provider", "dataset", "release", "released", "query",
                 "stored", "provenance")  # fmt: skip
        for column, key in enumerate(heads):
            self._text(sheet, 3, column, say(key), "head")
        providers = {
            id_: structures.name(item, say.language)
            for scheme in structures.of_kind("dataproviderscheme")
            for id_, item in scheme.items.items()
        }
        row = 3
        for one in filled:
            for source in one.sources:
                row += 1
                who, pointer = source.provider, pointers[source.dataflow]
                flow = structures.get("dataflow", source.dataflow)
                texts = {
                    0: one.table.sheet,
                    2: say("not_known") if who is None else f"{providers.get(who, who)} ({who})",
                    3: f"{structures.name(flow, say.language)} ({source.dataflow})",
                    5: _shown(pointer.released_at),
                    6: links.table(one.table),
                    7: links.stored(self._layout, one, source),
                    8: links.provenance(self._layout, one, source),
                }
                for column, text in texts.items():
                    self._text(sheet, row, column, text, "label")
                sheet.write_number(row, 1, one.count, self._style("whole"))
                sheet.write_number(row, 4, pointer.release, self._style("whole"))
        for column, width in enumerate((30, 10, 44, 54, 12, 20, 60, 60, 60)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(4, 1)

    def _sheet(self, name: str, title: str) -> Worksheet:
        sheet: Worksheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        self._text(sheet, _TITLE, 0, title, "title")
        area, year = self._about
        self._text(sheet, _ABOUT, 0, self._say("heading", area=area, year=year), "plain")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
        """A cell of text. Nothing in it is a formula or a link; the format bounds its length."""
        shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        sheet.write_string(row, column, shown, self._style(style))

    def _style(self, name: str) -> Format:
        if name not in self._made:
            font = {"font_name": "Arial", "font_size": 10}
            self._made[name] = self._book.add_format({**font, **_STYLES[name]})
        return self._made[name]
