"""What both ends report: which figures are compared, which are added up, and which are not."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_table import STRUCTURES, Row, admin, made, received, seen

from hub.query.model import Api, Comparison, DataQuery, Filter, Operator
from hub.views.mirror import INDICATORS, Mirror
from hub.views.mirror_rules import mirror_rules

RETURNS, FLOW, BORDER = "DF_MIG_RETURNS", "DF_MIG_FLOW", "DF_MIG_BORDER"
OF = {RETURNS: "RETURNS", FLOW: "MIGRATION", BORDER: "BORDER"}


def compared(*rows: Row, flow: str = RETURNS, **key: str) -> list[dict[str, Any]]:
    """The rows of the view with these codes."""
    query = DataQuery(Api.V2, keys=(((), (OF[flow],)),))  # what is not asked for takes time too
    found = seen(Mirror(), {flow: rows}, query)
    return [one for one in found if all(one[c] == code for c, code in key.items())]


def values(*rows: Row, flow: str = RETURNS, **key: str) -> dict[str, str]:
    """The figures by indicator of the one comparison with these codes."""
    found = compared(*rows, flow=flow, **key)
    assert len({one["INDICATOR"] for one in found}) == len(found)
    return {one["INDICATOR"]: one["OBS_VALUE"] for one in found}


# -- the figures --------------------------------------------------------------------------------


def test_both_figures_and_their_distances() -> None:
    assert values(made(300), received(200)) == {
        "REPORTED_FROM": "300", "REPORTED_TO": "200", "DIFFERENCE": "100", "RATIO": "1.5",
        "ASYMMETRY": "0.4",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b", "asymmetry", "ratio"),
    [
        (7, 7, "0", "1"),
        (0, 0, "0", None),
        (5, 0, "2", None),
        (0, 5, "2", "0"),
        (1, 3, "1", "0.333333"),
        (2, 3, "0.4", "0.666667"),
        (1000000, 1, "1.999996", "1000000"),
    ],
)
def test_the_asymmetry_is_symmetric_and_between_0_and_2(
    a: int, b: int, asymmetry: str, ratio: str | None
) -> None:
    one, other = values(made(a), received(b)), values(made(b), received(a))
    assert one["ASYMMETRY"] == other["ASYMMETRY"] == asymmetry
    assert one.get("RATIO") == ratio


@pytest.mark.parametrize(
    ("value", "multiplier", "shown"),
    [("884.389", None, "884.389"), ("1.5", "3", "1500"), ("12", "0", "12"), ("1e3", None, "1000")],
)
def test_figures_keep_their_decimals_and_multiplier(
    value: str, multiplier: str | None, shown: str
) -> None:
    assert values(made(value, UNIT_MULT=multiplier), received(1))["REPORTED_FROM"] == shown


@pytest.mark.parametrize("value", [None, "NaN", "n.d."])
def test_what_is_no_figure_is_not_compared(value: str | None) -> None:
    assert compared(made(value), received(1)) == []


def test_one_end_alone_is_nothing_to_compare() -> None:
    assert compared(made(3)) == compared(received(3)) == []


def test_another_month_country_or_sex_is_not_the_same_figure() -> None:
    assert compared(made(3), received(3, TIME_PERIOD="2021-02")) == []
    assert compared(made(3), received(3, COUNTRY_COUNTERPART="USA")) == []
    assert compared(made(3, SEX="F"), received(3, SEX="M")) == []
    assert compared(made(3, CITIZENSHIP="HND"), received(3)) == []


# -- definitions --------------------------------------------------------------------------------


def test_persons_and_events_are_compared_and_never_made_equal() -> None:
    found = compared(made(9, UNIT_MEASURE="EV"), received(9, DEFINITION="RETURN_RECEPTION"))
    by = {one["INDICATOR"]: one for one in found}
    assert {(one["UNIT_FROM"], one["UNIT_TO"]) for one in found} == {("EV", "PS")}
    assert [by[i]["UNIT_MEASURE"] for i in INDICATORS] == ["EV", "PS", "_Z", "RATIO", "RATIO"]
    assert [by[i]["OBS_STATUS"] for i in INDICATORS] == ["A", "A", "D", "D", "D"]
    said = by["ASYMMETRY"]["COMMENT_OBS"]
    assert "UNIT_MEASURE EV / PS" in said
    assert "DEFINITION RETURN_ORDER / RETURN_RECEPTION" in said
    assert by["REPORTED_FROM"]["DEFINITION"] == "RETURN_ORDER"
    assert by["REPORTED_TO"]["DEFINITION"] == "RETURN_RECEPTION"


def test_ends_that_say_the_same_differ_in_nothing() -> None:
    found = compared(made(9, COUNTRY_COUNTERPART="GTM"), received(7))
    assert {one["OBS_STATUS"] for one in found} == {"A"}
    assert {one["COMMENT_OBS"] for one in found} == {None}


def test_a_definition_that_is_not_stated_is_not_taken_for_the_same() -> None:
    found = compared(made(9, COUNTRY_COUNTERPART="GTM", DEFINITION=None), received(7))
    assert {one["COMMENT_OBS"] for one in found if one["OBS_STATUS"] == "D"} == {
        "DEFINITION _U / RETURN_ORDER"
    }


def test_households_are_no_people() -> None:
    assert compared(made(3, UNIT_MEASURE="HH"), received(3)) == []


def test_a_destination_that_is_stated_goes_before_all_destinations() -> None:
    found = values(made(90), made(60, COUNTRY_COUNTERPART="GTM"), received(50))
    assert found["REPORTED_FROM"] == "60"


def test_two_authorities_of_one_end_are_two_comparisons() -> None:
    rows = (made(90), received(50, "GTM_SBS"), received(70, "GTM_IGM", DEFINITION=None))
    found = compared(rows[0], rows[1], {**rows[2], "UNIT_MEASURE": "PS", "SEX": "F"},
                     {**rows[2], "SEX": "M"}, SEX="_T")  # fmt: skip
    figures = {one["PROVIDER_TO"]: one["OBS_VALUE"] for one in found
               if one["INDICATOR"] == "REPORTED_TO"}  # fmt: skip
    assert figures == {"GTM_SBS": "50", "GTM_IGM": "140"}


def test_a_provider_that_is_not_stated_is_said_to_be_unknown() -> None:
    (one, *_) = compared(made(3, None), received(3))
    assert one["PROVIDER_FROM"] == "_U"


# -- sums ---------------------------------------------------------------------------------------


def test_parts_are_added_up_only_when_all_are_there() -> None:
    women, men = received(20, SEX="F"), received(30, SEX="M")
    assert values(made(9), women, men)["REPORTED_TO"] == "50"
    assert compared(made(9), women) == []
    assert compared(made(9), women, received(None, SEX="M", OBS_STATUS="Q")) == []


def test_a_provider_that_prints_no_zero_needs_one_part() -> None:
    found = values(made(9), received(20, "GTM_IGM", SEX="F"))
    assert found["REPORTED_TO"] == "20"


def test_a_total_that_is_stated_is_not_added_up_again() -> None:
    rows = (received(51), received(20, SEX="F"), received(30, SEX="M"))
    found = compared(made(9), *rows, SEX="_T", INDICATOR="REPORTED_TO")
    assert [(one["OBS_VALUE"], one["OBS_PARTS"]) for one in found] == [("51", "1")]


def test_unknown_sex_counts_where_it_is_given() -> None:
    rows = (received(20, SEX="F"), received(30, SEX="M"), received(5, SEX="_U"))
    assert values(made(9), *rows)["REPORTED_TO"] == "55"


def test_kinds_of_return_ages_and_conditions_of_travel() -> None:
    kinds = ("RETURNS_MADE_DEPORT", "RETURNS_MADE_ASSIST", "RETURNS_MADE_MINORS")
    left = [made(n, "MEX_UPM", MEASURE=m) for n, m in enumerate(kinds, 1)]
    right = [
        received(n, "GTM_IGM", SEX=sex, AGE=age, TRAVEL_CONDITION=condition)
        for n, (sex, age, condition) in enumerate(
            (s, *rest)
            for s in "FM"
            for rest in (("Y_GE18", "_Z"), ("Y_LT18", "ACC"), ("Y_LT18", "UNACC"))
        )
    ]
    found = compared(*left, *right, SEX="_T", AGE="_T")
    assert {one["INDICATOR"]: one["OBS_PARTS"] for one in found} == {
        "REPORTED_FROM": "3", "REPORTED_TO": "6", "DIFFERENCE": None, "RATIO": None,
        "ASYMMETRY": None,
    }  # fmt: skip
    assert {one["INDICATOR"]: one["OBS_VALUE"] for one in found}["REPORTED_TO"] == "15"


def test_ages_are_compared_where_both_ends_have_them() -> None:
    bands = [received(1, AGE=age) for age in ("Y_LT12", "Y12T17", "Y_GE18")]
    found = compared(made(5, AGE="Y_LT18"), made(7, AGE="Y_GE18"), *bands)
    figures = {(one["AGE"], one["OBS_VALUE"]) for one in found if one["INDICATOR"] == "REPORTED_TO"}
    assert figures == {("Y_LT18", "2"), ("Y_GE18", "1"), ("_T", "3")}


def test_the_status_of_a_sum_is_that_which_weighs_most() -> None:
    rows = (received(20, SEX="F"), received(30, SEX="M", OBS_STATUS="P"))
    (one,) = compared(made(9), *rows, INDICATOR="REPORTED_TO")
    assert one["OBS_STATUS"] == "P"


def months(of: Any, count: int, **more: str) -> list[Row]:
    return [of(n, TIME_PERIOD=f"2021-{n:02d}", **more) for n in range(1, count + 1)]


def test_a_year_needs_its_twelve_months_at_both_ends() -> None:
    assert compared(*months(made, 12), *months(received, 11), FREQ="A") == []
    found = values(*months(made, 12), *months(received, 12), FREQ="A")
    assert (found["REPORTED_FROM"], found["REPORTED_TO"]) == ("78", "78")
    year = compared(*months(made, 12), *months(received, 12), FREQ="A", INDICATOR="REPORTED_TO")
    assert [(one["TIME_PERIOD"], one["OBS_PARTS"]) for one in year] == [("2021", "12")]


def test_a_year_that_is_stated_stands_beside_twelve_months() -> None:
    stated = received(80, FREQ="A", TIME_PERIOD="2021")
    found = values(*months(made, 12), *months(received, 12), stated, FREQ="A")
    assert (found["REPORTED_FROM"], found["REPORTED_TO"]) == ("78", "80")


# -- other comparisons --------------------------------------------------------------------------


def flow(area: str, measure: str, partner: str, value: int, **more: str) -> Row:
    given = {"FREQ": "A", "TIME_PERIOD": "2020", "COUNTRY_BIRTH": "_T", "REASON": "_T",
             "COUNTRY_PREV_NEXT": partner, "DEFINITION": "RES_12M", **more}  # fmt: skip
    return admin(area, measure, value, "INT_ESTAT", **given)


def test_emigrants_and_immigrants_by_citizenship() -> None:
    found = compared(
        flow("ESP", "EMIGRATION", "MEX", 10), flow("MEX", "IMMIGRATION", "ESP", 30),
        flow("ESP", "EMIGRATION", "MEX", 4, CITIZENSHIP="ESP"),
        flow("MEX", "IMMIGRATION", "ESP", 6, CITIZENSHIP="ESP"),
        flow("MEX", "IMMIGRATION", "ESP", 9, CITIZENSHIP="MEX"),
        flow=FLOW,
    )  # fmt: skip
    assert {one["COMPARISON"] for one in found} == {"MIGRATION"}
    figures = {(one["CITIZENSHIP"], one["INDICATOR"]): one["OBS_VALUE"] for one in found}
    assert figures["_T", "ASYMMETRY"] == "1"
    assert figures["ESP", "ASYMMETRY"] == "0.4"
    assert not any(citizenship == "MEX" for citizenship, _ in figures)
    assert {one["COMMENT_OBS"] for one in found} == {None}


def test_exits_and_entries() -> None:
    rows = [
        admin("GTM", "EXITS", 8, None, COUNTRY_COUNTERPART="MEX", UNIT_MEASURE="EV"),
        admin("MEX", "ENTRIES", 6, None, COUNTRY_COUNTERPART="GTM", UNIT_MEASURE="EV"),
        admin("MEX", "EXITS", 5, None, COUNTRY_COUNTERPART="_T", UNIT_MEASURE="EV"),
    ]
    found = values(*rows, flow=BORDER)
    assert (found["REPORTED_FROM"], found["REPORTED_TO"]) == ("8", "6")


# -- on random stores ---------------------------------------------------------------------------

SEXES, AGES = ("_T", "F", "M"), ("_T", "Y_LT18", "Y_GE18")
CELLS = [(sex, age) for sex in SEXES for age in AGES]
SIDE = st.dictionaries(st.sampled_from(CELLS), st.integers(0, 20), max_size=9)
#: Months are judged one by one, so that each example has several.
MONTHS = [f"2021-{n:02d}" for n in range(1, 9)]
STORE = st.tuples(*(st.fixed_dictionaries(dict.fromkeys(MONTHS, SIDE)),) * 2)


def naive(cells: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Each cell as stated, else added up: ages first, then sexes, as the rules have it."""
    found = dict(cells)
    for sex in SEXES:
        if (sex, "_T") not in found and {(sex, "Y_LT18"), (sex, "Y_GE18")} <= found.keys():
            found[sex, "_T"] = found[sex, "Y_LT18"] + found[sex, "Y_GE18"]
    for age in AGES:
        if ("_T", age) not in found and {("F", age), ("M", age)} <= found.keys():
            found["_T", age] = found["F", age] + found["M", age]
    return found


