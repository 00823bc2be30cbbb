"""From files of records to tidy, coded columns."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from connectors.framework.adding import added_up
from connectors.framework.areas import by_alpha2
from connectors.framework.crosstab import Cells, State, read_figures
from connectors.framework.faults import Faults, Place
from connectors.framework.labels import Entry, LabelKind
from connectors.framework.listing import PERIODS, Key, Listing
from connectors.framework.record import SourceRecord
from connectors.framework.text import column_letter
from connectors.framework.totals import check_totals
from hub.errors import HubError
from hub.model.dataset import Location
from hub.model.findings import Severity
from hub.model.schema import DataSchema

__all__ = ["frame_of", "place_of"]

_LEFT_OUT = (LabelKind.IGNORED, LabelKind.AGGREGATE, LabelKind.ZERO)
_NOTHING_TO_SAY = {"": ""}
#: Codes of CL_OBS_STATUS that say why there is no figure.
_WHY_MISSING = ("H", "L", "M", "Q")
_Codes = dict[str, NDArray[np.object_]]


def _figures(listing: Listing, record: SourceRecord, faults: Faults) -> Cells:
    """The figures of a listing; what is no number or marker, or does not add up, is reported."""
    columns = [head.column for head in listing.figures]
    at = np.ix_(listing.lines, np.array(columns, dtype=np.intp))
    text = listing.sheet.text[at]
    cells = read_figures(text, listing.sheet.kind[at], record.markers, record.csv)
    for i, j in np.argwhere(cells.state == State.BAD):
        said = str(text[i, j])
        where = f"{column_letter(columns[j])}{listing.lines[i] + 1}"
        faults.add(
            "NUMBER_EXPECTED",
            listing.cell(int(i), int(j)),
            f"The cell {where} holds {said!r} where a number is due; write the number, or a marker"
            " that the source's record explains."
            if said
            else f"The cell {where} is blank where a number is due; write the number.",
            found=said,
            expected="a number",
        )
    _add_up(listing, cells, record, faults)
    check_totals(listing, cells, record.tolerance, faults)
    return cells


def _add_up(listing: Listing, cells: Cells, record: SourceRecord, faults: Faults) -> None:
    gone = np.zeros(cells.state.shape, dtype=bool)
    for each in listing.sums:
        parts = list(each.parts)
        total, inside = cells.number[:, each.total], cells.number[:, parts]
        sum_ = inside.sum(axis=1)
        readable = (cells.state[:, [each.total, *parts]] == State.VALUE).all(axis=1)
        lack = total - sum_
        wrong = readable & (np.abs(lack) > record.tolerance)
        if each.breakdown:
            # Beside a figure, zeros throughout say that nobody broke it down, not that there is
            # nobody; and what is known of sex or age may be known of a part of the people only.
            none = readable & (sum_ == 0) & (total != 0)
            gone[np.ix_(none, np.array(parts))] = True
            wrong &= lack < 0
        for i in np.flatnonzero(wrong):
            found, expected = str(cells.value[i, each.total]), f"{sum_[i]:.12g}"
            names = ", ".join(listing.figures[j].label for j in parts)
            faults.add(
                "TOTAL_MISMATCH",
                listing.cell(int(i), each.total),
                f"The total {found} is not the sum of {names}, which is {expected}; ask the"
                " publisher which of them holds.",
                found=found,
                expected=expected,
                severity=Severity.WARNING if each.warning else Severity.ERROR,
            )
    for each in listing.sums:
        # The parts of a part that is not known are not known either.
        unknown = gone[:, each.total]
        gone[np.ix_(unknown, np.array(each.parts))] = True
    cells.state[gone] = State.MISSING
    cells.value[gone], cells.number[gone], cells.status[gone] = None, 0.0, "O"


def frame_of(
    listing: Listing, index: int, record: SourceRecord, schema: DataSchema, faults: Faults
) -> pd.DataFrame:
    """One row for each figure of the listing that has codes; columns as ``mapping.tidy`` makes.

    ``index`` is the number of the listing among the tables of its file.

    A text that no map knows, or a period that cannot be read, is one finding, at the first
    record that has it.
    """
    cells = _figures(listing, record, faults)
    entries = [listing.figure_map.find(head.label) for head in listing.figures]
    codes, known = _codes_of(listing, schema, faults)
    shown = np.array([entry is not None and bool(entry.codes) for entry in entries], dtype=bool)
    i, j = np.nonzero(known[:, None] & shown[None, :] & (cells.state != State.BAD))
    given: _Codes = {name: values[i] for name, values in codes.items()}
    for name in listing.figure_map.components:
        _once(name, given, record)
        given[name] = np.array(
            [entry.codes.get(name) if entry else None for entry in entries], dtype=object
        )[j]
    for name, value in {**record.fixed, **listing.fixed}.items():
        _once(name, given, record)
        given[name] = np.full(len(i), value, dtype=object)
    for name, texts in listing.computed.items():
        if name == "COMMENT_OBS" and name in given:
            given[name] = _joined(given[name], texts[i])
            continue
        _once(name, given, record)
        given[name] = texts[i]
    status = given.get("OBS_STATUS", np.full(len(i), record.status, dtype=object))
    # A column that says why a figure is missing knows more than the blank it stands beside.
    told = pd.isna(cells.status[i, j]) | (
        (cells.state[i, j] == State.MISSING) & np.isin(status.astype(str), _WHY_MISSING)
    )
    given["OBS_STATUS"] = np.where(told, status, cells.status[i, j])
    measure = schema.primary_measure.id
    given[measure] = cells.value[i, j]
    unknown = given.keys() - set(schema.columns)
    absent = {c.id for c in schema.dimensions} - given.keys()
    if unknown or absent:
        raise HubError(
            f"The connector {record.id} does not fit {schema.dataflow}: components it has not"
            f" {sorted(unknown)}, dimensions left out {sorted(absent)}"
        )
    frame = pd.DataFrame({name: given[name] for name in schema.columns if name in given})
    frame["_table"], frame["_row"], frame["_column"] = index, i, j
    if not listing.add_up:
        return frame
    if not listing.repeat:
        _report_repeated(listing, faults)
    return added_up(frame, listing, schema)


def _report_repeated(listing: Listing, faults: Faults) -> None:
    """Report records that are alike in every key: added up they would count twice."""
    keys = pd.DataFrame({k.header: listing.text(k.header) for k in listing.keys}, dtype=object)
    again = keys.duplicated(keep="first").to_numpy()
    first = keys.groupby(list(keys.columns), sort=False, dropna=False).ngroup().to_numpy()
    for i in np.flatnonzero(again):
        before = int(listing.lines[np.argmax(first == first[i])]) + 1
        faults.add(
            "DUPLICATE_LABEL",
            listing.place(int(i), listing.keys[0].column, listing.keys[0].header),
            f"The record is about the same as row {before}; keep one of them, or have the"
            " publisher say what tells them apart.",
            found=", ".join(str(cell) for cell in keys.iloc[i]),
        )


def _once(component: str, given: Mapping[str, object], record: SourceRecord) -> None:
    if component in given:
        raise HubError(f"The connector {record.id} gives {component} in two places")


def _codes_of(
    listing: Listing, schema: DataSchema, faults: Faults
) -> tuple[_Codes, NDArray[np.bool_]]:
    """Codes of each record by component, and which records are for publication."""
    size = len(listing.lines)
    known = np.ones(size, dtype=bool)
    codes: _Codes = {}
    years = np.zeros(size, dtype=np.int64)
    for key in sorted(listing.keys, key=lambda key: key.period is None):
        if not key.period and not key.components and not key.labels:
            continue
        index, found = _answers(key, listing, schema, years, faults)
        known &= np.array([bool(answer) for answer in found], dtype=bool)[index]
        for name in key.components:
            values = np.array([(answer or {}).get(name) for answer in found], dtype=object)[index]
            if name == "COMMENT_OBS" and name in codes:
                values = _joined(codes[name], values)
            elif name in codes:
                raise HubError(f"{listing.name}: two columns give {name}")
            codes[name] = values
        if key.period:
            said = pd.Series(codes["TIME_PERIOD"]).str[:4].fillna("0")
            years = np.asarray(said.astype(int), dtype=np.int64)
    return codes, known


def _answers(
    key: Key, listing: Listing, schema: DataSchema, years: NDArray[np.int64], faults: Faults
) -> tuple[NDArray[np.intp], list[Mapping[str, str] | None]]:
    """The codes of each different cell of a column, and for each record which of them is its."""
    positions, said = pd.factorize(listing.sheet.text[listing.lines, key.column])
    index: NDArray[np.intp] = np.asarray(positions, dtype=np.intp)
    words = [str(word).strip() for word in said]
    found: list[Mapping[str, str] | None]
    if key.period:
        found = [_period(word, key) for word in words]
    elif key.labels is not None and any(e.valid != (None, None) for e in key.labels.entries):
        both, pairs = pd.factorize(pd.MultiIndex.from_arrays([index, years]))
        index = np.asarray(both, dtype=np.intp)
        dated = [(words[int(word)], int(year)) for word, year in pairs]
        words = [word for word, _ in dated]
        found = [_coded(word, year, key, schema) for word, year in dated]
    else:
        found = [_coded(word, None, key, schema) for word in words]
    unknown: dict[str, list[int]] = {}
    for position, (word, answer) in enumerate(zip(words, found, strict=True)):
        if answer is None:
            unknown.setdefault(word, []).append(position)
    for word, positions_of in unknown.items():
        _unknown(word, np.flatnonzero(np.isin(index, positions_of)), key, listing, faults)
    return index, found


def _joined(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.object_]:
    """Two columns of remarks as one; most records have none."""
    both = one.copy()
    both[pd.isna(one)] = other[pd.isna(one)]
    for i in np.flatnonzero(~pd.isna(one) & ~pd.isna(other)):
        both[i] = f"{one[i]} {other[i]}"
    return both


def _period(word: str, key: Key) -> dict[str, str] | None:
    for form_of in str(key.period).split(" or "):
        pattern, usual, form = PERIODS[form_of]
        if (match := pattern.fullmatch(word)) is not None:
            return {"FREQ": key.freq or usual, "TIME_PERIOD": match.expand(form)}
    return None


def _coded(word: str, year: int | None, key: Key, schema: DataSchema) -> Mapping[str, str] | None:
    """Codes of a cell; empty when its records are not published, ``None`` when nobody knows it."""
    if not word and key.blank:
        return key.blank
    if key.labels is not None:
        entry: Entry | None = key.labels.find(word, (), year)
        if entry is not None:
            # A label may have nothing to say and yet be known; only what is not for publication
            # has no place.
            return entry.codes or ({} if entry.kind in _LEFT_OUT else _NOTHING_TO_SAY)
    if key.alpha2 and key.component is not None:
        area = by_alpha2().get(word)
        return None if area is None else {key.component: area}
    if key.component is None or key.pattern is None or not re.fullmatch(key.pattern, word):
        return None
    codes = schema.by_id[key.component].codes
    return {key.component: word} if codes is None or word in codes else None


def _unknown(word: str, rows: NDArray[np.intp], key: Key, listing: Listing, faults: Faults) -> None:
    place = listing.place(int(rows[0]), key.column, key.header)
    more = f" It stands in {len(rows)} records." if len(rows) > 1 else ""
    if key.period:
        faults.add(
            "PERIOD_UNREADABLE",
            place,
            f"{word!r} is not a period of the form {key.period!r}; correct it.{more}",
            found=word,
            expected=key.period,
        )
        return
    where = key.labels.name if key.labels else f"the codes of {key.component}"
    faults.add(
        "LABEL_UNKNOWN",
        place,
        f"Nobody has said yet which code {word!r} stands for; correct it, or ask the hub's office"
        f" to add it to the connector ({where}).{more}",
        found=word,
        expected=f"a label of {where}",
        suggestion=key.labels.suggestion(word) if key.labels and len(word) > 3 else None,
    )


def place_of(listing: Listing, i: int, j: int, component: str | None) -> Location:
    """Where the figure of record ``i``, or the code of ``component`` beside it, stands."""
    place: Place = listing.cell(i, j)
    for key in listing.keys:
        if component is not None and component in key.components:
            place = listing.place(i, key.column, key.header)
    if component in listing.computed_from:
        column = listing.computed_from[component]
        header = str(listing.sheet.text[listing.figures[j].row, column])
        place = listing.place(i, column, header)
    elif component in listing.figure_map.components:
        head = listing.figures[j]
        place = listing.sheet.place(head.row, head.column, head.label)
    return Location(place.sheet, place.row, place.column, cell=place.cell)
