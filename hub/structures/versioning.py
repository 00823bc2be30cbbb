"""Versions of artefacts and what they promise.

==================  =========================  ====================================================
form                name                       promise
==================  =========================  ====================================================
``1``, ``1.0``      legacy (SDMX 2.1)          none, unless the artefact is marked final
``1.2.3``           semantic, stable           never changes; the number says how far it moved
``1.2.3-draft``     semantic, draft            may change; is earlier than ``1.2.3``
``0.4.1``           semantic, in the making    may change
==================  =========================  ====================================================

A change is *patch* (editorial), *minor* (more is possible, nothing that was possible is lost) or
*major* (something that was possible no longer is). Sources: SDMX 3.0 Section 6 (semantic
versioning), SDMX 2.1 Section 2 (``isFinal``), Semantic Versioning 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hub.errors import RequestSyntaxError
from hub.query.versions import latest, parse_v2, version_key

__all__ = ["Impact", "Version", "is_range", "is_stable", "neighbours", "resolve", "step"]

_FORM = re.compile(r"^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$")


class Impact(IntEnum):
    """How far a change goes; the largest of several counts."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """``none``, ``patch``, ``minor`` or ``major``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Version:
    """A version in its parts; ``extension`` is empty without one."""

    numbers: tuple[int, ...]
    extension: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version. Raises ``ValueError`` for what is none, a range included."""
        match = _FORM.match(text)
        if match is None or (match[4] and match[3] is None):
            raise ValueError(f"{text!r} is not a version: give 1.0, 1.0.0 or 1.0.0-draft")
        return cls(tuple(int(n) for n in match.groups()[:3] if n is not None), match[4] or "")

    def __str__(self) -> str:
        return ".".join(map(str, self.numbers)) + (f"-{self.extension}" if self.extension else "")

    @property
    def semantic(self) -> bool:
        """Whether it has three numbers, so that the rules of SDMX 3.0 hold for it."""
        return len(self.numbers) == 3

    @property
    def stable(self) -> bool:
        """Whether the version alone promises that the artefact never changes."""
        return self.semantic and not self.extension and self.numbers[0] > 0

    @property
    def draft(self) -> bool:
        """Whether it is a draft of the version without the extension."""
        return bool(self.extension)

    def next(self, impact: Impact) -> Version:
        """The version after a change of this size.

        A draft becomes the version it is a draft of; a legacy version keeps its two numbers.
        """
        if self.extension:
            return Version(self.numbers)
        major, minor, patch = (*self.numbers, 0, 0)[:3]
        match impact:
            case Impact.NONE:
                return self
            case Impact.MAJOR:
                grown = (major + 1, 0, 0)
            case Impact.MINOR:
                grown = (major, minor + 1, 0)
            case Impact.PATCH:
                grown = (major, minor, patch + 1)
        return Version(grown if self.semantic else (grown[0], grown[1] + (impact is Impact.PATCH)))


def is_stable(artefact: Any) -> bool:
    """Whether an artefact may never change again: by its version, or because it is final."""
    if artefact.is_final:
        return True
    text = str(artefact.version) if artefact.version else "1.0"
    return Version.parse(text).stable


def step(old: str, new: str) -> Impact:
    """How far ``new`` is from ``old`` as its number says; ``MAJOR`` also when it is earlier.

    ``old`` and ``new`` are versions of any form; numbers that are not given are 0.
    """
    if version_key(old) == version_key(new):
        return Impact.NONE
    if version_key(new) < version_key(old):
        return Impact.MAJOR
    before, after = (Version.parse(v).numbers for v in (old, new))
    for impact, a, b in zip(
        (Impact.MAJOR, Impact.MINOR, Impact.PATCH),
        (*before, 0, 0)[:3],
        (*after, 0, 0)[:3],
        strict=True,
    ):
        if a != b:
            return impact
    return Impact.PATCH  # from a draft to its release


def neighbours(version: str, known: Iterable[str]) -> tuple[str | None, str | None]:
    """The stable versions of the same major number next before and next after ``version``."""
    own = Version.parse(version)
    line = [
        v
        for v in known
        if (p := Version.parse(v)).stable and p.numbers[0] == own.numbers[0] and v != version
    ]
    before = [v for v in line if version_key(v) < version_key(version)]
    after = [v for v in line if version_key(v) > version_key(version)]
    return (latest(before) if before else None, min(after, key=version_key) if after else None)


def is_range(version: str) -> bool:
    """Whether the version of a reference leaves a choice (``1+.0.0``, ``2.3+.1``, ``~``...)."""
    return any(c in version for c in "+~*")


def resolve(version: str, known: Iterable[str]) -> list[str]:
    """Those of ``known`` that the version of a reference means; none when it cannot be read."""
    if not is_range(version):
        wanted = version_key(version)
        return [v for v in known if version_key(v) == wanted]
    try:
        return parse_v2(version)[0].select(known)
    except RequestSyntaxError:
        return []