def rows_of(store: tuple[dict[str, dict[tuple[str, str], int]], ...]) -> list[Row]:
    return [
        of(value, SEX=sex, AGE=age, TIME_PERIOD=month)
        for of, side in zip((made, received), store, strict=True)
        for month, cells in side.items()
        for (sex, age), value in cells.items()
    ]


@settings(max_examples=12, deadline=None)
@given(STORE)
def test_what_is_compared_is_what_a_naive_reader_would_add_up(
    store: tuple[dict[str, dict[tuple[str, str], int]], ...],
) -> None:
    expected = {
        (month, *cell, indicator): str(figures[cell])
        for month in MONTHS
        for left, right in [(naive(store[0][month]), naive(store[1][month]))]
        for cell in left.keys() & right.keys()
        for indicator, figures in (("REPORTED_FROM", left), ("REPORTED_TO", right))
    }
    found = compared(*rows_of(store))
    keys = Counter(tuple(one[c] for c in one if c not in LOOSE) for one in found)
    assert not keys or max(keys.values()) == 1, "a key stands twice"
    told = {
        (one["TIME_PERIOD"], one["SEX"], one["AGE"], one["INDICATOR"]): one["OBS_VALUE"]
        for one in found
    }
    assert {k: v for k, v in told.items() if k[-1].startswith("REPORTED")} == expected
    for (month, sex, age, indicator), value in told.items():
        if indicator == "ASYMMETRY":
            a, b = (Fraction(told[month, sex, age, f"REPORTED_{end}"]) for end in ("FROM", "TO"))
            exact = abs(a - b) / ((a + b) / 2) if a + b else Fraction(0)
            assert abs(Fraction(value) - exact) <= Fraction(1, 10**6)


