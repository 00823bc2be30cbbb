"""REST 1.5, data: what each part of a query means, over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree
from released import Row, border, release
from sdmx.model import common, v21

from hub import intake
from hub.model.schema import Level
from hub.store.home import Hub
from registry.app import create_app

V1 = "/sdmx/v1/data/DF_MIG_BORDER"
CSV = {"Accept": "application/vnd.sdmx.data+csv;version=1.0.0"}
GENERIC = {"Accept": "application/vnd.sdmx.genericdata+xml;version=2.1"}
SPECIFIC = {"Accept": "application/vnd.sdmx.structurespecificdata+xml;version=2.1"}
REST = "." * 9


def table(client: FlaskClient, url: str) -> list[dict[str, str]]:
    response = client.get(url, headers=CSV)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


def pairs(client: FlaskClient, url: str) -> list[tuple[str, str]]:
    return [(r["TIME_PERIOD"], r["OBS_VALUE"]) for r in table(client, url)]


def xml(client: FlaskClient, url: str, accept: dict[str, str] = SPECIFIC) -> etree._Element:
    response = client.get(url, headers=accept)
    assert response.status_code == 200, response.text
    return etree.fromstring(response.data)


# -- the key ------------------------------------------------------------------------------------


@pytest.mark.conformance("v1.data.key.order", "v1.data.key.wildcard", "v1.data.key.or")
def test_each_part_of_the_key_is_the_dimension_at_its_place(client: FlaskClient, hub: Hub) -> None:
    schema = hub.structures.dataflow("MIGHUB", "DF_MIG_BORDER", None)
    assert schema.series_key[:4] == ("FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP")
    for key, expected in (
        (f"M.DOM.ENTRIES.NAM{REST}", {("DOM", "NAM")}),
        (f".DOM..NAM+XXA{REST}", {("DOM", "NAM"), ("DOM", "XXA")}),
        (f"M+A.DOM%2BMEX.ENTRIES.NAM{REST}", {("DOM", "NAM"), ("MEX", "NAM")}),
    ):
        found = table(client, f"{V1}/{key}")
        assert {(r["REF_AREA"], r["CITIZENSHIP"]) for r in found} == expected
        assert len(found) == 24 * len(expected)


@pytest.mark.conformance("v1.data.key.length", "v1.status.403")
@pytest.mark.parametrize("key", ["M", "M.MEX", "." * 13, f"M.MEX.ENTRIES{'.' * 11}"])
def test_a_key_of_another_length_does_not_fit(client: FlaskClient, key: str) -> None:
    response = client.get(f"{V1}/{key}")
    assert response.status_code == 403
    assert b'code="150"' in response.data


@pytest.mark.conformance("v1.data.key.codes")
def test_codes_without_data_select_nothing(client: FlaskClient) -> None:
    assert client.get(f"{V1}/M.ZZZ{'.' * 11}").status_code == 404
    assert {r["REF_AREA"] for r in table(client, f"{V1}/M.ZZZ+MEX{'.' * 11}")} == {"MEX"}


# -- periods, first and last --------------------------------------------------------------------


@pytest.fixture
def mixed(new_hub: Callable[[], Hub]) -> FlaskClient:
    """One year as observations of every frequency, each with its period as comment."""
    hub = new_hub()
    periods = {
        "A": ["2012", "2013-A1", "2014"],
        "S": ["2013-S1", "2013-S2"],
        "T": ["2013-T1", "2013-T3"],
        "Q": ["2012-Q4", "2013-Q1", "2013-Q4"],
        "M": ["2012-12", "2013-01", "2013-M12"],
        "W": ["2013-W01", "2013-W02", "2013-W52"],
        "D": ["2013-01-01", "2013-D365", "2013-12-31", "2013-D010"],
        "I": ["2013-06-15T10:30:00", "2013-03-01/P2M", "2013-12-20/P30D"],
    }
    rows: list[Row] = [border(t, "1", FREQ=f) for f, texts in periods.items() for t in texts]
    release(hub, rows)
    return create_app(hub).test_client()


INSIDE_2013 = {
    "2013-A1", "2013-S1", "2013-S2", "2013-T1", "2013-T3", "2013-Q1", "2013-Q4", "2013-01",
    "2013-M12", "2013-W02", "2013-W52", "2013-01-01", "2013-D365", "2013-12-31", "2013-D010",
    "2013-06-15T10:30:00", "2013-03-01/P2M",
}  # fmt: skip


@pytest.mark.conformance(
    "v1.data.start_period", "v1.data.end_period", "v1.period.frequencies",
    "v1.period.first_instant", "v1.period.last_instant",
)  # fmt: skip
@pytest.mark.parametrize(
    "query",
    [
        "startPeriod=2013&endPeriod=2013",
        "startPeriod=2013-01&endPeriod=2013-12",
        "startPeriod=2013-01-01&endPeriod=2013-12-31",
        "startPeriod=2013-A1&endPeriod=2013-A1",
        "startPeriod=2013-S1&endPeriod=2013-S2",
        "startPeriod=2013-T1&endPeriod=2013-T3",
        "startPeriod=2013-Q1&endPeriod=2013-Q4",
        "startPeriod=2013-M01&endPeriod=2013-M12",
        "startPeriod=2013-D001&endPeriod=2013-D365",
        "startPeriod=2013-01-01T00:00:00&endPeriod=2013-12-31T23:59:59.999999",
    ],
)
def test_periods_of_any_form_take_what_lies_inside(mixed: FlaskClient, query: str) -> None:
    """2013-W01 begins in 2012, the last range ends in 2014: neither lies inside."""
    assert {t for t, _ in pairs(mixed, f"{V1}?{query}")} == INSIDE_2013


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(query, set(expected.split()), marks=pytest.mark.conformance(row))
        for row, query, expected in (
            ("v1.period.year", "startPeriod=2014", "2014"),
            ("v1.period.month", "startPeriod=2012-12&endPeriod=2012-12", "2012-12"),
            ("v1.period.day", "startPeriod=2013-12-31&endPeriod=2013-12-31",
             "2013-12-31 2013-D365"),
            ("v1.period.instant",
             "startPeriod=2013-06-15T10:30:00&endPeriod=2013-06-15T10:30:00",
             "2013-06-15T10:30:00"),
            ("v1.period.reporting_year", "endPeriod=2012-A1", "2012 2012-Q4 2012-12"),
            ("v1.period.reporting_semester", "startPeriod=2013-S2&endPeriod=2013-S2",
             "2013-S2 2013-T3 2013-Q4 2013-M12 2013-W52 2013-D365 2013-12-31"),
            ("v1.period.reporting_trimester", "startPeriod=2013-T3&endPeriod=2013-T3",
             "2013-T3 2013-Q4 2013-M12 2013-W52 2013-D365 2013-12-31"),
            ("v1.period.reporting_quarter", "startPeriod=2013-Q2&endPeriod=2013-Q2",
             "2013-06-15T10:30:00"),
            ("v1.period.reporting_month", "startPeriod=2013-M12&endPeriod=2013-M12",
             "2013-M12 2013-W52 2013-D365 2013-12-31"),
            ("v1.period.reporting_week", "startPeriod=2013-W01&endPeriod=2013-W02",
             "2013-W01 2013-W02 2013-01-01 2013-D010"),
            ("v1.period.reporting_day", "startPeriod=2013-D010&endPeriod=2013-D010", "2013-D010"),
            ("v1.period.range", "startPeriod=2013-03&endPeriod=2013-04", "2013-03-01/P2M"),
            ("v1.period.zone", "startPeriod=2014Z", "2014"),
        )
    ],
)  # fmt: skip
def test_a_form_of_period_means_its_span(
    mixed: FlaskClient, query: str, expected: set[str]
) -> None:
    assert {t for t, _ in pairs(mixed, f"{V1}?{query}")} == expected


@pytest.mark.conformance("v1.period.refused", "v1.status.400")
@pytest.mark.parametrize("text", ["soon", "2013-13", "2013-W54", "2013-Q5", "2013-D367", "13"])
def test_what_is_no_period_is_a_syntax_error(client: FlaskClient, text: str) -> None:
    for name in ("startPeriod", "endPeriod"):
        response = client.get(f"{V1}?{name}={text}")
        assert response.status_code == 400
        assert b'code="140"' in response.data


@pytest.mark.conformance("v1.data.first_n", "v1.data.last_n", "v1.data.n_after_periods")
@pytest.mark.parametrize(
    ("query", "times"),
    [
        ("firstNObservations=2", ["2024-01", "2024-02"]),
        ("lastNObservations=1", ["2025-12"]),
        ("firstNObservations=1&lastNObservations=1", ["2024-01", "2025-12"]),
        ("startPeriod=2024-06&endPeriod=2024-09&firstNObservations=1", ["2024-06"]),
        ("endPeriod=2024-09&lastNObservations=2", ["2024-08", "2024-09"]),
        ("startPeriod=2025-11&firstNObservations=5", ["2025-11", "2025-12"]),
    ],
)
def test_ends_of_each_series(client: FlaskClient, query: str, times: list[str]) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    for one in table(client, f"{V1}?{query}"):
        found.setdefault((one["REF_AREA"], one["CITIZENSHIP"]), []).append(one["TIME_PERIOD"])
    assert len(found) == 6
    assert set(map(tuple, found.values())) == {tuple(times)}


@pytest.mark.conformance("v1.data.n_positive")
@pytest.mark.parametrize("name", ["firstNObservations", "lastNObservations"])
@pytest.mark.parametrize("value", ["0", "-1", "one", "1.5"])
def test_less_than_one_observation_is_none_to_ask_for(
    client: FlaskClient, name: str, value: str
) -> None:
    assert client.get(f"{V1}?{name}={value}").status_code == 400


# -- changes ------------------------------------------------------------------------------------


@pytest.fixture
def changing(new_hub: Callable[[], Hub]) -> tuple[Hub, FlaskClient, datetime]:
    """Four months, then one revised, one gone and one new; and the instant in between."""
    hub = new_hub()
    release(hub, [border(f"2025-0{m}", str(m)) for m in (1, 2, 3, 4)], provider="MEX_UPM")
    between = datetime.now(UTC)
    release(hub, [border("2025-05", "5")], updates=[border("2025-02", "9")],
            deletes=[border("2025-03", None)], provider="MEX_UPM")  # fmt: skip
    return hub, create_app(hub).test_client(), between


def changes(client: FlaskClient, query: str) -> list[tuple[str, str, str]]:
    response = client.get(f"{V1}{query}&format=sdmx-csv-2.0")
    assert response.status_code == 200, response.text
    found = csv.DictReader(io.StringIO(response.text))
    return [(r["ACTION"], r["TIME_PERIOD"], r["OBS_VALUE"]) for r in found]


EVERYTHING = [("D", "2025-03", ""), ("R", "2025-02", "9"), ("R", "2025-05", "5")]


@pytest.mark.conformance(
    "v1.data.updated_after", "v1.data.updated_after.deletions", "v1.data.updated_after.zone"
)
def test_changes_since_an_instant(changing: tuple[Hub, FlaskClient, datetime]) -> None:
    _, client, between = changing
    behind = between - timedelta(hours=5)
    texts = [
        between.isoformat().replace("+00:00", "Z"),
        between.isoformat(),
        between.isoformat().replace("+", "%2B").replace(":", "%3A"),
        between.isoformat().replace("+00:00", ""),  # no offset: the time of the server, UTC
        behind.isoformat().replace("+00:00", "-05:00"),
    ]
    for text in texts:
        assert changes(client, f"?updatedAfter={text}") == EVERYTHING, text
    assert client.get(f"{V1}?updatedAfter=yesterday").status_code == 400
    now = datetime.now(UTC).isoformat()
    assert client.get(f"{V1}?updatedAfter={now}").status_code == 404


@pytest.mark.conformance("v1.data.updated_after.deletions")
@pytest.mark.parametrize("accept", [GENERIC, SPECIFIC])
def test_deletions_are_a_dataset_of_their_own(
    changing: tuple[Hub, FlaskClient, datetime], accept: dict[str, str]
) -> None:
    _, client, between = changing
    root = xml(client, f"{V1}?updatedAfter={between.isoformat()}", accept)
    actions = [
        next(v for k, v in one.attrib.items() if k.endswith("action"))
        for one in root.iter("{*}DataSet")
    ]
    assert actions == ["Delete", "Replace"]


@pytest.mark.conformance("v1.data.updated_after.periods")
def test_changes_inside_a_range(changing: tuple[Hub, FlaskClient, datetime]) -> None:
    _, client, between = changing
    since = f"?updatedAfter={between.isoformat()}"
    assert changes(client, f"{since}&startPeriod=2025-04") == EVERYTHING[2:]
    assert changes(client, f"{since}&endPeriod=2025-03") == EVERYTHING[:2]
    assert client.get(f"{V1}{since}&endPeriod=2025-01").status_code == 404


@pytest.mark.conformance("v1.data.updated_after.provider")
def test_a_cell_that_another_provider_took_over(
    changing: tuple[Hub, FlaskClient, datetime],
) -> None:
    hub, client, _ = changing
    then = datetime.now(UTC).isoformat()
    release(hub, updates=[border("2025-01", "7")], provider="MEX_INM")
    assert changes(client, f"/all/MEX_UPM?updatedAfter={then}") == [("D", "2025-01", "")]
    assert changes(client, f"/all/MEX_INM?updatedAfter={then}") == [("R", "2025-01", "7")]
    assert changes(client, f"/all/all?updatedAfter={then}") == [("R", "2025-01", "7")]


# -- layout and detail --------------------------------------------------------------------------


@pytest.mark.conformance("v1.data.dimension_at.time")
def test_observations_vary_by_time_unless_asked_otherwise(client: FlaskClient) -> None:
    for query in ("", "?dimensionAtObservation=TIME_PERIOD"):
        root = xml(client, f"{V1}/.MEX..NAM{REST}{query}")
        (structure,) = root.iter("{*}Structure")
        assert structure.get("dimensionAtObservation") == "TIME_PERIOD"
        (series,) = root.iter("{*}Series")
        assert series.get("CITIZENSHIP") == "NAM"
        assert all(o.get("TIME_PERIOD") for o in series)


@pytest.mark.conformance("v1.data.dimension_at.other")
def test_observations_may_vary_by_another_dimension(client: FlaskClient) -> None:
    root = xml(client, f"{V1}/.MEX{'.' * 11}?dimensionAtObservation=CITIZENSHIP&endPeriod=2024-01")
    (series,) = root.iter("{*}Series")
    assert (series.get("TIME_PERIOD"), series.get("CITIZENSHIP")) == ("2024-01", None)
    assert [o.get("CITIZENSHIP") for o in series] == ["NAM", "XXA", "_T"]


@pytest.mark.conformance("v1.data.dimension_at.flat")
@pytest.mark.parametrize("accept", [GENERIC, SPECIFIC])
def test_observations_may_be_flat(client: FlaskClient, accept: dict[str, str]) -> None:
    root = xml(client, f"{V1}?dimensionAtObservation=AllDimensions&endPeriod=2024-01", accept)
    assert not list(root.iter("{*}Series"))
    assert len(list(root.iter("{*}Obs"))) == 6
    (structure,) = root.iter("{*}Structure")
    assert structure.get("dimensionAtObservation") == "AllDimensions"


@pytest.mark.conformance("v1.data.dimension_at.unknown", "v1.status.403")
def test_what_is_no_dimension_cannot_be_varied_by(client: FlaskClient) -> None:
    for id_ in ("NOPE", "OBS_VALUE", "OBS_STATUS"):
        assert client.get(f"{V1}?dimensionAtObservation={id_}").status_code == 403


@pytest.fixture
def annotated(new_hub: Callable[[], Hub]) -> tuple[Hub, FlaskClient]:
    hub = new_hub()
    release(hub, [border(f"2025-0{m}", str(m), SOURCE="register", COMMENT_OBS=f"note {m}")
                  for m in (1, 2)])  # fmt: skip
    return hub, create_app(hub).test_client()


@pytest.mark.conformance(
    "v1.data.detail.full", "v1.data.detail.dataonly", "v1.data.detail.serieskeysonly",
    "v1.data.detail.nodata",
)  # fmt: skip
@pytest.mark.parametrize(
    ("detail", "observations", "of_series", "of_observations"),
    [
        ("", 2, True, True),
        ("?detail=full", 2, True, True),
        ("?detail=dataonly", 2, False, False),
        ("?detail=serieskeysonly", 0, False, False),
        ("?detail=nodata", 0, True, False),
    ],
)
def test_detail(
    annotated: tuple[Hub, FlaskClient], detail: str, observations: int, of_series: bool,
    of_observations: bool,
) -> None:  # fmt: skip
    hub, client = annotated
    schema = hub.structures.dataflow("MIGHUB", "DF_MIG_BORDER", None)
    assert {schema.by_id[a].level for a in ("SOURCE",)} == {Level.SERIES}
    root = xml(client, V1 + detail)
    (series,) = root.iter("{*}Series")
    assert series.get("REF_AREA") == "MEX"
    assert (series.get("SOURCE") == "register") is of_series
    found = list(root.iter("{*}Obs"))
    assert len(found) == observations
    assert any(o.get("OBS_STATUS") for o in found) is of_observations
    assert all(o.get("OBS_VALUE") for o in found)
    assert not list(root.iter("{*}Group"))
    generic = xml(client, V1 + detail, GENERIC)
    assert bool(list(generic.iter("{*}Attributes"))) is (of_series or of_observations)


# -- history and parameters ---------------------------------------------------------------------


@pytest.mark.conformance("v1.data.history.default")
def test_the_past_is_told_only_when_asked_for(
    changing: tuple[Hub, FlaskClient, datetime],
) -> None:
    _, client, _ = changing
    for query in ("", "?includeHistory=false"):
        assert len(list(xml(client, V1 + query).iter("{*}DataSet"))) == 1
    assert len(list(xml(client, f"{V1}?includeHistory=true").iter("{*}DataSet"))) == 3
    assert client.get(f"{V1}?includeHistory=perhaps").status_code == 400


@pytest.mark.conformance("v1.data.history.tables")
@pytest.mark.parametrize("format_", ["sdmx-csv-1.0", "parquet", "arrow", "xlsx"])
def test_most_tables_have_no_place_for_a_validity(client: FlaskClient, format_: str) -> None:
    response = client.get(f"{V1}?includeHistory=true&format={format_}")
    assert response.status_code == 406
    assert client.get(f"{V1}?format={format_}").status_code == 200


@pytest.mark.conformance("v1.data.parameters.unknown")
def test_parameters_of_clients_own_are_ignored(client: FlaskClient) -> None:
    assert table(client, f"{V1}?_=1699&locale=es") == table(client, V1)


@pytest.mark.conformance("v1.data.parameters.v2", "v1.data.parameters.twice")
@pytest.mark.parametrize(
    "query", ["c[FREQ]=A", "attributes=none", "limit=1", "asOf=2020-01-01T00:00:00Z",
              "startPeriod=2024&startPeriod=2025"],
)  # fmt: skip
def test_what_would_be_dropped_is_refused(client: FlaskClient, query: str) -> None:
    response = client.get(f"{V1}?{query}")
    assert response.status_code == 400
    assert b'code="140"' in response.data


# -- a structure without time -------------------------------------------------------------------


@pytest.fixture
def timeless(new_hub: Callable[[], Hub]) -> FlaskClient:
    """Two observations of a dataflow that has no time dimension, handed in as a message."""
    hub = new_hub()
    agency = common.Agency(id="TST")
    head: dict[str, Any] = {
        "version": "1.0.0",
        "maintainer": agency,
        "is_external_reference": False,
    }
    concepts = common.ConceptScheme(id="CS", **head)
    for id_ in ("AREA", "OBS_VALUE"):
        concepts.append(common.Concept(id=id_, name={"en": id_}))
    dsd = v21.DataStructureDefinition(id="DSD", **head)
    text = common.Facet(value_type=common.FacetValueType["string"])
    area = common.Dimension(
        id="AREA", order=1, concept_identity=concepts["AREA"],
        local_representation=common.Representation(non_enumerated=[text]),
    )  # fmt: skip
    dsd.dimensions = common.DimensionDescriptor(id="DimensionDescriptor", components=[area])
    dsd.attributes = common.AttributeDescriptor(id="AttributeDescriptor", components=[])
    measure = v21.PrimaryMeasure(id="OBS_VALUE", concept_identity=concepts["OBS_VALUE"])
    dsd.measures = v21.MeasureDescriptor(id="MeasureDescriptor", components=[measure])
    flow = v21.DataflowDefinition(id="DF", structure=dsd, **head)
    hub.artefacts.put([concepts, dsd, flow])
    body = b"DATAFLOW,AREA,OBS_VALUE\nTST:DF(1.0.0),A,1\nTST:DF(1.0.0),B,2\n"
    token = intake.submit(hub, io.BytesIO(body), "message.csv")
    assert intake.process(hub, token).state == "published"
    return create_app(hub).test_client()


@pytest.mark.conformance("v1.data.dimension_at.no_time")
def test_without_time_observations_are_flat(timeless: FlaskClient) -> None:
    for accept in (GENERIC, SPECIFIC):
        root = xml(timeless, "/sdmx/v1/data/TST,DF", accept)
        (structure,) = root.iter("{*}Structure")
        assert structure.get("dimensionAtObservation") == "AllDimensions"
        assert not list(root.iter("{*}Series"))
        assert len(list(root.iter("{*}Obs"))) == 2
    assert [r["AREA"] for r in table(timeless, "/sdmx/v1/data/TST,DF/B")] == ["B"]
    for query in ("startPeriod=2020", "endPeriod=2020"):
        assert timeless.get(f"/sdmx/v1/data/TST,DF?{query}").status_code == 403
