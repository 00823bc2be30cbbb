"""How a workbook looks: the formats of its cells."""

from __future__ import annotations

from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

__all__ = ["Styles"]

_INK, _BAND, _PALE, _GREEN, _GRID = "#1F2A44", "#1F4E79", "#DCE6F1", "#E2EFDA", "#B8C4D6"
_FONT = {"font_name": "Arial", "font_size": 10, "font_color": _INK, "valign": "vcenter"}
_CELL = {"border": 1, "border_color": _GRID}
_FIGURE = {**_CELL, "num_format": "#,##0", "align": "right"}
_STYLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "title": {"bold": True, "font_size": 16, "font_color": _BAND},
    "subtitle": {"font_size": 11},
    "faint": {"font_size": 8, "font_color": "#8A94A6"},
    "hint": {"italic": True, "font_color": "#5A6478"},
    "section": {"bold": True, "font_size": 12, "font_color": _BAND, "bottom": 2,
                "bottom_color": _BAND},
    "text": {"text_wrap": True, "valign": "top"},
    "sign": {**_CELL, "bold": True, "align": "center"},
    "means": {**_CELL, "text_wrap": True},
    "link": {"font_color": _BAND, "underline": 1},
    "over": {**_CELL, "bold": True, "bg_color": _BAND, "font_color": "#FFFFFF", "align": "center"},
    "head": {**_CELL, "bold": True, "bg_color": _PALE, "align": "center", "text_wrap": True,
             "font_size": 9},
    "corner": {**_CELL, "bold": True, "bg_color": _PALE},
    "group": {"bold": True, "font_color": _BAND, "bg_color": "#F3F6FA"},
    "label": {**_CELL, "indent": 1},
    "label_total": {**_CELL, "bold": True, "bg_color": _GREEN},
    "entry": {**_FIGURE, "locked": False},
    "value": {**_FIGURE, "locked": False, "num_format": "#,##0.####"},
    "sum": {**_FIGURE, "locked": False, "bg_color": _GREEN},
    "before": {**_FIGURE, "font_color": "#5A6478", "bg_color": "#F7F7F7"},
    "choice": {**_CELL, "locked": False, "text_wrap": True},
    "default": {**_CELL, "locked": False, "font_color": "#8A94A6"},
}  # fmt: skip


class Styles:
    """The formats of one workbook by name, each made when first asked for."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}

    def __getitem__(self, name: str) -> Format:
        if name not in self._made:
            self._made[name] = self._book.add_format({**_FONT, **_STYLES[name]})
        return self._made[name]
