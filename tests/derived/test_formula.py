"""Formulas: exact fractions, rounded half away from zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction as Exact

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.derived.formula import MICRO, names, rounded, to_sql

FIGURES = st.decimals(min_value=0, max_value=10**9, places=6)
FORMULAS = (
    "a",
    "100000 * (a + b) / (a + b + c)",
    "a / b - c / b",
    "(a - b) / c",
    "a * b / (c * c)",
    "100 * a / b / c",
)


def asked(formula: str, decimals: int, **figures: Decimal) -> str:
    fraction = to_sql(formula, {n: f"{int(v * MICRO)}::HUGEINT" for n, v in figures.items()})
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {rounded(fraction, decimals)}").fetchone()
    assert row is not None
    return str(row[0])


def exactly(formula: str, decimals: int, **figures: Decimal) -> str:
    value = eval(formula, {n: Exact(v) for n, v in figures.items()})
    wide = Context(prec=120)
    quotient = wide.divide(Decimal(value.numerator), Decimal(value.denominator))
    rounded_ = quotient.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, context=wide)
    text = f"{rounded_:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.lstrip("-") if not Decimal(text) else text


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMULAS), st.integers(0, 4), FIGURES, FIGURES, FIGURES)
def test_a_formula_is_computed_exactly(
    formula: str, decimals: int, a: Decimal, b: Decimal, c: Decimal
) -> None:
    try:
        expected = exactly(formula, decimals, a=a, b=b, c=c)
    except ZeroDivisionError:
        return
    try:
        found = asked(formula, decimals, a=a, b=b, c=c)
    except duckdb.OutOfRangeException:  # refused, as promised, and not rounded
        assert "*" in formula or "/" in formula
        assert max(a, b, c) > 10**4
        return
    assert found == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("1", "8", "0.13"), ("1", "16", "0.06"), ("3", "8", "0.38"), ("0", "7", "0")],
)
def test_halves_go_up(a: str, b: str, expected: str) -> None:
    assert asked("a / b", 2, a=Decimal(a), b=Decimal(b)) == expected


@pytest.mark.parametrize(
    "formula", ["a +", "a ** 2", "a if b else c", "open('x')", "a.b", "1.5 * a", "-a", "a // b"]
)
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        to_sql(formula, {"a": "1", "b": "2", "c": "3"})


def test_names_of_a_formula() -> None:
    assert names("100 * a / (a + b)") == {"a", "b"}
