"""Which format each client gets."""

from __future__ import annotations

import pytest

from hub.errors import NotAcceptable, RequestSyntaxError
from hub.messages.formats import FORMATS, Kind
from hub.query.model import Api
from registry.rest.negotiation import choose, language, offers

V = "application/vnd.sdmx."

GENERIC = V + "genericdata+xml;version=2.1"
SPECIFIC = V + "structurespecificdata+xml;version=2.1"
XML30, XML31 = V + "data+xml;version=3.0.0", V + "data+xml;version=3.1.0"
JSON10, JSON20 = V + "data+json;version=1.0.0", V + "data+json;version=2.0.0"
JSON21, CSV21 = V + "data+json;version=2.1.0", V + "data+csv;version=2.1.0"
CSV10, CSV20 = V + "data+csv;version=1.0.0", V + "data+csv;version=2.0.0"
SPECIFIC_TIME = V + "structurespecifictimeseriesdata+xml;version=2.1"
GENERIC_TIME = V + "generictimeseriesdata+xml;version=2.1"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.conformance(
    "v2.media.default_data",
    "v2.media.data",
    "v2.media.data_21",
    "v2.media.csv_parameters",
    "v2.media.ranges",
    "v2.media.short_versions",
)
@pytest.mark.conformance("v1.type.unversioned", "v1.type.weights", "v1.type.generic")
@pytest.mark.conformance("format.json1.draft")
@pytest.mark.parametrize(
    ("accept", "v1", "v2"),
    [
        (None, GENERIC, JSON21),
        ("", GENERIC, JSON21),
        ("*/*", GENERIC, JSON21),
        ("application/*", GENERIC, JSON21),
        ("application/xml", GENERIC, XML31),
        ("text/xml", GENERIC, XML31),
        ("application/json", JSON10, JSON21),
        ("text/csv", CSV10, CSV21),
        ("TEXT/CSV", CSV10, CSV21),
        (SPECIFIC, SPECIFIC, SPECIFIC),
        (GENERIC, GENERIC, GENERIC),
        # versions that are missing, short, spaced, quoted, a range
        (V + "data+json", JSON21, JSON21),
        (V + "data+csv", CSV21, CSV21),
        (V + "data+json;version=1.0.0-wd", JSON10, JSON10),  # the draft, still asked for
        (V + "data+json;version=1.0.0-cts", JSON10, JSON10),
        (V + "data+csv;version=2.0", CSV20, CSV20),
        (V + "data+json;version=2", JSON20, JSON20),
        (V + "data+json; version=1.0.0", JSON10, JSON10),
        (V + 'data+json;version="1.0.0"', JSON10, JSON10),
        (V + "data+json;version=1.0.0+", JSON10, JSON10),
        (V + "data+json;version=1+.0.0", JSON10, JSON21),
        (V + "data+xml;version=3.0+", XML30, XML31),
        (V + "structurespecificdata+xml", SPECIFIC, SPECIFIC),
        # weights: the better wins, then the more exact, then the earlier
        (f"{JSON20};q=0.5,{CSV20};q=0.8", CSV20, CSV20),
        (f"{GENERIC}, {SPECIFIC}", GENERIC, GENERIC),
        (f"{SPECIFIC}, {GENERIC}", SPECIFIC, SPECIFIC),
        ("text/csv, */*;q=0.1", CSV10, CSV21),
        ("application/*;q=0.2, text/csv;q=0.9", CSV10, CSV21),
        (f"*/*, {GENERIC};q=0, {JSON21};q=0", SPECIFIC, XML31),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", GENERIC, XML31),
        ("image/png, application/xml;q=0.1", GENERIC, XML31),
        ("nonsense, text/csv", CSV10, CSV21),
        # what .Stat's clients send
        (
            V + "data+csv;urn=true;file=true;labels=both",
            CSV21 + ";labels=both",
            CSV21 + ";labels=both",
        ),
        (V + "data+json;version=2.0", JSON20, JSON20),
        # the rest of the table
        (SPECIFIC_TIME, SPECIFIC_TIME, SPECIFIC_TIME),
        (GENERIC_TIME, GENERIC_TIME, GENERIC_TIME),
        (V + "generictimeseriesdata+xml", GENERIC_TIME, GENERIC_TIME),
        (V + "data+xml;version=3.1", XML31, XML31),
        (V + "data+json;version=2.1", JSON21, JSON21),
        (
            V + "data+csv;version=2.1;labels=name;timeFormat=normalized;keys=both",
            CSV21 + ";labels=name;timeFormat=normalized;keys=both",
            CSV21 + ";labels=name;timeFormat=normalized;keys=both",
        ),
        (
            V + "data+csv;version=1.0.0;timeFormat=normalized",
            CSV10 + ";timeFormat=normalized",
            CSV10 + ";timeFormat=normalized",
        ),
        (PARQUET, PARQUET, PARQUET),
        (ARROW, ARROW, ARROW),
        (XLSX, XLSX, XLSX),
    ],
)  # fmt: skip
def test_accept(accept: str | None, v1: str, v2: str) -> None:
    assert choose(offers(Api.V1, Kind.DATA), accept, {}).content_type == v1
    assert choose(offers(Api.V2, Kind.DATA), accept, {}).content_type == v2


