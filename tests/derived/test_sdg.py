"""The SDG dataflow: the agency's constraints, its message shape, its areas, and nothing else."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sdmx
from derived_inputs import opened, send
from lxml import etree

from hub import intake
from hub.derived.publish import refresh
from hub.model.schema import StructureRef
from hub.store.coverage import coverage
from hub.store.home import Hub
from hub.structures.repository import StructureSet
from registry.app import create_app

Shared = Callable[[str], Path]

FLOW = "IAEG-SDGs/DF_SDG_GLH/1.8"
CSV2 = "application/vnd.sdmx.data+csv;version=2.0.0"
GENERIC = "application/vnd.sdmx.genericdata+xml;version=2.1"
SPECIFIC = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
CONSTRAINTS = "sdmx-structures/IAEG-SDGs_global_content_constraints.csv"

HEAD = (
    "DATAFLOW,FREQ,REF_AREA,SERIES,COUNTRY_COUNTERPART,SEX,AGE,COMPOSITE_BREAKDOWN,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT,CONF_STATUS,SOURCE\n"
)


def line(series: str, unit: str, value: str = "1", **other: str) -> str:
    """One indicator; 2015 in Mexico without a breakdown unless said."""
    one = {
        "freq": "A", "area": "MEX", "other": "_T", "sex": "_T", "age": "_T", "part": "_T",
        "time": "2015", "status": "A", "mult": "", "conf": "", **other,
    }  # fmt: skip
    return (
        f"MIGHUB:DF_MIG_INDICATOR(1.0.0),{one['freq']},{one['area']},{series},{one['other']},"
        f"{one['sex']},{one['age']},{one['part']},{unit},{one['time']},{value},{one['status']},"
        f"{one['mult']},{one['conf']},source\n"
    )


#: Indicators that the agency takes, with what they become.
TAKEN = {
    line("SM_DTH_MIGR", "DEATHS", "7"): ("SM_DTH_MIGR", "484", "_T", "_T", "_T", "NUMBER", "7"),
    line("SM_POP_REFG_OR", "PER_100000_POP", "2.50", status="E"): (
        "SM_POP_REFG_OR", "484", "_T", "_T", "_T", "PER_100000_POP", "2.50",
    ),
    line("SI_RMT_COST", "PT_AMOUNT", "6.1", area="GTM", mult="0"): (
        "SI_RMT_COST", "320", "_T", "_T", "_T", "PT", "6.1",
    ),
    line("RMT_RECEIVED_GDP", "PT_GDP", "20.1", area="HND"): (
        "BX_TRF_PWKR", "340", "_T", "_T", "_T", "PT", "20.1",
    ),
    line("SL_EMP_RCOST", "PT", "12", part="MS_MIGRANT", sex="F", age="Y_GE15"): (
        "SL_EMP_RCOST", "484", "F", "Y_GE15", "MS_MIGRANT", "PT", "12",
    ),
    line("SG_CPA_MIGR", "_Z", "1", part="PD_3", area="JAM"): (
        "SG_CPA_MIGR", "388", "_T", "_T", "PD_3", "NUMBER", "1",
    ),
    line("SG_CPA_MIGRP", "PT", "80", area="BLZ"): (
        "SG_CPA_MIGRP", "84", "_T", "_T", "_T", "PT", "80",
    ),
    line("TRAFFICKING_VICTIMS", "PS", "31", sex="M"): (
        "VC_HTF_DETV", "484", "M", "_T", "_T", "NUMBER", "31",
    ),
    line("TRAFFICKING_VICTIMS", "PS", "30", part="MS_NOMIGRANT"): (
        "VC_HTF_DETV", "484", "_T", "_T", "MS_NOMIGRANT", "NUMBER", "30",
    ),
    line("TRAFFICKING_VICTIMS", "PS", "5", part="EXPL_LABOUR", area="001"): (
        "VC_HTF_DETVFL", "1", "_T", "_T", "_T", "NUMBER", "5",
    ),
}  # fmt: skip
_NO_SERIES = "SERIES, COMPOSITE_BREAKDOWN, UNIT_MEASURE"
#: Indicators that it does not take, with the rule that has them, the reason and what it is about.
LEFT = {
    line("SM_DTH_MIGR", "DEATHS", freq="M", time="2015-03"): ("NOT_YEARLY",) * 2,
    line("SM_DTH_MIGR", "DEATHS", area="GTM", part="ROUTE_CA"): ("BY_ROUTE",) * 2,
    line("SM_DTH_MIGR", "DEATHS", area="GTM", other="HND"): ("BY_COUNTERPART",) * 2,
    line("SM_DTH_MIGR", "DEATHS", area="HND", sex="F"): ("NOT_ASKED",) * 2,
    line("SM_DTH_MIGR", "DEATHS", area="CRI", conf="C"): ("NOT_FREE",) * 2,
    line("SM_DTH_MIGR", "DEATHS", "", area="PAN", status="O"): ("NO_FIGURE",) * 2,
    line("SM_DTH_MIGR", "DEATHS", area="COL", status="K"): ("STATUS_UNCLEAR",) * 2,
    line("SM_DTH_MIGR", "DEATHS", area="NIC", mult="3"): ("SCALED",) * 2,
    line("SI_RMT_COST_BC", "PT_AMOUNT", other="USA"): ("CORRIDOR",) * 2,
    line("SI_RMT_COST_SND", "PT_AMOUNT", area="USA"): ("NOT_ASKED",) * 2,
    line("SL_EMP_RCOST", "PT", area="SLV"): ("BROKEN_DOWN", "NO_CODE", _NO_SERIES),
    line("SL_EMP_RCOST", "MONTHS", area="SLV", part="MS_MIGRANT"): (
        "BROKEN_DOWN", "NO_CODE", _NO_SERIES,
    ),
    line("SG_CPA_MIGR", "_Z", area="SLV"): ("WHOLE", "NO_CODE", _NO_SERIES),
    line("TRAFFICKING_VICTIMS", "PS", part="EXPL_LABOUR", sex="F", age="Y0T17"): (
        "BROKEN_DOWN", "NO_CODE", "AGE",
    ),
    line("MIG_NET", "PS"): ("NOT_ASKED",) * 2,
    line("SM_DTH_MIGR", "DEATHS", area="XKX"): ("WHOLE", "NO_CODE", "REF_AREA"),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with one indicator of each kind."""
    with opened(tmp_path_factory.mktemp("sdg") / "home") as hub:
        send(hub, HEAD, *TAKEN, *LEFT, provider="INT_UNSD")
        yield hub


