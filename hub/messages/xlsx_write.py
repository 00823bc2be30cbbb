"""Writing a workbook for people: one sheet of data, one of notes and the codes used.

The frame of the workbook is made by XlsxWriter, twice: once for what stands before the rows, once
when their number and codes are known. The rows themselves are joined from columns, as in every
other format, and go straight to a temporary file: no observation is an object, and memory is
bounded by a batch and the codes used. Numbers are numbers where a spreadsheet keeps all their
digits, text otherwise. A workbook shows data; it cannot carry a Delete.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO

from hub.errors import NotAcceptable, ResponseTooLarge
from hub.messages.api import WriteOptions
from hub.messages.csv_lines import components, series_rows
from hub.messages.series_runs import bounded, peek
from hub.messages.xlsx_frame import MAX_ROWS, SHEET, Frame
from hub.messages.xlsx_rows import Rows
from hub.model.dataset import Action, Block, Header
from hub.model.schema import DataSchema

__all__ = ["write"]

_CHUNK = 1 << 18

#: Rows made at a time: with names beside ids and markup around both, a row is a few kilobytes.
_ROWS = 4096


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the workbook; nothing before it is complete, as its directory stands at the end.

    Names stand beside ids where ``options.label_source`` is given. Raises ``NotAcceptable`` for a
    Delete or a text no cell can hold, ``ResponseTooLarge`` for more rows than a sheet has.
    """
    schemas, stream = peek(blocks)
    schemas = list(options.schemas) or schemas
    rows = Rows(components(schemas, options), schemas, options.label_source)
    frame = Frame(schemas, header, options.label_source, rows.headers)
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            before, _ = frame.sheet(0)
            with archive.open(SHEET, "w") as sheet:
                sheet.write(before)
                for block in _shown(stream, schemas, options):
                    for start in range(0, block.batch.num_rows, _ROWS):
                        part = block.batch.slice(start, _ROWS)
                        sheet.write(rows.take(replace(block, batch=part)))
                _, after = frame.sheet(rows.count)
                sheet.write(after)
            for name, content in frame.others(rows.count, rows.used()):
                archive.writestr(_part(name), content, compresslevel=1)
        yield from _chunks(file)


def _part(name: str) -> zipfile.ZipInfo:
    """A part of the archive without the time of day: the same message is the same bytes."""
    part = zipfile.ZipInfo(name)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _shown(
    stream: Iterable[Block], schemas: Sequence[DataSchema], options: WriteOptions
) -> Iterator[Block]:
    known = {s.dataflow for s in schemas}
    count = 0
    for block in series_rows(bounded(stream), only=options.series_keys_only):
        if (options.action or block.action) is Action.DELETE:
            raise NotAcceptable("A workbook shows data and cannot delete: ask for SDMX-CSV 2.1.")
        if block.schema.dataflow not in known:
            raise ValueError(f"{block.schema.dataflow} was not among the schemas")
        count += block.batch.num_rows
        if count > MAX_ROWS:
            raise ResponseTooLarge(
                f"A sheet holds {MAX_ROWS} rows and the answer has more: ask for less, or for "
                "SDMX-CSV or Parquet."
            )
        yield block


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
