"""Files of records: a toy source with every option of the layout, and files with one fault."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome import Outcome

from connectors.framework.catalogue import Catalogue
from connectors.framework.discovery import Connectors

SOURCE = """
title: {en: Toy, es: Juguete}
publisher: {name: Toy office, acronym: TOY, country: BOL, official: "no"}
provider: TOY
dataflow: MIGHUB:DF_MIG_DISPLACEMENT(1.0.0)
provision_agreement: MIGHUB:PA_TOY(1.0.0)
licence: none
url: none
coverage: {area: BOL}
schedule: never
language: en
formats: [csv]
layouts: [one]
fixed: {LOCATION: _T, REASON: _T, POPULATION_TYPE: ASY, UNIT_MEASURE: USD}
status: {default: A}
markers: {"..": {status: O}, "*": {status: Q}, "-": {value: "0"}}
csv: {thousands: ",", decimal: "."}
tolerance: "0.001"
layout:
  tables:
    yearly:
      keys:
        year: {period: year}
        where: {component: REF_AREA, pattern: "[A-Z]{3}", map: areas}
        sex: {map: sexes}
        office: {}
        series: {apart: "yes"}
      figures: figures
      optional: [rejected]
      ignored: {remark: words}
      fixed: {COUNTRY_ORIGIN: _T, AGE: _T}
      sums: [{total: decided, parts: [recognised, rejected]}]
      totals: [{key: sex, total: all, parts: [men, women]}]
      add_up: "yes"
    monthly:
      keys:
        month: {period: month or quarter}
        where: {component: REF_AREA, pattern: "[A-Z]{3}", map: areas}
        band: {map: bands, blank: {AGE: _U}}
      figures: monthly
      fixed: {COUNTRY_ORIGIN: _T, SEX: _T}
expectations: {observations: ["0", "1000"]}
sample: {note: {en: none, es: ninguna}}
"""
MAPS = {
    "areas": "label,kind,REF_AREA,valid_from,valid_to,note\n"
    "Burma,area,BUR,,1989,\nBurma,area,MMR,1990,,\nSea,ignored,,,,no country\n",
    "sexes": "label,kind,SEX,note\nmen,area,M,\nwomen,area,F,\nall,aggregate,_T,\n",
    "bands": "label,kind,AGE,note\nchild,area,Y0T17,\nadult,area,Y_GE18,\n",
    "figures": "label,kind,MEASURE,note\nrecognised,area,ASYLUM_RECOGNISED,\n"
    "rejected,area,ASYLUM_REJECTED,\ndecided,aggregate,ASYLUM_DECIDED,\n",
    "monthly": "label,kind,MEASURE,note\napplied,area,ASYLUM_APPLIED,\n",
}
CONNECTOR = """
from connectors.framework.crosstab import Cut
from connectors.framework.listing import read_listing

def cut(book, source):
    listing = read_listing(book.sheets[0], source)
    return Cut([], listings=[] if listing is None else [listing])
