"""The keywords of a PC-Axis file.

Source: Statistics Sweden, "PX-file format". A file is a list of statements that end in a
semicolon, ``KEYWORD[language]("variable","value")=...;``, the last of which is ``DATA=``. Quoted
texts may hold semicolons; a long one goes on in the next pair of quotes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from hub.errors import RequestSyntaxError

__all__ = ["Keyword", "PxHeader", "is_px", "read_header"]

_CHUNK = 1 << 20
_START = re.compile(rb"\s*(?:CHARSET|AXIS-VERSION|CODEPAGE|LANGUAGE|MATRIX|SUBJECT-AREA|TITLE)\s*=")
# Possessive: where no semicolon follows, the text is not cut in every other way again.
_STATEMENT = re.compile(rb'\s*+((?:[^";]++|"[^"]*+")*+);')
#: Bytes of a statement; the longest lists have a megabyte.
_LONGEST = 1 << 24
_DATA = re.compile(rb"\s*DATA\s*=")
_KEYWORD = re.compile(
    r"(?P<name>[A-Z][A-Z0-9_-]*)\s*(?:\[(?P<language>[\w-]+)\])?\s*"
    r'(?:\(\s*(?P<subject>"[^"]*"(?:\s*+(?:,\s*+)?"[^"]*")*)\s*\))?\s*=(?P<value>.*)',
    re.DOTALL,
)
_TOKEN = re.compile(r'"([^"]*)"|(,)|([^\s",]+)')
#: Statements that shape the table; a second one would change it silently.
_ONCE = frozenset({"STUB", "HEADING", "VALUES", "CODES", "TIMEVAL", "CHARSET", "CODEPAGE", "KEYS"})


@dataclass(frozen=True, slots=True)
class Keyword:
    """What a statement is about: keyword, language (``""`` is the file's own), variable, value."""

    name: str
    language: str = ""
    variable: str = ""
    value: str = ""


@dataclass(frozen=True)
class PxHeader:
    """The statements before the data. ``values`` are the raw right-hand sides."""

    values: Mapping[Keyword, str]
    encoding: str
    filename: str

    def texts(self, name: str, variable: str = "", language: str = "") -> tuple[str, ...]:
        """The quoted texts of a statement, in order; none when there is no such statement."""
        raw = self.values.get(Keyword(name, language, variable))
        return () if raw is None else tuple(_texts(raw))

    def text(self, name: str, variable: str = "", language: str = "") -> str:
        """The one text of a statement (its parts joined), or its bare word (``YES``, ``0``)."""
        raw = self.values.get(Keyword(name, language, variable), "")
        return "".join(_texts(raw)) if '"' in raw else raw.strip()


def is_px(start: bytes) -> bool:
    """Whether a file that starts with these bytes is a PC-Axis file."""
    return _START.match(start) is not None


def _texts(raw: str) -> Iterator[str]:
    """Quoted texts; those without a comma between them are one text."""
    current: str | None = None
    for match in _TOKEN.finditer(raw):
        if match[2]:
            if current is not None:
                yield current
            current = None
        elif match[1] is not None:
            current = match[1] if current is None else current + match[1]
    if current is not None:
        yield current


def read_header(stream: BinaryIO, filename: str) -> tuple[PxHeader, bytes]:
    """Read the statements up to ``DATA=``, and the bytes already read that follow it.

    Raises ``RequestSyntaxError`` when there is no ``DATA=``, when a statement is malformed, or
    stands twice where it may not, or when the encoding is not one that can be known.
    """
    raw: list[bytes] = []
    buffer, at = stream.read(_CHUNK).removeprefix(codecs.BOM_UTF8), 0
    while (start := _DATA.match(buffer, at)) is None:
        match = _STATEMENT.match(buffer, at)
        if match is not None:
            raw.append(match[1])
            at = match.end()
            continue
        more = stream.read(_CHUNK)
        if len(buffer) - at > _LONGEST:
            _refuse(filename, f"a statement has more than {_LONGEST >> 20} MiB")
        if not more:
            _refuse(filename, "the file ends before its DATA; send the whole file")
        buffer, at = buffer[at:] + more, 0
    encoding = _encoding(raw, filename)
    values: dict[Keyword, str] = {}
    for statement in raw:
        try:
            text = statement.decode(encoding)
        except UnicodeDecodeError as error:
            _refuse(filename, f"its text is not in {encoding}, which its CODEPAGE states: {error}")
        keyword, value = _statement(text, filename)
        if keyword in values and keyword.name in _ONCE:
            _refuse(filename, f"{keyword.name} stands twice for {keyword.variable!r}")
        values[keyword] = value
    return PxHeader(values, encoding, filename), buffer[start.end() :]


def _statement(text: str, filename: str) -> tuple[Keyword, str]:
    match = _KEYWORD.fullmatch(text.strip())
    if match is None:
        _refuse(filename, f"{text.strip()[:60]!r} is no statement KEYWORD=value;")
    subject = [*_texts(match["subject"] or ""), "", ""]
    return Keyword(match["name"], match["language"] or "", subject[0], subject[1]), match["value"]


def _encoding(raw: list[bytes], filename: str) -> str:
    """CODEPAGE; ISO 8859-1 where CHARSET is ANSI and there is none; else the text must be ASCII.

    Without CHARSET a file is in the code page of some DOS machine, and which one is not known.
    """
    found = {}
    for statement in raw:
        match = re.match(rb'(CHARSET|CODEPAGE)\s*=\s*"([^"]*)"', statement)
        if match is not None:
            found[match[1].decode()] = match[2].decode("ascii", "replace")
    said = found.get("CODEPAGE") or ("iso-8859-1" if "CHARSET" in found else "ascii")
    try:
        name = codecs.lookup(said).name
        plain = codecs.decode(b'A;"=', name) == 'A;"='
    except (LookupError, UnicodeDecodeError):
        plain = False
    if not plain:
        _refuse(filename, f"its CODEPAGE {said!r} is no encoding the hub can read")
    return name


def _refuse(filename: str, why: str) -> NoReturn:
    raise RequestSyntaxError(f"{filename}: {why}")
