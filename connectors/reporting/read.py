"""A workbook that comes back: its figures as a data message, or findings that name the cell."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from connectors.framework.archive import Limits, guard_archive
from connectors.framework.faults import Faults, Place
from connectors.framework.mapping import blocks
from connectors.framework.sheet import Kind, Workbook, open_workbook
from connectors.framework.snapshot import Snapshot
from connectors.framework.text import normalise
from connectors.reporting import REPORTING
from connectors.reporting.failing import show_failing
from connectors.reporting.form import HIDDEN, MARK, Form, FormError
from connectors.reporting.read_other import read_about, read_other
from connectors.reporting.read_table import read_table
from connectors.reporting.reading import COLUMN, ROW, SHEET, Reading
from hub.errors import NotFound, RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.model.cells import address, column_letter
from hub.model.dataset import DataMessage, Header, Location
from hub.model.schema import DataSchema
from hub.plugins import Claim
from hub.validation.file_sentences import rule_of, tell

__all__ = ["claim_of", "form_of", "read_workbook"]

#: Columns of the hidden sheet that hold the lines of the form.
_WIDTH = 7


def form_of(book: Workbook) -> Form | None:
    """The form that a workbook was made from; ``None`` when it is no reporting workbook.

    Raises ``FormError`` when it was one and its hidden sheet was changed.
    """
    sheet = book.sheet(HIDDEN)
    if sheet is None or not sheet.width or sheet.text[0, 0] != MARK:
        return None
    return Form.from_lines(sheet.text[:, :_WIDTH].tolist())


def claim_of(path: Path) -> Claim | None:
    """Which office a workbook says it is of, by its hidden sheet alone; ``None`` for other files.

    A workbook whose hidden sheet was changed is claimed too: reading it says what is wrong. Its
    provider is then not known and blank.
    """
    try:
        if not _may_be(path):
            return None
        snapshot = Snapshot.take(path)
        if snapshot.content.startswith(b"PK"):
            guard_archive(snapshot.content, snapshot.filename, Limits())
        with CalamineWorkbook.from_filelike(io.BytesIO(snapshot.content)) as book:
            if HIDDEN not in book.sheet_names:
                return None
            lines = book.get_sheet_by_name(HIDDEN).to_python(skip_empty_area=False)
    except (CalamineError, RequestSyntaxError):
        return None
    said = [[str(cell) for cell in line[:_WIDTH]] for line in lines]
    if not said or said[0][:1] != [MARK]:
        return None
    try:
        return Claim(REPORTING, Form.from_lines(said).provider)
    except FormError:
        return Claim(REPORTING, "")


def _may_be(path: Path) -> bool:
    """Whether an xlsx has a sheet of the name, which costs little; other files may."""
    if not zipfile.is_zipfile(path):
        return True
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            return f'name="{HIDDEN}"'.encode() in part.read(1 << 20)
    except KeyError:  # an ods
        return True
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise RequestSyntaxError(f"{path.name} is a damaged workbook: {error}") from error


def read_workbook(
    path: Path, resolver: SchemaResolver, limits: Limits | None = None
) -> DataMessage:
    """Read a filled workbook (xlsx, ods) into a data message.

    What is wrong is in ``findings`` of the message, in the language of the workbook; each names
    the sheet, the row and the letter of the column.

    Raises ``RequestSyntaxError`` when the file is no workbook, ``PayloadTooLarge`` when it is too
    large.
    """
    snapshot = Snapshot.take(path)
    book = open_workbook(snapshot, limits=limits or Limits())
    show_failing(book, snapshot.content)
    faults = Faults(snapshot.filename)
    frame, sender = pd.DataFrame(), "unknown"
    schema: DataSchema | None = None
    try:
        form = form_of(book)
    except FormError:
        form = None
    if form is not None:
        sender, ref = form.provider, form.dataflow
        try:
            schema = resolver.dataflow(ref.agency, ref.id, ref.version)
        except NotFound:
            name = "workbook_outdated"
            faults.add(rule_of(name), Place(HIDDEN), tell(name, form.language, dataflow=ref))
    if form is None or (schema is not None and not form.fits(schema)):
        name, schema = "workbook_changed", None
        faults.add(rule_of(name), Place(HIDDEN), tell(name, "en"))
    elif schema is not None:
        frame = _observations(Reading(book, form, schema, faults))
    return DataMessage(
        header=Header(
            id=f"reporting_workbook_{snapshot.sha256[:16]}",
            sender=sender,
            prepared=snapshot.modified,
        ),
        blocks=iter(()) if schema is None else blocks(frame, schema),
        locate=partial(_locate, frame),
        findings=faults.findings,
        cells=partial(_cells, frame),
    )


def _observations(reading: Reading) -> pd.DataFrame:
    form, schema = reading.form, reading.schema
    _strange_sheets(reading)
    read_about(reading)
    frames = [*(read_table(reading, table) for table in form.tables), read_other(reading)]
    frames = [frame for frame in frames if not frame.empty]
    if not frames:
        return pd.DataFrame()
    frame = _agreeing(pd.concat(frames, ignore_index=True).astype(object), reading)
    assert schema.time is not None
    period = frame[schema.time.id]
    frame["OBS_STATUS"] = frame["OBS_STATUS"].where(
        frame["OBS_STATUS"].notna(), period.map(reading.said)
    )
    _complete(frame, "COMMENT_OBS", period.map(reading.notes))
    for component in ("DEFINITION", "COLLECTION", "SOURCE"):
        if component in reading.said:
            _complete(frame, component, reading.said[component])
    series = frame.groupby(list(schema.series_key), sort=False, dropna=False).ngroup()
    return frame.iloc[series.to_numpy().argsort(kind="stable")].reset_index(drop=True)


def _complete(frame: pd.DataFrame, component: str, values: pd.Series[Any] | str) -> None:
    """Give a component to the rows that do not have it yet."""
    if component in frame:
        frame[component] = frame[component].where(frame[component].notna(), values)
    else:
        frame[component] = values


def _strange_sheets(reading: Reading) -> None:
    form = reading.form
    known = {HIDDEN, form.sheets["guide"], form.sheets["about"], form.sheets["other"]}
    known |= {table.sheet for table in form.tables}
    known |= {f"{form.sheets['before']} ({n})" for n in range(1, len(form.tables) + 1)}
    names = {normalise(name) for name in known}
    parts = [(table.sheet, table.id) for table in form.tables]
    parts += [(form.sheets[part], part) for part in ("about", "other")]
    own = {sheet.name for part in parts if (sheet := reading.sheet(*part)) is not None}
    for sheet in reading.book:
        if sheet.name in own or normalise(sheet.name) in names:
            continue
        if (sheet.kind != Kind.EMPTY).any():
            reading.fault("workbook_sheet_unknown", sheet.name, sheet=sheet.name)


def _agreeing(frame: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The frame with each observation once; tables that say different figures are a fault.

    Totals stand in several tables. Where one gives a figure and another says that it has none, the
    figure stands.
    """
    key, measure = list(reading.schema.key), reading.schema.primary_measure.id
    if not frame.duplicated(key).any():
        return frame
    known = frame.iloc[frame[measure].isna().to_numpy().argsort(kind="stable")]
    again = known.duplicated(key)
    kept = known[~again]
    for late, early in _pairs(known[again], kept, key):
        same = late[measure] is None or float(late[measure]) == float(early[measure])
        if not same:
            reading.fault(
                "workbook_tables", late[SHEET], late[ROW], late[COLUMN],
                found=late[measure], expected=early[measure],
                sheet=early[SHEET], there=address(early[ROW], early[COLUMN]),
            )  # fmt: skip
    return kept.sort_index().reset_index(drop=True)


