"""Versions of artefacts: their order, and the ways a query may ask for them.

Versions compare by number (``1.10`` is later than ``1.9``; ``1.03`` is ``1.3``) and a version with
an extension sorts below the stable one (``2.0.0-draft`` before ``2.0.0``). Sources: SDMX 2.1
``LegacyVersionNumberType``, SDMX REST 2.2 ``querying_versions.md``, Semantic Versioning 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from hub.errors import RequestSyntaxError

__all__ = ["LATEST", "VersionKey", "VersionQuery", "latest", "parse_v1", "parse_v2", "version_key"]

_VERSION = re.compile(r"^\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$")
_PATTERN = re.compile(
    r"^(\d+|[+~*]|\d+[+~*])(?:\.(\d+|[+~*]|\d+[+~*]))?(?:\.(\d+|[+~*]|\d+[+~*]))?$"
)

#: Numbers padded to three, stable after unstable, extension, how many numbers there are.
VersionKey = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...], int]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.partition("-")[0].split("."))


@lru_cache(maxsize=4096)
def version_key(text: str) -> VersionKey:
    """Key by which versions sort from oldest to latest.

    Raises ``ValueError`` when ``text`` is not a version of SDMX 2.1 or 3.x.
    """
    if not _VERSION.match(text):
        raise ValueError(f"{text!r} is not a version")
    numbers = _numbers(text)
    extension = text.partition("-")[2]
    parts = tuple(
        (0, int(p), "") if p.isdecimal() else (1, 0, p) for p in extension.split(".") if p
    )
    return (*numbers, 0, 0)[:3], not extension, parts, len(numbers)


def latest(versions: Iterable[str]) -> str:
    """The latest of ``versions``; ``ValueError`` when there is none."""
    return max(versions, key=version_key)


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """One version expression of a query.

    ``op`` is ``=`` (that very version), ``+`` (latest stable), ``~`` (latest of any status) or
    ``*`` (all). ``floor`` is the least version with as many numbers as matching versions have,
    and ``anchor`` the index of the first number that may grow; an empty ``floor`` matches
    versions of any shape.
    """

    op: str
    floor: tuple[int, ...] = ()
    anchor: int = 0
    exact: str = ""

    def matches(self, version: str) -> bool:
        """Whether ``version`` lies in the range of the expression (before "latest" is applied)."""
        if self.op == "=":
            return version_key(version) == version_key(self.exact)
        if not self.floor:
            return True
        numbers = _numbers(version)
        if len(numbers) != len(self.floor):
            return False
        if self.op == "+" and ("-" in version or numbers[0] == 0):
            return False
        return (
            numbers[: self.anchor] == self.floor[: self.anchor]
            and numbers[self.anchor :] >= self.floor[self.anchor :]
        )

    def select(self, versions: Iterable[str]) -> list[str]:
        """Those of ``versions`` that the expression means, oldest first."""
        found = sorted((v for v in versions if self.matches(v)), key=version_key)
        return found[-1:] if self.op in "+~" else found


#: Latest of any status: v1's ``latest``, v2's ``~``.
LATEST = VersionQuery("~")


def parse_v1(text: str) -> tuple[VersionQuery, ...]:
    """Versions of a v1 path part: ``latest``, ``all`` or numbers, joined by ``+``."""
    return tuple(_v1(part) for part in text.split("+"))


def _v1(text: str) -> VersionQuery:
    match text.lower():
        case "latest":
            return LATEST
        case "all":
            return VersionQuery("*")
    if not _VERSION.match(text):
        raise RequestSyntaxError(
            f"{text!r} is not a version: give numbers as in 1.0, or 'latest', or 'all'."
        )
    return VersionQuery("=", exact=text)


def parse_v2(text: str) -> tuple[VersionQuery, ...]:
    """Versions of a v2 path part, joined by ``,``."""
    return tuple(_v2(part) for part in text.split(","))


def _v2(text: str) -> VersionQuery:
    if text in {"~", "*"}:
        return VersionQuery(text)
    if _VERSION.match(text):
        return VersionQuery("=", exact=text)
    match = _PATTERN.match("+.0.0" if text == "+" else text)
    if match is None:
        raise _bad(text)
    parts = [p for p in match.groups() if p is not None]
    wild = [i for i, p in enumerate(parts) if p[-1] in "+~*"]
    if len(wild) != 1 or len(parts) < 2:
        raise _bad(text)
    anchor = wild[0]
    op, stem = parts[anchor][-1], parts[anchor][:-1]
    bare = not stem
    if bare:  # a wildcard without a number starts at the lowest; only zeros may follow it
        stem = "1" if op == "+" and anchor == 0 else "0"
    floor = (*(int(p) for p in parts[:anchor]), int(stem), *(int(p) for p in parts[anchor + 1 :]))
    if bare and any(floor[anchor + 1 :]):
        raise _bad(text)
    if op == "+" and (len(floor) != 3 or floor[0] == 0):
        raise _bad(text)  # only x.y.z with x > 0 is stable
    return VersionQuery(op, floor, anchor)


def _bad(text: str) -> RequestSyntaxError:
    return RequestSyntaxError(
        f"{text!r} is not a version query: give a version (1.0.0), '+', '~', '*', or one wildcard "
        "in a version (1.+.0, 2+.3.1, 1.2.*)."
    )