@pytest.mark.conformance("v2.media.not_acceptable", "v2.status.406")
@pytest.mark.conformance("v1.type.not_acceptable")
@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        V + "data+json;version=9.0.0",
        V + "data+json;version=1.0.1-wd",
        V + "data+json;version=x",
        "text/csv;q=0",
        V + "data+csv;labels=none",
        V + "data+csv;timeFormat=daily",
        "application/vnd.sdmx.compactdata+xml;version=2.0",
        V + "structure+xml;version=2.1",
    ],
)
@pytest.mark.parametrize("api", list(Api))
def test_nothing_fits(api: Api, accept: str) -> None:
    with pytest.raises(NotAcceptable):
        choose(offers(api, Kind.DATA), accept, {})


@pytest.mark.conformance("v1.format")
@pytest.mark.parametrize(
    ("parameters", "v1", "v2"),
    [
        ({"format": "csvdata"}, CSV10, CSV21),
        ({"format": "csv"}, CSV10, CSV21),
        ({"format": "jsondata"}, JSON10, JSON21),
        ({"format": "jsondata", "formatVersion": "2.0.0"}, JSON20, JSON20),
        ({"format": "jsondata", "formatVersion": "1.0"}, JSON10, JSON10),
        ({"format": "genericdata"}, GENERIC, GENERIC),
        ({"format": "structurespecificdata"}, SPECIFIC, SPECIFIC),
        ({"format": "GENERICDATA"}, GENERIC, GENERIC),
        ({"format": "csvfilewithlabels"}, CSV20 + ";labels=name", CSV20 + ";labels=name"),
        ({"format": "csvfile"}, CSV20, CSV20),
        ({"format": "csv", "labels": "both"}, CSV10 + ";labels=both", CSV21 + ";labels=both"),
        ({"Format": "sdmx-ml-3.0"}, XML30, XML30),
        ({"format": "structurespecifictimeseriesdata"}, SPECIFIC_TIME, SPECIFIC_TIME),
        ({"format": "generictimeseriesdata"}, GENERIC_TIME, GENERIC_TIME),
        ({"format": "jsondata", "formatVersion": "2.1.0"}, JSON21, JSON21),
        ({"format": "parquet"}, PARQUET, PARQUET),
        ({"format": "arrow"}, ARROW, ARROW),
        ({"format": "jsondata", "labels": "both"}, JSON10, JSON21),
        ({"format": "xlsx"}, XLSX, XLSX),
        (
            {"format": "csv", "timeFormat": "normalized", "keys": "obs"},
            CSV10 + ";timeFormat=normalized",
            CSV21 + ";timeFormat=normalized;keys=obs",
        ),
    ],
)
def test_the_url_wins_over_the_header(parameters: dict[str, str], v1: str, v2: str) -> None:
    for api, expected in ((Api.V1, v1), (Api.V2, v2)):
        chosen = choose(offers(api, Kind.DATA), "image/png", parameters)
        assert chosen.content_type == expected


@pytest.mark.conformance("v2.media.data", "v2.media.data_21")
@pytest.mark.conformance("v1.type.exact")
@pytest.mark.parametrize("api", list(Api))
def test_every_format_has_its_name_and_its_exact_type(api: Api) -> None:
    offered = offers(api, Kind.DATA)
    assert {f.name for f in offered} == {
        f.name for f in FORMATS if f.kind is Kind.DATA and f.writer is not None
    }
    for one in offered:
        assert choose(offered, None, {"format": one.name}).format is one
        assert choose(offered, one.media_type, {}).format is one


def test_a_format_nobody_knows() -> None:
    with pytest.raises(NotAcceptable, match=r"sdmx-csv-1\.0"):
        choose(offers(Api.V1, Kind.DATA), None, {"format": "xlsy"})
    with pytest.raises(NotAcceptable):
        choose(offers(Api.V1, Kind.DATA), None, {"format": "jsondata", "formatVersion": "7"})
    with pytest.raises(RequestSyntaxError):
        choose(offers(Api.V1, Kind.DATA), None, {"format": "csv", "labels": "all"})


@pytest.mark.conformance("v1.language")
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("de, nl;q=0.3, fr;q=0.4", "fr"),
        ("*", "en"),
        ("de", "en"),
        ("es;q=0", "en"),
        ("es;q=x", "en"),
    ],
)
def test_language(header: str | None, expected: str) -> None:
    assert language(header, ("en", "es", "fr", "nl"), "en") == expected