def rows(hub: Hub, query: str = "*") -> list[dict[str, str]]:
    answer = (
        create_app(hub)
        .test_client()
        .get(f"/sdmx/v2/data/dataflow/{FLOW}/{query}", headers={"Accept": CSV2})
    )
    assert answer.status_code == 200, answer.text[:500]
    return list(csv.DictReader(io.StringIO(answer.text)))


def constraints(shared_data: Shared) -> dict[str, dict[str, str]]:
    with shared_data(CONSTRAINTS).open(encoding="utf-8-sig", newline="") as file:
        return {row["SERIES"]: row for row in csv.DictReader(file)}


def told_of(row: dict[str, str]) -> tuple[str, ...]:
    columns = (
        "SERIES", "REF_AREA", "SEX", "AGE", "COMPOSITE_BREAKDOWN", "UNIT_MEASURE", "OBS_VALUE",
    )  # fmt: skip
    return tuple(row[c] for c in columns)


def test_what_the_agency_takes_and_nothing_else(told: Hub) -> None:
    found = rows(told)
    assert sorted(map(told_of, found)) == sorted(TAKEN.values())
    for row in found:
        assert (row["FREQ"], row["REPORTING_TYPE"], row["TIME_PERIOD"]) == ("A", "G", "2015")
        assert row["NATURE"] == ("E" if row["OBS_STATUS"] == "E" else "_X")
        assert (row["UNIT_MULT"], row["SOURCE_DETAIL"]) == ("0", "source")


@pytest.mark.parametrize("which", ["told", "full"])
def test_every_observation_satisfies_the_constraints(
    which: str, request: pytest.FixtureRequest, shared_data: Shared
) -> None:
    """All twelve columns of the agency's file, for each observation that the hub serves."""
    series = constraints(shared_data)
    assert len(series) > 600
    checked = [c for c in next(iter(series.values())) if c not in ("SERIES", "Name")]
    assert len(checked) == 12
    found = rows(request.getfixturevalue(which))
    assert len(found) >= len(TAKEN)
    for row in found:
        for column in checked:
            allowed = series[row["SERIES"]][column]
            assert allowed == "ALL" or row[column] in allowed.split(";"), (row, column, allowed)


