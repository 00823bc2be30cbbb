"""Months and periods as titles and headers write them, to SDMX time periods.

Sources: SDMX 2.1 Section 6, time formats; code list SDMX:CL_FREQ(2.1) for the frequency that goes
with each.
"""

from __future__ import annotations

import re

from connectors.framework.text import normalise

__all__ = ["month_names", "month_number", "read_span", "span_period", "year_in"]

_NAMES: dict[str, tuple[tuple[str, ...], ...]] = {
    "es": (
        ("enero", "ene"),
        ("febrero", "feb"),
        ("marzo", "mar"),
        ("abril", "abr"),
        ("mayo", "may"),
        ("junio", "jun"),
        ("julio", "jul"),
        ("agosto", "ago"),
        ("septiembre", "setiembre", "sep", "sept", "set"),
        ("octubre", "oct"),
        ("noviembre", "nov"),
        ("diciembre", "dic"),
    ),
    "en": (
        ("january", "jan"),
        ("february", "feb"),
        ("march", "mar"),
        ("april", "apr"),
        ("may",),
        ("june", "jun"),
        ("july", "jul"),
        ("august", "aug"),
        ("september", "sep", "sept"),
        ("october", "oct"),
        ("november", "nov"),
        ("december", "dec"),
    ),
    "nl": (
        ("januari", "jan"),
        ("februari", "feb"),
        ("maart", "mrt"),
        ("april", "apr"),
        ("mei",),
        ("juni", "jun"),
        ("juli", "jul"),
        ("augustus", "aug"),
        ("september", "sep", "sept"),
        ("oktober", "okt"),
        ("november", "nov"),
        ("december", "dec"),
    ),
}
_MONTHS = {
    language: {name: number for number, names in enumerate(table, 1) for name in names}
    for language, table in _NAMES.items()
}
_SPAN = re.compile(
    r"\b(?P<first>[a-z]+)\.?(?:\s*(?:-|–|—|/| a | to | t/m )\s*(?P<last>[a-z]+)\.?)?"
    r"(?:,| de| del| of)?\s+(?P<year>(?:19|20)\d\d)\b"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def month_names(language: str) -> tuple[str, ...]:
    """The twelve months in full, in lower case. Raises ``KeyError`` for another language."""
    return tuple(names[0] for names in _NAMES[language])


def month_number(text: str, language: str) -> int | None:
    """1 to 12 for the name or abbreviation of a month (``" ENE. "``), else ``None``."""
    return _MONTHS[language].get(normalise(text).rstrip("."))


def year_in(text: str) -> int | None:
    """The one four-digit year in ``text``; ``None`` when there is none or several differ."""
    years = set(_YEAR.findall(text))
    return int(years.pop()) if len(years) == 1 else None


def read_span(text: str, language: str) -> tuple[int, int, int] | None:
    """Year, first and last month of a period in words (``"enero-mayo de 2026"``).

    ``None`` when the text names no period, or several, or one that ends before it begins.
    """
    months = _MONTHS[language]
    found = set()
    for match in _SPAN.finditer(normalise(text)):
        first = months.get(match["first"])
        last = months.get(match["last"]) if match["last"] else first
        if first is not None and last is not None and first <= last:
            found.add((int(match["year"]), first, last))
    return found.pop() if len(found) == 1 else None


def span_period(year: int, first: int, last: int) -> tuple[str, str]:
    """``FREQ`` and ``TIME_PERIOD`` of the months ``first`` to ``last`` of ``year``.

    One month is monthly (``M``, ``2026-05``), the twelve are the year (``A``, ``2025``), any other
    span is one time range (``_U``, ``2026-01-01/P5M``): a cumulative count is not a year.
    """
    if first == last:
        return "M", f"{year}-{first:02d}"
    if (first, last) == (1, 12):
        return "A", str(year)
    return "_U", f"{year}-{first:02d}-01/P{last - first + 1}M"
