"""Nobody learns of a small count more than that it is small."""

from __future__ import annotations

import numpy as np
import pytest
from attacker import Attack, Key, Published, Sum, sums_of, with_margins
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import before, figures_of, published, released

from hub.disclosure import Method, Rule
from hub.disclosure.protect import protect

RULE = Rule(Method.SUPPRESS, 5)
TOP = RULE.top
SEX = {"_T": ["F", "M"]}
AGE = {
    "_T": ["Y0T14", "Y15T24", "Y_GE25"],
    "Y_LT25": ["Y0T14", "Y15T24"],
    "Y_GE15": ["Y15T24", "Y_GE25"],
}
CITIZENS = {"_T": ["LCA", "_FOR"], "_FOR": ["BRB", "JAM"]}
ABOVE_SEX = {"F": ["_T"], "M": ["_T"]}
ABOVE_AGE = {
    "Y0T14": ["_T", "Y_LT25"],
    "Y15T24": ["_T", "Y_LT25", "Y_GE15"],
    "Y_GE25": ["_T", "Y_GE15"],
}
ABOVE_CITIZENS = {"LCA": ["_T"], "BRB": ["_T", "_FOR"], "JAM": ["_T", "_FOR"]}
COUNTS = st.one_of(st.integers(0, 6), st.integers(0, 6), st.integers(0, 60))


def safe(
    table: Published, true: dict[Key, int], sums: list[Sum], attack: Attack | None = None
) -> None:
    """No small count of ``true`` can be told from any other small count."""
    attack = attack or Attack()
    attack.read(table, TOP, sums)
    for key, value in true.items():
        shown = table[key][0]
        if not 1 <= value <= TOP:
            assert shown in (None, value)
            continue
        assert shown is None
        low, high = attack.bounds(key)
        assert low <= 1, (key, low, high)
        assert high >= TOP, (key, low, high)


@settings(max_examples=25, deadline=None)
@given(st.lists(COUNTS, min_size=18, max_size=18))
def test_three_ways_with_nested_and_overlapping_totals(counts: list[int]) -> None:
    keys = [(s, a, c) for s in "FM" for a in ABOVE_AGE for c in ABOVE_CITIZENS]
    table = with_margins(
        dict(zip(keys, counts, strict=True)), [ABOVE_SEX, ABOVE_AGE, ABOVE_CITIZENS]
    )
    areas = {("LCA", *key): value for key, value in table.items()}
    names = ("REF_AREA", "SEX", "AGE", "CITIZENSHIP")
    shown = released(areas, RULE, names)
    safe(shown, areas, sums_of(areas, [{}, SEX, AGE, CITIZENS]))


MONTHS = [f"2024-{m:02d}" for m in range(1, 13)]


@settings(max_examples=8, deadline=None)
@given(st.lists(COUNTS, min_size=48, max_size=48))
def test_years_quarters_and_spans_are_sums_of_months(counts: list[int]) -> None:
    keys = [(s, c, m) for s in "FM" for c in ("BRB", "JAM") for m in MONTHS]
    above = {m: ["2024", f"2024-Q{i // 3 + 1}", *(["2024-01-01/P5M"] if i < 5 else [])]
             for i, m in enumerate(MONTHS)}  # fmt: skip
    cut = with_margins(
        dict(zip(keys, counts, strict=True)),
        [ABOVE_SEX, {"BRB": ["_T"], "JAM": ["_T"]}, above],
    )
    table = {(freq(t), s, c, t): v for (s, c, t), v in cut.items()}
    shown = released(table, RULE, ("FREQ", "SEX", "CITIZENSHIP", "TIME_PERIOD"))
    below: dict[str, list[str]] = {}
    for month, wholes in above.items():
        for whole in wholes:
            below.setdefault(whole, []).append(month)
    plain = {(s, c, t): v for (_, s, c, t), v in table.items()}
    sums = sums_of(plain, [SEX, {"_T": ["BRB", "JAM"]}, below])
    safe({key[1:]: one for key, one in shown.items()}, plain, sums)


def freq(time: str) -> str:
    return "_U" if "/" in time else "Q" if "Q" in time else "A" if len(time) == 4 else "M"


