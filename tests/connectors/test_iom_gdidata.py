"""IOM's tidy national series: the publisher's files whole, and with one thing changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from outcome import Outcome
from tidy_csv import lines, repeated, without, write

from connectors import catalogue
from hub.model.findings import Severity
from hub.structures.repository import StructureSet
from hub.validation import validate

Read = Callable[..., Outcome]
Shared = Callable[[str], Path]

NATIONALITY = "mex/iom_irregular_nationality"
DARIEN = "pan/iom_darien_nationality"
USA = "usa/iom_encounters"
HONDURAS = "hnd/iom_irregular_nationality"


def errors(outcome: Outcome) -> Counter[str]:
    return Counter(f.rule for f in outcome.findings if f.severity is Severity.ERROR)


def total(outcome: Outcome, period: str, **codes: str) -> int:
    frame = outcome.frame[outcome.frame["TIME_PERIOD"].str.startswith(period)]
    for component, code in codes.items():
        frame = frame[frame[component] == code]
    return int(frame["OBS_VALUE"].astype(int).sum())


def sample(connector: str) -> Path:
    return catalogue.samples(connector)[0]


@pytest.mark.parametrize(
    ("connector", "file", "year", "figure"),
    [
        ("mex/iom_irregular_sex_age", "irreg_mexico_dmg", "2022", 441409),
        ("mex/iom_returns", "irreg_mexico_exp", "2015", 181163),
        ("hnd/iom_irregular_total", "irreg_honduras", "2022", 188858),
        ("hnd/iom_irregular_sex_age", "irreg_honduras_dmg", "2022", 188858),
        ("gtm/iom_returnees", "irreg_guatemala", "2022", 94216),
        ("pan/iom_darien_sex_age", "irreg_darien_dmg", "2022", 248284),
    ],
)
def test_a_sound_file_gives_the_known_total_of_a_year(
    connector: str, file: str, year: str, figure: int, read: Read, shared_data: Shared
) -> None:
    path = shared_data(f"iom-gdidata/{file}.csv")
    outcome = read(connector, path)
    assert not errors(outcome)
    assert len(outcome.frame) == len(lines(path))
    assert total(outcome, year) == figure


@pytest.fixture(scope="module")
def encounters(read: Read, shared_data: Shared) -> Outcome:
    return read(USA, shared_data("iom-gdidata/irreg_usa.csv"))


def test_encounters_add_up_to_the_fiscal_years_the_agency_publishes(encounters: Outcome) -> None:
    """October to September: 521,090; 977,509; 458,088; 1,734,686; 2,378,944."""
    assert not errors(encounters)
    frame = encounters.frame
    month = frame["TIME_PERIOD"]
    fiscal = month.str[:4].astype(int) + (month.str[5:] >= "10")
    sums = frame["OBS_VALUE"].astype(int).groupby(fiscal).sum().to_dict()
    assert [sums[year] for year in range(2018, 2023)] == [521090, 977509, 458088, 1734686, 2378944]
    assert set(frame["FREQ"]) == {"M"}


def test_encounters_keep_group_post_and_title_apart(encounters: Outcome) -> None:
    frame = encounters.frame
    early = frame[frame["TIME_PERIOD"] < "2019-10"]
    assert set(early["BORDER_POINT"]) == set(early["CITIZENSHIP"]) == {"_T"}
    later = frame[frame["TIME_PERIOD"] >= "2019-10"]
    assert "_T" not in {*later["BORDER_POINT"], *later["CITIZENSHIP"]}
    groups = {(g.AGE, g.TRAVEL_CONDITION) for g in frame.itertuples()}
    assert groups == {("Y_GE18", "ALONE"), ("_T", "FAMILY"), ("Y_LT18", "UNACC"), ("Y_LT18", "ACC")}
    expelled = frame[frame["MEASURE"] == "ENCOUNTERS_EXPELLED"]
    assert (
        expelled["OBS_VALUE"].astype(int).sum() == 4653 + 57408 + 309 + 276985 + 2199253 + 8 + 15582
    )
    assert set(frame["UNIT_MEASURE"]) == {"EV"}


@pytest.mark.parametrize("header", ["area", "nat"])
def test_a_blank_is_the_total_in_the_first_years_only(
    header: str, read: Read, tmp_path: Path
) -> None:
    records = lines(sample(USA))
    at = next(i for i, record in enumerate(records) if record["t"] == "2020-04")
    records[at][header] = ""
    finding = read(USA, write(records, tmp_path / "usa.csv")).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_MISSING", at + 2, header)


def test_a_combination_of_title_and_group_nobody_knows_is_refused(
    read: Read, tmp_path: Path
) -> None:
    records = lines(sample(USA))
    records[3]["authority"] = "Title 50"
    finding = read(USA, write(records, tmp_path / "usa.csv")).only()
    assert (finding.rule, finding.row, finding.column, finding.found) == (
        "LABEL_UNKNOWN", 5, "authority", "Title 50",
    )  # fmt: skip


# -- two names, one code ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connector", "file", "count"),
    [
        (NATIONALITY, "irreg_mexico_nat.csv", 18),
        (NATIONALITY, "vintages/irreg_mexico_nat_1267fd3.csv", 34),
        (NATIONALITY, "vintages/irreg_mexico_nat_96990bc.csv", 33),
        (HONDURAS, "vintages/irreg_honduras_nat_13362fb.csv", 25),
    ],
)
def test_keys_given_twice_refuse_the_file_and_without_them_it_passes(
    connector: str, file: str, count: int, read: Read, shared_data: Shared, tmp_path: Path
) -> None:
    path = shared_data(f"iom-gdidata/{file}")
    outcome = read(connector, path)
    assert errors(outcome) - Counter(CODE_DOUBTFUL=1) == {"DUPLICATE_LABEL": count}
    twice = repeated(path, "t", "nat")
    assert sum(n - 1 for n in twice.values()) == count
    given = lines(path)
    for finding in outcome.findings:
        if finding.rule == "DUPLICATE_LABEL":
            line = given[finding.row - 2]
            assert (line["t"], line["nat"]) in twice
            assert finding.column == "n"
            assert finding.found == line["n"].removesuffix(".0")
    doubtful = "TWN" if connector == HONDURAS else ""
    sound = without(
        path,
        tmp_path / "sound.csv",
        lambda line: (line["t"], line["nat"]) in twice or line["nat"] == doubtful,
    )
    again = read(connector, sound)
    assert not errors(again)
    assert len(again.frame) == len(lines(sound))


def test_the_two_mexican_editions_with_duplicates_make_the_51(shared_data: Shared) -> None:
    files = ("irreg_mexico_nat.csv", "vintages/irreg_mexico_nat_96990bc.csv")
    found = [repeated(shared_data(f"iom-gdidata/{file}"), "t", "nat") for file in files]
    assert sum(n - 1 for each in found for n in each.values()) == 51
    assert {nat for each in found for _, nat in each} == {"FRA", "GIN"}


def test_the_edition_with_names_is_read_by_them_and_is_whole(
    read: Read, shared_data: Shared
) -> None:
    """The codes beside the names put China under Taiwan and French Guiana under France."""
    path = shared_data("iom-gdidata/vintages/irreg_honduras_nat_ce8f9c0.csv")
    outcome = read(HONDURAS, path)
    assert not errors(outcome)
    assert set(outcome.frame["FREQ"]) == {"A"}
    sums = [6373, 34206, 8154, 17590, 188858, 545043, 369258]
    assert [total(outcome, str(2018 + i)) for i in range(7)] == sums
    year = {"TIME_PERIOD": "2023"}
    assert outcome.value(CITIZENSHIP="CHN", **year) == "12184"
    assert outcome.value(CITIZENSHIP="TWN", **year) == "4"
    assert outcome.value(CITIZENSHIP="GUF", **year) == "17"
    assert outcome.value(CITIZENSHIP="FRA", **year) == "14"
    namibia = outcome.value(CITIZENSHIP="NAM", TIME_PERIOD="2024")
    assert namibia == str(14 + 3)  # NABIMIA and NAMIBIA


def test_a_name_nobody_mapped_is_refused(read: Read, shared_data: Shared, tmp_path: Path) -> None:
    records = lines(shared_data("iom-gdidata/vintages/irreg_honduras_nat_ce8f9c0.csv"))
    records[12]["orig"] = "ATLANTIDA"
    outcome = read(HONDURAS, write(records, tmp_path / "x.csv"))
    (finding,) = (f for f in outcome.findings if f.severity is Severity.ERROR)
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", 14, "orig")


def test_a_code_that_means_something_else_is_refused(
    read: Read, shared_data: Shared, tmp_path: Path
) -> None:
    """1,027 people of 2022 under TWN are China's in the edition that prints names."""
    path = shared_data("iom-gdidata/irreg_honduras_nat.csv")
    outcome = read(HONDURAS, path)
    (finding,) = (f for f in outcome.findings if f.severity is Severity.ERROR)
    assert (finding.rule, finding.column, finding.found) == ("CODE_DOUBTFUL", "nat", "TWN")
    assert lines(path)[finding.row - 2]["nat"] == "TWN"
    again = read(HONDURAS, without(path, tmp_path / "x.csv", lambda line: line["nat"] == "TWN"))
    assert not errors(again)
    assert total(again, "2022") == 188858 - 1027


