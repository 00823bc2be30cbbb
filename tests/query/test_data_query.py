"""Data queries of both interfaces, as clients write them."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RequestSyntaxError, SemanticError
from hub.query import data_v1, data_v2, raw
from hub.query.model import Api, Comparison, Context, DataQuery, Filter, Operator, Provider, SortKey
from hub.query.versions import LATEST, VersionQuery


def flow(query: DataQuery) -> tuple[object, ...]:
    return query.agencies, query.ids, query.versions


ONE = VersionQuery("=", exact="1.0")


@pytest.mark.conformance(
    "v1.data.flow.id", "v1.data.flow.agency", "v1.data.flow.version", "v1.data.flow.special"
)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("DF", ((), ("DF",), (LATEST,))),
        ("DF/", ((), ("DF",), (LATEST,))),
        ("AG,DF", (("AG",), ("DF",), (LATEST,))),
        ("AG,DF,1.0", (("AG",), ("DF",), (ONE,))),
        ("AG%2CDF%2C1.0", (("AG",), ("DF",), (ONE,))),
        ("ALL,DF,LATEST", ((), ("DF",), (LATEST,))),
        (",DF,", ((), ("DF",), (LATEST,))),
        ("OECD.SDD.TPS,DSD_X@DF_Y,1.0", (("OECD.SDD.TPS",), ("DSD_X@DF_Y",), (ONE,))),
        ("OECD.DCD.FSD,DSD_CRS%40DF_CRS,", (("OECD.DCD.FSD",), ("DSD_CRS@DF_CRS",), (LATEST,))),
        ("all", ((), (), (LATEST,))),
        ("AG,DF,all", (("AG",), ("DF",), (VersionQuery("*"),))),
    ],
)
def test_flow_ref(path: str, expected: tuple[object, ...]) -> None:
    assert flow(data_v1.parse(path, "")) == expected


@pytest.mark.conformance("v1.data.key.wildcard", "v1.data.key.or", "v1.data.key.all")
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("", ()),
        ("all", ()),
        ("ALL", ()),
        ("D..EUR", ((("D",), (), ("EUR",)),)),
        ("D.USD+JPY.EUR", ((("D",), ("USD", "JPY"), ("EUR",)),)),
        ("D.USD%2BJPY.EUR", ((("D",), ("USD", "JPY"), ("EUR",)),)),
        ("D%2EUSD%2EEUR", ((("D",), ("USD",), ("EUR",)),)),
        ("..", (((), (), ()),)),
        ("%2E%2E", (((), (), ()),)),
        (".", (((), ()),)),
        ("A+A", ((("A",),),)),
        ("_T.Y_GE65.@x", ((("_T",), ("Y_GE65",), ("@x",)),)),
    ],
)
@pytest.mark.parametrize("end", ["", "/", "/all", "/all/"])
def test_key_of_v1(key: str, expected: object, end: str) -> None:
    if key:
        assert data_v1.parse(f"DF/{key}{end}", "").keys == expected
    else:
        assert data_v1.parse("DF", "").keys == expected


@pytest.mark.conformance(
    "v1.data.provider.id", "v1.data.provider.agency", "v1.data.provider.or", "v1.data.provider.all"
)
@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("all", ()),
        ("UPM", (Provider(None, "UPM"),)),
        ("MIGHUB,UPM", (Provider("MIGHUB", "UPM"),)),
        ("ALL,UPM", (Provider(None, "UPM"),)),
        ("UPM+AG,BCRD", (Provider(None, "UPM"), Provider("AG", "BCRD"))),
    ],
)
def test_provider(provider: str, expected: object) -> None:
    assert data_v1.parse(f"DF/all/{provider}", "").providers == expected


def test_parameters_of_v1() -> None:
    query = data_v1.parse(
        "DF",
        "startPeriod=2010-Q1&endPeriod=2013-12-31&firstNObservations=1&lastNObservations=2"
        "&dimensionAtObservation=AllDimensions&detail=dataonly&includeHistory=true"
        "&updatedAfter=2009-05-15T14%3A15%3A00%2B01%3A00&unknown=1&format=csv",
    )
    assert (query.start_period, query.end_period) == ("2010-Q1", "2013-12-31")
    assert (query.first_n, query.last_n) == (1, 2)
    assert query.dimension_at_observation == "AllDimensions"
    assert (query.attributes, query.measures) == (("none",), ("all",))
    assert query.include_history
    assert query.updated_after == datetime(2009, 5, 15, 13, 15, tzinfo=UTC)
    assert query.api is Api.V1


@pytest.mark.conformance("v2.filter.literal_plus")
@pytest.mark.conformance("v1.data.updated_after.zone")
def test_a_literal_plus_is_a_plus() -> None:
    """Form decoders make it a space; a time zone would be lost."""
    query = data_v1.parse("DF", "updatedAfter=2009-05-15T14:15:00+01:00")
    assert query.updated_after == datetime(2009, 5, 15, 13, 15, tzinfo=UTC)
    query = data_v2.parse("", "c[TIME_PERIOD]=ge:2010+le:2012")
    assert query.filters[0].alternatives == (
        (Comparison(Operator.GE, "2010"), Comparison(Operator.LE, "2012")),
    )


@pytest.mark.conformance(
    "v1.data.key.syntax",
    "v1.data.n_positive",
    "v1.data.parameters.v2",
    "v1.data.parameters.twice",
    "v1.status.400",
)
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", ""),
        ("/", ""),
        ("A,B,C,D", ""),
        ("AG,,1.0", ""),
        ("DF/A/B/C", ""),
        ("DF/A*B", ""),
        ("DF/*.A", ""),
        ("DF/A+.B", ""),
        ("DF/A B", ""),
        ("DF/%FF", ""),
        ("DF/%00", ""),
        ("1AG,DF", ""),
        ("AG,DF,1.x", ""),
        ("AG,D/F", "detail=some"),
        ("DF", "detail=some"),
        ("DF", "firstNObservations=0"),
        ("DF", "firstNObservations=-1"),
        ("DF", "lastNObservations=1.5"),
        ("DF", "lastNObservations=٣"),
        ("DF", "includeHistory=yes"),
        ("DF", "updatedAfter=yesterday"),
        ("DF", "updatedAfter=2009-13-15T14:15:00"),
        ("DF", "startPeriod=2010&startPeriod=2011"),
        ("DF", "c[FREQ]=A"),
        ("DF", "attributes=none"),
        ("DF", "limit=1"),
        ("DF", "dimensionAtObservation=A.B"),
    ],
)
def test_syntax_errors_of_v1(path: str, query: str) -> None:
    with pytest.raises(RequestSyntaxError):
        data_v1.parse(path, query)


ANY = (VersionQuery("*"),)


@pytest.mark.conformance(
    "v2.data.context",
    "v2.data.defaults",
    "v2.data.every_version",
    "v2.data.several_agencies_ids",
    "v2.path.encoded",
    "v2.path.trailing_slash",
    "v2.path.trailing_defaults",
    "v2.operators.any",
    "v2.operators.or",
    "v2.operators.latest",
)
@pytest.mark.parametrize(
    ("path", "contexts", "expected"),
    [
        ("", (Context.ANY,), ((), (), ANY)),
        ("dataflow", (Context.DATAFLOW,), ((), (), ANY)),
        ("dataflow/AG/DF", (Context.DATAFLOW,), (("AG",), ("DF",), ANY)),
        ("dataflow/AG/DF/", (Context.DATAFLOW,), (("AG",), ("DF",), ANY)),
        ("dataflow/AG.SUB/DF/~", (Context.DATAFLOW,), (("AG.SUB",), ("DF",), (LATEST,))),
        ("/dataflow/AG/DF", (Context.DATAFLOW,), (("AG",), ("DF",), ANY)),
        ("//AG/DF", (Context.ANY,), (("AG",), ("DF",), ANY)),
        ("dataflow//DF//A.B", (Context.DATAFLOW,), ((), ("DF",), ANY)),
        ("*/AG/A,B/*", (Context.ANY,), (("AG",), ("A", "B"), ANY)),
        ("%2A/AG/A%2CB/%2A", (Context.ANY,), (("AG",), ("A", "B"), ANY)),
        (
            "datastructure,dataflow/*/X/1.0",
            (Context.DATASTRUCTURE, Context.DATAFLOW),
            ((), ("X",), (ONE,)),
        ),
        ("provisionagreement/AG/PA/1.0", (Context.PROVISIONAGREEMENT,), (("AG",), ("PA",), (ONE,))),
    ],
)
def test_path_of_v2(path: str, contexts: object, expected: object) -> None:
    query = data_v2.parse(path, "")
    assert query.contexts == contexts
    assert flow(query) == expected
    assert query.api is Api.V2


@pytest.mark.conformance("v2.path.trailing_defaults", "v2.data.defaults")
def test_a_default_and_an_explicit_wildcard_are_the_same_query() -> None:
    assert data_v2.parse("", "") == data_v2.parse("*/*/*/*/*", "")


@pytest.mark.conformance(
    "v2.data.key.wildcard", "v2.data.key.several", "v2.data.key.short", "v2.data.key.no_plus"
)
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("*", ()),
        ("D.USD", ((("D",), ("USD",)),)),
        ("D.*.EUR", ((("D",), (), ("EUR",)),)),
        ("D%2E%2A%2EEUR", ((("D",), (), ("EUR",)),)),
        ("D..EUR", ((("D",), (), ("EUR",)),)),
        ("A.B,C.D", ((("A",), ("B",)), (("C",), ("D",)))),
        ("A.B%2CC.D", ((("A",), ("B",)), (("C",), ("D",)))),
        ("A.B+C,D", ((("A",), ("B", "C")), (("D",),))),  # as sdmx1 writes it
        ("A.B%2BB", ((("A",), ("B",)),)),
        ("*.*", (((), ()),)),
        ("..", (((), (), ()),)),
        ("A,*", ()),
    ],
)
def test_key_of_v2(key: str, expected: object) -> None:
    assert data_v2.parse(f"dataflow/A/B/+/{key}", "").keys == expected


def one(op: str, value: str) -> Comparison:
    return Comparison(Operator(op), value)


@pytest.mark.conformance(
    "v2.filter.precedence",
    "v2.filter.or",
    "v2.filter.and",
    "v2.filter.two_ranges",
    "v2.filter.operator_scope",
    "v2.filter.neither",
    "v2.filter.brackets_encoded",
)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A", (((one("eq", "A")),),)),
        ("A,B", ((one("eq", "A"),), (one("eq", "B"),))),
        ("ge:A", ((one("ge", "A"),),)),
        ("ge:A+le:B", ((one("ge", "A"), one("le", "B")),)),
        ("A,B+C", ((one("eq", "A"),), (one("eq", "B"), one("eq", "C")))),
        (
            "ge:A+le:B,ge:C+le:D",
            ((one("ge", "A"), one("le", "B")), (one("ge", "C"), one("le", "D"))),
        ),
        ("ne:A,B", ((one("ne", "A"),), (one("eq", "B"),))),
        ("ne:A+B", ((one("ne", "A"), one("eq", "B")),)),
        ("ne:A,ne:B", ((one("ne", "A"),), (one("ne", "B"),))),
        ("ne:A+ne:B", ((one("ne", "A"), one("ne", "B")),)),
        ("co:euro", ((one("co", "euro"),),)),
        ("xx:y", ((one("eq", "xx:y"),),)),
        ("ge:2020-01-01T10:00:00", ((one("ge", "2020-01-01T10:00:00"),),)),
    ],
)
@pytest.mark.parametrize("encode", [lambda t: t, lambda t: quote(t, safe="")])
def test_component_filters(text: str, expected: object, encode) -> None:  # type: ignore[no-untyped-def]
    """Examples of the standard (REST 2.2, data queries), raw and percent-encoded."""
    name = encode("c[X]")
    assert data_v2.parse("", f"{name}={encode(text)}").filters == (Filter("X", expected),)  # type: ignore[arg-type]


def test_parameters_of_v2() -> None:
    query = data_v2.parse(
        "",
        "attributes=series,OBS_STATUS&measures=none&offset=10&limit=5&sort=series_key:asc+T:desc+*"
        "&asOf=2026-01-02&updatedAfter=2026-01-01T00:00:00Z&reportingYearStartDay=--07-01",
    )
    assert query.attributes == ("series", "OBS_STATUS")
    assert query.measures == ("none",)
    assert (query.offset, query.limit) == (10, 5)
    assert query.sort == (SortKey("series_key"), SortKey("T", True), SortKey("*"))
    assert query.reporting_year_start == "--07-01"
    assert query.as_of is not None
    assert query.as_of.tzinfo is not None


def test_changes_after_the_state_asked_for_make_no_sense() -> None:
    with pytest.raises(SemanticError):
        data_v2.parse("", "asOf=2026-01-01T00:00:00Z&updatedAfter=2026-01-02T00:00:00Z")


@pytest.mark.conformance(
    "v2.data.context",
    "v2.filter.once",
    "v2.filter.malformed",
    "v2.version.invalid_bare",
    "v2.version.invalid_short",
    "v2.data.key.no_plus",
)
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("flow/A/B", ""),
        ("dataflow/A/B/1.0/K/X", ""),
        ("dataflow/A/B/+.2.3", ""),
        ("dataflow/A/B/2.3+", ""),
        ("dataflow/A/B/1.0/A+.B", ""),
        ("dataflow/A/B/1.0/A+*.B", ""),
        ("dataflow/A/B/1.0/A B", ""),
        ("dataflow/1A/B", ""),
        ("", "c[]=A"),
        ("", "c[X=A"),
        ("", "c[X]=A,"),
        ("", "c[X]=ge:"),
        ("", "c[X]=A&c[X]=B"),
        ("", "startPeriod=2010"),
        ("", "endPeriod=2010"),
        ("", "detail=dataonly"),
        ("", "limit=0"),
        ("", "offset=-1"),
        ("", "sort=A:up"),
        ("", "sort=A:"),
        ("", "reportingYearStartDay=07-01"),
        ("", "reportingYearStartDay=--02-30"),
        ("", "attributes=a b"),
        ("x" * 70_000, ""),
    ],
)
def test_syntax_errors_of_v2(path: str, query: str) -> None:
    with pytest.raises(RequestSyntaxError):
        data_v2.parse(path, query)


def test_a_filter_of_the_other_interface_is_not_silently_dropped() -> None:
    with pytest.raises(RequestSyntaxError, match=r"c\[TIME_PERIOD\]=ge"):
        data_v2.parse("dataflow/A/B", "startPeriod=2020")


ids = st.from_regex(r"[A-Za-z0-9_@$-]{1,8}", fullmatch=True)


@given(st.lists(st.lists(ids, max_size=3, unique=True), min_size=2, max_size=6))
def test_any_key_of_v1_is_read_back(key: list[list[str]]) -> None:
    text = ".".join("+".join(codes) for codes in key)
    expected = (tuple(tuple(codes) for codes in key),)
    assert data_v1.parse(f"DF/{text}", "").keys == expected
    assert data_v1.parse(f"DF/{quote(text, safe='')}", "").keys == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read_or_refused(path: str, query: str) -> None:
    for parse in (data_v1.parse, data_v2.parse):
        try:
            assert isinstance(parse(path, query), DataQuery)
        except (RequestSyntaxError, SemanticError) as error:
            assert error.message


printable = st.text(min_size=1).filter(str.isprintable)


@given(st.dictionaries(printable, printable.filter(lambda t: t == t.strip() != "")))
def test_parameters_survive_encoding(given_: dict[str, str]) -> None:
    text = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in given_.items())
    assert raw.parameters(text) == given_