def test_what_is_published_is_exact_and_zeros_stay() -> None:
    table = with_margins({("F", "BRB"): 40, ("M", "BRB"): 0, ("F", "JAM"): 30, ("M", "JAM"): 9},
                         [ABOVE_SEX, {"BRB": ["_T"], "JAM": ["_T"]}])  # fmt: skip
    done = protect(figures_of(table, ("SEX", "CITIZENSHIP")), RULE, time=None)
    assert (done.primary, done.secondary) == (0, 0)
    assert published(table, done) == {key: (value, None) for key, value in table.items()}


def test_a_single_small_count_is_withheld_with_company() -> None:
    table = with_margins({("F",): 3, ("M",): 40}, [ABOVE_SEX])
    shown = released(table, RULE, ("SEX",))
    assert shown[("F",)] == (None, "A")
    assert shown[("M",)][0] is None or shown[("_T",)][0] is None


def test_the_attacker_of_this_file_does_break_primary_suppression_alone() -> None:
    table = with_margins({("F",): 3, ("M",): 40}, [ABOVE_SEX])
    attack = Attack()
    attack.read({("F",): (None, "A"), ("M",): (40, None), ("_T",): (43, None)}, TOP,
                sums_of(table, [SEX]))  # fmt: skip
    assert attack.bounds(("F",)) == (3, 3)


def test_flags_tell_nothing_either() -> None:
    # All parts and the total are small: flags that say so would make each part a 1.
    cells = {(c,): 1 for c in ("BRB", "JAM", "USA", "GBR")}
    table = with_margins(cells, [{c: ["_T"] for (c,) in cells}])
    sums = sums_of(table, [{"_T": [c for (c,) in cells]}])
    attack = Attack()
    attack.read(dict.fromkeys(table, (None, "A")), TOP, sums)
    assert attack.bounds(("BRB",)) == (1, 1)
    safe(released(table, RULE, ("CITIZENSHIP",)), table, sums)


# Former releases


def test_a_figure_withheld_for_others_is_not_published_by_the_next_release() -> None:
    names = ("CITIZENSHIP",)
    above = [{c: ["_T"] for c in ("BRB", "JAM", "USA")}]
    sums = sums_of([("_T",), ("BRB",), ("JAM",), ("USA",)], [{"_T": ["BRB", "JAM", "USA"]}])
    first = with_margins({("BRB",): 3, ("JAM",): 20, ("USA",): 50}, above)
    one = released(first, RULE, names)
    # BRB is revised: without memory its partner would be free again, and the first release undone.
    second = with_margins({("BRB",): 12, ("JAM",): 20, ("USA",): 50}, above)
    two = released(second, RULE, names, former=[one])
    attack = Attack()
    attack.read(one, TOP, sums, name=lambda key: (1, *key) if first[key] != second[key] else key)
    attack.read(two, TOP, sums, name=lambda key: (2, *key) if first[key] != second[key] else key)
    assert attack.bounds((1, "BRB")) == (1, TOP)


@settings(max_examples=12, deadline=None)
@given(st.lists(COUNTS, min_size=12, max_size=12), st.lists(st.integers(0, 11), max_size=4),
       st.lists(COUNTS, min_size=4, max_size=4))  # fmt: skip
def test_the_difference_of_two_releases_tells_nothing(
    counts: list[int], places: list[int], values: list[int]
) -> None:
    keys = [(s, a, c) for s in "FM" for a in ABOVE_AGE for c in ("BRB", "JAM")]
    above = [ABOVE_SEX, ABOVE_AGE, {"BRB": ["_T"], "JAM": ["_T"]}]
    names = ("SEX", "AGE", "CITIZENSHIP")
    sums = sums_of(with_margins(dict.fromkeys(keys, 0), above), [SEX, AGE, {"_T": ["BRB", "JAM"]}])
    cells = dict(zip(keys, counts, strict=True))
    first = with_margins(cells, above)
    one = released(first, RULE, names)
    revised = cells | {keys[p]: v for p, v in zip(places, values, strict=False)}
    second = with_margins(revised, above)
    changed = {key for key in first if first[key] != second[key]}
    done = protect(
        figures_of(second, names, fresh=changed | {k for k, (v, _) in one.items() if v is None}),
        RULE, time=None, former=[before(one, names)],
    )  # fmt: skip
    if done.unprotected:  # it is said, and nothing is released
        return
    two = published(second, done)
    attack = Attack()
    if not any(one[key][0] is None for key in changed):
        # Nothing that was withheld was revised: both releases are about the same figures.
        attack.read(one, TOP, sums, name=lambda key: (1, *key) if key in changed else key)
    attack.read(two, TOP, sums, name=lambda key: (2, *key) if key in changed else key)
    for key, value in second.items():
        # What returned to a value that readers had before cannot be taken from them.
        if 1 <= value <= TOP and one[key][0] != value:
            low, high = attack.bounds((2, *key) if key in changed else key)
            assert high - low >= TOP - 1, (key, low, high)


