"""What the sender may have meant: a proposal for the reader, never applied."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from contextlib import suppress

from hub.model.periods import PeriodError, parse

__all__ = ["Nearest", "nearest", "period"]

#: Longest list in which a near code is looked for; beyond it the search would cost seconds.
_MOST = 20_000


def nearest(text: str, codes: Sequence[str]) -> str | None:
    """The code most like ``text``: the same but for capitals and spaces, else the most similar."""
    plain = text.strip().casefold()
    for code in codes:
        if code.casefold() == plain:
            return code
    if not plain or len(plain) > 100 or len(codes) > _MOST:
        return None
    close = difflib.get_close_matches(text.strip(), codes, n=1)
    return close[0] if close else None


class Nearest:
    """:func:`nearest` in one list, remembering answers and giving up after too many questions."""

    def __init__(self, codes: Sequence[str], most: int = 500) -> None:
        self._codes = codes
        self._left = most
        self._known: dict[str, str | None] = {}

    def __call__(self, text: str) -> str | None:
        """The proposal for ``text``, ``None`` when nothing is near."""
        if text not in self._known:
            if self._left <= 0:
                return None
            self._left -= 1
            self._known[text] = nearest(text, self._codes)
        return self._known[text]


#: Ways people write periods, and how SDMX writes the same.
_HABITS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (r"(?P<y>\d{4})[-/. ]?(?P<l>[ASTQMWD])[-/. ]?0*(?P<n>\d{1,3})", "{y}-{l}{n}"),
        (r"(?P<l>[ASTQ])0?(?P<n>\d)[-/. ]?(?P<y>\d{4})", "{y}-{l}{n}"),
        (r"(?P<y>\d{4})[-/. ]?(?P<n>\d{1,2})", "{y}-{n:2}"),
        (r"(?P<n>\d{1,2})[-/. ](?P<y>\d{4})", "{y}-{n:2}"),
        (r"(?P<y>\d{4})[/. ]?(?P<m>\d{2})[/. ]?(?P<d>\d{2})", "{y}-{m}-{d}"),
        (r"(?P<y>\d{4})[-/. ](?P<m>\d{1,2})[-/. ](?P<d>\d{1,2})", "{y}-{m:2}-{d:2}"),
        (r"(?P<y>\d{4})(?:\.0+|-00|-00-00)", "{y}"),
    )
)
_WIDTH = {"M": 2, "W": 2, "D": 3}
_SLOT = re.compile(r"\{(\w)(?::(\d))?\}")


def period(text: str) -> str | None:
    """The SDMX form of a period written another way, when there is just one reading.

    ``2020M5`` is ``2020-M05``, ``05/2020`` is ``2020-05``; ``03/04/2020`` has two readings, so
    none is proposed.
    """
    for pattern, form in _HABITS:
        match = pattern.fullmatch(text.strip())
        if match is None:
            continue
        parts = {name: value.upper() for name, value in match.groupdict().items()}
        if "l" in parts:
            parts["n"] = parts["n"].lstrip("0").zfill(_WIDTH.get(parts["l"], 1))
        made = _SLOT.sub(lambda m, p=parts: p[m[1]].zfill(int(m[2] or 0)), form)  # type: ignore[misc]
        with suppress(PeriodError):
            parse(made)
            return made
    return None