def _pairs(
    again: pd.DataFrame, kept: pd.DataFrame, key: list[str]
) -> Iterator[tuple[dict[Hashable, Any], dict[Hashable, Any]]]:
    """Each row that came again with the one that is kept."""
    first = {
        tuple(row[name] for name in key): row
        for row in kept.merge(again[key].drop_duplicates(), on=key).to_dict("records")
    }
    for row in again.to_dict("records"):
        yield row, first[tuple(row[name] for name in key)]


def _cells(
    frame: pd.DataFrame, first: int, rows: int
) -> tuple[pa.Array[pa.StringScalar], pa.Array[pa.StringScalar]]:
    """Sheets and addresses of ``rows`` observations from ``first`` on."""
    part = frame.iloc[first : first + rows]
    names = [address(row, column) for row, column in zip(part[ROW], part[COLUMN], strict=True)]
    return pa.array(part[SHEET].to_numpy(object), pa.string()), pa.array(names, pa.string())


def _locate(frame: pd.DataFrame, ordinals: Sequence[int], component: str | None) -> list[Location]:
    """The cells of observations."""
    places = frame.iloc[list(ordinals)][[SHEET, ROW, COLUMN]].itertuples(index=False)
    return [
        Location(sheet, row + 1, column_letter(column), cell=address(row, column))
        for sheet, row, column in places
    ]
