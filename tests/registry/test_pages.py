"""Every page, in every language, over a hub with real samples: what it says and that it is true."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from flask.testing import FlaskClient
from page_site import BORDER, EMPTY, STOCK, fetched, page, parsed, said, site

from hub.structures.kinds import KINDS, key_of
from hub.structures.repository import StructureSet
from registry.pages.i18n import LANGUAGES

LANGS = tuple(LANGUAGES)

FIXED_PAGES = (
    "/", "/?q=mexico", "/?q=zzzz", BORDER, STOCK, EMPTY,
    f"{BORDER}?c[REF_AREA]=MEX", f"{BORDER}?c[REF_AREA]=DOM&c[CITIZENSHIP]=_T&from=2026",
    f"{BORDER}?c[REF_AREA]=BLZ", f"{STOCK}?by=SEX&c[REF_AREA]=MEX", f"{STOCK}?page=2",
    "/structures", "/structures?q=area", "/structures/codelist/MIGHUB/CL_AREA/1.0.0",
    "/structures/codelist/MIGHUB/CL_AREA/1.0.0?q=guate",
    "/structures/datastructure/MIGHUB/MIG_ADMIN/1.0.0",
    "/structures/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0",
    "/upload", "/docs", "/calendar", "/calendar?area=MEX",
    "/consumers", "/consumers/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0",
    "/subscriptions", "/deliveries", "/sign-in", "/account",
    "/admin/people", "/admin/keys", "/admin/audit",
)  # fmt: skip


@pytest.fixture
def client() -> FlaskClient:
    return site().client


def all_pages() -> Iterator[str]:
    yield from FIXED_PAGES
    for token in site().tokens:
        yield f"/submissions/{token}"


@pytest.mark.parametrize("language", LANGS)
def test_every_page_is_whole_and_sound(language: str) -> None:
    for path in all_pages():
        doc = parsed(path, language)
        assert doc.get("lang") == language, path
        assert len(doc.xpath("//h1")) == 1, path
        assert len(doc.xpath("//main")) == 1, path
        ids = doc.xpath("//@id")
        assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
        for name in ("aria-labelledby", "aria-describedby", "for"):
            for value in doc.xpath(f"//@{name}"):
                assert set(value.split()) <= set(ids), f"{path}: {name}={value} points nowhere"
        for link in doc.xpath("//a[starts-with(@href, '#')]/@href"):
            assert link[1:] in ids, f"{path}: {link} leads nowhere"
        for field in doc.xpath(
            "//input[not(@type='hidden')] | //select | //textarea[not(@aria-label)]"
        ):
            assert field.get("id") in doc.xpath("//label/@for") or field.xpath("ancestor::label"), (
                f"{path}: {field.get('name')} has no label"
            )
        levels = [int(h.tag[1]) for h in doc.xpath("//h1|//h2|//h3|//h4")]
        steps = [b - a for a, b in pairwise(levels)]
        assert max(steps, default=0) <= 1, f"{path}: a heading level is skipped: {levels}"


@pytest.mark.parametrize("language", LANGS)
def test_pages_ask_no_other_host_and_hold_no_inline_code(language: str) -> None:
    for path in all_pages():
        _, policy = fetched(path, language)
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        doc = parsed(path, language)
        # Descriptions for portals (JSON-LD) are data, which no browser runs.
        code = doc.xpath("//script[not(@src)][not(@type='application/ld+json')]")
        assert code + doc.xpath("//style | //@style") == [], path
        assert [a for a in doc.xpath("//@*/..") for n in a.keys() if n.startswith("on")] == [], path  # noqa: SIM118
        for url in doc.xpath("//@src | //@href | //@action"):
            assert not urlsplit(url).netloc, f"{path} refers to {url}"


def test_links_of_the_pages_lead_somewhere() -> None:
    client = site().staff
    seen: set[str] = set()
    for path in all_pages():
        seen.update(parsed(path).xpath("//a/@href"))
    internal = sorted({u.partition("#")[0] for u in seen if u.startswith("/")})
    assert len(internal) > 50
    # Thousands of combinations are alike: a few of each kind are enough.
    kinds: dict[str, list[str]] = {}
    for url in internal:
        kinds.setdefault("/".join(url.split("?")[0].split("/")[:4]), []).append(url)
    for urls in kinds.values():
        for url in urls[:3]:
            answer = client.get(url)
            assert answer.status_code == 200, url
            answer.close()


@pytest.mark.parametrize("language", LANGS)
def test_names_not_ids_are_shown(client: FlaskClient, language: str) -> None:
    schema = site().hub.structures.dataflow("MIGHUB", "DF_MIG_BORDER", "1.0.0")
    doc = page(client, f"{BORDER}?c[REF_AREA]=MEX", language)
    for part in doc.xpath("//section[@class='get']") + doc.xpath("//dl[@class='flags']"):
        part.drop_tree()  # addresses and the legend hold ids on purpose
    text = said(doc)
    shown_ids = [i for i in schema.columns if re.search(rf"\b{re.escape(i)}\b", text)]
    assert shown_ids == []
    assert not re.search(r"(?<!\w)_[A-Z]\b", text), "a code such as _T is shown"
    assert "None" not in text


def test_spanish_pages_speak_spanish(client: FlaskClient) -> None:
    doc = page(client, f"{BORDER}?c[REF_AREA]=MEX", "es")
    text = said(doc)
    assert "Estados Unidos de América" in text
    assert "United States" not in text
    assert "Nacionalidad" in text
    assert "Citizenship" not in text


# Language


def test_the_language_is_that_of_the_url_then_the_cookie_then_the_browser() -> None:
    client = site().client
    assert page(client, "/", "fr;q=1, es;q=0.9").get("lang") == "es"
    assert page(client, "/", "fr").get("lang") == "en"
    assert page(client, "/?lang=es", "en").get("lang") == "es"
    assert page(client, "/", "en").get("lang") == "es", "the cookie is not kept"
    assert page(client, "/?lang=xx", "en").get("lang") == "es"
    answer = client.get("/?lang=en")
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert {"Accept-Language", "Cookie"} <= set(answer.vary)


def test_the_language_switch_keeps_the_choice(client: FlaskClient) -> None:
    doc = page(client, f"{BORDER}?c[REF_AREA]=MEX&from=2026")
    other = doc.xpath("//ul[@class='languages']//a[@hreflang='es']/@href")[0]
    assert "c[REF_AREA]=MEX" in other
    assert "from=2026" in other
    assert page(client, other, "en").get("lang") == "es"


# Errors


@pytest.mark.parametrize(("language", "title"), [("en", "no such page"), ("es", "No existe")])
def test_unknown_addresses_are_a_page_in_the_readers_language(
    client: FlaskClient, language: str, title: str
) -> None:
    for path in (
        "/nowhere",
        "/a/b/c/d",
        f"{BORDER}/x",
        "/data/MIGHUB/DF_NONE/1.0.0",
        "/structures/codelist/X/Y/1",
        "/structures/nokind/X/Y/1",
        "/submissions/none",
    ):
        doc = page(site().staff, path, language, 404)
        assert title in said(doc.xpath("//h1")[0])


def test_machines_get_no_page(client: FlaskClient) -> None:
    for path in ("/sdmx/v1/nowhere", "/sdmx/nowhere", "/api/nowhere"):
        answer = client.get(path, headers={"Accept-Language": "es"})
        assert answer.status_code == 404
        assert answer.mimetype != "text/html"


@pytest.mark.parametrize(
    "query", ["c[NOPE]=1", "by=NOPE", "page=x", "page=0", "from=99999", "span=-1"]
)
def test_a_choice_that_cannot_be_read_is_refused_not_guessed(
    client: FlaskClient, query: str
) -> None:
    page(client, f"{BORDER}?{query}", status=400)


def test_what_breaks_is_a_page_with_a_number_and_no_details(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret detail")

    monkeypatch.setattr("registry.pages.catalogue.categories", broken)
    doc = page(client, "/", "es", 500)
    assert "Algo falló" in said(doc)
    assert "secret" not in said(doc)
    assert re.search(r"petición: \w{8,}", said(doc))


# The catalogue


def test_the_catalogue_counts_what_is_published(client: FlaskClient) -> None:
    doc = page(client, "/")
    figures = [said(d) for d in doc.xpath("//dl[@class='figures']//dd")]
    total = sum(csv_rows(client, flow) for flow in ("DF_MIG_BORDER", "DF_MIG_STOCK"))
    assert figures[0] == "2"
    assert figures[1] == f"{total:,}"
    flows = StructureSet.shipped().dataflows()
    assert len(doc.xpath("//li[contains(@class, 'card')]")) == len(flows)
    refs = [key_of(flow).ref for flow in flows]
    paths = [f"/sdmx/v2/data/dataflow/{r.agency}/{r.id}/{r.version}?limit=1" for r in refs]
    empty = [path for path in paths if client.get(path).status_code == 204]
    assert 7 < len(empty) < len(flows)
    assert len(doc.xpath("//li[contains(@class, 'quiet')]")) == len(empty)
    groups = [said(h) for h in doc.xpath("//section[@class='group']/h2")]
    assert len(groups) >= 5


def test_the_search_looks_in_names_descriptions_and_institutions(client: FlaskClient) -> None:
    def found(q: str, language: str = "es") -> list[str]:
        return [said(h) for h in page(client, f"/?q={q}", language).xpath("//h3")]

    assert found("fronteras") == ["Entradas y salidas por fronteras"]
    assert "Población migrante" in found("poblacion")
    assert found("zzzz") == []
    assert "Banco Central" in said(page(client, "/?q=banco+central", "es"))


# A dataset


def csv_rows(client: FlaskClient, flow: str) -> int:
    answer = client.get(f"/sdmx/v2/data/dataflow/MIGHUB/{flow}/1.0.0/*?format=sdmx-csv-2.0")
    assert answer.status_code == 200
    return len(list(csv.DictReader(io.StringIO(answer.text))))


def counts(doc) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    text = said(doc.xpath("//p[@class='counts']")[0]).replace(",", "")
    numbers = re.findall(r"\d+", text)
    return int(numbers[0]), int(numbers[1])


CHOICES = (
    "", "?c[REF_AREA]=MEX", "?c[REF_AREA]=DOM&from=2026", "?c[REF_AREA]=MEX,DOM&c[CITIZENSHIP]=_T",
    "?c[CITIZENSHIP]=_FOR&c[CITIZENSHIP]=DOM&to=2025",
)  # fmt: skip


@pytest.mark.parametrize("choice", CHOICES)
def test_every_link_gives_exactly_what_the_page_counts(client: FlaskClient, choice: str) -> None:
    doc = page(client, BORDER + choice)
    _, observations = counts(doc)
    assert observations > 0
    queries = [
        q.text_content().split("/", 3)[3] for q in doc.xpath("//code[starts-with(@id, 'query-v')]")
    ]
    for query, format_ in zip(queries, ("sdmx-csv-1.0", "sdmx-csv-2.0"), strict=True):
        joined = f"/{query}{'&' if '?' in query else '?'}format={format_}"
        answer = client.get(joined)
        assert answer.status_code == 200, joined
        assert len(list(csv.reader(io.StringIO(answer.text)))) - 1 == observations, joined
    links = doc.xpath("//ul[@class='downloads']//a/@href")
    assert len(links) >= 7
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200, link
        assert "attachment" in answer.headers["Content-Disposition"], link
        assert answer.data
        if "csv" in link:
            assert len(list(csv.reader(io.StringIO(answer.text)))) - 1 == observations


def test_the_pages_of_a_table_show_each_observation_once(client: FlaskClient) -> None:
    """Walking all pages of the table gives the observations of the CSV, value for value."""
    choice = "c[REF_AREA]=DOM&c[BORDER_POINT]=DOM_SDQ"
    answer = client.get(
        f"/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*?{choice}&format=sdmx-csv-2.0"
    )
    wanted = sorted(row["OBS_VALUE"] for row in csv.DictReader(io.StringIO(answer.text)))
    shown: list[str] = []
    rows = 0
    number = 1
    while True:
        doc = page(client, f"{BORDER}?{choice}&page={number}")
        table = doc.xpath("//table[@class='data']")[0]
        rows += len(table.xpath("./tbody/tr"))
        for cell in table.xpath("./tbody/tr/td[not(contains(@class, 'none'))]"):
            exact = cell.xpath("./a/span[@class='rounded']/@title")
            for extra in cell.xpath("./sup | ./abbr"):
                extra.drop_tree()
            shown.append(
                exact[0].removeprefix("In full: ") if exact else said(cell).replace(",", "")
            )
        if not doc.xpath("//a[@rel='next']"):
            break
        number += 1
    assert number > 1, "the sample is too small to test pages"
    assert rows == counts(doc)[0]
    assert sorted(shown) == wanted


def test_periods_beyond_a_page_are_counted_and_reached(client: FlaskClient) -> None:
    from registry.pages import table

    whole = table.PERIODS_PER_PAGE
    table.PERIODS_PER_PAGE = 2
    try:
        doc = page(client, f"{STOCK}?c[REF_AREA]=MEX")
        heads = [said(h) for h in doc.xpath("//table[@class='data']/thead//th[@class='num']")]
        assert heads == ["2015", "2020"]
        assert "periods 1 to 2 of 3" in said(doc)
        doc = page(client, f"{STOCK}?c[REF_AREA]=MEX&span=2")
        heads = [said(h) for h in doc.xpath("//table[@class='data']/thead//th[@class='num']")]
        assert heads == ["2010"]
    finally:
        table.PERIODS_PER_PAGE = whole


def test_what_is_the_same_is_said_once_and_flags_are_explained(client: FlaskClient) -> None:
    doc = page(client, f"{BORDER}?c[REF_AREA]=MEX")
    same = {
        said(d.find("dt")): said(d.find("dd")) for d in doc.xpath("//details[@class='same']//div")
    }
    assert same["Reference area"] == "Mexico"
    assert same["Unit of measure"].lower().startswith("event")
    legend = {said(d.find("dt")): said(d.find("dd")) for d in doc.xpath("//dl[@class='flags']/div")}
    flags = {f for a in doc.xpath("//td//abbr[@class='flag']") for f in said(a).split()}
    assert flags
    assert flags <= legend.keys()
    sources = said(doc.xpath("//dl[@class='sources']")[0])
    assert "Unidad de Política Migratoria" in sources


def test_choices_offer_only_what_leads_to_data(client: FlaskClient) -> None:
    doc = page(client, f"{BORDER}?c[REF_AREA]=MEX")
    airports = doc.xpath("//input[@name='c[BORDER_POINT]']/@value")
    assert airports
    assert all(a.startswith(("MEX_", "_")) for a in airports)
    chosen = doc.xpath("//input[@name='c[REF_AREA]'][@checked]/@value")
    assert chosen == ["MEX"]
    assert "DOM" in doc.xpath("//input[@name='c[REF_AREA]']/@value"), (
        "the other area is not offered"
    )
    nothing = page(client, f"{BORDER}?c[REF_AREA]=BLZ")
    assert "No observation matches" in said(nothing)
    assert nothing.xpath("//ul[@class='chips']")


def test_a_dataset_without_data_says_so(client: FlaskClient) -> None:
    assert "No data has been published" in said(page(client, EMPTY))
    assert "Aún no se han publicado datos" in said(page(client, EMPTY, "es"))


def test_the_latest_version_is_found_without_its_number(client: FlaskClient) -> None:
    for path in ("/data/MIGHUB/DF_MIG_BORDER", "/data/MIGHUB/DF_MIG_BORDER/latest"):
        answer = client.get(f"{path}?c[REF_AREA]=MEX")
        assert answer.status_code == 302
        assert unquote(answer.location) == f"{BORDER}?c[REF_AREA]=MEX"


# The chart


def chart(doc):  # type: ignore[no-untyped-def]
    return doc.xpath("//figure[contains(@class, 'chart')]")[0]


def test_the_default_chart_is_the_headline_of_the_dataset(client: FlaskClient) -> None:
    figure = chart(page(client, STOCK))
    assert "by reference area" in said(figure.find("h2"))
    assert "2010 to 2020" in said(figure.xpath("./p")[0])
    names = [said(x) for x in figure.xpath(".//ul[@class='legend']/li")]
    assert len(names) == 6
    assert "World" not in names, "the world would dwarf what it is made of"
    assert "6 largest of" in said(figure.find("figcaption"))


def test_one_period_is_drawn_as_bars_and_says_what_it_shows(client: FlaskClient) -> None:
    figure = chart(page(client, f"{BORDER}?c[REF_AREA]=MEX"))
    assert "Mexico" in said(figure.find("h2"))
    assert "Jan\u2013May 2026" in said(figure.xpath("./p")[0])
    pictures = figure.xpath(".//svg[contains(@class, 'chart-svg')]")
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.get("role") == "img"
        assert "Mexico" in picture.get("aria-label")
        assert "United States" in picture.get("aria-label")
        assert picture.xpath(".//desc/text()")
        assert picture.get("width") is None, "it would not shrink on a phone"
        axis = said_in_picture(picture)
        assert "Events" in axis


def said_in_picture(picture) -> str:  # type: ignore[no-untyped-def]
    return " ".join(picture.xpath(".//text//text()"))


def test_a_reader_chooses_what_the_chart_compares(client: FlaskClient) -> None:
    figure = chart(page(client, f"{STOCK}?c[REF_AREA]=MEX&by=SEX"))
    assert "by sex" in said(figure.find("h2"))
    assert {said(x) for x in figure.xpath(".//ul[@class='legend']/li")} == {"Male", "Female"} or {
        said(x) for x in figure.xpath(".//ul[@class='legend']/li")
    } == {"Men", "Women"}


def test_chosen_codes_are_compared_even_when_they_are_groups(client: FlaskClient) -> None:
    figure = chart(page(client, f"{STOCK}?c[REF_AREA]=001,MEX&c[SEX]=_T"))
    names = [said(x) for x in figure.xpath(".//ul[@class='legend']/li")]
    assert names == ["World", "Mexico"]


# Structures


@pytest.mark.parametrize("language", LANGS)
def test_every_structure_has_a_page_with_its_names(client: FlaskClient, language: str) -> None:
    doc = page(client, "/structures", language)
    paths = doc.xpath("//section//th/a/@href")
    known = site().hub.structures
    assert len(paths) == len(known)
    one_of_each = {p.split("/")[2]: p for p in paths}
    assert set(one_of_each) <= set(KINDS)
    for path in (*one_of_each.values(), *paths[:40]):
        page(client, path, language)


def test_a_codelist_shows_codes_in_both_languages_and_its_groups(client: FlaskClient) -> None:
    doc = page(client, "/structures/codelist/MIGHUB/CL_AREA/1.0.0", "es")
    rows = {said(r.find("th")): [said(c) for c in r.findall("td")] for r in doc.xpath("//tbody/tr")}
    assert rows["MEX"][:2] == ["México", "Mexico"]
    assert len(rows) == len(site().hub.structures.find("codelist", "MIGHUB", "CL_AREA").items)
    found = page(client, "/structures/codelist/MIGHUB/CL_AREA/1.0.0?q=guatem", "es")
    assert [said(t) for t in found.xpath("//tbody/tr/th")] == ["GTM"]


def test_a_data_structure_shows_each_component_by_name(client: FlaskClient) -> None:
    doc = page(client, "/structures/datastructure/MIGHUB/MIG_ADMIN/1.0.0")
    schema = site().hub.structures.structure("MIGHUB", "MIG_ADMIN", "1.0.0")
    rows = doc.xpath("//tbody/tr")
    assert [said(r.xpath("./td[2]")[0]) for r in rows] == list(schema.columns)
    for url in doc.xpath("//code[starts-with(@id, 'query-')]"):
        answer = client.get("/" + url.text_content().split("/", 3)[3])
        assert answer.status_code == 200


# Files


def test_static_files_are_cached_for_ever_under_their_content(client: FlaskClient) -> None:
    for url in page(client, "/").xpath("//link[@rel='stylesheet']/@href | //script/@src"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        answer.close()
        plain = client.get(url.split("?")[0])
        assert "immutable" not in plain.headers.get("Cache-Control", "")
        plain.close()
