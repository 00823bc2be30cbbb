"""What a label says, whatever its accents, case, spaces and footnote marks."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from hub.model.cells import column_letter

__all__ = ["closest", "column_letter", "normalise", "split_marks"]

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# A mark ends a label: "1/", "(1)", "*", superscripts, or one or two digits after a letter,
# a bracket or a space ("Estados Unidos 1", "Serbia3").
_MARK = re.compile(
    r"(?:(\d{1,2})/|\((\d{1,2})\)|(\*+)|([⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?<=[^\d.,/-])(\d{1,2}))\s*$"
)


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """``text`` without accents, in lower case, with single spaces and none at the ends.

    Two labels are the same label when their normal forms are equal; nothing is guessed beyond
    that.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def split_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """A label and the footnote marks glued to its end, in reading order.

    ``"Serbia 3"`` gives ``("Serbia", ("3",))``; ``"NACIONALIDAD1/"`` gives
    ``("NACIONALIDAD", ("1",))``; leading spaces (they may be hierarchy) are kept.
    """
    label, marks = text.rstrip(), []
    while (match := _MARK.search(label)) is not None and match.start() > 0:
        mark = next(group for group in match.groups() if group is not None)
        marks.append(mark.translate(_SUPERSCRIPTS))
        label = label[: match.start()].rstrip().rstrip(",")
    return label, tuple(reversed(marks))


def closest(text: str, among: Iterable[str]) -> str | None:
    """The text of ``among`` spelled most like ``text``, or ``None`` when none is near.

    It is a suggestion for a person; no value is ever replaced by it.
    """
    words = {normalise(word): word for word in among}
    near = difflib.get_close_matches(normalise(text), words, n=1, cutoff=0.75)
    return " ".join(words[near[0]].split()) if near else None
