"""The sheet about all figures, and the flat table of figures that no table has a place for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from connectors.framework.crosstab import State, read_figures
from connectors.framework.sheet import Kind, Sheet
from connectors.framework.text import normalise
from connectors.reporting.marks import MARKERS
from connectors.reporting.read_table import wrong_number
from connectors.reporting.reading import COLUMN, ROW, SHEET, Reading

__all__ = ["COUNTED", "read_about", "read_other"]

#: Units of which there are whole numbers from 0 only.
COUNTED = frozenset({"PS", "EV", "HH", "CASES", "PERMITS", "DEATHS"})


def read_about(reading: Reading) -> None:
    """Note what the office says about its figures in ``said`` and ``notes`` of the reading."""
    form = reading.form
    name = form.sheets["about"]
    sheet = reading.sheet(name, "about")
    if sheet is None:
        reading.fault("workbook_sheet_missing", name, sheet=name)
        return
    if not reading.own(sheet, "about"):
        return
    rows = {normalise(str(sheet.text[row, 0])): row for row in range(sheet.height)}
    claimed = np.zeros(sheet.kind.shape, dtype=bool)
    first = min((rows[n] for n in map(normalise, form.about.values()) if n in rows), default=0)
    claimed[:first] = sheet.kind[:first] == Kind.TEXT
    for id_, label in form.about.items():
        row = rows.get(normalise(label))
        if row is None:
            reading.fault("workbook_row_missing", sheet.name, label=label)
            continue
        claimed[row, :2] = True
        if id_ in reading.schema.by_id and id_ not in form.lists:
            if text := str(sheet.text[row, 1]).strip():
                reading.said[id_] = text
            continue
        of_period = id_ not in form.lists
        code = reading.choice(sheet, row, 1, "OBS_STATUS" if of_period else id_, label)
        if code is not None:
            reading.said[id_] = code
        if of_period and sheet.width > 2:
            claimed[row, 2] = True
            if note := str(sheet.text[row, 2]).strip():
                reading.notes[id_] = note
    reading.outside(sheet, claimed)


def read_other(reading: Reading) -> pd.DataFrame:
    """The figures of the flat table, one row each."""
    form, name = reading.form, reading.form.sheets["other"]
    sheet = reading.sheet(name, "other")
    if sheet is None:
        reading.fault("workbook_sheet_missing", name, sheet=name)
        return pd.DataFrame()
    if not reading.own(sheet, "other"):
        return pd.DataFrame()
    top, at = _header(reading, sheet)
    if len(at) < len(form.other):
        return pd.DataFrame()
    claimed = np.zeros(sheet.kind.shape, dtype=bool)
    claimed[:top] = sheet.kind[:top] == Kind.TEXT
    claimed[top] = True
    claimed[top + 1 :, list(at.values())] = True
    reading.outside(sheet, claimed)
    measure = reading.schema.primary_measure.id
    figures = sheet.text[:, at[measure]], sheet.kind[:, at[measure]]
    cells = read_figures(*figures, MARKERS, {})
    rows = []
    for row in range(top + 1, sheet.height):
        if not _filled(reading, sheet, row, at):
            continue
        codes = _codes(reading, sheet, row, at)
        here = row, at[measure]
        if sheet.kind[here] == Kind.EMPTY:
            reading.fault("workbook_figure_blank", sheet.name, *here, row=row + 1)
            continue
        counts = codes.get("UNIT_MEASURE") in COUNTED
        bad = bool(cells.state[row] == State.BAD)
        if wrong_number(reading, sheet, *here, counts=counts, bad=bad):
            continue
        if None in codes.values():
            continue
        sign = cells.status[row]
        rows.append({
            **codes,
            measure: cells.value[row],
            "OBS_STATUS": codes["OBS_STATUS"] if sign is None else sign,
            SHEET: sheet.name, ROW: row, COLUMN: at[measure],
        })  # fmt: skip
    return pd.DataFrame(rows, dtype=object)


def _header(reading: Reading, sheet: Sheet) -> tuple[int, dict[str, int]]:
    """The row of headers and the column of each component; what is missing is reported."""
    labels = {normalise(label): component for component, label in reading.form.other.items()}
    said = [[normalise(str(text)) for text in row] for row in sheet.text[:40].tolist()]
    top = max(range(len(said)), key=lambda row: sum(text in labels for text in said[row]))
    at: dict[str, int] = {}
    for column, text in enumerate(said[top]):
        component = labels.get(text)
        raw = str(sheet.text[top, column]).strip()
        if component is None and raw:
            reading.fault("workbook_header_unknown", sheet.name, top, column, found=raw)
        elif component in at:
            reading.fault("workbook_header_twice", sheet.name, top, column, found=raw)
        elif component is not None:
            at[component] = column
    for component, label in reading.form.other.items():
        if component not in at:
            reading.fault("workbook_column_missing", sheet.name, top, header=label)
    return top, at


def _filled(reading: Reading, sheet: Sheet, row: int, at: dict[str, int]) -> bool:
    """Whether somebody wrote in a row: it is not as it was handed out."""
    for component, column in at.items():
        said = str(sheet.text[row, column]).strip()
        handed_out = reading.form.lists.get(component, {}).get("_T", "")
        if said and normalise(said) != normalise(handed_out):
            return True
    return False


def _codes(reading: Reading, sheet: Sheet, row: int, at: dict[str, int]) -> dict[str, str | None]:
    """The codes of a row; ``None`` for one that was reported."""
    form, schema = reading.form, reading.schema
    assert schema.time is not None
    codes: dict[str, str | None] = {"REF_AREA": form.country}
    for component, column in at.items():
        if component not in form.lists or component == "OBS_STATUS":
            continue
        what = form.other[component]
        codes[component] = reading.choice(sheet, row, column, component, what)
    period = codes[schema.time.id]
    codes["FREQ"] = None if period is None else "A" if period.isdigit() else "M"
    column = at["OBS_STATUS"]
    stated = str(sheet.text[row, column]).strip()
    if stated or (period is not None and period not in form.about):
        what = form.other["OBS_STATUS"]
        codes["OBS_STATUS"] = reading.choice(sheet, row, column, "OBS_STATUS", what)
    else:
        codes["OBS_STATUS"] = reading.said.get(period or "")
    if note := str(sheet.text[row, at["COMMENT_OBS"]]).strip():
        codes["COMMENT_OBS"] = note
    return codes
