"""Formulas over named inputs, as exact fractions in SQL.

A formula has names, whole numbers, ``+ - * /`` and parentheses. Each name stands for a whole number
of millionths, so that figures with up to six decimals are computed without binary fractions, and
the only rounding is the one at the end: half away from zero.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["MICRO", "Fraction", "names", "rounded", "to_sql"]

#: What a whole number of an input counts: millionths.
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Fraction:
    """A number as two SQL expressions of type HUGEINT."""

    over: str
    under: str


def names(formula: str) -> set[str]:
    """Names of the inputs of a formula; raises ``ValueError`` when it is none."""
    return {node.id for node in ast.walk(_parsed(formula)) if isinstance(node, ast.Name)}


def to_sql(formula: str, columns: Mapping[str, str]) -> Fraction:
    """The formula as a fraction; ``columns`` are SQL expressions of its inputs in millionths.

    What leaves the range of a HUGEINT is an error of the engine, never a wrong figure. Raises
    ``ValueError`` for what is no formula, or a name that has no column.
    """
    return _fraction(_parsed(formula), columns)


def rounded(number: Fraction, decimals: int) -> str:
    """SQL of the text of a number with so many decimals at most; its denominator is positive.

    Zeros at its end are left out: not every message format keeps them.
    """
    power = 10**decimals
    size = f"((2 * {power}::HUGEINT * abs({number.over}) + {number.under}) // (2 * {number.under}))"
    sign = f"CASE WHEN {number.over} < 0 AND {size} > 0 THEN '-' ELSE '' END"
    if decimals == 0:
        return f"{sign} || CAST({size} AS VARCHAR)"
    whole = f"CAST({size} // {power} AS VARCHAR)"
    part = f"lpad(CAST({size} % {power} AS VARCHAR), {decimals}, '0')"
    return f"{sign} || rtrim(rtrim({whole} || '.' || {part}, '0'), '.')"


def _parsed(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{formula!r} is no formula: {error.msg}") from None


def _fraction(node: ast.expr, columns: Mapping[str, str]) -> Fraction:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool) and number >= 0:
            return Fraction(f"{number}::HUGEINT", "1")
        case ast.Name(id=name) if name in columns:
            return Fraction(columns[name], str(MICRO))
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(_fraction(left, columns), operator, _fraction(right, columns))
    raise ValueError(f"{ast.unparse(node)!r} has no meaning in a formula")


def _combined(a: Fraction, operator: ast.operator, b: Fraction) -> Fraction:
    match operator:
        case ast.Add() | ast.Sub():
            sign = "+" if isinstance(operator, ast.Add) else "-"
            if a.under == b.under:
                return Fraction(f"({a.over} {sign} {b.over})", a.under)
            left, right = _times(a.over, b.under), _times(b.over, a.under)
            return Fraction(f"({left} {sign} {right})", _times(a.under, b.under))
        case ast.Mult():
            return Fraction(_times(a.over, b.over), _times(a.under, b.under))
        case ast.Div():
            if a.under == b.under:
                return Fraction(a.over, b.over)
            return Fraction(_times(a.over, b.under), _times(a.under, b.over))
    raise ValueError(f"{type(operator).__name__} has no meaning in a formula")


def _times(a: str, b: str) -> str:
    if "1" in (a, b):
        return b if a == "1" else a
    return f"({a} * {b})"
