"""Tables of Jamaica, Guyana, Belize, Saint Lucia and Suriname, in the layouts described."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import Page, load, save

from connectors import catalogue

Read = Callable[..., Outcome]
Changed = Callable[[str, Callable[[Page], None]], Outcome]


@pytest.fixture
def changed(read: Read, tmp_path: Path) -> Changed:
    """The sample of a connector with something changed in its first sheet."""

    def outcome(connector: str, change: Callable[[Page], None]) -> Outcome:
        (sample,) = catalogue.samples(connector)
        pages = load(sample)
        change(next(iter(pages.values())))
        suffix = ".html" if sample.suffix == ".html" else ".xlsx"
        return read(connector, save(pages, tmp_path / f"x{suffix}"))

    return outcome


def put(label: str, to: str | int, right: int = 0) -> Callable[[Page], None]:
    """A change of the cell ``right`` of the one that says ``label``."""

    def change(page: Page) -> None:
        row, column = page.find(label)
        page.rows[row][column + right] = to

    return change


STATIN, LCA, SUR = "jam/statin_population_movements", "lca/cso_visitors", "sur/abs_demographic_data"


def test_a_loss_without_a_sign_is_a_negative_balance(changed: Changed) -> None:
    outcome = changed(STATIN, lambda _: None)
    assert outcome.value(MEASURE="NET_MIGRATION", TIME_PERIOD="2013") == "-14744"
    assert set(outcome.frame["OBS_STATUS"]) == {"P"}


def test_a_loss_with_a_sign_could_mean_either(changed: Changed) -> None:
    finding = changed(STATIN, put("14,744", "-14,744")).only()
    assert (finding.rule, finding.column) == ("NUMBER_EXPECTED", "Net Migration")


def test_births_are_deaths_and_natural_increase(changed: Changed) -> None:
    finding = changed(STATIN, put("36,746", "36,764")).only()
    assert (finding.rule, finding.row, finding.column, finding.found, finding.expected) == (
        "TOTAL_MISMATCH", 3, "Births", "36764", "36746",
    )  # fmt: skip


def test_a_letter_behind_the_year_is_the_state_of_its_figures(changed: Changed) -> None:
    outcome = changed(LCA, lambda _: None)
    status = outcome.frame.groupby("TIME_PERIOD")["OBS_STATUS"].unique().map(sorted).to_dict()
    assert status == {"2020": ["A", "O"], "2021": ["A"], "2022": ["P"]}
    finding = changed(LCA, put("2022 p", "2022 q")).only()
    assert (finding.rule, finding.found) == ("LABEL_UNKNOWN", "2022 q")


def test_a_year_twice_is_refused(changed: Changed) -> None:
    finding = changed(LCA, put("2021", "2020")).only()
    assert (finding.rule, finding.row, finding.found) == ("DUPLICATE_LABEL", 4, "2020")


def test_a_mark_at_a_figure_is_not_read_as_a_digit(changed: Changed) -> None:
    finding = changed(LCA, put("1,990", "1,990 (1)")).only()
    assert (finding.rule, finding.found) == ("NUMBER_EXPECTED", "1,990 (1)")


@pytest.mark.parametrize(
    ("connector", "label", "new"),
    [
        ("jam/pioj_deportees", "Canada", "Kanada"),
        ("jam/jtb_stopovers", "Cayman Islands", "Atlantis"),
        ("guy/bos_airport_movements", "Cheddi Jagan International Airport", "Lethem"),
        ("guy/bos_census_birthplace", "Venezuela", "Gran Colombia"),
        ("blz/sib_census_birthplace", "Honduras", "British Honduras"),
        ("blz/dins_permits", "China", "Cathay"),
        ("lca/cso_census_birthplace", "Trinidad & Tobago", "Trinbago"),
        ("sur/abs_census_nationality", "Braziliaanse", "Brasiliaanse"),
    ],
)
def test_a_label_nobody_knows_is_named(
    connector: str, label: str, new: str, changed: Changed
) -> None:
    finding = changed(connector, put(label, new)).only()
    assert (finding.rule, finding.found) == ("LABEL_UNKNOWN", new)


@pytest.mark.parametrize(
    ("connector", "label", "total"),
    [
        ("jam/pioj_deportees", "Canada", "TOTAL"),
        ("jam/jtb_stopovers", "Canada", "FOREIGN NATIONALS"),
        ("blz/dins_permits", "Guatemala", "Total"),
        ("sur/abs_census_nationality", "Guyanese", "Totaal"),
    ],
)
def test_a_total_below_its_rows_is_checked(
    connector: str, label: str, total: str, changed: Changed
) -> None:
    outcome = changed(connector, put(label, 99_999, right=1))
    assert {f.rule for f in outcome.findings} == {"TOTAL_MISMATCH"}
    names = {f.message.split("'")[1] for f in outcome.findings}
    assert names & {label, total}


def test_non_resident_jamaicans_are_nationals_who_live_abroad(changed: Changed) -> None:
    outcome = changed("jam/jtb_stopovers", lambda _: None)
    month = {"TIME_PERIOD": "2024-02"}
    assert outcome.value(CITIZENSHIP="JAM", COUNTRY_RESIDENCE="_FOR", **month) == "60"
    assert outcome.value(CITIZENSHIP="_FOR", COUNTRY_RESIDENCE="CYM", **month) == "18"
    assert outcome.value(CITIZENSHIP="_T", COUNTRY_RESIDENCE="_FOR", **month) == "1249"


def test_an_unknown_nationality_is_not_foreign(changed: Changed) -> None:
    """The 33 053 foreigners of 2012, and not 36 393."""
    frame = changed("sur/abs_census_nationality", lambda _: None).frame
    foreign = frame[frame["MEASURE"] == "STOCK_FC"]["OBS_VALUE"].map(int).sum()
    unknown = frame[frame["CITIZENSHIP"] == "_U"]
    assert (foreign, unknown["MEASURE"].tolist(), unknown["OBS_VALUE"].tolist()) == (
        33_053, ["STOCK_POP"], ["3340"],
    )  # fmt: skip


def test_the_residence_rule_of_belize_is_a_code(changed: Changed) -> None:
    frame = changed("blz/sib_census_birthplace", lambda _: None).frame
    assert set(frame["DEFINITION"]) == {"RES_6M"}


def test_another_country_is_not_read_as_this_one(read: Read) -> None:
    (guyana,) = catalogue.samples("guy/bos_census_birthplace")
    findings = read("blz/sib_census_birthplace", guyana).findings
    assert [(f.rule, f.expected) for f in findings] == [("LABEL_MISSING", "Belize")]


def test_dash_and_not_available_are_two_things(changed: Changed) -> None:
    outcome = changed(SUR, lambda _: None)
    said = {
        (row.MEASURE, row.TIME_PERIOD): (row.OBS_VALUE, row.OBS_STATUS)
        for row in outcome.frame.itertuples()
    }
    assert said["NET_MIGRATION", "2018"] == ("0", "A")
    assert said["EMIGRATION", "2019"] == (None, "O")


def test_a_header_in_dutch_that_is_new_is_named(changed: Changed) -> None:
    outcome = changed(SUR, put("Emigratie", "Vertrek"))
    assert {(f.rule, f.found or f.expected) for f in outcome.findings} == {
        ("HEADER_MISSING", "Emigratie"), ("LABEL_UNKNOWN", "Vertrek"),
    }  # fmt: skip


def test_preliminary_is_said_below_the_table_of_a_page(changed: Changed, read: Read) -> None:
    (sample,) = catalogue.samples("lca/cso_census_birthplace")
    assert set(read("lca/cso_census_birthplace", sample).frame["OBS_STATUS"]) == {"P"}
    # The rewritten page has no such line.
    assert set(changed("lca/cso_census_birthplace", lambda _: None).frame["OBS_STATUS"]) == {"A"}
