"""Several values in one cell of SDMX-CSV: languages and instances.

Values stand side by side with a separator between them; one in a language begins with the language
and a colon. A value that holds the separator, a quotation mark or a line break, or looks as if it
began with a language, is in quotation marks. Source: SDMX-CSV 2.0, metadata message field guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

__all__ = ["SEPARATOR", "join", "joined_texts", "quoted", "split"]

#: Between the values that the hub writes.
SEPARATOR = ";"

_LANGUAGE = r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*"
_BEGINS = re.compile(rf"{_LANGUAGE}:")


def quoted(text: str, separator: str = SEPARATOR, *, always: bool = False) -> str:
    """A value as it stands among others."""
    needed = always or not text or any(c in text for c in (separator, '"', "\n", "\r"))
    if needed or _BEGINS.match(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def joined_texts(texts: Mapping[str, str]) -> str:
    """A text in its languages: ``en:Value;fr:Valeur``."""
    return SEPARATOR.join(f"{language}:{_text(text)}" for language, text in texts.items())


def _text(text: str) -> str:
    """A text behind its language: only what would end it, or begin a quotation, is quoted."""
    plain = text and not any(c in text for c in (SEPARATOR, '"', "\n", "\r"))
    return text if plain else '"' + text.replace('"', '""') + '"'


def join(values: Iterator[str]) -> str:
    """Values that are quoted where they must be, side by side."""
    return SEPARATOR.join(values)


def split(cell: str, separator: str) -> Iterator[tuple[str, str, bool]]:
    """Language (else empty), text and whether it was quoted, of each value in a cell."""
    end = re.escape(separator)
    pattern = re.compile(
        rf'(?:(?P<lang>{_LANGUAGE}):)?(?:"(?P<quoted>(?:[^"]|"")*)"(?={end}|\Z)|(?P<plain>[^{end}]*))'
    )
    at = 0
    while True:
        match = pattern.match(cell, at)
        assert match is not None, "the pattern matches nothing at least"
        in_quotes = match["quoted"] is not None
        text = match["quoted"].replace('""', '"') if in_quotes else match["plain"]
        yield match["lang"] or "", text, in_quotes
        at = match.end()
        if at >= len(cell):
            return
        at += len(separator)
