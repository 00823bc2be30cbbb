"""Months and periods as titles and headers write them, to SDMX time periods.

Sources: SDMX 2.1 Section 6, time formats; code list SDMX:CL_FREQ(2.1) for the frequency that goes
with each.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container

from connectors.framework.text import normalise

__all__ = ["month_names", "month_number", "part_said", "read_span", "span_period", "year_in"]

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
_LONG = {
    language: [name for name in months if len(name) > 3] for language, months in _MONTHS.items()
}
_WORD = r"[a-z]+\.?"
_RANGE = r"\s*[-–—/]\s*| a | to | t/m "
_JOIN = rf"(?:{_RANGE}|\s*,\s*| y | e | en | and | & | al | hasta | through | tot )"
#: Words joined to one another before a year: the months of a span, and what stands before them.
_BEFORE_YEAR = re.compile(
    rf"\b(?P<words>{_WORD}(?:{_JOIN}{_WORD})*)(?:,| de| del| of)?\s+(?P<year>(?:19|20)\d\d)\b"
)
#: What makes the month after it the end of a period, or a day of it the period.
_UNTIL = re.compile(
    r"\b(?:hasta|until|through|tot)(?: el| the)?\s*$|\b\d{1,2} (?:de|of)\s+$|(?<![.\d])\d{1,2}\s+$"
)
_PARTS = re.compile(
    r"\b(?:(?:tri|cuatri|bi|se)mestres?|quincenas?|semanas?|meses|quarters?|semesters?|half|weeks?"
    r"|months|kwartaal|halfjaar|maanden|weken)\b"
)
#: A month, a quarter or another year in digits beside a year: 03/2023, 2023-1, T1 2023, 2023/24.
_DIGITS = re.compile(
    r"(?<![\d.])\d{1,2}[-/.](?:19|20)\d\d(?!\d)|(?<!\d)(?:19|20)\d\d[-/]\d{1,2}(?!\d)"
    r"|\b(?:[tqs][1-4]|[1-4][tqs]|i{1,3}|iv)[-/ ]?(?:19|20)\d\d\b"
    r"|\b(?:19|20)\d\d[-/ ]?(?:[tqs][1-4]|[1-4][tqs])\b"
)
_PAIR = re.compile(r"\b([a-z]+)\s*[-–—]\s*([a-z]+)\.?(?: de| del| of)?\s+(?:19|20)\d\d\b")
#: Words of titles that are, or are spelled like, a month and mean something else where they do not
#: stand before a year.
_ORDINARY = frozenset(
    ["mar", "may", "set", "mei", "dec", "entero", "enteros", "genero", "generos", "mayor", "nombre",
     "junto", "marco", "match", "march", "april", "apart", "smart", "maar"]
)  # fmt: skip
#: How alike a month and a word that is a misspelt one are, at least.
_ALIKE = 0.8
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


def read_span(text: str, language: str, known: Container[str] = ()) -> tuple[int, int, int] | None:
    """Year, first and last month of a period in words (``"enero-mayo de 2026"``).

    ``None`` when the text names no period, or several, or one that ends before it begins, or a
    further month that is no part of it. ``known`` are words (normal form) that are no months.
    """
    months = _MONTHS[language]
    whole = rest = normalise(text)
    found = set()
    for match in _BEFORE_YEAR.finditer(whole):
        parts = re.split(f"({_JOIN})", match["words"])
        words, joins = [word.rstrip(".") for word in parts[::2]], parts[1::2]
        first = len(words)
        while first and words[first - 1] in months:
            first -= 1
        named = [months[word] for word in words[first:]]
        if not named:
            continue
        before = joins[first - 1] if first else ""
        if before.strip() not in ("", ",") or (not first and _UNTIL.search(whole[: match.start()])):
            return None
        if len(named) > 2 or (len(named) == 2 and not re.fullmatch(_RANGE, joins[first])):
            return None
        if named[0] > named[-1]:
            return None
        found.add((int(match["year"]), named[0], named[-1]))
        said = "".join(parts[2 * first :])
        rest = rest.replace(match[0][match[0].rindex(said) :], " ")
    return found.pop() if len(found) == 1 and _month_in(rest, language, known) is None else None


def part_said(text: str, language: str, known: Container[str] = ()) -> str | None:
    """The word or words by which a text names a part of a year, well spelled or not.

    A year beside them is not a whole one. ``None`` when there are none. ``known`` are words
    (normal form) that are no months.
    """
    whole = normalise(text)
    for pattern in (_PARTS, _DIGITS):
        if (match := pattern.search(whole)) is not None:
            return match[0]
    pair = _PAIR.search(whole)
    if pair is not None and pair[1] not in known and pair[2] not in known:
        return f"{pair[1]}-{pair[2]}"
    return _month_in(whole, language, known)


def _month_in(text: str, language: str, known: Container[str]) -> str | None:
    """The first word that is a month in any language, or is spelled almost like one."""
    position = {m[1] for m in re.finditer(rf"({_WORD})(?: de| del| of)?\s+(?:19|20)\d\d\b", text)}
    words: list[str] = re.findall(_WORD, text)
    for word in words:
        bare = word.rstrip(".")
        if bare in _MONTHS[language] and (bare not in _ORDINARY or word in position):
            return bare
        if bare in known or bare in _ORDINARY:
            continue
        if any(bare in months for months in _MONTHS.values()):
            return bare
        cut_short = len(bare) > 3 and any(name.startswith(bare) for name in _LONG[language])
        if cut_short or difflib.get_close_matches(bare, _LONG[language], n=1, cutoff=_ALIKE):
            return bare
    return None


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
