"""Several values in one cell of SDMX-CSV 2.x data: columns headed ``ATTR[]``.

Values stand side by side with the separator that ``STRUCTURE[;]`` names between them. One that
holds the separator, a quotation mark or a line break is in quotation marks, which are doubled
within. Source: SDMX-CSV 2.0 field guide, sub-fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["join_cell", "split_cell"]


def join_cell(values: Iterable[str], separator: str) -> str:
    """The cell of some values."""
    return separator.join(_quoted(value, separator) for value in values)


def _quoted(text: str, separator: str) -> str:
    if text and not any(mark in text for mark in (separator, '"', "\n", "\r")):
        return text
    return '"' + text.replace('"', '""') + '"'


def split_cell(cell: str, separator: str) -> list[str]:
    """The values of a cell; a quotation mark that begins no quoted value is a mark like others."""
    values, at, pattern = [], 0, _pattern(separator)
    while True:
        match = pattern.match(cell, at)
        assert match is not None, "the pattern matches nothing at least"
        quoted = match["quoted"]
        values.append(match["plain"] if quoted is None else quoted.replace('""', '"'))
        at = match.end() + len(separator)
        if match.end() >= len(cell):
            return values


@lru_cache
def _pattern(separator: str) -> re.Pattern[str]:
    end = re.escape(separator)
    return re.compile(rf'"(?P<quoted>(?:[^"]|"")*)"(?={end}|\Z)|(?P<plain>(?:(?!{end}).)*)', re.S)
