"""From tables in the source's words to tidy, coded columns, and from these to Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from connectors.framework.crosstab import Cells, Crosstab, State
from connectors.framework.faults import Faults
from connectors.framework.listed import place_of
from connectors.framework.listing import Listing
from connectors.framework.record import SourceRecord
from hub.errors import HubError
from hub.model.dataset import BATCH_ROWS, CODED, Action, Block, Location
from hub.model.schema import DataSchema, Role

__all__ = [
    "COLUMN",
    "FAULT",
    "ROW",
    "TABLE",
    "blocks",
    "codes_of",
    "locate",
    "parted",
    "tidy",
    "unique",
]

#: Columns of a tidy frame that say where an observation stands: table, row and column in it.
TABLE, ROW, COLUMN = "_table", "_row", "_column"
#: Column that names the rule an observation broke; ``None`` where nothing is wrong with it.
FAULT = "_fault"


def tidy(
    tables: Sequence[Crosstab],
    cells: Sequence[Cells],
    record: SourceRecord,
    schema: DataSchema,
    more: Sequence[pd.DataFrame] = (),
) -> pd.DataFrame:
    """One row for each observation, one text column for each component that is given.

    Rows and columns without codes (regions that are only checked, labels nobody knows) give no
    observation, nor do cells that could not be read. Observations of a series stand together.
    ``more`` are such frames made elsewhere (of listings).
    """
    frames = [
        _frame(index, table, cell, record, schema)
        for index, (table, cell) in enumerate(zip(tables, cells, strict=True))
    ]
    frames += more
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    frame[FAULT] = pd.Series(None, index=frame.index, dtype=object)
    if frame.empty:
        return frame
    series = frame.groupby(list(schema.series_key), sort=False, dropna=False).ngroup()
    return frame.iloc[np.argsort(series.to_numpy(), kind="stable")].reset_index(drop=True)


def _frame(
    index: int, table: Crosstab, cells: Cells, record: SourceRecord, schema: DataSchema
) -> pd.DataFrame:
    row_known = np.array([e is not None and bool(e.codes) for e in table.row_entries], dtype=bool)
    column_known = np.array(
        [e is not None or table.column_map is None for e in table.column_entries], dtype=bool
    )
    column_known[list(table.absent)] = False
    kept = row_known[:, None] & column_known[None, :] & (cells.state != State.BAD)
    i, j = np.nonzero(kept)
    codes = codes_of(table)
    given: dict[str, NDArray[np.object_]] = {}
    for component, (axis, values) in codes.items():
        given[component] = values[i if axis == 0 else j]
    for component, value in {**record.fixed, **table.fixed}.items():
        _once(component, given, record)
        given[component] = np.full(len(i), value, dtype=object)
    for component, texts in table.attributes.items():
        if component != "COMMENT_OBS":
            _once(component, given, record)
            given[component] = np.array(texts, dtype=object)[i]
    status = given.get("OBS_STATUS", np.full(len(i), record.status, dtype=object))
    marked = cells.status[i, j]
    given["OBS_STATUS"] = np.where(pd.isna(marked), status, marked)
    given["COMMENT_OBS"] = _comments(table)[i, j]
    given[schema.primary_measure.id] = cells.value[i, j]
    unknown = given.keys() - set(schema.columns)
    absent = {c.id for c in schema.dimensions} - given.keys()
    if unknown or absent:
        raise HubError(
            f"The connector {record.id} does not fit {schema.dataflow}: components it has not"
            f" {sorted(unknown)}, dimensions left out {sorted(absent)}"
        )
    frame = pd.DataFrame({name: given[name] for name in schema.columns if name in given})
    frame[TABLE], frame[ROW], frame[COLUMN] = index, i, j
    return frame


def codes_of(table: Crosstab) -> dict[str, tuple[int, NDArray[np.object_]]]:
    """Codes by component: the axis (0 rows, 1 columns) and one code for each of its heads."""
    found: dict[str, tuple[int, NDArray[np.object_]]] = {}
    axes = (
        (0, table.row_map.components, table.row_entries, table.row_codes),
        (1, table.column_map.components if table.column_map else (), table.column_entries,
         table.column_codes),
    )  # fmt: skip
    for axis, components, entries, computed in axes:
        for component in components:
            if component != "COMMENT_OBS":
                values = [entry.codes.get(component) if entry else None for entry in entries]
                found[component] = axis, np.array(values, dtype=object)
        for component, codes in computed.items():
            found[component] = axis, np.array(codes, dtype=object)
    return found


def _comments(table: Crosstab) -> NDArray[np.object_]:
    """Footnotes and remarks of each cell: of its row, its column and the whole table."""
    whole = _texts(table, table.marks)
    rows, columns = [], []
    extra = table.attributes.get("COMMENT_OBS") or [None] * len(table.rows)
    for head, entry, more in zip(table.rows, table.row_entries, extra, strict=True):
        remark = entry.codes.get("COMMENT_OBS") if entry else None
        rows.append([*_texts(table, head.marks), *filter(None, (remark, more))])
    for head in table.columns:
        columns.append(_texts(table, head.marks))
    texts = [[" ".join(dict.fromkeys([*r, *c, *whole])) or None for c in columns] for r in rows]
    return np.array(texts, dtype=object).reshape(table.shape)


def _texts(table: Crosstab, marks: Sequence[str]) -> list[str]:
    return [table.notes[mark] for mark in marks if mark in table.notes]


def _once(component: str, given: Mapping[str, object], record: SourceRecord) -> None:
    if component in given:
        raise HubError(f"The connector {record.id} gives {component} in two places")


def unique(
    frame: pd.DataFrame, tables: Sequence[Crosstab | Listing], schema: DataSchema, faults: Faults
) -> pd.DataFrame:
    """The frame with ``FAULT`` where a key is given twice; each repetition is a finding."""
    again = frame.duplicated(list(schema.key))
    if not again.any():
        return frame
    frame.loc[frame.duplicated(list(schema.key), keep=False), FAULT] = "DUPLICATE_LABEL"
    measure = schema.primary_measure.id
    groups = frame.groupby(list(schema.key), sort=False, dropna=False)
    first = groups[[ROW, measure]].transform("first").add_prefix("first ")
    repeated = frame.loc[again, [TABLE, ROW, COLUMN, measure]].join(first[again])
    for table, i, j, value, before, other in repeated.itertuples(index=False):
        given = tables[table]
        message = (
            _record_twice(given, (before, i), j, (other, value))
            if isinstance(given, Listing)
            else "The same observation is given twice; the second is at"
            f" {given.rows[i].label.strip()!r}, {given.cell(i, j).column!r}. Keep one of them."
        )
        found = None if pd.isna(value) else str(value)
        faults.add("DUPLICATE_LABEL", given.cell(i, j), message, found=found, apart=True)
    return frame


def parted(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The frame with its faulty observations at the end, and how many are sound."""
    if frame.empty:
        return frame, 0
    faulty = frame[FAULT].notna()
    return pd.concat([frame[~faulty], frame[faulty]], ignore_index=True), int((~faulty).sum())


