"""What REST 2.2 says of data queries, line by line, over HTTP."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from released import border, release
from werkzeug.test import TestResponse

from hub.store.home import Hub
from registry.app import create_app

FLOW = "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"
CSV = {"Accept": "application/vnd.sdmx.data+csv;version=2.1.0"}
DIMENSIONS = [
    "FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP", "COUNTRY_RESIDENCE", "COUNTRY_COUNTERPART",
    "BORDER_POINT", "TRANSPORT_MODE", "PERMIT_CATEGORY", "TRAVEL_CONDITION", "SEX", "AGE",
    "UNIT_MEASURE",
]  # fmt: skip
SERIES = {"COLLECTION", "DEFINITION", "SOURCE"}
OBSERVATION = {"COMMENT_OBS", "CONF_STATUS", "DECIMALS", "OBS_STATUS", "UNIT_MULT"}


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory, empty_home: object) -> FlaskClient:
    """Seven observations of three series, with comments that differ."""
    import shutil

    from released import settings_of

    home = tmp_path_factory.mktemp("v2") / "hub"
    shutil.copytree(str(empty_home), home)
    hub = Hub.open(settings_of(home))
    given = [
        border("2024-01", "9", COMMENT_OBS="first count", SOURCE="Office"),
        border("2024-02", "10", COMMENT_OBS="second count", SOURCE="Office"),
        border("2024-12", "100", COMMENT_OBS="revised", SOURCE="Office"),
        border("2024-01", "5", area="DOM", COMMENT_OBS="counted by hand"),
        border("2024-02", "7.50", area="DOM"),
        border("2023", "2000", FREQ="A", area="DOM", OBS_STATUS="E"),
        border("2024", "3000", FREQ="A", area="DOM", COMMENT_OBS="EN: a count"),
    ]
    release(hub, given)
    return create_app(hub).test_client()


def rows(response: TestResponse) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


def values(client: FlaskClient, query: str) -> list[str]:
    """Values of the observations of an answer, sorted as numbers."""
    answer = client.get(FLOW + query, headers=CSV)
    if answer.status_code == 204:
        return []
    return sorted((r["OBS_VALUE"] for r in rows(answer)), key=float)


COMMENTS = {"9": "first count", "10": "second count", "100": "revised", "5": "counted by hand",
            "3000": "EN: a count"}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("c[OBS_VALUE]=10", "10", marks=pytest.mark.conformance("v2.filter.eq")),
        pytest.param("c[OBS_VALUE]=eq:10", "10", marks=pytest.mark.conformance("v2.filter.eq")),
        pytest.param("c[REF_AREA]=ne:DOM", "9 10 100", marks=pytest.mark.conformance(
            "v2.filter.ne")),
        pytest.param("c[OBS_VALUE]=lt:9", "5 7.50", marks=pytest.mark.conformance(
            "v2.filter.lt_le", "v2.filter.numbers")),
        pytest.param("c[OBS_VALUE]=le:9", "5 7.50 9", marks=pytest.mark.conformance(
            "v2.filter.lt_le")),
        pytest.param("c[OBS_VALUE]=gt:100", "2000 3000", marks=pytest.mark.conformance(
            "v2.filter.gt_ge", "v2.filter.numbers")),
        pytest.param("c[OBS_VALUE]=ge:100", "100 2000 3000", marks=pytest.mark.conformance(
            "v2.filter.gt_ge")),
        pytest.param("c[OBS_VALUE]=7.5", "7.50", marks=pytest.mark.conformance(
            "v2.filter.numbers")),
        pytest.param("c[COMMENT_OBS]=co:count", "5 9 10 3000", marks=pytest.mark.conformance(
            "v2.filter.co_nc", "v2.filter.components")),
        pytest.param("c[COMMENT_OBS]=nc:count&c[REF_AREA]=MEX", "100",
                     marks=pytest.mark.conformance("v2.filter.co_nc")),
        pytest.param("c[COMMENT_OBS]=sw:co", "5", marks=pytest.mark.conformance(
            "v2.filter.sw_ew")),
        pytest.param("c[COMMENT_OBS]=ew:count", "9 10 3000", marks=pytest.mark.conformance(
            "v2.filter.sw_ew")),
        pytest.param("c[REF_AREA]=MEX&c[OBS_STATUS]=A&c[OBS_VALUE]=gt:9", "10 100",
                     marks=pytest.mark.conformance("v2.filter.components")),
        pytest.param("c[OBS_VALUE]=5,10", "5 10", marks=pytest.mark.conformance("v2.filter.or")),
        pytest.param("c[OBS_VALUE]=gt:5+lt:10", "7.50 9", marks=pytest.mark.conformance(
            "v2.filter.and", "v2.filter.literal_plus")),
        pytest.param("c[OBS_VALUE]=3000,gt:5+lt:9", "7.50 3000", marks=pytest.mark.conformance(
            "v2.filter.precedence")),
        pytest.param("c[OBS_VALUE]=ge:5+le:8,ge:100+le:2000", "5 7.50 100 2000",
                     marks=pytest.mark.conformance("v2.filter.two_ranges")),
        pytest.param("c[REF_AREA]=ne:DOM,DOM", "5 7.50 9 10 100 2000 3000",
                     marks=pytest.mark.conformance("v2.filter.operator_scope")),
        pytest.param("c[OBS_VALUE]=ne:5+ne:9&c[FREQ]=M", "7.50 10 100",
                     marks=pytest.mark.conformance("v2.filter.neither")),
        pytest.param("c%5BOBS_VALUE%5D=gt%3A5%2Blt%3A10%2C3000", "7.50 9 3000",
                     marks=pytest.mark.conformance("v2.filter.brackets_encoded")),
        pytest.param("c[TIME_PERIOD]=2024", "5 7.50 9 10 100 3000",
                     marks=pytest.mark.conformance("v2.filter.time")),
        pytest.param("c[TIME_PERIOD]=ge:2024-Q1+le:2024-Q1", "5 7.50 9 10",
                     marks=pytest.mark.conformance("v2.filter.time")),
        pytest.param("c[TIME_PERIOD]=le:2023", "2000", marks=pytest.mark.conformance(
            "v2.filter.time")),
        pytest.param("c[TIME_PERIOD]=ge:2024-Q2+le:2024-Q2&reportingYearStartDay=--09-01", "100",
                     marks=pytest.mark.conformance("v2.filter.time_reporting_year",
                                                   "v2.data.reporting_year_start")),
    ],
)  # fmt: skip
def test_filters(flow: FlaskClient, query: str, expected: str) -> None:
    assert values(flow, f"?{query}") == expected.split()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("M.MEX", "9 10 100", marks=pytest.mark.conformance(
            "v2.data.key.parts", "v2.data.key.short")),
        pytest.param("*.DOM", "5 7.50 2000 3000", marks=pytest.mark.conformance(
            "v2.data.key.wildcard")),
        pytest.param("A..ENTRIES", "2000 3000", marks=pytest.mark.conformance(
            "v2.data.key.wildcard")),
        pytest.param("M.DOM,*.MEX", "5 7.50 9 10 100", marks=pytest.mark.conformance(
            "v2.data.key.several", "v2.operators.or")),
        pytest.param("%2A%2EDOM%2CM%2EMEX", "5 7.50 9 10 100 2000 3000",
                     marks=pytest.mark.conformance("v2.path.encoded", "v2.operators.any")),
        pytest.param("M.MEX+DOM", "5 7.50 9 10 100", marks=pytest.mark.conformance(
            "v2.data.key.no_plus")),
        pytest.param("M.MEX,M.QQQ", "9 10 100", marks=pytest.mark.conformance(
            "v2.status.liberal")),
        pytest.param("M.QQQ", "", marks=pytest.mark.conformance(
            "v2.status.liberal", "v2.status.204")),
    ],
)  # fmt: skip
def test_keys(flow: FlaskClient, key: str, expected: str) -> None:
    assert values(flow, f"/{key}") == expected.split()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("/A+.MEX", 400, marks=pytest.mark.conformance(
            "v2.data.key.no_plus", "v2.status.400")),
        pytest.param("/" + ".".join("*" * 14), 422, marks=pytest.mark.conformance(
            "v2.data.key.too_long", "v2.status.422")),
        pytest.param("?c[NOPE]=1", 422, marks=pytest.mark.conformance(
            "v2.filter.unknown_component", "v2.status.422")),
        pytest.param("?attributes=NOPE", 422, marks=pytest.mark.conformance(
            "v2.data.attributes.unknown")),
        pytest.param("?c[REF_AREA]=MEX&c[REF_AREA]=DOM", 400, marks=pytest.mark.conformance(
            "v2.filter.once")),
        pytest.param("?c[REF_AREA]=", 400, marks=pytest.mark.conformance("v2.filter.malformed")),
        pytest.param("?c[]=MEX", 400, marks=pytest.mark.conformance("v2.filter.malformed")),
        pytest.param("?c[REF_AREA=MEX", 400, marks=pytest.mark.conformance(
            "v2.filter.malformed")),
        pytest.param("?startPeriod=2024", 400, marks=pytest.mark.conformance(
            "v2.data.v1_parameters_gone")),
        pytest.param("?endPeriod=2024", 400, marks=pytest.mark.conformance(
            "v2.data.v1_parameters_gone")),
        pytest.param("?detail=full", 400, marks=pytest.mark.conformance(
            "v2.data.v1_parameters_gone")),
        pytest.param("?firstNObservations=0", 400, marks=pytest.mark.conformance(
            "v2.data.first_last_n")),
        pytest.param("?limit=0", 400, marks=pytest.mark.conformance("v2.data.offset_limit")),
        pytest.param("?offset=-1", 400, marks=pytest.mark.conformance("v2.data.offset_limit")),
        pytest.param("?reportingYearStartDay=07-01", 400, marks=pytest.mark.conformance(
            "v2.data.reporting_year_start")),
        pytest.param("?asOf=2020-01-01&updatedAfter=2021-01-01", 422,
                     marks=pytest.mark.conformance("v2.data.as_of_before_updated_after")),
        pytest.param("?nobody=knows", 200, marks=pytest.mark.conformance(
            "v2.data.unknown_parameters", "v2.status.200")),
    ],
)  # fmt: skip
def test_what_is_refused_and_what_is_passed_over(
    flow: FlaskClient, query: str, status: int
) -> None:
    assert flow.get(FLOW + query, headers=CSV).status_code == status


def columns(client: FlaskClient, query: str) -> set[str]:
    """Columns of an answer besides the frame and the dimensions."""
    found = rows(client.get(f"{FLOW}?{query}", headers=CSV))
    frame = {"STRUCTURE", "STRUCTURE_ID", "ACTION", "TIME_PERIOD", *DIMENSIONS}
    return set(found[0]) - frame


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", SERIES | OBSERVATION | {"OBS_VALUE"}, marks=pytest.mark.conformance(
            "v2.data.attributes.dsd", "v2.data.measures.all")),
        pytest.param("attributes=dsd&measures=all", SERIES | OBSERVATION | {"OBS_VALUE"},
                     marks=pytest.mark.conformance("v2.data.attributes.dsd",
                                                   "v2.data.measures.all")),
        pytest.param("attributes=all", SERIES | OBSERVATION | {"OBS_VALUE"},
                     marks=pytest.mark.conformance("v2.data.attributes.all")),
        pytest.param("attributes=none", {"OBS_VALUE"}, marks=pytest.mark.conformance(
            "v2.data.attributes.none")),
        pytest.param("attributes=series", SERIES | {"OBS_VALUE"}, marks=pytest.mark.conformance(
            "v2.data.attributes.levels")),
        pytest.param("attributes=obs", OBSERVATION | {"OBS_VALUE"}, marks=pytest.mark.conformance(
            "v2.data.attributes.levels")),
        pytest.param("attributes=dataset", {"OBS_VALUE"}, marks=pytest.mark.conformance(
            "v2.data.attributes.levels")),
        pytest.param("attributes=series,OBS_STATUS", SERIES | {"OBS_STATUS", "OBS_VALUE"},
                     marks=pytest.mark.conformance("v2.data.attributes.ids")),
        pytest.param("measures=none", SERIES | OBSERVATION, marks=pytest.mark.conformance(
            "v2.data.measures.none")),
        pytest.param("measures=OBS_VALUE&attributes=none", {"OBS_VALUE"},
                     marks=pytest.mark.conformance("v2.data.measures.ids")),
    ],
)  # fmt: skip
def test_attributes_and_measures(flow: FlaskClient, query: str, expected: set[str]) -> None:
    assert columns(flow, query) == expected


@pytest.mark.conformance("v2.data.measures.none")
def test_without_measures_every_attribute_of_every_row_is_there(flow: FlaskClient) -> None:
    found = rows(flow.get(f"{FLOW}?measures=none", headers=CSV))
    assert Counter(r["COMMENT_OBS"] for r in found) == Counter([*COMMENTS.values(), "", ""])
    assert {r["SOURCE"] for r in found if r["REF_AREA"] == "MEX"} == {"Office"}


@pytest.mark.conformance("v2.data.first_last_n")
def test_first_and_last_count_within_each_series(flow: FlaskClient) -> None:
    assert values(flow, "?firstNObservations=1") == ["5", "9", "2000"]
    assert values(flow, "?lastNObservations=1") == ["7.50", "100", "3000"]
    assert values(flow, "?firstNObservations=1&lastNObservations=1") == [
        "5", "7.50", "9", "100", "2000", "3000",
    ]  # fmt: skip


def ordered(client: FlaskClient, query: str) -> list[str]:
    return [r["OBS_VALUE"] for r in rows(client.get(f"{FLOW}?{query}", headers=CSV))]


@pytest.mark.conformance("v2.data.sort")
def test_sort_by_components(flow: FlaskClient) -> None:
    assert ordered(flow, "sort=OBS_VALUE") == ["5", "7.50", "9", "10", "100", "2000", "3000"]
    assert ordered(flow, "sort=OBS_VALUE:desc")[:3] == ["3000", "2000", "100"]
    assert ordered(flow, "sort=FREQ:desc+TIME_PERIOD:desc+REF_AREA") == [
        "100", "7.50", "10", "5", "9", "3000", "2000",
    ]  # fmt: skip


@pytest.mark.conformance("v2.data.sort_words")
def test_sort_by_the_series_and_by_everything(flow: FlaskClient) -> None:
    by_series = ordered(flow, "sort=series_key+TIME_PERIOD:desc")
    assert by_series == ["3000", "2000", "7.50", "5", "100", "10", "9"]
    assert ordered(flow, "sort=*:desc") == ["100", "10", "9", "7.50", "5", "3000", "2000"]


@pytest.mark.conformance("v2.data.offset_limit")
def test_pages_cover_the_answer_once(flow: FlaskClient) -> None:
    whole = ordered(flow, "sort=OBS_VALUE")
    pages = [ordered(flow, f"sort=OBS_VALUE&offset={at}&limit=3") for at in (0, 3, 6)]
    assert [value for page in pages for value in page] == whole


@pytest.mark.conformance("v2.data.at_observation")
@pytest.mark.parametrize("at", ["TIME_PERIOD", "SEX", "AllDimensions"])
def test_the_dimension_at_the_observation(flow: FlaskClient, at: str) -> None:
    answer = flow.get(f"{FLOW}?dimensionAtObservation={at}").json
    (structure,) = answer["data"]["structures"]
    found = {d["id"] for d in structure["dimensions"]["observation"]}
    assert found == ({*DIMENSIONS, "TIME_PERIOD"} if at == "AllDimensions" else {at})
    if at == "TIME_PERIOD":
        default = flow.get(FLOW).json["data"]["structures"][0]["dimensions"]
        assert default == structure["dimensions"]


@pytest.mark.conformance("v2.data.as_of", "v2.data.updated_after")
def test_a_copy_of_an_instant_and_what_came_since(new_hub: Callable[[], Hub]) -> None:
    from datetime import UTC, datetime

    hub = new_hub()
    client = create_app(hub).test_client()
    release(hub, [border("2024-01", "1"), border("2024-02", "2"), border("2024-03", "3")])
    then = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    release(hub, [border("2024-04", "4")], updates=[border("2024-02", "20")],
            deletes=[border("2024-03", None)])  # fmt: skip
    copy = {r["TIME_PERIOD"]: r["OBS_VALUE"] for r in
            rows(client.get(f"{FLOW}?asOf={then}", headers=CSV))}  # fmt: skip
    assert copy == {"2024-01": "1", "2024-02": "2", "2024-03": "3"}
    for change in rows(client.get(f"{FLOW}?updatedAfter={then}", headers=CSV)):
        if change["ACTION"] == "D":
            del copy[change["TIME_PERIOD"]]
        else:
            copy[change["TIME_PERIOD"]] = change["OBS_VALUE"]
    assert copy == {r["TIME_PERIOD"]: r["OBS_VALUE"] for r in rows(client.get(FLOW, headers=CSV))}
