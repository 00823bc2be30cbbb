"""SDMX-CSV of a service as a file of records.

With ``labels=both`` a service puts a column of names behind each column of codes, headed by the
name of the component, which may be its id in small letters (``CITIZENSHIP,Citizenship``). The names
go before the columns are looked up: they say nothing that the codes do not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from connectors.framework.cutting import Source
from connectors.framework.faults import Place
from connectors.framework.sheet import Sheet, Workbook

__all__ = ["without_labels"]


def without_labels(book: Workbook, source: Source) -> Workbook:
    """The file without the columns of names that ``layout.labels`` of the record lists.

    A column goes when it stands directly behind the column of its codes and is headed exactly as
    the record says (``{CITIZENSHIP: Citizenship}``); any other stays, and is then a finding.
    """
    names = source.record.layout["labels"]
    sheets = []
    for sheet in book:
        at = [
            column + 1
            for column in range(sheet.width - 1)
            if sheet.height and names.get(sheet.text[0, column]) == sheet.text[0, column + 1]
        ]
        for column in at:
            _one_name_each(sheet, column, source)
        text, kind = (np.delete(each, at, axis=1) for each in (sheet.text, sheet.kind))
        sheets.append(replace(sheet, text=text, kind=kind))
    return replace(book, sheets=tuple(sheets))


def _one_name_each(sheet: Sheet, column: int, source: Source) -> None:
    """Report a code with two names: one of the columns was moved or edited."""
    codes, names = sheet.text[1:, column - 1], sheet.text[1:, column]
    first: dict[str, str] = {}
    for row, (code, name) in enumerate(zip(codes, names, strict=True), 2):
        if first.setdefault(code, name) != name:
            header = str(sheet.text[0, column])
            source.faults.add(
                "HEADER_DIFFERS",
                Place(sheet.name, row, header),
                f"The code {code!r} has the name {name!r} here and {first[code]!r} before; the"
                " columns of codes and names no longer belong together. Send the file as the"
                " service gives it.",
                found=name,
                expected=first[code],
            )
            return