def _record_twice(
    listing: Listing, records: tuple[int, int], j: int, values: tuple[object, object]
) -> str:
    first, second = records
    about = ", ".join(
        str(listing.sheet.text[listing.lines[second], key.column]) for key in listing.keys
    )
    return (
        f"The row ({about}) is about the same as row {listing.cell(first, j).row}, which gives"
        f" {values[0]} where this one gives {values[1]}: two things were given one code, or one"
        " was counted twice. Ask the publisher which; the hub neither picks nor adds."
    )


def blocks(
    frame: pd.DataFrame, schema: DataSchema, first: int = 0, end: int | None = None
) -> Iterator[Block]:
    """Rows of the frame as Arrow blocks: text in dictionaries, measures as their own text."""
    measures = {measure.id for measure in schema.measures}
    names = [name for name in schema.columns if name in frame.columns]
    stop = len(frame) if end is None else end
    for start in range(first, stop, BATCH_ROWS):
        part = frame.iloc[start : min(start + BATCH_ROWS, stop)]
        arrays = [
            pa.array(part[name].to_numpy(dtype=object), pa.string(), from_pandas=True)
            for name in names
        ]
        coded = [
            array if name in measures else array.dictionary_encode().cast(CODED)
            for name, array in zip(names, arrays, strict=True)
        ]
        yield Block(schema, Action.MERGE, pa.RecordBatch.from_arrays(coded, names), start)


def locate(
    frame: pd.DataFrame,
    tables: Sequence[Crosstab | Listing],
    schema: DataSchema,
    ordinals: Sequence[int],
    component: str | None,
) -> list[Location]:
    """Cells of the observations ``ordinals``; for a code, the head or title that gave it."""
    is_code = component in schema.by_id and schema.by_id[component].role in (
        Role.DIMENSION,
        Role.TIME,
    )
    found = []
    places = frame.iloc[list(ordinals)][[TABLE, ROW, COLUMN]]
    for index, i, j in places.itertuples(index=False):
        table = tables[index]
        if isinstance(table, Listing):
            found.append(place_of(table, i, j, component))
            continue
        place = table.cell(i, j)
        if is_code and component is not None:
            axis = codes_of(table).get(component, (None, None))[0]
            if axis == 0:
                place = table.row_place(i)
            elif axis == 1:
                place = table.column_place(j)
            elif component in table.fixed:
                place = table.title
        found.append(Location(place.sheet, place.row, place.column, cell=place.cell))
    return found