def test_annual_editions_without_names_are_annual(
    read: Read, shared_data: Shared, tmp_path: Path
) -> None:
    path = shared_data("iom-gdidata/vintages/irreg_honduras_nat_13362fb.csv")
    twice = repeated(path, "t", "nat")
    sound = without(
        path,
        tmp_path / "sound.csv",
        lambda line: (line["t"], line["nat"]) in twice or line["nat"] == "TWN",
    )
    outcome = read(HONDURAS, sound)
    assert not errors(outcome)
    assert set(outcome.frame["FREQ"]) == {"A"}
    assert outcome.value(CITIZENSHIP="CUB", TIME_PERIOD="2018") == "2939"


# -- codes --------------------------------------------------------------------------------------


def test_private_codes_are_read_as_their_map_says_and_reported_once_each(
    read: Read, shared_data: Shared
) -> None:
    outcome = read(NATIONALITY, shared_data("iom-gdidata/irreg_mexico_nat.csv"))
    private = [f for f in outcome.findings if f.rule == "CODE_PRIVATE"]
    assert [(f.found, f.severity, f.column) for f in private] == [
        ("STL", Severity.WARNING, "nat"), ("XKX", Severity.WARNING, "nat"),
    ]  # fmt: skip
    given = lines(shared_data("iom-gdidata/irreg_mexico_nat.csv"))
    for finding in private:
        assert given[finding.row - 2]["nat"] == finding.found
    assert total(outcome, "20", CITIZENSHIP="XXA") == 34


