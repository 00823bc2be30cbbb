"""An empty answer says which codes of the question there are not; errors repeat little of it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import etree

V1, V2 = "/sdmx/v1/{}/DF_MIG_BORDER/{}", "/sdmx/v2/{}/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/{}"
REST = "." * 11
MEXX = "MEXX is no code of CL_AREA (dimension REF_AREA). Did you mean MEX"


def said(client: FlaskClient, url: str) -> str:
    """What the hub says of an empty answer: as an SDMX error in v1, beside no body in v2."""
    response = client.get(url)
    if url.startswith("/sdmx/v1"):
        assert response.status_code == 404
        error = etree.fromstring(response.data).find("{*}ErrorMessage")
        assert error is not None and error.get("code") == "100"
        return str(error.findtext("{*}Text"))
    assert (response.status_code, response.data) == (204, b"")
    assert "Mighub-Reason" in response.headers["Access-Control-Expose-Headers"]
    return response.headers["Mighub-Reason"]


@pytest.mark.parametrize(
    "url",
    [
        V1.format("data", f"M.MEXX{REST}"),
        V1.format("availableconstraint", f"M.MEXX{REST}"),
        V2.format("data", "M.MEXX"),
        V2.format("availability", "M.MEXX"),
        V2.format("data", "*?c[REF_AREA]=MEXX"),
        V2.format("availability", "*?c[REF_AREA]=MEXX"),
        V2.format("data", "*?c[REF_AREA]=mexx"),
    ],
)
def test_an_unknown_code_is_told_with_its_neighbours(client: FlaskClient, url: str) -> None:
    text = said(client, url)
    assert text.startswith("No data match the query. ")
    assert MEXX.lower() in text.lower(), text
    near = text.partition("mean ")[2].rstrip("?").split(" or ")
    assert near[0] == "MEX" and len(near) <= 3


def test_of_many_unknown_codes_three_are_told(client: FlaskClient) -> None:
    text = said(client, V1.format("data", f"M.MEXX+DOMM+XQ1+XQ2{REST}"))
    assert text.count("is no code") == 3
    assert "XQ1 is no code of CL_AREA (dimension REF_AREA)." in text


def test_codes_that_there_are_are_not_complained_of(client: FlaskClient) -> None:
    for url in (V1.format("data", f"M.USA{REST}"), V2.format("data", "*?c[REF_AREA]=USA")):
        assert said(client, url) == "No data match the query."
    unequal = V2.format("data", "*?c[REF_AREA]=ne:MEXX&c[TIME_PERIOD]=ge:2090")
    assert said(client, unequal) == "No data match the query."


LONG = "20x" * 1067


@pytest.mark.parametrize(
    "url",
    [
        f"/sdmx/v1/data/DF_MIG_BORDER?startPeriod={LONG}",
        f"/sdmx/v1/data/{LONG}",
        f"/sdmx/v2/data/dataflow/MIGHUB/{LONG}",
        f"/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*?c[{LONG}]=1",
        f"/sdmx/v1/data/DF_MIG_BORDER?format={LONG}",
        f"/sdmx/v1/data/DF_MIG_BORDER/M.{LONG}{REST}",
        f"/api/deliveries?{LONG}=1",
        f"/data/MIGHUB/{LONG}/1.0.0",
    ],
)
def test_an_error_repeats_80_characters_of_the_request(client: FlaskClient, url: str) -> None:
    response = client.get(url)
    assert response.status_code in (400, 404, 406, 422)
    # A page has links to itself in other languages.
    text = response.text.partition("<main")[2] or response.text
    assert LONG[:81] not in text
    assert f"{LONG[:80]}…" in text


def test_what_the_hub_says_itself_is_not_cut(client: FlaskClient) -> None:
    text = client.get("/sdmx/v1/data/DF_MIG_BORDER/M.MEX").text
    assert "FREQ.REF_AREA.MEASURE.CITIZENSHIP.COUNTRY_RESIDENCE.COUNTRY_COUNTERPART" in text


def test_an_unknown_format_is_answered_with_the_words_there_are(client: FlaskClient) -> None:
    """Of data the documented words, and none of them is refused; not those of structures."""
    text = client.get("/sdmx/v1/data/DF_MIG_BORDER?format=nope").text
    assert "There is no format 'nope' here." in text
    words = text.partition("format is one of ")[2].partition(", or, with its version")[0]
    listed = words.split(", ")
    assert {"csvdata", "csvfile", "csvfilewithlabels", "jsondata", "genericdata"} <= set(listed)
    assert "sdmx-csv-1.0" in text.partition("with its version")[2]
    for word in listed:
        assert client.get(f"/sdmx/v1/data/DF_MIG_BORDER?format={word}").status_code == 200, word
    structures = client.get("/sdmx/v1/dataflow?format=nope").text
    assert "xmlstructure" in structures
    assert "csvfile" not in structures