def test_our_constraint_says_what_the_agencys_file_says(shared_data: Shared) -> None:
    """What the file allows for the series of the hub, together: SDMX 3 has one region for all."""
    structures = StructureSet.shipped()
    schema = structures.dataflow("IAEG-SDGs", "DF_SDG_GLH", "1.8")
    facts = constraints(shared_data)
    (region,) = schema.constraints
    values = dict(region.values)
    listed = values["SERIES"]
    for column in next(iter(facts.values())):
        if column in ("SERIES", "Name") or column not in schema.by_id:
            continue
        allowed = {facts[series][column] for series in listed}
        ours = values.get(column)
        if "ALL" in allowed:
            assert ours is None, column
            continue
        known = frozenset(code for one in allowed for code in one.split(";"))
        assert (ours or frozenset(schema.by_id[column].codes or ())) == known, column
    migration = {s for s, row in facts.items() if "[10.7." in row["Name"]} - {"SG_CPA_MIGRS"}
    assert migration <= listed


def shape_of(root: Any) -> dict[str, Any]:
    """Components of a message in order, and what each stands at."""
    ns = {"g": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic"}
    found: dict[str, Any] = {"kind": etree.QName(root).localname}
    if root.xpath("//g:SeriesKey", namespaces=ns):
        for name, path in (
            ("key", "//g:SeriesKey/g:Value"),
            ("series", "//g:Series/g:Attributes/g:Value"),
            ("observation", "//g:Obs/g:Attributes/g:Value"),
        ):
            found[name] = list(dict.fromkeys(root.xpath(f"{path}/@id", namespaces=ns)))
        found["parts"] = sorted(
            {etree.QName(e).localname for e in root.xpath("//g:Obs/*", namespaces=ns)}
        )
        return found
    series = [list(one.attrib) for one in root.iter("{*}Series")]
    (found["key"],) = {tuple(one[:15]) for one in series}
    found["series"] = list(dict.fromkeys(a for one in series for a in one[15:]))
    found["observation"] = list(dict.fromkeys(a for one in root.iter("{*}Obs") for a in one.attrib))
    return found


@pytest.mark.parametrize(
    ("accept", "sample"),
    [
        (GENERIC, "IAEG-SDGs_SDG_1_8_generic_data_sample.xml"),
        (SPECIFIC, "IAEG-SDGs_SDG_structure_specific_sample.xml"),
    ],
)
def test_messages_have_the_shape_of_the_agencys(
    told: Hub, shared_data: Shared, accept: str, sample: str
) -> None:
    path = shared_data(f"sdmx-structures/{sample}")
    theirs = shape_of(etree.parse(path).getroot())
    answer = (
        create_app(told)
        .test_client()
        .get("/sdmx/v1/data/IAEG-SDGs,DF_SDG_GLH,1.8/all", headers={"Accept": accept})
    )
    assert answer.status_code == 200
    ours = shape_of(etree.fromstring(answer.data))
    assert ours["kind"] == theirs["kind"]
    assert list(ours["key"]) == list(theirs["key"])
    assert len(ours["key"]) == 15
    assert ours["series"] == theirs["series"] == ["UNIT_MEASURE"]
    # The specimen has no comments and sources; what it has stands where it stands there.
    extra = [one for one in ours["observation"] if one not in theirs["observation"]]
    assert set(extra) <= {"COMMENT_OBS", "SOURCE_DETAIL"}
    assert [o for o in ours["observation"] if o not in extra] == theirs["observation"]
    assert ours.get("parts") == theirs.get("parts")


def test_sdmx1_reads_it(told: Hub) -> None:
    answer = (
        create_app(told)
        .test_client()
        .get("/sdmx/v1/data/IAEG-SDGs,DF_SDG_GLH,1.8/all", headers={"Accept": GENERIC})
    )
    message = sdmx.read_sdmx(io.BytesIO(answer.data))
    frame = sdmx.to_pandas(message)
    assert len(frame) == len(TAKEN)
    assert frame.xs("VC_HTF_DETVFL", level="SERIES").iloc[0] == 5


@pytest.mark.parametrize(
    ("query", "series"),
    [
        ("A.G.VC_HTF_DETV", {"VC_HTF_DETV"}),
        ("*.*.*.340", {"BX_TRF_PWKR"}),
        ("A.N", set()),
        ("*?c[UNIT_MEASURE]=PT&c[REF_AREA]=320,84", {"SI_RMT_COST", "SG_CPA_MIGRP"}),
        ("*?c[COMPOSITE_BREAKDOWN]=MS_MIGRANT", {"SL_EMP_RCOST"}),
        ("*?c[NATURE]=E", {"SM_POP_REFG_OR"}),
        ("*?c[TIME_PERIOD]=2014", set()),
    ],
)
def test_queries_in_the_agencys_codes(told: Hub, query: str, series: set[str]) -> None:
    answer = (
        create_app(told)
        .test_client()
        .get(f"/sdmx/v2/data/dataflow/{FLOW}/{query}", headers={"Accept": CSV2})
    )
    assert answer.status_code == (200 if series else 204), answer.text
    assert {row["SERIES"] for row in csv.DictReader(io.StringIO(answer.text))} == series


def test_areas_are_numbers_of_m49(shared_data: Shared) -> None:
    """Each code is in SDMX's list of areas, with the alpha-2 code of the same country."""
    with shared_data("sdmx-structures/statcodelists/CL_AREA.csv").open(encoding="utf-8") as file:
        known = {row["id"]: row["name"] for row in csv.DictReader(file)}
    folder = Path(__file__).parents[2]
    with (folder / "dsd/consumers/un_sdg/maps/areas.csv").open(encoding="utf-8") as file:
        mapped = {row["source"]: row["target"] for row in csv.DictReader(file)}
    for source, target in mapped.items():
        assert target.zfill(3) in known, (source, target)
        assert not target.startswith("0")
    assert mapped["MEX"] == "484"
    assert mapped["BLZ"] == "84"
    assert mapped["001"] == "1"
    assert "XKX" not in mapped


def test_each_observation_is_accounted_for_once(told: Hub) -> None:
    report = coverage(told, StructureRef("IAEG-SDGs", "DF_SDG_GLH", "1.8"))
    assert report.observations == len(TAKEN) + len(LEFT)
    assert report.used == report.cells == len(TAKEN)
    found = Counter[tuple[str, ...]]()
    for one in report.counts:
        if not one.used:
            said = (one.rule, one.reason, one.subject)
            found[said if one.reason == "NO_CODE" else said[:2]] += one.observations
            for language in ("en", "es"):
                assert report.why(one, language).endswith(".")
    assert found == Counter(LEFT.values())
    lacking = {wish.codes["SERIES"] for wish in report.wishes if not wish.years}
    assert lacking == {"VC_HTF_DETVSX", "VC_HTF_DETVOP"}


def test_what_the_hub_computes_is_in_it(full: Hub) -> None:
    found = {
        (row["SERIES"], row["REF_AREA"], row["TIME_PERIOD"]): row for row in rows(full, "*.*.*.222")
    }
    one = found["SM_POP_REFG_OR", "222", "2015"]
    assert one["NATURE"] == one["OBS_STATUS"] == "E"
    assert one["COMMENT_OBS"].startswith("Computed by the hub")
    assert {series for series, *_ in found} == {"SM_POP_REFG_OR", "SM_DTH_MIGR"}


def test_a_new_indicator_is_there_at_once(hub: Hub) -> None:
    assert create_app(hub).test_client().get(f"/sdmx/v2/data/dataflow/{FLOW}").status_code == 204
    months = [
        line("SM_DTH_MIGR", "DEATHS", "3", freq="M", time=f"2015-{m:02}") for m in range(1, 13)
    ]
    months = [one.replace(",_T,DEATHS", ",ROUTE_CA,DEATHS") for one in months]
    send(hub, HEAD, *months, provider="INT_IOM")
    refresh(hub)
    intake.run_pending(hub)
    (row,) = rows(hub)
    assert told_of(row) == ("SM_DTH_MIGR", "484", "_T", "_T", "_T", "NUMBER", "36")
