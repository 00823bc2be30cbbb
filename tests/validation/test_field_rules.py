"""Rules of the field: each planted fault is found once at its cell, and its clean twin is clean."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from field_data import NOW, Row, judged, only, parts, rows
from test_field_beside import BESIDE

from hub.model.findings import Severity
from hub.model.schema import StructureRef
from hub.plugins import connector_catalogue
from hub.structures.repository import StructureSet
from hub.validation import FieldContext, render, validate
from hub.validation.field import learn, load_rules, shipped_rules
from hub.validation.field.ages import identities, span
from hub.validation.field.kinds import RuleFileError

BORDER, IRREGULAR, STOCK = "DF_MIG_BORDER", "DF_MIG_IRREGULAR", "DF_MIG_STOCK"


def months(values: list[object], **more: str) -> list[Row]:
    """A monthly series from January 2022 on."""
    return [
        {"TIME_PERIOD": f"{2022 + n // 12}-{n % 12 + 1:02}", "OBS_VALUE": str(value), **more}
        for n, value in enumerate(values)
    ]


def ranges(values: list[int]) -> list[Row]:
    """January to a month, month after month."""
    return [
        {"FREQ": "_U", "TIME_PERIOD": f"2026-01-01/P{n + 1}M", "OBS_VALUE": str(value)}
        for n, value in enumerate(values)
    ]


AGES = {"_T": 100, "Y0T17": 40, "Y_GE18": 60, "Y0T5": 10, "Y6T11": 10, "Y12T17": 20}
FOREIGN = {"REF_AREA": "MEX", "CITIZENSHIP": "GTM", "OBS_VALUE": "5"}

#: rule, dataflow, clean rows, number of the row in which the fault is planted, what is planted.
PLANTED: list[tuple[str, str, list[Row], int, Row]] = [
    ("SEX_TOTAL", BORDER, parts("SEX", {"_T": 30, "F": 20, "M": 10}), 0, {"OBS_VALUE": "33"}),
    ("SEX_TOTAL", STOCK, parts("SEX", {"_T": 9000, "F": 2000, "M": 6000, "_U": 1000}), 0,
     {"OBS_VALUE": "8000"}),
    ("AGE_TOTAL", BORDER, parts("AGE", AGES), 0, {"OBS_VALUE": "110"}),
    ("AGE_TOTAL", BORDER, parts("AGE", {k: v for k, v in AGES.items() if k != "_T"}), 0,
     {"OBS_VALUE": "50"}),
    ("CITIZENSHIP_TOTAL", BORDER, parts("CITIZENSHIP", {"_T": 30, "HND": 20, "_FOR": 10}), 0,
     {"OBS_VALUE": "24"}),
    ("CITIZENSHIP_EXCEEDS", BORDER, parts("CITIZENSHIP", {"_T": 99, "GTM": 50, "MEX": 20}), 0,
     {"OBS_VALUE": "60"}),
    ("BIRTH_TOTAL", STOCK, parts("COUNTRY_BIRTH", {"_T": 30, "HND": 20, "_FOR": 10}), 0,
     {"OBS_VALUE": "50"}),
    ("BORDER_POINT_TOTAL", BORDER, parts("BORDER_POINT", {"_T": 30, "MEX_CUN": 20, "_O": 10}), 0,
     {"OBS_VALUE": "40"}),
    ("BORDER_AIR_TOTAL", BORDER,
     parts("BORDER_POINT", {"_T": 30, "MEX_CUN": 20, "_O_AIR": 10}, TRANSPORT_MODE="AIR"), 0,
     {"OBS_VALUE": "20"}),
    ("MODE_EXCEEDS", BORDER, parts("TRANSPORT_MODE", {"_T": 30, "AIR": 20, "LAND": 5}), 0,
     {"OBS_VALUE": "20"}),
    ("IRREGULAR_TOTAL", IRREGULAR,
     parts("MEASURE", {"IRREGULAR_EVENTS": 1234698, "IRREGULAR_PRESENTED": 986314,
                       "IRREGULAR_CHANNELLED": 248384}), 0, {"OBS_VALUE": "986314"}),
    ("OWN_NATIONALS_FOREIGN", IRREGULAR, [FOREIGN], 0, {"CITIZENSHIP": "MEX"}),
    ("OWN_NATIONALS_PERMITS", "DF_MIG_RESIDENCE", [FOREIGN], 0, {"CITIZENSHIP": "MEX"}),
    ("RETURNED_FOREIGNERS", "DF_MIG_RETURNS", [{**FOREIGN, "CITIZENSHIP": "MEX"}], 0,
     {"CITIZENSHIP": "USA"}),
    ("NATIONALITY_UNPEOPLED", BORDER, [FOREIGN], 0, {"CITIZENSHIP": "IOT"}),
    ("CITIZENSHIP_ENDED", BORDER, [FOREIGN], 0, {"CITIZENSHIP": "YUG"}),
    ("RESIDENCE_ENDED", BORDER, [{**FOREIGN, "COUNTRY_RESIDENCE": "SRB"}], 0,
     {"COUNTRY_RESIDENCE": "SCG"}),
    ("REF_AREA_ENDED", STOCK, [{"REF_AREA": "CUW", "OBS_VALUE": "3"}], 0, {"REF_AREA": "ANT"}),
    ("COUNT_NEGATIVE", BORDER, [FOREIGN], 0, {"OBS_VALUE": "-5"}),
    ("COUNT_FRACTION", BORDER, [FOREIGN], 0, {"OBS_VALUE": "5.25"}),
    ("PERIOD_FUTURE", BORDER, [FOREIGN], 0, {"TIME_PERIOD": "2026-07", "OBS_VALUE": "0.0"}),
    ("PERIOD_FUTURE", STOCK, [{**FOREIGN, "TIME_PERIOD": "2023"}], 0, {"TIME_PERIOD": "2032"}),
    ("PERIOD_UNDER_WAY", BORDER, [FOREIGN], 0, {"TIME_PERIOD": "2026-06"}),
    ("CONFIDENTIAL_VALUE", BORDER, [{**FOREIGN, "CONF_STATUS": "F"}], 0, {"CONF_STATUS": "C"}),
    ("CONF_STATUS_EMBARGO", BORDER, [{**FOREIGN, "CONF_STATUS": "F"}], 0, {"CONF_STATUS": "E"}),
    ("ZERO_DOUBTFUL", BORDER, months([5000 + n for n in range(20)]), 7, {"OBS_VALUE": "0"}),
    ("VALUE_JUMP", BORDER, months([5000] * 20), 15, {"OBS_VALUE": "150000"}),
    ("VALUE_JUMP", BORDER, months([50000 + n for n in range(20)]), 15, {"OBS_VALUE": "50"}),
    ("CUMULATIVE_FALLS", BORDER, ranges([10, 20, 30, 40]), 2, {"OBS_VALUE": "15"}),
    ("ORIGIN_IS_ASYLUM", "DF_MIG_DISPLACEMENT",
     [{"REF_AREA": "CHN", "COUNTRY_ORIGIN": "VNM", "OBS_VALUE": "300"}], 0,
     {"COUNTRY_ORIGIN": "CHN"}),
    ("DISPLACED_ABROAD", "DF_MIG_DISPLACEMENT",
     [{"REF_AREA": "COL", "COUNTRY_ORIGIN": "COL", "POPULATION_TYPE": "IDP", "OBS_VALUE": "3"}], 0,
     {"COUNTRY_ORIGIN": "VEN"}),
    ("DISPLACEMENT_JUMP", "DF_MIG_DISPLACEMENT",
     [{"TIME_PERIOD": str(2010 + n), "OBS_VALUE": "2000"} for n in range(9)], 8,
     {"OBS_VALUE": "90000"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "flow", "given", "at", "fault"), PLANTED, ids=[f"{p[0]}-{n}" for n, p in
    enumerate(PLANTED)],
)  # fmt: skip
def test_a_planted_fault_is_found_once_and_its_clean_twin_is_clean(
    rule: str, flow: str, given: list[Row], at: int, fault: Row
) -> None:
    clean = rows(flow, *given)
    assert [f.message for f in judged(flow, clean)] == []
    faulty = [{**row, **fault} if n == at else row for n, row in enumerate(clean)]
    finding = only(judged(flow, faulty, batch_rows=2))
    assert finding.rule == rule
    assert finding.row == at + 2
    of_time = rule in {"PERIOD_FUTURE", "PERIOD_UNDER_WAY"}
    component = "OBS_VALUE" if of_time else next(iter(fault))
    assert (finding.component, finding.found) == (component, faulty[at][component])
    spanish = render(finding, "es")
    assert spanish != finding.message
    assert "{" not in spanish + finding.message
    if finding.expected is not None:
        assert finding.expected in finding.message
        assert finding.expected not in spanish


@pytest.mark.parametrize(
    ("flow", "period", "status", "found"),
    [
        (BORDER, "2026-07", "A", [("PERIOD_FUTURE", Severity.ERROR)]),
        (BORDER, "2026-07", "F", []),
        (BORDER, "2026-06", "A", [("PERIOD_UNDER_WAY", Severity.WARNING)]),
        (BORDER, "2026-06", "F", []),
        (BORDER, "2026-05", "A", []),
        (STOCK, "2027", "A", [("PERIOD_FUTURE", Severity.ERROR)]),
        # A stock is of one day, which the year may be named for while it is under way.
        (STOCK, "2026", "A", []),
    ],
)
def test_what_has_not_begun_is_an_error_and_what_has_not_ended_a_warning(
    flow: str, period: str, status: str, found: list[tuple[str, Severity]]
) -> None:
    given = rows(flow, {**FOREIGN, "TIME_PERIOD": period, "OBS_STATUS": status})
    report = judged(flow, given)
    assert [(f.rule, f.severity) for f in report] == found
    assert report.valid == (("PERIOD_FUTURE", Severity.ERROR) not in found)


def test_every_shipped_rule_has_a_planted_fault_and_applies_somewhere() -> None:
    structures = StructureSet.shipped()
    schemas = [
        structures.dataflow(f.maintainer.id, f.id, str(f.version)) for f in structures.dataflows()
    ]
    for rule in shipped_rules():
        covered = {s.structure.id for s in schemas if rule.applies(s)}
        if "*" in rule.structures:
            assert covered, rule.id
        elif rule.structures:
            assert covered == {name.partition(":")[2] for name in rule.structures}, rule.id
        else:
            flows = {f"MIGHUB:{s.dataflow.id}" for s in schemas if rule.applies(s)}
            assert flows == set(rule.dataflows), rule.id
    asked = {"SENDER_AREA", *BESIDE}  # those that ask who sends or what is published
    assert {p[0] for p in PLANTED} | asked == {r.id for r in shipped_rules()}


def test_a_sum_is_not_judged_where_a_part_is_missing_or_faulty() -> None:
    def sexes(**values: str | None) -> list[Row]:
        return rows(BORDER, *parts("SEX", values))

    assert not judged(BORDER, sexes(_T="30", F="10")).findings
    missing = sexes(_T="30", F="10", M=None)
    missing[2]["OBS_STATUS"] = "O"
    assert not judged(BORDER, missing).findings
    assert [f.rule for f in judged(BORDER, sexes(_T="30", F="10", M="x"))] == ["VALUE_TYPE"]
    total, female, male = sexes(_T="30", F="10", M="10")
    twice = judged(BORDER, [total, female, male, {**male, "OBS_VALUE": "20"}])
    assert [f.rule for f in twice] == ["DUPLICATE_CONFLICT"]
    posts = rows(
        BORDER, *parts("BORDER_POINT", {"_T": 30, "MEX_CUN": 5, "MEX_NOWHERE": 15, "_O": 10})
    )
    assert [f.rule for f in judged(BORDER, posts)] == ["CODE_UNKNOWN"]


def test_a_sum_names_its_parts_and_keeps_to_its_tolerance() -> None:
    sent = rows(BORDER, *parts("SEX", {"_T": 30, "F": 20, "M": 12}))
    finding = only(judged(BORDER, sent))
    assert finding.expected == "32, the sum of F, M"
    assert finding.key == "M.HND.ENTRIES._T._T._T._T._T._T._T._T._T.EV"
    sent[0]["OBS_VALUE"] = "31"  # rounding
    assert not judged(BORDER, sent).findings
    thousands = rows(BORDER, *parts("SEX", {"_T": 30, "F": 20000, "M": 10000}))
    thousands[0]["UNIT_MULT"] = "3"
    assert not judged(BORDER, thousands).findings
    percent = rows("DF_MIG_STOCK", *parts("SEX", {"_T": 3, "F": 3, "M": 3}, UNIT_MEASURE="PT_POP"))
    assert not judged("DF_MIG_STOCK", percent).findings


def test_a_passport_of_a_dissolved_state_is_valid_for_the_grace_declared() -> None:
    def sent(time: str) -> list[str]:
        row = {**FOREIGN, "CITIZENSHIP": "SCG", "TIME_PERIOD": time}
        return [f.expected or "" for f in judged(BORDER, rows(BORDER, row))]

    assert sent("2015-12") == []
    assert sent("2016-07") == ["an area of 2016-07; this one ended on 2006-06-04"]
    early = {**FOREIGN, "CITIZENSHIP": "SSD", "TIME_PERIOD": "2010-01"}
    finding = only(judged(BORDER, rows(BORDER, early)))
    assert finding.expected == "an area of 2010-01; this one began on 2011-07-09"


def test_a_jump_that_is_explained_or_grows_slowly_is_none() -> None:
    shift = months([2000] * 14 + [90000] * 6)  # a new level is told once, where it begins
    assert only(judged(BORDER, rows(BORDER, *shift))).row == 16
    told = rows(BORDER, *shift)
    told[14]["OBS_STATUS"] = "B"
    assert not judged(BORDER, told).findings
    slow = months([1000 * 1.4**n // 1 for n in range(20)])
    assert not judged(BORDER, rows(BORDER, *slow)).findings
    small = months([2, 3, 900] * 7)
    assert not judged(BORDER, rows(BORDER, *small)).findings


def test_a_sender_reports_its_own_area() -> None:
    def areas(flow: StructureRef, dimension: str) -> frozenset[str]:
        assert (flow.id, dimension) == (BORDER, "REF_AREA")
        return frozenset({"HND"})

    context = FieldContext(areas=areas, now=NOW)
    sent = rows(BORDER, {"OBS_VALUE": "1"}, {"OBS_VALUE": "2", "REF_AREA": "GTM"})
    finding = only(judged(BORDER, sent, context))
    assert (finding.rule, finding.row, finding.found) == ("SENDER_AREA", 3, "GTM")
    assert finding.severity is Severity.ERROR


def test_many_findings_are_counted_beyond_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.validation.dataset.MAX_FINDINGS", 5)
    nationals = [{**FOREIGN, "CITIZENSHIP": "MEX", "TIME_PERIOD": str(2000 + n), "FREQ": "A"}
                 for n in range(20)]  # fmt: skip
    report = judged(IRREGULAR, rows(IRREGULAR, *nationals))
    assert len(report.findings) == 5
    assert report.counts["error"] == 20
    assert report.truncated


RULE = """
dataflows: [MIGHUB:DF_MIG_BORDER]
rules:
  LAND_FROM_ISLAND:
    kind: cells
    severity: note
    component: TRANSPORT_MODE
    codes: {REF_AREA: [CUB, JAM], TRANSPORT_MODE: [LAND]}
    value: positive
    title: {en: Island by land, es: Isla por tierra}
    explanation: {en: An island has no land border., es: Una isla no tiene frontera terrestre.}
    fix: {en: Correct the mode., es: Corrija el medio.}
    message: {en: "{found} is no way to an island.", es: "{found} no lleva a una isla."}
