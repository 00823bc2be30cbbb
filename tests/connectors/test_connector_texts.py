"""Labels, footnote marks, column letters, months and periods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.framework.text import closest, column_letter, normalise, split_marks
from connectors.framework.times import month_number, part_said, read_span, span_period, year_in
from hub.model.periods import parse


@pytest.mark.parametrize(
    ("text", "label", "marks"),
    [
        ("Estados Unidos 1", "Estados Unidos", ("1",)),
        ("Serbia3", "Serbia", ("3",)),
        ("NACIONALIDAD1/", "NACIONALIDAD", ("1",)),
        ("Belice (1)", "Belice", ("1",)),
        ("Mauritius*", "Mauritius", ("*",)),
        ("Total¹²", "Total", ("12",)),
        ("Otros 1, 2", "Otros", ("1", "2")),
        ("   Brasil", "   Brasil", ()),
        ("Corea, Rep. (Sur)", "Corea, Rep. (Sur)", ()),
        ("LAS AMERICAS, 2025", "LAS AMERICAS, 2025", ()),
        ("1.234", "1.234", ()),
        ("7", "7", ()),
    ],
)
def test_marks_are_taken_off_labels(text: str, label: str, marks: tuple[str, ...]) -> None:
    assert split_marks(text) == (label, marks)


def test_labels_are_equal_but_for_accents_case_and_spaces() -> None:
    assert normalise("  Puerto  RICO ") == normalise("puerto rico")
    assert normalise("Perú") == normalise("PERU")
    assert normalise("Niger") != normalise("Nigeria")
    assert normalise("Congo, Rep.") != normalise("Congo, Rep. Dem.")


def test_a_near_miss_is_only_suggested() -> None:
    assert closest("Norruega", ["Noruega", "Nauru"]) == "Noruega"
    assert closest("Xyz", ["Noruega", "Nauru"]) is None


@given(st.integers(0, 16_383))
def test_column_letters_count_in_base_26(index: int) -> None:
    number = 0
    for letter in column_letter(index):
        number = number * 26 + ord(letter) - 64
    assert number - 1 == index


@pytest.mark.parametrize(
    ("text", "language", "month"),
    [(" ENE. ", "es", 1), ("Setiembre", "es", 9), ("DIC", "es", 12), ("maart", "nl", 3),
     ("Sept.", "en", 9), ("TOTAL", "es", None), ("", "es", None)],
)  # fmt: skip
def test_months(text: str, language: str, month: int | None) -> None:
    assert month_number(text, language) == month


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1.3.1 Entradas aéreas, enero-mayo de 2026", (2026, 1, 5)),
        ("Enero a Mayo de 2026", (2026, 1, 5)),
        ("ene. – dic. 2025", (2025, 1, 12)),
        ("mayo de 2026", (2026, 5, 5)),
        ("mayo-enero de 2026", None),
        ("enero-mayo de 2026 y enero-mayo de 2025", None),
        ("el año 2026", None),
        ("según sexo, ene-mar 2023 ", (2023, 1, 3)),
        ("de Estados Unidos y México, enero de 2020", (2020, 1, 1)),
        ("enero-marso de 2023", None),
        ("marso, abril de 2023", None),
        # Only the last month is joined to the year; the figures are of more.
        ("enero y febrero de 2026", None),
        ("enero-febrero-marzo 2026", None),
        ("enero de 2026 a marzo de 2026", None),
        ("acumulado a marzo de 2026", None),
        ("hasta marzo de 2026", None),
        ("del 1 al 15 de marzo de 2026", None),
    ],
)
def test_periods_in_titles(text: str, span: tuple[int, int, int] | None) -> None:
    assert read_span(text, "es") == span


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("enero-marso de 2023", "es", "enero-marso"),
        ("marso de 2023", "es", "marso"),
        ("2023 (febrer)", "es", "febrer"),
        ("Ene-mar, por sexo, 2023", "es", "ene"),
        ("primer trimestre de 2023", "es", "trimestre"),
        ("January-March 2023", "es", "january-march"),
        ("Januery 2023", "en", "januery"),
        ("03/2023", "es", "03/2023"),
        ("2023/24", "en", "2023/24"),
        ("T1 2023", "es", "t1 2023"),
        ("xxxxx-yyyyy de 2023", "es", "xxxxx-yyyyy"),
        ("por género, 2023", "es", None),
        ("mayores de edad, año 2023", "es", None),
        ("por vía (aire, mar), 2023", "es", None),
        ("Data may change, 2023", "en", None),
        ("2023 1/", "es", None),
        ("Reino Unido, 2023", "es", None),
    ],
)
def test_words_of_a_part_of_a_year(text: str, language: str, said: str | None) -> None:
    assert part_said(text, language, {"unido"}) == said


@given(st.integers(1990, 2050), st.integers(1, 12), st.integers(1, 12))
def test_a_span_covers_its_months_and_no_more(year: int, one: int, other: int) -> None:
    first, last = sorted((one, other))
    freq, text = span_period(year, first, last)
    period = parse(text)
    assert (period.start.year, period.start.month, period.start.day) == (year, first, 1)
    months = (period.end.year - year) * 12 + period.end.month - first
    assert (months, period.end.day) == (last - first + 1, 1)
    assert freq == {1: "M", 12: "A"}.get(months, "_U")


def test_a_year_is_read_when_it_is_the_only_one() -> None:
    assert year_in("AEROPUERTO, 2025") == 2025
    assert year_in("2025 y 2026") is None
    assert year_in("120256") is None