def test_a_private_code_nobody_mapped_is_refused(read: Read, tmp_path: Path) -> None:
    records = lines(sample(NATIONALITY))
    records[7]["nat"] = "OOS"
    finding = read(NATIONALITY, write(records, tmp_path / "x.csv")).only()
    assert (finding.rule, finding.row, finding.found) == ("LABEL_UNKNOWN", 9, "OOS")


@pytest.mark.parametrize(
    ("code", "period", "valid"),
    [
        ("ANT", "2018-01", False),  # dissolved on 2010-10-09
        ("SCG", "2018-01", False),
        ("CSK", "2018-01", False),
        ("SSD", "2018-01", True),
    ],
)
def test_a_dissolved_state_is_refused_after_its_end(
    code: str, period: str, valid: bool, read: Read, tmp_path: Path
) -> None:
    records = lines(sample(NATIONALITY))
    records[0] |= {"nat": code, "t": period}
    outcome = read(NATIONALITY, write(records, tmp_path / "x.csv"))
    if valid:
        assert outcome.findings == []
        return
    finding = outcome.only()
    assert (finding.rule, finding.row, finding.column, finding.found) == (
        "AREA_NOT_VALID", 2, "nat", code,
    )  # fmt: skip


def test_a_state_is_valid_in_the_year_of_its_end(read: Read, tmp_path: Path) -> None:
    records = lines(sample(DARIEN))
    records[0] |= {"nat": "ANT", "t": "2010-01"}  # a figure of the year 2010
    assert read(DARIEN, write(records, tmp_path / "x.csv")).findings == []
    records[0] |= {"t": "2011-01"}
    assert read(DARIEN, write(records, tmp_path / "x.csv")).only().rule == "AREA_NOT_VALID"


