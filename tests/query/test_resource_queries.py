"""Paths and parameters of the smaller resources: availability, schema, metadata, registrations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RequestSyntaxError, SemanticError
from hub.query import availability, metadata, registration, schema
from hub.query.model import Api, Context

READERS: list[Callable[[str, str], object]] = [
    availability.parse_v1,
    availability.parse_v2,
    metadata.parse_v1,
    metadata.parse_v2_query,
    registration.parse,
    lambda path, query: schema.parse(Api.V1, path, query),
    lambda path, query: schema.parse(Api.V2, path, query),
]


@given(
    reader=st.sampled_from(READERS),
    path=st.text(st.sampled_from("/aA1.*+~,%2C @\n-"), max_size=30),
    query=st.text(st.sampled_from("&=modecrf[]%2B+:ge0-T "), max_size=30),
)
def test_any_text_is_read_or_refused(
    reader: Callable[[str, str], object], path: str, query: str
) -> None:
    try:
        first = reader(path, query)
    except (RequestSyntaxError, SemanticError):
        return
    assert reader(path, query) == first


def test_availability_of_v1() -> None:
    query = availability.parse_v1(
        "MIGHUB,DF_X,1.0/M.MEX+DOM/P1/REF_AREA%2BSEX",
        "mode=available&references=codelist,dataflow&startPeriod=2020&detail=full&foo=1",
    )
    assert query.components == ("REF_AREA", "SEX")
    assert query.mode is availability.Mode.AVAILABLE
    assert query.references == {"codelist", "dataflow"}
    assert query.data.keys == ((("M",), ("MEX", "DOM")),)
    assert query.data.start_period == "2020"
    assert [p.id for p in query.data.providers] == ["P1"]


def test_availability_of_v2() -> None:
    query = availability.parse_v2(
        "dataflow/MIGHUB/DF_X/%2A/M.MEX/REF_AREA%2CSEX", "c%5BSEX%5D=ne%3AF&references=all"
    )
    assert query.components == ("REF_AREA", "SEX")
    assert query.data.contexts == (Context.DATAFLOW,)
    assert [f.component for f in query.data.filters] == ["SEX"]
    assert query.references == set(availability.REFERENCES)
    assert query.mode is availability.Mode.EXACT


@pytest.mark.parametrize("text", ["all", "ALL", "", "all+SEX"])
def test_all_components_are_none_named(text: str) -> None:
    assert availability.parse_v1(f"DF_X/all/all/{text}", "").components == ()


def test_parameters_that_say_nothing_of_values_are_passed_over() -> None:
    plain = availability.parse_v1("DF_X", "")
    assert availability.parse_v1("DF_X", "detail=nonsense&firstNObservations=x") == plain


def test_schema_queries() -> None:
    query = schema.parse(Api.V1, "dataflow/A.B/DF_X/latest/", "explicitMeasure=true")
    assert (query.context, query.agency, query.id) == ("dataflow", "A.B", "DF_X")
    assert query.explicit_measure is True
    two = schema.parse(Api.V2, "provisionagreement/A/PA/%2B", "deletion=true&asOf=2020-01-01")
    assert (two.version.op, two.deletion) == ("+", True)
    assert two.as_of is not None
    assert two.as_of.date() == date(2020, 1, 1)
    with pytest.raises(RequestSyntaxError):
        schema.parse(Api.V1, "metadataprovisionagreement/A/B", "")


def test_metadata_queries() -> None:
    by_set = metadata.parse_v2_query("metadataset/P1,P2/Q/1.0.0", "detail=allstubs")
    assert (by_set.by, by_set.agencies, by_set.ids) == ("metadataset", {"P1", "P2"}, {"Q"})
    assert by_set.stubs is True
    by_flow = metadata.parse_v2_query("metadataflow/A/F/*/A.P1", "")
    assert (by_flow.by, by_flow.providers) == ("metadataflow", ("A.P1",))
    for path in ("structure/dataflow/A/DF", "dataflow/A/DF"):
        by_structure = metadata.parse_v2_query(path, "")
        assert by_structure.kinds == {"dataflow"}
        assert (by_structure.agencies, by_structure.ids) == ({"A"}, {"DF"})


def test_registration_queries() -> None:
    assert registration.parse("", "").by == "context"
    by_id = registration.parse("id/X-1", "")
    assert (by_id.by, by_id.ids) == ("id", {"X-1"})
    by_provider = registration.parse("provider/A/P1,P2", "updatedAfter=2020-01-01T00:00:00Z")
    assert (by_provider.agencies, by_provider.ids) == ({"A"}, {"P1", "P2"})
    assert by_provider.updated_after is not None
    by_flow = registration.parse("dataflow,provisionagreement/A/*/1.0.0", "")
    assert by_flow.contexts == {"dataflow", "provisionagreement"}
    assert by_flow.ids == frozenset()
