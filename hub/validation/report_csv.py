"""A validation report as CSV: a row for each finding, in the reader's language.

UTF-8 with a mark at the beginning, as spreadsheets want it; fields in RFC 4180's quotation. A text
that a spreadsheet would take for a formula is written behind an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from hub.validation.report_words import COLUMNS, findings_of, row_of, word

__all__ = ["write_csv"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS = 2000


def write_csv(report: Mapping[str, Any], language: str = "en") -> Iterator[bytes]:
    """The bytes of the table; ``report`` is the JSON report.

    Where the report lists fewer findings than there are, a last row states the true count.
    Raises ``ValueError`` when the language is not offered.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([word(name, language) for name in COLUMNS])
    written = 0
    yield b"\xef\xbb\xbf"
    for written, finding in enumerate(findings_of(report), start=1):
        writer.writerow([_safe(value) for value in row_of(finding, language)])
        if written % _ROWS == 0:
            yield _taken(buffer)
    total = sum(report["counts"].values())
    if total > written:
        note = word("listed", language, n=written, total=total)
        writer.writerow([word("note", language), *[None] * (len(COLUMNS) - 2), note])
    yield _taken(buffer)


def _safe(value: str | int | None) -> str | int | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