def test_nobody_comes_from_an_uninhabited_island(read: Read, tmp_path: Path) -> None:
    records = lines(sample(NATIONALITY))
    records[4]["nat"] = "HMD"
    finding = read(NATIONALITY, write(records, tmp_path / "x.csv")).only()
    assert (finding.rule, finding.row, finding.column) == ("ORIGIN_IMPOSSIBLE", 6, "nat")
    records[4]["n"] = "0"
    assert read(NATIONALITY, write(records, tmp_path / "x.csv")).findings == []


# -- Darién -------------------------------------------------------------------------------------


def test_darien_is_refused_for_tibet_and_panamanians_and_passes_without(
    read: Read, shared_data: Shared, tmp_path: Path
) -> None:
    path = shared_data("iom-gdidata/irreg_darien_nat.csv")
    outcome = read(DARIEN, path)
    given = lines(path)
    found = {f.rule: f for f in outcome.findings if f.severity is Severity.ERROR}
    assert errors(outcome) == {"LABEL_UNKNOWN": 1, "OWN_NATIONALS": 1}
    assert given[found["LABEL_UNKNOWN"].row - 2]["nat"] == "TIB"
    assert given[found["OWN_NATIONALS"].row - 2] == {"t": "2020-02", "nat": "PAN", "n": "1"}
    sound = without(path, tmp_path / "x.csv", lambda line: line["nat"] in ("TIB", "PAN"))
    again = read(DARIEN, sound)
    assert not errors(again)
    assert total(again, "2022") == 248284


def test_years_dated_in_january_are_annual(read: Read) -> None:
    frame = read(DARIEN, sample(DARIEN)).frame
    kinds = frame.groupby("TIME_PERIOD")["FREQ"].unique().map(list).to_dict()
    assert kinds == {"2010": ["A"], "2011": ["A"], "2013": ["A"], "2020-01": ["M"]}
    by_year = frame["OBS_VALUE"].astype(int).groupby(frame["TIME_PERIOD"]).sum()
    assert by_year["2010"] == 559


@pytest.mark.parametrize("period", ["2011-02", "2020-13", "enero"])
def test_another_month_of_an_annual_year_is_refused(
    period: str, read: Read, tmp_path: Path
) -> None:
    records = lines(sample(DARIEN))
    records[20]["t"] = period
    finding = read(DARIEN, write(records, tmp_path / "x.csv")).only()
    assert (finding.rule, finding.row, finding.column) == ("PERIOD_UNREADABLE", 22, "t")


def test_men_are_all_ages_until_boys_are_counted(read: Read, tmp_path: Path) -> None:
    connector = "pan/iom_darien_sex_age"
    early = lines(sample(connector))
    assert set(read(connector, sample(connector)).frame["AGE"]) == {"_T"}
    later = [
        {"t": "2023-01", "demog": demog, "n": n}
        for demog, n in (("men", "9"), ("women", "8"), ("boys", "7"), ("girls", "6"))
    ]
    frame = read(connector, write([*early, *later], tmp_path / "x.csv")).frame
    new = frame[frame["TIME_PERIOD"] == "2023-01"]
    assert sorted(zip(new["SEX"], new["AGE"], new["OBS_VALUE"], strict=True)) == [
        ("F", "Y_GE18", "8"), ("F", "Y_LT18", "6"), ("M", "Y_GE18", "9"), ("M", "Y_LT18", "7"),
    ]  # fmt: skip
    later[2]["t"] = "2022-01"  # boys, in a year in which men are of all ages
    outcome = read(connector, write([*early, *later], tmp_path / "x.csv"))
    assert errors(outcome) == {"LABEL_UNKNOWN": 1}