LOOSE = {"OBS_VALUE", "OBS_STATUS", "CONF_STATUS", "UNIT_MULT", "DECIMALS", "COMMENT_OBS",
         "DEFINITION", "COLLECTION", "SOURCE", "UNIT_MEASURE", "OBS_PARTS", "_provider", "_start",
         "_end"}  # fmt: skip

CHOICES = {
    "FREQ": ["A", "M"], "COMPARISON": ["RETURNS", "MIGRATION"], "AREA_FROM": ["MEX", "USA"],
    "AREA_TO": ["GTM", "HND"], "CITIZENSHIP": ["GTM", "_T"], "SEX": ["_T", "F"],
    "INDICATOR": ["ASYMMETRY", "RATIO"],
}  # fmt: skip


def narrowed() -> list[Row]:
    """Flows between several countries, with a year."""
    return [
        *months(made, 12), *months(received, 12), *months(made, 3, CITIZENSHIP="HND"),
        *(admin("HND", "RETURNS_RECEIVED", 1, None, CITIZENSHIP="HND", COUNTRY_COUNTERPART="MEX",
                TIME_PERIOD=f"2021-{n:02d}") for n in range(1, 13)),
    ]  # fmt: skip


@cache
def whole() -> list[dict[str, Any]]:
    """All that the view makes of them."""
    return seen(Mirror(), {RETURNS: narrowed()})


