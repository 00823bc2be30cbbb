"""Mexico's returns of Guatemalans beside Guatemala's returnees from Mexico, from the real files.

Both files go in by the intake and come out by every interface; what is right is computed from them
again with pandas, without any code of the project.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from flask.testing import FlaskClient
from lxml import html

from hub import intake
from hub.intake import State
from hub.messages.formats import Kind, formats
from hub.settings import Settings
from hub.store.home import Hub
from registry.app import create_app

Shared = Callable[[str], Path]

FLOW = "MIGHUB,DF_MIG_MIRROR,1.0.0"
MONTHS = [f"{year}-{month:02d}" for year in (2020, 2021, 2022) for month in range(1, 13)]
OF = "GTM._T._T.MEX_UPM.EV.GTM_IGM.PS"


@pytest.fixture(scope="module")
def truth(shared_data: Shared) -> pd.DataFrame:
    """By month: what Mexico counts, what Guatemala counts, and how far apart they are."""
    left = pd.read_csv(shared_data("iom-gdidata/irreg_mexico_exp.csv"), keep_default_na=False)
    right = pd.read_csv(shared_data("iom-gdidata/irreg_guatemala.csv"), keep_default_na=False)
    both = pd.DataFrame(
        {
            "REPORTED_FROM": left[left["nat"] == "GTM"].groupby("t")["n"].sum(),
            "REPORTED_TO": right[right["origin"] == "MEX"].groupby("t")["n"].sum(),
        }
    ).dropna()
    a, b = both["REPORTED_FROM"], both["REPORTED_TO"]
    both["DIFFERENCE"], both["RATIO"] = a - b, a / b
    both["ASYMMETRY"] = (a - b).abs() / ((a + b) / 2)
    return both


def publish(hub: Hub, path: Path, connector: str) -> str:
    token = intake.submit(hub, path, path.name, connector=connector)
    assert intake.process(hub, token).state is State.PUBLISHED
    return token


@pytest.fixture(scope="module")
def times() -> dict[str, datetime]:
    return {}


@pytest.fixture(scope="module")
def hub(
    shared_data: Shared, tmp_path_factory: pytest.TempPathFactory, times: dict[str, datetime]
) -> Iterator[Hub]:
    """A hub to which Mexico's file was sent, and then Guatemala's."""
    settings = Settings.load({"HUB_HOME": str(tmp_path_factory.mktemp("both"))})
    with Hub.init(settings) as made:
        publish(made, shared_data("iom-gdidata/irreg_mexico_exp.csv"), "mex/iom_returns")
        times["one end"] = datetime.now(UTC)
        token = publish(made, shared_data("iom-gdidata/irreg_guatemala.csv"), "gtm/iom_returnees")
        made.settings.home.joinpath("token").write_text(token)
        yield made


@pytest.fixture(scope="module")
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def table(client: FlaskClient, address: str) -> pd.DataFrame:
    """An answer in SDMX-CSV, as text."""
    response = client.get(address)
    assert response.status_code == 200, response.get_data(as_text=True)[:500]
    text = response.get_data(as_text=True)
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


# -- as SDMX ------------------------------------------------------------------------------------


def test_the_36_months_are_what_the_files_add_up_to(
    client: FlaskClient, truth: pd.DataFrame
) -> None:
    found = table(client, f"/sdmx/v1/data/{FLOW}/M.RETURNS.MEX.GTM..GTM._T._T....?format=csvdata")
    by = found.pivot(index="TIME_PERIOD", columns="INDICATOR", values="OBS_VALUE")
    assert list(truth.index) == list(by.index) == MONTHS
    for column in ("REPORTED_FROM", "REPORTED_TO", "DIFFERENCE"):
        assert by[column].astype(int).tolist() == truth[column].astype(int).tolist()
    for column in ("RATIO", "ASYMMETRY"):
        off = (by[column].astype(float) - truth[column]).abs()
        assert off.max() <= 0.5e-6 + 1e-12
    assert by.loc["2021-08", ["REPORTED_FROM", "REPORTED_TO"]].tolist() == ["7075", "3419"]


def test_each_figure_says_by_which_definition(client: FlaskClient) -> None:
    address = (
        f"/sdmx/v2/data/dataflow/{FLOW.replace(',', '/')}/M.RETURNS.MEX.GTM?format=sdmx-csv-2.0"
    )
    found = table(client, address).set_index("INDICATOR")
    for indicator, unit, definition, institution in (
        ("REPORTED_FROM", "EV", "RETURN_ORDER", "UPMRIP"),
        ("REPORTED_TO", "PS", "RETURN_RECEPTION", "IGM"),
    ):
        rows = found.loc[indicator]
        assert set(rows["UNIT_MEASURE"]) == {unit}
        assert set(rows["DEFINITION"]) == {definition}
        assert set(rows["COLLECTION"]) == {"ADMIN"}
        assert rows["SOURCE"].str.contains(institution).all()
    far = found.loc[["DIFFERENCE", "RATIO", "ASYMMETRY"]]
    assert set(far["OBS_STATUS"]) == {"D"}
    assert set(far["DEFINITION"]) == {""}
    assert far["COMMENT_OBS"].str.contains("UNIT_MEASURE EV / PS").all()


def test_a_year_is_the_sum_of_twelve_months_of_both(
    client: FlaskClient, truth: pd.DataFrame
) -> None:
    found = table(client, f"/sdmx/v1/data/{FLOW}/A.RETURNS.MEX.GTM........?format=csvdata")
    by = found.pivot(index="TIME_PERIOD", columns="INDICATOR", values="OBS_VALUE")
    years = truth[["REPORTED_FROM", "REPORTED_TO"]].groupby(truth.index.str[:4]).sum()
    assert by["REPORTED_FROM"].astype(int).to_dict() == years["REPORTED_FROM"].to_dict()
    assert by["REPORTED_TO"].astype(int).to_dict() == years["REPORTED_TO"].to_dict()
    assert list(by.index) == ["2020", "2021", "2022"]  # 2015 to 2019 have one end


@pytest.mark.parametrize(
    "name", [f.name for f in formats(Kind.DATA) if f.writer is not None], ids=str
)
def test_every_format_has_the_same_figures(client: FlaskClient, name: str) -> None:
    root = "v1" if re.search(r"-(1\.0|2\.1(-.*)?)$", name) and "csv-2" not in name else "v2"
    if name in {"sdmx-json-2.1", "sdmx-csv-2.1"} or name.startswith(("parquet", "arrow", "xlsx")):
        root = "v2"
    path = {
        "v1": f"/sdmx/v1/data/{FLOW}/M.RETURNS.MEX.GTM.ASYMMETRY.......?format={name}",
        "v2": f"/sdmx/v2/data/dataflow/{FLOW.replace(',', '/')}/M.RETURNS.MEX.GTM.ASYMMETRY"
        f"?format={name}",
    }[root]
    response = client.get(path)
    assert response.status_code == 200, response.get_data()[:300]
    body = response.get_data()
    if name.startswith(("sdmx-csv", "sdmx-json", "sdmx-ml")):
        assert b"0.696779" in body


def test_the_query_of_availability_knows_what_is_compared(client: FlaskClient) -> None:
    address = f"/sdmx/v2/availability/dataflow/{FLOW.replace(',', '/')}/*/*"
    body = client.get(address, headers={"Accept": "application/json"}).get_json()
    (constraint,) = body["data"]["availabilityConstraints"]
    assert constraint["obsCount"] == 5 * (36 + 3)
    values = {
        part["id"]: {v["value"] for v in part["values"]}
        for part in constraint["cubeRegion"]["keyValues"]
        if "values" in part
    }
    assert values["AREA_FROM"] == {"MEX"}
    assert values["AREA_TO"] == {"GTM"}
    assert values["COMPARISON"] == {"RETURNS"}
    assert values["PROVIDER_TO"] == {"GTM_IGM"}


def test_before_the_other_end_published_there_was_nothing_to_compare(
    client: FlaskClient, times: dict[str, datetime]
) -> None:
    at = times["one end"].isoformat().replace("+", "%2B")
    path = f"/sdmx/v2/data/dataflow/{FLOW.replace(',', '/')}/*"
    assert client.get(f"{path}?asOf={at}").status_code == 204
    since = client.get(f"{path}?updatedAfter={at}&format=sdmx-csv-2.0&c[INDICATOR]=RATIO")
    assert since.get_data(as_text=True).count("\n") == 1 + 36 + 3


def test_the_farthest_month_can_be_asked_for_by_its_value(client: FlaskClient) -> None:
    path = f"/sdmx/v2/data/dataflow/{FLOW.replace(',', '/')}/M.RETURNS.*.*.ASYMMETRY"
    found = table(client, f"{path}?format=sdmx-csv-2.0&sort=OBS_VALUE:desc&limit=1")
    assert found["TIME_PERIOD"].tolist() == ["2021-08"]


# -- at the intake ------------------------------------------------------------------------------


def test_the_sender_is_told_both_figures_and_both_definitions(hub: Hub) -> None:
    token = hub.settings.home.joinpath("token").read_text()
    report = intake.report(hub, token)
    (finding,) = [f for f in report["findings"] if f["rule"] == "MIRROR_ASYMMETRY"]
    assert report["valid"] is True
    assert finding["severity"] == "warning"
    assert finding["key"] == "RETURNS.MEX.GTM.GTM.2021-08"
    assert finding["found"] == "3419 (GTM: PS, RETURN_RECEPTION)"
    assert finding["expected"] == "7075 (MEX: EV, RETURN_ORDER)"
    assert finding["found"] in finding["message"]
    assert finding["expected"] in finding["message"]


# -- on the pages -------------------------------------------------------------------------------


def page(client: FlaskClient, address: str, language: str = "en") -> html.HtmlElement:
    response = client.get(address, headers={"Accept-Language": language})
    assert response.status_code == 200, address
    found: html.HtmlElement = html.fromstring(response.get_data(as_text=True))
    return found


def test_the_page_of_the_pair_has_the_36_months(client: FlaskClient, truth: pd.DataFrame) -> None:
    tree = page(client, "/mirror/RETURNS/MEX/GTM")
    (table_,) = tree.xpath("//section[h2='Monthly']//table")
    rows = [[cell.text_content().strip() for cell in row] for row in table_.xpath(".//tbody/tr")]
    assert len(rows) == 36
    shown = [
        (a.replace(",", ""), b.replace(",", ""), asymmetry) for _, a, b, _, _, asymmetry in rows
    ]
    expected = [
        (str(int(a)), str(int(b)), f"{far:.3f} D")  # events beside persons
        for a, b, far in truth.iloc[::-1][["REPORTED_FROM", "REPORTED_TO", "ASYMMETRY"]].to_numpy()
    ]
    assert shown == expected


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Events", "Persons", "Return carried out under an order",
                "Returned national registered on arrival", "do not count the same thing"]),
        ("es", ["Eventos", "Personas", "Retorno ejecutado por orden",
                "Persona nacional retornada registrada a su llegada", "no cuentan lo mismo"]),
    ],
)  # fmt: skip
def test_the_page_lays_the_definitions_side_by_side(
    client: FlaskClient, language: str, said: list[str]
) -> None:
    text = page(client, "/mirror/RETURNS/MEX/GTM", language).text_content()
    for words in said:
        assert words in text


def test_the_list_ranks_the_pairs_of_a_period(client: FlaskClient) -> None:
    tree = page(client, "/mirror?comparison=RETURNS&period=2021-08")
    text = tree.xpath("string(//section[1]//tbody)")
    assert "Mexico → Guatemala" in text
    for figure in ("7,075", "3,419", "3,656", "2.069", "0.697"):
        assert figure in text
    (link,) = tree.xpath("//table[contains(@class, 'matrix')]//a/@href")
    assert page(client, link).xpath("string(//h1)") == "Mexico → Guatemala: Returns"


def test_the_rows_of_a_pair_say_that_definitions_differ_as_the_list_does(
    client: FlaskClient,
) -> None:
    tree = page(client, "/mirror/RETURNS/MEX/GTM")
    for section in tree.xpath("//section[h2[starts-with(@id, 'table-')]]"):
        rows = section.xpath(".//tbody/tr")
        assert rows and all(row.xpath(".//abbr[@class='flag']/text()") == ["D"] for row in rows)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_period_that_is_none_or_has_no_figures_is_told(
    client: FlaskClient, language: str
) -> None:
    wrong = client.get("/mirror?period=abc", headers={"Accept-Language": language})
    said = {"en": "is no period", "es": "no es un período"}
    assert wrong.status_code == 400
    assert f"period='abc' {said[language]}" in html.fromstring(wrong.text).text_content()
    tree = page(client, "/mirror?comparison=RETURNS&period=1999-08", language)
    (told,) = tree.xpath("//p[@class='state']")
    for when in ({"en": "Aug 1999", "es": "ago 1999"}[language], "2022"):
        assert when in told.text_content()
    there = page(client, "/mirror?comparison=RETURNS&period=2021-08", language)
    assert there.xpath("//p[@class='state']") == []


def test_the_first_page_leads_to_what_is_compared(client: FlaskClient) -> None:
    links = page(client, "/").xpath("//main//a/@href")
    assert {"/mirror", "/corridor", "/consumers"} <= set(links)


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Guatemalan Migration Institute"), ("es", "Instituto Guatemalteco de Migración")],
)
def test_tables_with_labels_name_the_institutions(
    client: FlaskClient, language: str, name: str
) -> None:
    address = f"/sdmx/v1/data/{FLOW}?format=csvfilewithlabels&lang={language}"
    found = table(client, address)
    after = found.columns[list(found.columns).index("PROVIDER_TO") + 1]
    assert set(zip(found["PROVIDER_TO"], found[after], strict=True)) == {("GTM_IGM", name)}
    both = table(client, f"/sdmx/v1/data/{FLOW}?format=csvdata&labels=both")
    (whose,) = (c for c in both.columns if c.startswith("PROVIDER_TO"))
    assert set(both[whose]) == {"GTM_IGM"}  # no codelist: a reader takes the cell as it is


def test_from_a_figure_to_the_line_of_the_file(client: FlaskClient) -> None:
    """From 3,419 to its six observations, and from one of these to where it was read."""
    tree = page(client, f"/mirror/RETURNS/MEX/GTM/observations?time=2021-08&of={OF}")
    left, right = tree.xpath("//main//section")
    for section, count, total in ((left, 3, 7075), (right, 6, 3419)):
        figures = [int(a.text.replace(",", "")) for a in section.xpath(".//tbody//a")]
        assert (len(figures), sum(figures)) == (count, total)
        source = page(client, section.xpath(".//tbody//a/@href")[0])
        assert "iom" in source.text_content()
        assert "irreg_" in source.text_content()


def test_a_year_leads_to_its_months(client: FlaskClient) -> None:
    tree = page(client, f"/mirror/RETURNS/MEX/GTM/observations?time=2022&of={OF}")
    figures = [int(a.text.replace(",", "")) for a in tree.xpath("(//main//section)[2]//tbody//a")]
    assert (len(figures), sum(figures)) == (72, 53503)


@pytest.mark.parametrize(
    "address",
    [
        "/mirror/RETURNS/GTM/MEX",
        "/mirror/NOTHING/MEX/GTM",
        "/mirror/RETURNS/MEX/GTM/observations?time=2031-01",
        "/corridor/DARIEN/VEN/observations?time=2022-01&provider=PAN_SNM&unit=PS",
        "/corridor/NOWHERE/VEN/observations?time=2022-01",
    ],
)
def test_what_is_not_compared_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_links_to_sdmx_give_what_the_page_shows(client: FlaskClient) -> None:
    tree = page(client, "/mirror/RETURNS/MEX/GTM")
    queries = [code.text_content() for code in tree.xpath("//section[@class='get']//code")]
    for url in queries:
        path = url.partition("localhost")[2]
        body = client.get(f"{path}{'&' if '?' in path else '?'}format=sdmx-json-1.0"
                          if "/v1/" in path else f"{path}&format=sdmx-json-2.0")  # fmt: skip
        assert body.status_code == 200
        assert json.loads(body.get_data())["data"]["dataSets"]