# -- sex, age and travel condition --------------------------------------------------------------


def test_travel_condition_is_no_age(read: Read) -> None:
    frame = read("mex/iom_irregular_sex_age", sample("mex/iom_irregular_sex_age")).frame
    january = frame[(frame["TIME_PERIOD"] == "2018-01") & (frame["SEX"] == "M")]
    assert set(zip(january["AGE"], january["TRAVEL_CONDITION"], strict=True)) == {
        ("Y_GE18", "_Z"), ("Y12T17", "_T"), ("Y_LT12", "ACC"), ("Y_LT12", "UNACC"),
    }  # fmt: skip
    assert set(frame["UNIT_MEASURE"]) == {"EV"}


def test_native_age_bands_nest(structures: StructureSet) -> None:
    """The bands of each source cover an age once, so they add up to all ages."""
    ages = structures.find("codelist", "MIGHUB", "CL_AGE")

    def limits(code: str) -> tuple[int, int]:
        notes = {note.id: int(note.title) for note in ages[code].annotations}
        return notes.get("AGE_MIN", 0), notes.get("AGE_MAX", 200)

    for bands in (["Y_LT12", "Y12T17", "Y_GE18"], ["Y_LT18", "Y_GE18"]):
        found = [limits(code) for code in bands]
        assert found[0][0] == 0
        assert all(a[1] + 1 == b[0] for a, b in pairwise(found))
        assert found[-1][1] == 200


def test_guatemala_receives_what_mexico_returns_and_neither_is_the_other(
    read: Read, shared_data: Shared
) -> None:
    received = read("gtm/iom_returnees", shared_data("iom-gdidata/irreg_guatemala.csv"))
    returned = read("mex/iom_returns", shared_data("iom-gdidata/irreg_mexico_exp.csv"))
    assert total(received, "2022", COUNTRY_COUNTERPART="MEX") == 53503
    assert total(returned, "2022", CITIZENSHIP="GTM") == 43317 + 6725 + 49
    assert set(received.frame["UNIT_MEASURE"]) == {"PS"}
    assert set(returned.frame["UNIT_MEASURE"]) == {"EV"}


# -- figures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "rule"),
    [
        ("-5", "NOT_A_COUNT"),
        ("2.5", "NOT_A_COUNT"),
        ("", "NUMBER_EXPECTED"),
        ("1,2", "NUMBER_EXPECTED"),
    ],
)
def test_a_figure_that_is_no_count_is_refused(
    figure: str, rule: str, structures: StructureSet, tmp_path: Path
) -> None:
    records = lines(sample(NATIONALITY))
    records[10]["n"] = figure
    message = catalogue.read(NATIONALITY, write(records, tmp_path / "x.csv"), structures)
    (finding,) = validate(message)  # and validation does not report it again
    assert (finding.rule, finding.row, finding.column) == (rule, 12, "n")


def test_another_countrys_file_is_known_by_its_nationals(read: Read, shared_data: Shared) -> None:
    """The three files have the same columns and do not say whose they are."""
    files = {
        NATIONALITY: "irreg_mexico_nat.csv",
        HONDURAS: "irreg_honduras_nat.csv",
        DARIEN: "irreg_darien_nat.csv",
    }
    for connector in files:
        for other, file in files.items():
            outcome = read(connector, shared_data(f"iom-gdidata/{file}"))
            if other != connector:
                assert errors(outcome)["OWN_NATIONALS"] == 1, (connector, file)


def test_a_month_that_holds_another_measure_jumps(read: Read, tmp_path: Path) -> None:
    records = lines(sample(NATIONALITY))
    for record in records:
        if record["t"] == "2018-03":
            record["n"] = str(int(record["n"]) * 30)
    finding = read(NATIONALITY, write(records, tmp_path / "x.csv")).only()
    assert (finding.rule, finding.severity) == ("LEVEL_JUMP", Severity.ERROR)
    assert records[finding.row - 2]["t"] == "2018-03"