"""
HEADER = "year,where,sex,office,series,recognised,rejected,decided\n"

ReadText = Callable[[str], Outcome]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    root = tmp_path_factory.mktemp("toys")
    folder = root / "bol" / "toy"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE, "utf-8")
    (folder / "connector.py").write_text(CONNECTOR, "utf-8")
    for name, text in MAPS.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return Catalogue(Connectors(root))


@pytest.fixture(scope="module")
def read_text(
    toy: Catalogue, read: Callable[..., Outcome], tmp_path_factory: pytest.TempPathFactory
) -> ReadText:
    path = tmp_path_factory.mktemp("files") / "toy.csv"

    def outcome(text: str) -> Outcome:
        path.write_text(text, "utf-8")
        return read("bol/toy", path, toy)

    return outcome


def test_a_file_is_of_the_kind_whose_headers_it_has(read_text: ReadText) -> None:
    outcome = read_text("band,applied,where,month\nchild,5,PER,2024-05\n,6,PER,2024-Q1\n")
    assert outcome.findings == []
    columns = ["FREQ", "REF_AREA", "AGE", "TIME_PERIOD", "OBS_VALUE", "MEASURE"]
    assert outcome.frame[columns].to_numpy().tolist() == [
        ["M", "PER", "Y0T17", "2024-05", "5", "ASYLUM_APPLIED"],
        ["Q", "PER", "_U", "2024-Q1", "6", "ASYLUM_APPLIED"],
    ]


def test_the_header_need_not_be_the_first_line(read_text: ReadText) -> None:
    outcome = read_text("A title\n\n" + HEADER + "2024,PER,all,a,1,1,2,3\n")
    assert outcome.findings == []
    assert outcome.value(MEASURE="ASYLUM_DECIDED") == "3"


def test_records_are_added_up_and_say_of_what(read_text: ReadText) -> None:
    outcome = read_text(
        HEADER + '2024,PER,all,north,1,"1,000",2,"1,002"\n2024,PER,all,south,1,0.5,..,3\n'
        "2024,PER,all,east,1,-,*,3\n"
    )
    frame = outcome.frame.set_index("MEASURE")
    assert outcome.findings == []
    assert frame.loc["ASYLUM_RECOGNISED", "OBS_VALUE"] == "1000.5"
    assert frame.loc["ASYLUM_DECIDED", "OBS_VALUE"] == "1008"
    assert frame.loc["ASYLUM_REJECTED", "OBS_VALUE"] is None
    assert frame.loc["ASYLUM_REJECTED", "OBS_STATUS"] == "O"
    assert frame.loc["ASYLUM_DECIDED", "COMMENT_OBS"] == "office east, north, south; series 1"


def test_over_what_is_apart_nothing_is_added_up(read_text: ReadText) -> None:
    outcome = read_text(HEADER + "2024,PER,all,a,1,1,2,3\n2024,PER,all,a,2,1,2,3\n")
    assert [(f.rule, f.row) for f in outcome.findings] == [("DUPLICATE_LABEL", 3)] * 3


def test_a_name_means_what_it_did_in_the_year(read_text: ReadText) -> None:
    outcome = read_text(HEADER + "1980,Burma,all,a,1,1,2,3\n2000,burma,all,a,1,1,2,3\n")
    assert outcome.findings == []
    areas = outcome.frame.groupby("TIME_PERIOD")["REF_AREA"].first()
    assert areas.to_dict() == {"1980": "BUR", "2000": "MMR"}


def test_what_is_ignored_gives_nothing(read_text: ReadText) -> None:
    outcome = read_text(HEADER + "2024,Sea,all,a,1,1,2,3\n2024,PER,all,a,1,1,2,3\n")
    assert outcome.findings == []
    assert set(outcome.frame["REF_AREA"]) == {"PER"}


def test_a_column_that_some_editions_lack(read_text: ReadText) -> None:
    text = "year,where,sex,office,series,recognised,decided,remark\n2024,PER,all,a,1,3,3,x\n"
    outcome = read_text(text)
    assert outcome.findings == []
    assert set(outcome.frame["MEASURE"]) == {"ASYLUM_RECOGNISED", "ASYLUM_DECIDED"}


@pytest.mark.parametrize(
    ("text", "rule", "row", "column"),
    [
        (HEADER + "24,PER,all,a,1,1,2,3\n", "PERIOD_UNREADABLE", 2, "year"),
        (HEADER + "2024,Peru,all,a,1,1,2,3\n", "LABEL_UNKNOWN", 2, "where"),
        (HEADER + "2024,QQQ,all,a,1,1,2,3\n", "LABEL_UNKNOWN", 2, "where"),
        (HEADER + "2024,_T,all,a,1,1,2,3\n", "LABEL_UNKNOWN", 2, "where"),
        (HEADER + "2024,PER,boys,a,1,1,2,3\n", "LABEL_UNKNOWN", 2, "sex"),
        (HEADER + "2024,PER,,a,1,1,2,3\n", "LABEL_UNKNOWN", 2, "sex"),
        (HEADER + "2024,PER,all,a,1,1,2,n.d.\n", "NUMBER_EXPECTED", 2, "decided"),
        (HEADER + "2024,PER,all,a,1,1,2,\n", "NUMBER_EXPECTED", 2, "decided"),
        (HEADER + '2024,PER,all,a,1,1,2,"3,00"\n', "NUMBER_EXPECTED", 2, "decided"),
        (HEADER + "2024,PER,all,a,1,1,2,4\n", "TOTAL_MISMATCH", 2, "decided"),
        (HEADER + "2024,PER,all,a,1,1,2,3,9\n", "VALUE_OUTSIDE_TABLE", 1, "I"),
        (HEADER.replace("sex", "office"), "HEADER_MISSING", 1, None),
        (HEADER.replace("\n", ",year\n"), "HEADER_DIFFERS", 1, "year"),
        (HEADER.replace("\n", ",colour\n"), "LABEL_UNKNOWN", 1, "colour"),
        (HEADER.replace("sex", "Gender"), "HEADER_MISSING", 1, None),
    ],
)
def test_a_fault_is_one_finding_at_its_place(
    text: str, rule: str, row: int, column: str | None, read_text: ReadText
) -> None:
    findings = read_text(text).findings
    assert (rule, row, column) in {(f.rule, f.row, f.column) for f in findings}
    assert len({(f.rule, f.found) for f in findings}) <= 2, [f.message for f in findings]


def test_a_total_over_records(read_text: ReadText) -> None:
    text = HEADER + "2024,PER,men,a,1,1,2,3\n2024,PER,women,a,1,1,1,2\n2024,PER,all,a,1,2,3,5\n"
    assert read_text(text).findings == []
    wrong = read_text(text.replace("all,a,1,2,3,5", "all,a,1,3,2,5"))
    assert [(f.rule, f.row, f.column, f.found, f.expected) for f in wrong.findings] == [
        ("TOTAL_MISMATCH", 4, "recognised", "3", "2"),
        ("TOTAL_MISMATCH", 4, "rejected", "2", "3"),
    ]


def test_the_same_unknown_word_is_reported_once(read_text: ReadText) -> None:
    lines = "".join(f"{year},QQQ,all,a,1,1,2,3\n" for year in range(2000, 2020))
    finding = read_text(HEADER + lines).only()
    assert finding.row == 2
    assert "20 records" in finding.message


@settings(max_examples=25, deadline=None)
@given(st.lists(st.decimals(-(10**9), 10**12, places=3), min_size=1, max_size=20))
def test_sums_are_exact(read_text: ReadText, numbers: list[Decimal]) -> None:
    lines = "".join(f"2024,PER,all,{i},1,{n:f},0,{n:f}\n" for i, n in enumerate(numbers))
    outcome = read_text(HEADER + lines)
    assert Decimal(outcome.value(MEASURE="ASYLUM_DECIDED")) == sum(numbers)
