"""Pieces of SQL with their parameters, and the few shapes that mapping makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from hub.model.listed import Listed

__all__ = ["Piece", "among", "any_of", "column", "text"]

#: Codes up to which a condition names each of them.
_FEW = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """SQL and the values of its parameters, in order."""

    sql: str
    values: tuple[object, ...] = ()

    @classmethod
    def joined(cls, separator: str, pieces: Iterable[Self]) -> Self:
        """The pieces with a separator between them."""
        listed = list(pieces)
        return cls(
            separator.join(p.sql for p in listed), tuple(v for p in listed for v in p.values)
        )

    @classmethod
    def all_of(cls, pieces: Iterable[Self]) -> Self:
        """The condition that all of the conditions hold."""
        listed = list(pieces)
        return cls.joined(" AND ", listed) if listed else cls("true")

    @property
    def denied(self) -> Piece:
        """The condition that this one does not hold; null is not holding."""
        return self.put("NOT coalesce({}, false)")

    def put(self, template: str) -> Piece:
        """The piece within other SQL: where ``{}`` stands in ``template``, which has no values."""
        return Piece(template.replace("{}", self.sql), self.values)


def any_of(pieces: Iterable[Piece]) -> Piece:
    """The condition that one of the conditions holds."""
    listed = list(pieces)
    if len(listed) == 1:
        return listed[0]
    return Piece.joined(" OR ", (one.put("({})") for one in listed)).put("({})")


def column(name: str, of: str = "r") -> str:
    """A column of the relation with the alias ``of``."""
    return f'{of}."' + name.replace('"', '""') + '"'


def text(value: str | None) -> Piece:
    """A text as a parameter; null stays null."""
    return Piece("CAST(NULL AS VARCHAR)") if value is None else Piece("?", (value,))


def among(expression: str, codes: Sequence[str]) -> Piece:
    """The condition that an expression is one of some codes; no codes: never."""
    if not codes:
        return Piece("false")
    if len(codes) == 1:
        return Piece(f"{expression} = ?", (codes[0],))
    if len(codes) <= _FEW:
        return Piece(f"{expression} IN ({', '.join('?' * len(codes))})", tuple(codes))
    # One value, however many codes: a list of hundreds takes longer to plan than to look up.
    table = Piece("?", (Listed(("code",), tuple((code,) for code in codes)),))
    return table.put(f"{expression} IN (SELECT t.code FROM {{}} t)")