def test_what_earlier_totals_give_away_is_refused_and_not_released() -> None:
    # Everything but one figure was published before a rule held.
    old = {("_T",): (43, None), ("M",): (40, None)}
    table = {("F",): 3, ("M",): 40, ("_T",): 43}
    done = protect(figures_of(table, ("SEX",), fresh={("F",)}), RULE, time=None,
                   former=[before(old, ("SEX",))])  # fmt: skip
    assert [list(table)[f] for f in done.unprotected] == [("F",)]


def test_a_later_detail_of_a_published_total_is_protected_by_other_details() -> None:
    table = {("_T",): 53, ("BRB",): 3, ("JAM",): 20, ("USA",): 30}
    one: Published = {("_T",): (53, None)}
    done = protect(figures_of(table, ("CITIZENSHIP",), fresh={k for k in table if k != ("_T",)}),
                   RULE, time=None, former=[before(one, ("CITIZENSHIP",))])  # fmt: skip
    assert done.unprotected == ()
    shown = published(table, done)
    assert shown[("_T",)] == (53, None)
    safe(shown, table, [(("_T",), [("BRB",), ("JAM",), ("USA",)])])


# Rounding

BASE = Rule(Method.ROUND, 5)


def test_conventional_rounding_is_undone_by_its_sum() -> None:
    attack = Attack()
    for name, rounded in (("a", 0), ("b", 0), ("c", 0), ("d", 0), ("sum", 10)):
        attack.figure(name, max(0, rounded - 2), rounded + 2)
    attack.sum("sum", ["a", "b", "c", "d"])
    assert attack.bounds("a") == (2, 2)


@settings(max_examples=25, deadline=None)
@given(st.lists(COUNTS, min_size=12, max_size=12))
def test_rounded_tables_add_up_and_tell_nothing_of_a_small_count(counts: list[int]) -> None:
    keys = [(s, a, c) for s in "FM" for a in ABOVE_AGE for c in ("BRB", "JAM")]
    above = [ABOVE_SEX, ABOVE_AGE, {"BRB": ["_T"], "JAM": ["_T"]}]
    true = with_margins(dict(zip(keys, counts, strict=True)), above)
    names = ("SEX", "AGE", "CITIZENSHIP")
    done = protect(figures_of(true, names), BASE, time=None)
    if done.unprotected:  # three-way tables need not have a rounding; then nothing is released
        return
    shown = {key: int(v) for key, v in zip(true, done.value, strict=True)}
    sums = sums_of(true, [SEX, AGE, {"_T": ["BRB", "JAM"]}])
    attack = Attack()
    for key, value in shown.items():
        assert value % 5 == 0
        assert abs(value - true[key]) < 5
        attack.figure(key, max(0, value - 4), value + 4)
    for total, parts in sums:
        assert shown[total] == sum(shown[p] for p in parts)
        attack.sum(total, parts)
    for key, value in true.items():
        if 1 <= value <= BASE.top:
            low, high = attack.bounds(key)
            assert low <= 1 and high >= BASE.top


def test_rounding_among_exact_figures_of_former_releases_is_refused() -> None:
    table = {("_T",): 43, ("F",): 3, ("M",): 40}
    done = protect(figures_of(table, ("SEX",), fresh={("F",), ("M",)}), BASE, time=None,
                   former=[before({("_T",): (43, None)}, ("SEX",))])  # fmt: skip
    assert ("F",) in [list(table)[f] for f in done.unprotected]


@pytest.mark.parametrize(("total", "parts", "rest"), [(60, (3, 20), True), (23, (3, 20), False)])
def test_a_list_that_falls_short_of_its_total_protects_by_its_rest(
    total: int, parts: tuple[int, int], rest: bool
) -> None:
    table = {("_T",): total, ("BRB",): parts[0], ("JAM",): parts[1]}
    done = protect(figures_of(table, ("CITIZENSHIP",)), RULE, time=None)
    assert np.isnan(done.value[1])
    assert (done.secondary == 0) is rest