@settings(max_examples=8, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(CHOICES)), st.integers(0, 2), max_size=3),
    st.booleans(),
)
def test_a_narrow_query_loses_nothing(chosen: dict[str, int], as_filter: bool) -> None:
    """Rows of the whole that a query selects are in what the view gives to that query."""
    codes = {c: CHOICES[c][: n or None] for c, n in chosen.items()}
    if as_filter:
        filters = tuple(
            Filter(c, tuple((Comparison(Operator.EQ, v),) for v in picked))
            for c, picked in codes.items()
        )
        query = DataQuery(Api.V2, filters=filters)
    else:
        query = DataQuery(Api.V2, keys=(tuple(tuple(codes.get(c, ())) for c in mirror_key()),))

    def selected(found: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
        return {
            tuple(one.values())
            for one in found
            if all(one[c] in picked for c, picked in codes.items())
        }

    narrow = seen(Mirror(), {RETURNS: narrowed()}, query)
    assert selected(narrow) == selected(whole())
    assert {tuple(one.values()) for one in narrow} <= {tuple(one.values()) for one in whole()}


def mirror_key() -> tuple[str, ...]:
    return STRUCTURES.dataflow("MIGHUB", "DF_MIG_MIRROR", None).series_key


def test_the_rules_name_codes_and_dimensions_that_exist() -> None:
    rules = mirror_rules()
    for ref in rules.dataflows:
        schema = STRUCTURES.dataflow(ref.agency, ref.id, ref.version)
        for comparison in rules.comparisons:
            for side in (comparison.from_, comparison.to):
                if side.dataflow == ref:
                    assert {side.partner, *side.where} <= set(schema.series_key)
                    assert side.measure in (schema.by_id["MEASURE"].codes or ())
        for one in rules.sums:
            if set(one.columns) <= set(schema.series_key):
                for code in (one.total, *one.parts, *one.optional):
                    for column, text in zip(one.columns, code, strict=True):
                        assert text in (schema.by_id[column].codes or ()), (column, text)
    codes = STRUCTURES.dataflow("MIGHUB", "DF_MIG_MIRROR", None).by_id
    assert tuple(one.code for one in rules.comparisons) == codes["COMPARISON"].codes
    assert codes["INDICATOR"].codes == INDICATORS
