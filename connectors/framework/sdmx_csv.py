"""SDMX-CSV of a service as a file of records.

With ``labels=both`` a service puts a column of names behind each column of codes, headed by the
name of the component, which may be its id in small letters (``CITIZENSHIP,Citizenship``). The names
go before the columns are looked up: they say nothing that the codes do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.framework.cutting import Source
from connectors.framework.faults import Place
from connectors.framework.sheet import Kind, Sheet, Workbook

__all__ = ["without_labels"]


def without_labels(book: Workbook, source: Source) -> Workbook:
    """The file with the columns of names blank that ``layout.labels`` of the record lists.

    A column of names is headed exactly as the record says (``{CITIZENSHIP: Citizenship}``); any
    other column stays, and is then a finding.
    """
    named = source.record.layout["labels"]
    sheets = []
    for sheet in book:
        text, kind = sheet.text.copy(), sheet.kind.copy()
        at = _header_row(sheet, named)
        headers = sheet.text[at].tolist() if sheet.height else []
        for code, name in named.items():
            if headers.count(code) == 1 and headers.count(name) == 1:
                column = headers.index(name)
                _one_name_each(sheet, at, (headers.index(code), column), source)
                text[:, column], kind[:, column] = "", Kind.EMPTY
        sheets.append(replace(sheet, text=text, kind=kind))
    return replace(book, sheets=tuple(sheets))


def _header_row(sheet: Sheet, named: Mapping[str, str]) -> int:
    """The first row that has a component and its name beside each other or apart."""
    for row in range(min(sheet.height, 50)):
        said = {text for _, text in sheet.texts(row)}
        if any({code, name} <= said for code, name in named.items()):
            return row
    return 0


def _one_name_each(sheet: Sheet, at: int, columns: tuple[int, int], source: Source) -> None:
    """Report a code with two names: one of the columns was moved or edited.

    ``columns`` are that of the codes and that of the names, ``at`` is the row of headers.
    """
    codes, names = (sheet.text[at + 1 :, column] for column in columns)
    first: dict[str, str] = {}
    for row, (code, name) in enumerate(zip(codes, names, strict=True), at + 2):
        if first.setdefault(code, name) != name:
            header = str(sheet.text[at, columns[1]])
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
