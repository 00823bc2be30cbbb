"""Eurostat, OECD and the World Bank: their codes, flags and labels, and what is refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from outcome import Outcome

from connectors import catalogue
from connectors.framework.areas import areas, by_alpha2
from connectors.framework.discovery import Connectors

Read = Callable[..., Outcome]
Rows = list[dict[str, str]]
Given = Callable[[str, str, Callable[[Rows], object]], Outcome]

FLOWS, PERMITS, OECD = "int/eurostat_flows", "int/eurostat_permits", "int/oecd_flows"
WDI, PAIRS = "int/wb_wdi", "int/wb_bilateral_remittances"


@pytest.fixture
def given(read: Read, tmp_path: Path) -> Given:
    """A sample of a connector with something changed in its records."""

    def outcome(connector: str, name: str, change: Callable[[Rows], object]) -> Outcome:
        (path,) = (p for p in catalogue.samples(connector) if p.name == name)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        change(rows)
        target = tmp_path / name
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return read(connector, target)

    return outcome


def imm(given: Given, **cells: str) -> Outcome:
    """Immigration by citizenship with the first record changed."""
    return given(FLOWS, "migr_imm1ctz.csv", lambda rows: rows[0].update(cells))


@pytest.mark.parametrize(
    ("code", "area"),
    [("EL", "GRC"), ("UK", "GBR"), ("XK", "XKX"), ("NL", "NLD"), ("GB", "GBR")],
)
def test_two_letters_are_eurostats(code: str, area: str, given: Given) -> None:
    outcome = imm(given, geo=code)
    assert outcome.findings == []
    assert outcome.frame["REF_AREA"].iloc[0] == area


@pytest.mark.parametrize(("column", "code"), [("geo", "QQ"), ("citizen", "QQ"), ("age", "Y3-17")])
def test_a_code_nobody_knows_is_named(column: str, code: str, given: Given) -> None:
    finding = imm(given, **{column: code}).only()
    assert (finding.rule, finding.row, finding.column, finding.found) == (
        "LABEL_UNKNOWN", 2, column, code,
    )  # fmt: skip


def test_namibia_is_no_missing_value(given: Given) -> None:
    outcome = imm(given, citizen="NA")
    assert outcome.findings == []
    assert outcome.frame["CITIZENSHIP"].iloc[0] == "NAM"


def test_one_definition_of_age_is_read(given: Given) -> None:
    """Both are in every file, of the same people; read together they would count twice."""
    outcome = given(FLOWS, "migr_imm1ctz.csv", lambda _: None)
    key = {"REF_AREA": "GBR", "CITIZENSHIP": "JAM"}
    assert outcome.value(**key) == "210"
    finding = imm(given, agedef="UNKNOWN").only()
    assert (finding.rule, finding.column) == ("LABEL_UNKNOWN", "agedef")


@pytest.mark.parametrize(
    ("flag", "status", "comment"),
    [
        ("", "A", None),
        ("b", "B", None),
        ("s", "E", None),
        ("p", "P", None),
        ("bd", "B", "Eurostat flags: break in time series, definition differs."),
        ("ep", "E", "Eurostat flags: estimated, provisional."),
        ("bep", "B", "Eurostat flags: break in time series, estimated, provisional."),
    ],
)
def test_flags_become_a_status(flag: str, status: str, comment: str | None, given: Given) -> None:
    outcome = imm(given, OBS_FLAG=flag)
    assert outcome.findings == []
    first = outcome.frame.iloc[0]
    assert (first["OBS_STATUS"], first["COMMENT_OBS"]) == (status, comment)


@pytest.mark.parametrize("flag", ["x", "db"])
def test_a_flag_nobody_knows_is_refused(flag: str, given: Given) -> None:
    finding = imm(given, OBS_FLAG=flag).only()
    assert (finding.rule, finding.column, finding.found) == ("LABEL_UNKNOWN", "OBS_FLAG", flag)


def test_a_confidential_figure_is_suppressed_and_not_only_missing(given: Given) -> None:
    outcome = imm(given, OBS_VALUE="", OBS_FLAG="c", CONF_STATUS="C")
    first = outcome.frame.iloc[0]
    assert (first["OBS_VALUE"], first["OBS_STATUS"], first["CONF_STATUS"]) == (None, "Q", "C")


def test_a_flagged_figure_keeps_its_figure(given: Given) -> None:
    first = imm(given, OBS_VALUE="5", OBS_FLAG="u").frame.iloc[0]
    assert (first["OBS_VALUE"], first["OBS_STATUS"]) == ("5", "U")


def test_permits_are_read_once_for_any_validity(given: Given) -> None:
    outcome = given(PERMITS, "migr_resfirst.csv", lambda _: None)
    spain = outcome.frame[outcome.frame["REF_AREA"] == "ESP"]
    assert dict(zip(spain["PERMIT_CATEGORY"], spain["OBS_VALUE"], strict=True)) == {
        "_T": "9100", "TEMP_FAMILY": "4000", "TEMP_WORK": "3100", "TEMP_STUDY": "600", "_O": "1400",
    }  # fmt: skip


def test_another_dataset_is_refused(given: Given) -> None:
    finding = imm(given, DATAFLOW="ESTAT:MIGR_ACQ(1.0)").only()
    assert (finding.rule, finding.column) == ("LABEL_UNKNOWN", "DATAFLOW")


def oecd(given: Given, **cells: str) -> Outcome:
    return given(OECD, "df_mig_b11_mex_cri.csv", lambda rows: rows[0].update(cells))


def test_the_world_is_all_foreigners(given: Given) -> None:
    outcome = oecd(given)
    assert outcome.findings == []
    assert set(outcome.frame["CITIZENSHIP"]) == {"_FOR"}
    assert outcome.value(REF_AREA="MEX", TIME_PERIOD="2022") == "74109"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"ACTION": "D"}, "ACTION"),
        ({"EDUCATION_LEV": "ISCED11_1", "Education level": "Primary"}, "EDUCATION_LEV"),
        ({"MEASURE": "B99", "Measure": "New measure"}, "MEASURE"),
    ],
)
def test_what_the_service_never_said_before_is_refused(
    cells: dict[str, str], column: str, given: Given
) -> None:
    finding = oecd(given, **cells).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", 2, column)


def test_codes_and_names_that_no_longer_belong_together_are_refused(given: Given) -> None:
    found = oecd(given, **{"Reference area": "Mexico"}).only()
    assert (found.rule, found.column) == ("HEADER_DIFFERS", "Reference area")


def test_fractions_of_people_are_published_and_reported(given: Given) -> None:
    outcome = oecd(given, OBS_VALUE="248350.1526")
    finding = outcome.only()
    assert (finding.rule, finding.severity.value, finding.found) == (
        "NOT_A_COUNT", "warning", "248350.1526",
    )  # fmt: skip
    assert "248350.1526" in set(outcome.frame["OBS_VALUE"])
    assert oecd(given, OBS_VALUE="-5").only().severity.value == "error"


def test_a_blank_pair_is_missing_and_not_zero(given: Given) -> None:
    outcome = given(PAIRS, "bilateral_remittances.csv", lambda _: None)
    pair = outcome.frame[outcome.frame["COUNTRY_COUNTERPART"] == "HND"].iloc[0]
    assert (pair["REF_AREA"], pair["OBS_VALUE"], pair["OBS_STATUS"]) == ("GTM", None, "O")


def test_net_migration_may_be_negative_and_nothing_else(read: Read, tmp_path: Path) -> None:
    (path,) = (p for p in catalogue.samples(WDI) if p.name == "wdi_sdmx.csv")
    assert read(WDI, path).value(SERIES="MIG_NET") == "-800"
    half = tmp_path / "half.csv"
    half.write_text(path.read_text("utf-8").replace("-800", "-800.5"), "utf-8")
    assert read(WDI, half).only().rule == "NOT_A_COUNT"


def test_a_group_of_the_world_bank_is_left_out_and_a_new_one_named(
    read: Read, tmp_path: Path
) -> None:
    (path,) = (p for p in catalogue.samples(WDI) if p.name == "API_remittances.csv")
    text = path.read_text("utf-8")
    assert set(read(WDI, path).frame["REF_AREA"]) == {"JAM", "HND"}
    new = tmp_path / path.name
    new.write_text(text.replace('"LCN"', '"CCX"'), "utf-8")
    finding = read(WDI, new).only()
    assert (finding.rule, finding.found) == ("LABEL_UNKNOWN", "CCX")


def test_every_area_with_two_letters_is_found_by_them() -> None:
    found = by_alpha2()
    assert (found["NA"], found["GR"], found["GB"]) == ("NAM", "GRC", "GBR")
    assert set(found.values()) <= set(areas())
    assert len(found) == len(set(found.values())) > 240


@pytest.mark.parametrize("connector", ["int/eurostat_flows", "int/eurostat_stock", PERMITS])
def test_every_combination_of_flags_says_all_of_them(connector: str) -> None:
    names = {"b": "break", "d": "definition", "e": "estimated", "p": "provisional"}
    for entry in Connectors().get(connector).maps["flags"].entries:
        for letter in entry.label if len(entry.label) > 1 else "":
            assert names.get(letter, "") in entry.codes["COMMENT_OBS"]
