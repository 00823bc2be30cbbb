"""Descriptions for portals: read by an RDF library, asked by SPARQL, and true of the hub."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from rdflib import DCAT, DCTERMS, RDF, XSD, Graph, URIRef
from rdflib.compare import isomorphic
from released import border, release, settings_of

from hub.model.rdf import Iri, Node, Text, Typed, json_ld, turtle
from hub.store.home import Hub
from registry.app import create_app
from registry.dcat import PREFIXES

ROOT = "https://stats.example.org"
EU = "http://publications.europa.eu/resource/authority/"
BORDER = URIRef(f"{ROOT}/data/MIGHUB/DF_MIG_BORDER/1.0.0#dataset")


def described(home: Path) -> Hub:
    made = Hub.open(settings_of(home))
    made.settings = replace(
        made.settings, public_url=ROOT, data_licence="https://creativecommons.org/licenses/by/4.0/"
    )
    release(made, [border("2025-01", "1"), border("2025-03", "2", area="DOM")], provider="MEX_UPM")
    return made


@pytest.fixture(scope="module")
def hub(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = tmp_path_factory.mktemp("catalog") / "hub"
    shutil.copytree(empty_home, home)
    with described(home) as made:
        yield made


@pytest.fixture(scope="module")
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def graph(client: FlaskClient, spelling: str = "ttl") -> Graph:
    response = client.get(f"/catalog.{spelling}")
    assert response.status_code == 200
    media = {"ttl": "turtle", "jsonld": "json-ld"}[spelling]
    return Graph().parse(data=response.data, format=media)


def test_both_spellings_say_the_same(client: FlaskClient) -> None:
    assert isomorphic(graph(client, "ttl"), graph(client, "jsonld"))


def test_a_dataset_is_found_by_country_time_and_theme(client: FlaskClient) -> None:
    found = graph(client).query(
        f"""SELECT ?dataset WHERE {{
            ?catalogue a dcat:Catalog ; dcat:dataset ?dataset .
            ?dataset a dcat:Dataset ; dcat:theme <{EU}data-theme/SOCI> ;
              dct:spatial <{EU}country/MEX>, <{EU}country/DOM> ;
              dct:accrualPeriodicity <{EU}frequency/MONTHLY> ;
              dct:creator/dct:identifier "MEX_UPM" ;
              dct:temporal [ dcat:startDate ?from ; dcat:endDate ?to ] .
            FILTER (?from = "2025-01-01"^^xsd:date && ?to = "2025-03-31"^^xsd:date)
        }}"""
    )
    assert [row.dataset for row in found] == [BORDER]  # type: ignore[union-attr]


def test_only_datasets_with_observations_are_listed(client: FlaskClient) -> None:
    assert set(graph(client).subjects(RDF.type, DCAT.Dataset)) == {BORDER}


def test_titles_are_in_all_languages(client: FlaskClient, hub: Hub) -> None:
    titles = {t.language: str(t) for t in graph(client).objects(BORDER, DCTERMS.title)}  # type: ignore[attr-defined]
    named = next(f for f in hub.structures.dataflows() if f.id == "DF_MIG_BORDER")
    assert titles == {k: str(v) for k, v in named.name.localizations.items()}
    assert {"en", "es"} <= set(titles)


def test_what_dcat_ap_requires_is_there(client: FlaskClient) -> None:
    """Mandatory properties of DCAT-AP 3.0, and those that harvesters count on."""
    found = graph(client)
    wanted = {
        "dcat:Catalog": ("dct:title", "dct:description", "dct:publisher"),
        "dcat:Dataset": ("dct:title", "dct:description", "dct:publisher", "dcat:distribution"),
        "dcat:Distribution": ("dcat:accessURL", "dct:license", "dcat:mediaType"),
        "dcat:DataService": ("dct:title", "dcat:endpointURL"),
        "foaf:Organization": ("foaf:name",),
    }
    for class_, names in wanted.items():
        for name in names:
            lacking = found.query(
                f"SELECT ?x WHERE {{ ?x a {class_} FILTER NOT EXISTS {{ ?x {name} ?y }} }}"
            )
            assert list(lacking) == [], (class_, name)
    referred = set(found.objects(None, DCAT.distribution)) | set(found.objects(None, DCAT.service))
    assert {x for x in referred if (x, RDF.type, None) not in found} == set()
    for when in found.objects(None, DCTERMS.modified):
        assert when.datatype == XSD.dateTime  # type: ignore[union-attr]
        assert when.toPython() is not None  # type: ignore[union-attr]


def test_each_distribution_downloads(client: FlaskClient) -> None:
    found = graph(client)
    urls = [str(url) for url in found.objects(None, DCAT.downloadURL)]
    assert len(urls) > 10
    for url in urls:
        response = client.get(url.removeprefix(ROOT))
        assert response.status_code == 200, url
        assert response.data


def test_a_release_changes_the_catalogue(tmp_path: Path, empty_home: Path) -> None:
    shutil.copytree(empty_home, tmp_path / "hub")
    hub = described(tmp_path / "hub")
    client = create_app(hub).test_client()
    first = client.get("/catalog.ttl")
    same = client.get("/catalog.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    release(hub, [border("2024-01", "1", area="GTM")])
    later = client.get("/catalog.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert f"<{EU}country/GTM>" in later.text
    assert "2024-01-01" in later.text
    hub.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_search_engines_find_the_dataset_in_its_page(client: FlaskClient, language: str) -> None:
    page = html.fromstring(client.get(f"/data/MIGHUB/DF_MIG_BORDER/1.0.0?lang={language}").data)
    (script,) = page.xpath('//script[@type="application/ld+json"]')
    told = json.loads(script.text)
    assert (told["@type"], told["@id"]) == ("Dataset", str(BORDER))
    assert told["name"] == page.xpath("//h1")[0].text
    assert 50 <= len(told["description"]) <= 5000  # what Google's Dataset Search asks for
    assert told["temporalCoverage"] == "2025-01-01/2025-03-31"
    assert [place["identifier"] for place in told["spatialCoverage"]] == ["DOM", "MEX"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["dateModified"])
    for download in told["distribution"]:
        assert download["contentUrl"].startswith(f"{ROOT}/sdmx/")
    found = Graph().parse(
        data=json.dumps({**told, "@context": {"@vocab": "https://schema.org/"}}), format="json-ld"
    )
    assert len(found) > 20


def test_a_dataset_without_observations_is_not_described(client: FlaskClient) -> None:
    page = client.get("/data/MIGHUB/DF_MIG_STOCK/1.0.0")
    assert page.status_code == 200
    assert "ld+json" not in page.text


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)


@given(texts, texts, st.sampled_from([None, "en", "es"]))
def test_any_text_survives_both_spellings(text: str, path: str, language: str | None) -> None:
    node = Node("dcat:Dataset", f"https://example.org/{path}")
    node.say("dct:title", Text(text, language)).say("dct:relation", Iri(f"https://e.org/{path}"))
    node.say("dct:issued", Typed("2025-01-01", "xsd:date"))
    node.say("dct:creator", Node("foaf:Agent").say("foaf:name", Text(text)))
    one = Graph().parse(data="".join(turtle([node], PREFIXES)), format="turtle")
    other = Graph().parse(data=json.dumps(json_ld([node], PREFIXES)), format="json-ld")
    assert isomorphic(one, other)
    (title,) = one.objects(None, DCTERMS.title)
    assert (str(title), title.language) == (text, language)  # type: ignore[attr-defined]
