"""A part of the observations, asked for by header: ``Range: values=0-2499``.

The unit ``values`` (whole observations) is that of .Stat's Data Explorer, which sends it as
``X-Range`` too where proxies take ``Range`` away. Other units are not offered and, as RFC 9110
(section 14.2) wants it, ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from werkzeug.datastructures import Headers

__all__ = ["ValueRange", "asked"]

_VALUES = re.compile(r"values=(\d{1,9})-(\d{1,9})")

#: Most observations in one part; a wider range is ignored and the whole is answered.
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class ValueRange:
    """The first observation (from 0) and how many are asked for."""

    first: int
    count: int

    def content_range(self, given: int) -> str:
        """The value of ``Content-Range`` when ``given`` (at least 1) observations are answered.

        How many there are in all is known only where the answer holds the last one.
        """
        total = str(self.first + given) if given < self.count else "*"
        return f"values {self.first}-{self.first + given - 1}/{total}"


def asked(headers: Headers) -> ValueRange | None:
    """The range a request asks for; ``None``: none, or none that is offered."""
    match = _VALUES.fullmatch((headers.get("Range") or headers.get("X-Range") or "").strip())
    if match is None:
        return None
    first, last = int(match[1]), int(match[2])
    if not 0 < last - first + 1 <= _MOST:
        return None
    return ValueRange(first, last - first + 1)