"""


def test_a_rule_file_is_added_without_code(tmp_path: Path) -> None:
    (tmp_path / "islands.yaml").write_text(RULE, "utf-8")
    context = FieldContext(rules=learn(load_rules(tmp_path)), now=NOW)
    sent = rows(BORDER, *parts("TRANSPORT_MODE", {"AIR": 4, "LAND": 2}, REF_AREA="JAM"))
    finding = only(judged(BORDER, sent, context))
    assert (finding.rule, finding.row) == ("LAND_FROM_ISLAND", 3)
    assert finding.message == "LAND is no way to an island."
    assert render(finding, "es") == "LAND no lleva a una isla."


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("kind: cells", "kind: cell"), "kind is one of"),
        (("value: positive", "value: big"), "value is one of"),
        (("severity: note", "severity: fatal"), "severity is"),
        (("value: positive", "wert: positive"), "has no wert"),
        (("dataflows: [MIGHUB:DF_MIG_BORDER]", ""), "structures or dataflows"),
        ((", es: Corrija el medio.", ""), "fix is wanted in en, es"),
        (("rules:", "rulez:"), "holds rules by id"),
        (("[CUB, JAM]", "[1, 2]"), "list of texts"),
        (("LAND_FROM_ISLAND", "SEX_TOTAL"), "another rule of this id"),
        (("component: TRANSPORT_MODE", "component: MODE"), "names MODE, which"),
        (("value: positive", "value: positive\n    severity: note"), "line 10, LAND_FROM_ISLAND"),
        (("value: positive", "value: big"), "islands.yaml, line 9, LAND_FROM_ISLAND"),
        (("severity: note", "severity: fatal"), "line 6"),
        (("component: TRANSPORT_MODE", "component: [TRANSPORT_MODE"), "islands.yaml, line 8"),
    ],
)
def test_a_wrong_rule_file_is_refused(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    (tmp_path / "islands.yaml").write_text(RULE.replace(*change), "utf-8")
    with pytest.raises(RuleFileError, match=re.escape(complaint)):
        for rule in learn(load_rules(tmp_path)):
            rule.applies(StructureSet.shipped().dataflow("MIGHUB", BORDER, None))


def test_bands_of_ages_nest() -> None:
    assert span("Y15T24") == ("Y", 15, 25)
    assert span("Y_LT15") == ("Y", 0, 15)
    assert span("Y_GE65") == ("Y", 65, None)
    assert span("M0T11") == ("M", 0, 12)
    assert span("_T") is None
    found = dict(identities({"_T", "Y0T17", "Y_GE18", "Y0T4", "Y5T17", "Y15T24"}, "_T"))
    assert found == {"_T": ("Y0T17", "Y_GE18"), "Y0T17": ("Y0T4", "Y5T17")}
    both = {"_T", "Y_LT15", "Y_GE15", "Y0T17", "Y_GE18"}
    assert set(identities(both, "_T")) == {
        ("_T", ("Y0T17", "Y_GE18")),
        ("_T", ("Y_LT15", "Y_GE15")),
    }
    assert list(identities({"Y_LT15", "Y0T14"}, "_T")) == [("Y0T14", ("Y_LT15",))]
    assert list(identities({"Y0T4", "Y6T9", "Y0T9"}, "_T")) == []


def test_a_published_table_passes_the_rules_of_the_field(
    shared_data: Callable[[str], Path],
) -> None:
    path = shared_data("mexico-upm/c131_2026_05.xls")
    sent = connector_catalogue().read("mex/upm_air_entries", path, StructureSet.shipped())
    assert list(validate(sent, field=FieldContext(now=NOW))) == []
