"""Where a source's files are to be had: addresses with places for the period, from its record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.framework.times import month_names

__all__ = ["Addresses", "Edition", "read_addresses"]

_EDITION = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d))?")
_LANGUAGES = ("es", "en", "nl")
_KEYS = {"urls", "page", "link", "encoding", "by_hand"}


@dataclass(frozen=True, slots=True)
class Edition:
    """The period that a file is of: a year, or a month of it."""

    year: int
    month: int | None = None

    @classmethod
    def parse(cls, text: str) -> Edition:
        """``2026`` or ``2026-05``. Raises ``ValueError``."""
        match = _EDITION.fullmatch(text)
        month = int(match["month"]) if match and match["month"] else None
        if match is None or (month is not None and not 1 <= month <= 12):
            raise ValueError(f"{text!r} is neither a year (2026) nor a month (2026-05)")
        return cls(int(match["year"]), month)

    def __str__(self) -> str:
        return str(self.year) if self.month is None else f"{self.year}-{self.month:02d}"

    def words(self) -> dict[str, str]:
        """What stands in the places of an address: ``year``, ``month``, ``month_name_es`` ...

        The name of a month is written as its place is: ``{month_name_es}`` gives ``mayo``,
        ``{Month_name_es}`` ``Mayo`` and ``{MONTH_NAME_ES}`` ``MAYO``.
        """
        found = {"year": str(self.year), "yy": f"{self.year % 100:02d}"}
        if self.month is not None:
            found["month"] = f"{self.month:02d}"
            for language in _LANGUAGES:
                name = month_names(language)[self.month - 1]
                place = f"month_name_{language}"
                found |= {place: name, place.capitalize(): name.capitalize()}
                found[place.upper()] = name.upper()
        return found


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a source.

    ``urls`` are alternatives, of which the first that exists is taken: publishers spell a file's
    name one way this year and another the next. ``page`` is an index that links the file; ``link``
    a regular expression that the address of exactly one link must match; ``encoding`` that of the
    page where the server does not say it. ``by_hand`` says why nothing can be fetched, and what to
    do instead. Addresses and ``link`` have places (see :meth:`Edition.words`).
    """

    urls: tuple[str, ...] = ()
    page: str | None = None
    link: str = ""
    encoding: str = "utf-8"
    by_hand: str | None = None

    @property
    def places(self) -> frozenset[str]:
        """Names of the places in all addresses."""
        texts = (*self.urls, self.page or "", self.link)
        return frozenset(name for text in texts for name in _places(text))

    def filled(self, edition: Edition | None) -> Addresses:
        """The same with the places filled.

        Raises ``ValueError`` when the edition is missing or lacks the month that is asked for.
        """
        words = {} if edition is None else edition.words()
        lacking = {p for p in self.places if p not in words}
        if lacking:
            form = "2026-05" if lacking - {"year", "yy"} else "2026"
            raise ValueError(f"the address depends on the period: say which, as in {form}")
        literal = {name: re.escape(word) for name, word in words.items()}
        return Addresses(
            tuple(_fill(url, words) for url in self.urls),
            None if self.page is None else _fill(self.page, words),
            _fill(self.link, literal),
            self.encoding,
            self.by_hand,
        )


def read_addresses(given: Mapping[str, Any]) -> Addresses:
    """The key ``fetch`` of a record. Raises ``ValueError`` for what cannot be meant."""
    if given.keys() - _KEYS:
        raise ValueError(f"fetch: keys nobody knows: {sorted(given.keys() - _KEYS)}")
    found = Addresses(
        tuple(given.get("urls") or ()),
        given.get("page"),
        given.get("link") or "",
        given.get("encoding") or "utf-8",
        given.get("by_hand"),
    )
    if (found.page is None) != (not found.link):
        raise ValueError("fetch: page and link go together")
    if not (found.urls or found.page or found.by_hand):
        raise ValueError("fetch: give urls, a page with a link, or by_hand")
    for text in (*found.urls, found.page or ""):
        if text and not text.startswith(("https://", "http://")):
            raise ValueError(f"fetch: {text!r} is no address of the web")
    unknown = {p for p in found.places if p not in Edition(2000, 1).words()}
    if unknown:
        raise ValueError(f"fetch: places nobody knows: {sorted(unknown)}")
    re.compile(found.filled(Edition(2000, 1)).link)
    return found


_PLACE = re.compile(r"\{([A-Za-z_]+)\}")


def _places(text: str) -> list[str]:
    return _PLACE.findall(text)


def _fill(text: str, words: Mapping[str, str]) -> str:
    """``text`` with its places filled; other braces (those of a count, in ``link``) stay."""
    return _PLACE.sub(lambda match: words[match[1]], text)
