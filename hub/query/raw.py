"""The raw URL: path segments and parameters, before any form decoder has touched them.

A form decoder turns ``+`` into a space, but in SDMX queries ``+`` is an operator (and part of a
time zone), and clients send it both as it is and as ``%2B``. So the raw path and the raw query
string are read here: split first, percent-decode each part once, never treat ``+`` as a space.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from urllib.parse import unquote

from hub.errors import RequestSyntaxError
from hub.model.periods import PeriodError, parse_year_start

__all__ = [
    "boolean",
    "check_id",
    "date_time",
    "known_parameters",
    "parameters",
    "positive",
    "segments",
    "year_start",
]

_ID = re.compile(r"[A-Za-z0-9_@$-]+")
_NESTED_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)*")
_DATE_TIME = re.compile(
    r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?|\d{4}-\d\d-\d\d",
    re.ASCII,
)

#: Longest path or query string that is looked at, in characters (REST: 414 beyond it).
_MAX_LENGTH = 65_536


def _decode(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise RequestSyntaxError(f"{text!r} is not percent-encoded UTF-8.") from None
    if any(ord(c) < 32 or ord(c) == 127 for c in decoded):
        raise RequestSyntaxError("The request holds control characters.")
    return decoded


def segments(path: str) -> list[str]:
    """Segments of a raw path, each decoded once; empty ones at the end are dropped.

    One slash at the beginning only begins the path; a second one means an empty first segment.

    Raises ``RequestSyntaxError`` when a segment is not percent-encoded UTF-8.
    """
    if len(path) > _MAX_LENGTH:
        raise RequestSyntaxError("The path is longer than this service reads.")
    kept = path.removeprefix("/").rstrip("/")
    return [_decode(p) for p in kept.split("/")] if kept else []


def parameters(query: str) -> dict[str, str]:
    """Parameters of a raw query string by name, decoded; those with an empty value are left out.

    A filter ``c[..]`` is not: leaving it out would answer another question. Raises
    ``RequestSyntaxError`` when a parameter comes twice or cannot be decoded.
    """
    if len(query) > _MAX_LENGTH:
        raise RequestSyntaxError("The query string is longer than this service reads.")
    found: dict[str, str] = {}
    for part in query.lstrip("?").split("&"):
        if not part:
            continue
        raw_name, _, raw_value = part.partition("=")
        name, value = _decode(raw_name), _decode(raw_value).strip()
        if name in found:
            raise RequestSyntaxError(
                f"The parameter {name} is given twice. Give it once, with its values joined."
            )
        if value or name.lower().startswith("c["):
            found[name] = value
    return found


def known_parameters(
    given: Mapping[str, str], known: Collection[str], foreign: Mapping[str, str]
) -> dict[str, str]:
    """The parameters of ``given`` that are ``known``, whatever their case.

    Unknown parameters are ignored (clients add their own), but not those of the other version of
    the interface: ``foreign`` maps them, in lower case, to advice, since ignoring a filter would
    give an answer to another question.
    """
    by_lower = {k.lower(): k for k in known}
    found: dict[str, str] = {}
    for name, value in given.items():
        if name.lower() in by_lower:
            canonical = by_lower[name.lower()]
            if canonical in found:
                raise RequestSyntaxError(f"The parameter {canonical} is given twice.")
            found[canonical] = value
        elif name.lower() in foreign:
            raise RequestSyntaxError(
                f"This version of the interface has no parameter {name}: {foreign[name.lower()]}."
            )
    return found


def check_id(text: str, what: str, *, nested: bool = False) -> str:
    """``text`` when it may be an SDMX id (``nested``: with dots, as agencies have).

    Raises ``RequestSyntaxError``.
    """
    if not (_NESTED_ID if nested else _ID).fullmatch(text):
        raise RequestSyntaxError(f"{text!r} cannot be {what}.")
    return text


def positive(name: str, text: str, least: int = 1) -> int:
    """A whole number of at least ``least``; raises ``RequestSyntaxError``."""
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) < least:
        raise RequestSyntaxError(f"{name} must be a whole number from {least}, not {text!r}.")
    return int(text)


def boolean(name: str, text: str) -> bool:
    """``true`` or ``false``; raises ``RequestSyntaxError``."""
    if text.lower() not in ("true", "false"):
        raise RequestSyntaxError(f"{name} must be true or false, not {text!r}.")
    return text.lower() == "true"


def date_time(name: str, text: str) -> datetime:
    """An ``xs:dateTime`` (a bare date is its first instant), timezone aware.

    Without an offset the local time of this service counts (REST 1.5, 4.4.2). Raises
    ``RequestSyntaxError``.
    """
    if _DATE_TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone()
        except (ValueError, OverflowError):
            pass
    raise RequestSyntaxError(
        f"{name} must be a date and time such as 2026-05-15T14:15:00Z, not {text!r}."
    )


def year_start(name: str, text: str) -> str:
    """A reporting year start day ``--MM-DD``; raises ``RequestSyntaxError``."""
    try:
        parse_year_start(text)
    except PeriodError:
        raise RequestSyntaxError(f"{name} must be a day such as --07-01, not {text!r}.") from None
    return text
