"""What clients send, byte for byte on a raw connection, and what each makes of the answer.

A client is a row: how it writes three questions (everything, one area in half a year, years nobody
reported), its headers, the content types it goes on with, and its way of reading. All must arrive
at the same observations. The shapes come from the clients' public sources.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import client_readers as readers
import pytest
from client_readers import Cells, Reader
from live import Server, served
from lxml import etree
from released import ROWS, release, settings_of

from hub.store.home import Hub

#: A dataflow named as .Stat names its own, with the observations of DF_MIG_BORDER.
AT = ("MIGHUB", "MIG_ADMIN@DF_BORDER", "1.0.0")

_SDMX = "application/vnd.sdmx."
GENERIC = _SDMX + "genericdata+xml"
SPECIFIC = _SDMX + "structurespecificdata+xml"
STRUCTURE = _SDMX + "structure+xml"
JSON = _SDMX + "data+json"
CSV = _SDMX + "data+csv"
STRUCTURE_JSON = _SDMX + "structure+json"
ADMIN = "test-admin-key-0123456789"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("clients")
    settings = {"HUB_WORKERS": "1", "HUB_THREADS": "4", "HUB_ADMIN_KEY": ADMIN}
    with served(home, lambda hub: release(hub, ROWS), **settings) as made:
        flow = made.get("/sdmx/v1/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0")[2]
        flow = flow.replace(b"DF_MIG_BORDER", AT[1].encode())
        head = {"Content-Type": STRUCTURE + ";version=2.1", "X-API-Key": ADMIN}
        status, _, answer = made.ask("POST", "/sdmx/v2/structure", head, flow)
        assert status == 201, answer
        with Hub.open(settings_of(home)) as hub:
            release(hub, ROWS, flow=AT)
        yield made


# -- data ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Client:
    """One client; ``types`` are the content types it goes on with (parameters cut off).

    In ``some`` and ``none`` the first question is narrowed: ``{}`` of ``whole`` is not used there,
    each is the full target as the client builds it.
    """

    name: str
    whole: str
    some: str
    none: str
    read: Reader
    types: tuple[str, ...]
    headers: dict[str, str] = field(default_factory=dict)
    no_results: int = 404

    def __str__(self) -> str:
        return self.name


_V1, _V2 = "/sdmx/v1/data", "/sdmx/v2/data"
_DOTS = "." * 12
_SOME = "M.MEX" + "." * 11
_HALF = "startPeriod=2025-01&endPeriod=2025-06"
_NEVER = "startPeriod=2100&endPeriod=2101"
_FLOW3 = f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"
_RAW_HALF = "c[TIME_PERIOD]=ge:2025-01+le:2025-06"
_RAW_NEVER = "c[TIME_PERIOD]=ge:2100+le:2101"
_WEIGHTED = {"Accept-Language": "en;q=0.9,es;q=0.5,*;q=0.1", "Accept-Encoding": "gzip,deflate"}
_STAT = f"{_V1}/MIGHUB,MIG_ADMIN%40DF_BORDER"
_BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
    "Accept-Language": "es-MX,es;q=0.9,en;q=0.6",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}

CLIENTS = [
    Client(
        "rsdmx",
        f"{_V1}/DF_MIG_BORDER/all/all/",
        f"{_V1}/DF_MIG_BORDER/{_SOME}/all/?{_HALF}",
        f"{_V1}/DF_MIG_BORDER/all/all/?{_NEVER}",
        readers.xml,
        (GENERIC, SPECIFIC, "application/xml", "text/xml"),
        {"Accept": "application/xml", "Content-Type": "application/xml"},
    ),
    Client(
        "RJSDMX 2.1",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,1.0.0/{_DOTS}",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,1.0.0/{_SOME}?{_HALF}",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,1.0.0/all?{_NEVER}",
        readers.specific,
        (SPECIFIC,),
        {"Accept": SPECIFIC + ";version=2.1", **_WEIGHTED},
    ),
    Client(
        "RJSDMX 3.0",
        f"{_FLOW3}/*?attributes=dsd&measures=all",
        f"{_FLOW3}/{'.'.join(['M', 'MEX', *'*' * 11])}?{_RAW_HALF}&attributes=dsd&measures=all",
        f"{_FLOW3}/*?{_RAW_NEVER}&attributes&measures",
        readers.specific,
        (SPECIFIC,),
        {"Accept": SPECIFIC + ";version=2.1", **_WEIGHTED},
        204,
    ),
    Client(
        "sdmx-dl",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,1.0.0/all/all?detail=full",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,1.0.0/{_SOME}/all?{_HALF}",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,1.0.0/all/all?{_NEVER}",
        readers.generic,
        (GENERIC, SPECIFIC, "application/xml"),
        {"Accept": f"{GENERIC};version=2.1, {SPECIFIC};version=2.1", "Accept-Encoding": "gzip"},
    ),
    Client(
        "sdmx-rest4js 1",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,latest/all/all?detail=full&includeHistory=false",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,latest/{_SOME}/all?{_HALF}&detail=full&includeHistory=false",
        f"{_V1}/MIGHUB,DF_MIG_BORDER,latest/all/all?{_NEVER}",
        readers.json1,
        (JSON,),
        {"User-Agent": "sdmx-rest4js", "Accept": JSON + ";version=1.0.0"},
    ),
    Client(
        "sdmx-rest4js 2",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER/*/*?attributes=dsd&measures=all",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER/*/*?c[REF_AREA]=MEX&{_RAW_HALF}",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER/*/*?{_RAW_NEVER}",
        readers.json2,
        (JSON,),
        {"User-Agent": "sdmx-rest4js", "Accept": "*/*"},
        204,
    ),
    Client(
        ".Stat Data Explorer",
        f"{_STAT},1.0.0/{_DOTS}?dimensionAtObservation=AllDimensions",
        f"{_STAT},1.0.0/{_SOME}?{_HALF}&dimensionAtObservation=AllDimensions",
        f"{_STAT},1.0.0/{_DOTS}?{_NEVER}&dimensionAtObservation=AllDimensions",
        readers.json2,
        (JSON,),
        {
            "Accept": JSON + ";version=2.0",
            "Accept-Language": "en",
            "Origin": "https://explorer.example.org",
            "X-Range": "values=0-2499",
        },
    ),
    Client(
        ".Stat download",
        f"{_STAT},/all?dimensionAtObservation=AllDimensions",
        f"{_STAT},/{_SOME}?{_HALF}&dimensionAtObservation=AllDimensions",
        f"{_STAT},/all?{_NEVER}",
        readers.table,
        (CSV,),
        {"Accept": CSV + ";urn=true;file=true;labels=both"},
    ),
    Client(
        ".Stat, SDMX-CSV 2",
        f"{_STAT},1.0.0/all",
        f"{_STAT},1.0.0/{_SOME}?{_HALF}",
        f"{_STAT},1.0.0/all?{_NEVER}",
        readers.table,
        (CSV,),
        {"Accept": CSV + "; version=2.0"},
    ),
    Client(
        "scripts of the OECD's users",
        f"{_V1}/MIGHUB,MIG_ADMIN@DF_BORDER,1.0.0/all?format=csvfilewithlabels",
        f"{_V1}/MIGHUB,MIG_ADMIN@DF_BORDER,/{_SOME}?{_HALF}&format=csvfilewithlabels",
        f"{_V1}/MIGHUB,MIG_ADMIN@DF_BORDER,/all?{_NEVER}&format=csvfilewithlabels",
        readers.table,
        (CSV,),
        {"User-Agent": "Python-urllib/3.11"},
    ),
    Client(
        "Power BI, Power Query",
        f"{_V1}/MIGHUB,DF_MIG_BORDER/?format=csv",
        f"{_V1}/MIGHUB,DF_MIG_BORDER/{_SOME}/?{_HALF}&format=csv",
        f"{_V1}/MIGHUB,DF_MIG_BORDER/?{_NEVER}&format=csv",
        readers.table,
        (CSV,),
        {"Accept-Encoding": "gzip, deflate", "User-Agent": "Microsoft.Data.Mashup"},
    ),
    Client(
        "Excel",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER?format=xlsx",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER/~/M.MEX?c%5BTIME_PERIOD%5D=ge:2025-01%2Ble:2025-06"
        "&format=xlsx",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER?c%5BTIME_PERIOD%5D=ge:2100&format=xlsx",
        readers.workbook,
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
        {"User-Agent": "Microsoft Office Excel", "Accept": "*/*"},
        204,
    ),
    Client(
        "a browser",
        f"{_V1}/DF_MIG_BORDER",
        f"{_V1}/DF_MIG_BORDER/{_SOME}?{_HALF}",
        f"{_V1}/DF_MIG_BORDER?{_NEVER}",
        readers.xml,
        (GENERIC,),
        _BROWSER,
    ),
    Client(
        "curl",
        f"{_V1}/ALL,DF_MIG_BORDER,LATEST/ALL/ALL",
        f"{_V1}/,DF_MIG_BORDER,/{_SOME}//?{_HALF}&saveAs=x.xml&_=17",
        f"{_V1}/DF_MIG_BORDER/ALL/ALL?{_NEVER}",
        readers.generic,
        (GENERIC,),
        {"Accept": "*/*", "User-Agent": "curl/8.14.1"},
    ),
    Client(
        "pysdmx 2",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER/",
        f"{_V2}/%2A/MIGHUB/DF_MIG_BORDER/%2B/M.MEX{'.%2A' * 11}"
        "?c%5BTIME_PERIOD%5D=ge%3A2025-01%2Ble%3A2025-06",
        f"{_V2}/dataflow/MIGHUB/DF_MIG_BORDER/%2A?c%5BTIME_PERIOD%5D=gt%3A2100",
        readers.json2,
        (JSON,),
        {"Accept": JSON + ";version=2.0.0", "Accept-Encoding": "gzip, deflate"},
        204,
    ),
    Client(
        "pysdmx 1",
        f"{_V1}/MIGHUB%2CDF_MIG_BORDER%2C1.0.0",
        f"{_V1}/MIGHUB%2CDF_MIG_BORDER%2C1.0.0/M.MEX%2BMEX{'.' * 11}?{_HALF}",
        f"{_V1}/MIGHUB%2CDF_MIG_BORDER/all?{_NEVER}",
        readers.table,
        (CSV,),
        {"Accept": CSV + ";version=1.0.0", "Accept-Encoding": "gzip, deflate"},
    ),
]  # fmt: skip


def ask(server: Server, client: Client, target: str) -> bytes:
    """The body of an answer, as a client gets at it."""
    status, response, body = server.get(target, **client.headers)
    assert status == (206 if "X-Range" in client.headers else 200), body
    assert str(response.getheader("Content-Type")).partition(";")[0] in client.types
    if response.getheader("Content-Encoding"):
        assert "gzip" in client.headers.get("Accept-Encoding", "")
        body = gzip.decompress(body)
    return body


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_all_clients_have_the_same_observations(server: Server, client: Client) -> None:
    assert client.read(ask(server, client, client.whole)) == readers.cells(ROWS)


def half_a_year() -> Cells:
    found = [r for r in ROWS if r["REF_AREA"] == "MEX" and str(r["TIME_PERIOD"]) >= "2025-01"]
    return readers.cells(r for r in found if str(r["TIME_PERIOD"]) <= "2025-06")


@pytest.mark.parametrize("client", CLIENTS, ids=str)
@pytest.mark.conformance(
    "v1.data.flow.special",
    "v1.data.key.wildcard",
    "v1.data.parameters.unknown",
    "v2.filter.brackets_encoded",
    "v2.filter.literal_plus",
)
def test_a_selection_means_the_same_in_all_their_words(server: Server, client: Client) -> None:
    assert client.read(ask(server, client, client.some)) == half_a_year()
    assert len(half_a_year()) == 18


@pytest.mark.parametrize("client", CLIENTS, ids=str)
@pytest.mark.conformance("v1.status.404", "v2.status.204")
def test_nothing_is_told_as_each_expects_it(server: Server, client: Client) -> None:
    """404 with an Error message in REST 1 (sdmx-dl makes "no results" of it), 204 in REST 2."""
    status, response, body = server.get(client.none, **client.headers)
    assert status == client.no_results
    assert response.getheader("Access-Control-Allow-Origin") == "*"
    if status == 204:
        assert body == b""
        return
    kind = str(response.getheader("Content-Type"))
    if kind == "application/json":
        assert [e["code"] for e in json.loads(body)["errors"]] == [100]
    else:
        assert kind == "application/xml"
        (error,) = etree.fromstring(body)
        assert error.get("code") == "100"


# -- structures ----------------------------------------------------------------------------------

_STRUCTURE21 = {"Accept": STRUCTURE + ";version=2.1", **_WEIGHTED}
_RSDMX = {"Accept": "application/xml", "Content-Type": "application/xml"}
_STAT_JSON = {"Accept": STRUCTURE_JSON + ";version=1.0;urn=true"}


@dataclass(frozen=True)
class Question:
    """A question for structures, and what the client looks for in the answer."""

    client: str
    target: str
    headers: dict[str, str]
    looks_for: frozenset[str]

    def __str__(self) -> str:
        return f"{self.client} {self.target}"


def question(client: str, target: str, headers: dict[str, str], *looks_for: str) -> Question:
    return Question(client, target, headers, frozenset(looks_for))


QUESTIONS = [
    question("rsdmx", "/sdmx/v1/dataflow/all/all/latest/", _RSDMX,
             "Dataflow DF_MIG_BORDER", "Dataflow DF_MIG_STOCK"),
    question("rsdmx", "/sdmx/v1/datastructure/MIGHUB/MIG_ADMIN/1.0.0/?references=children",
             _RSDMX, "DataStructure MIG_ADMIN", "Codelist CL_AREA", "ConceptScheme CS_MIGRATION"),
    question("RJSDMX 2.1", "/sdmx/v1/dataflow/ALL/DF_MIG_BORDER/latest", _STRUCTURE21,
             "Dataflow DF_MIG_BORDER"),
    question("RJSDMX 2.1", "/sdmx/v1/datastructure/MIGHUB/MIG_ADMIN/1.0.0?references=descendants",
             _STRUCTURE21, "DataStructure MIG_ADMIN", "Codelist CL_AREA"),
    question("RJSDMX 2.1", "/sdmx/v1/codelist/MIGHUB/CL_AREA/1.0.0", _STRUCTURE21,
             "Codelist CL_AREA"),
    question("RJSDMX 2.1", "/sdmx/v1/availableconstraint/DF_MIG_BORDER/ALL", _STRUCTURE21,
             "REF_AREA DOM", "REF_AREA MEX"),
    question("RJSDMX 3.0",
             "/sdmx/v2/structure/datastructure/MIGHUB/MIG_ADMIN/1.0.0?references=descendants",
             _STRUCTURE21, "DataStructure MIG_ADMIN", "Codelist CL_AREA"),
    question("RJSDMX 3.0",
             "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*?mode=exact",
             _STRUCTURE21, "REF_AREA DOM", "REF_AREA MEX"),
    question("RJSDMX 3.0",
             "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/M.MEX?mode=available",
             _STRUCTURE21, "REF_AREA DOM", "REF_AREA MEX"),
    question("sdmx-dl", "/sdmx/v1/dataflow/all/all/latest", {"Accept": STRUCTURE + ";version=2.1"},
             "Dataflow DF_MIG_BORDER"),
    question("sdmx-dl", "/sdmx/v1/datastructure/MIGHUB/MIG_ADMIN/1.0.0?references=children",
             {"Accept": STRUCTURE + ";version=2.1"}, "DataStructure MIG_ADMIN", "Codelist CL_AREA"),
    question(".Stat",
             "/sdmx/v1/dataflow/MIGHUB/MIG_ADMIN@DF_BORDER/1.0.0?references=all"
             "&detail=referencepartial", _STAT_JSON,
             "dataflows MIG_ADMIN@DF_BORDER", "dataStructures MIG_ADMIN", "codelists CL_AREA"),
    question(".Stat", "/sdmx/v1/dataflow/MIGHUB/MIG_ADMIN%40DF_BORDER/latest/?references=all",
             _STAT_JSON, "dataflows MIG_ADMIN@DF_BORDER", "codelists CL_AREA"),
    question(".Stat",
             "/sdmx/v1/availableconstraint/MIGHUB,MIG_ADMIN@DF_BORDER,1.0.0/all/all/all/"
             "?references=all&detail=full", _STAT_JSON, "REF_AREA DOM", "codelists CL_AREA"),
    question(".Stat",
             "/sdmx/v1/availableconstraint/MIGHUB,MIG_ADMIN%40DF_BORDER,1.0.0/all/all/REF_AREA",
             _STAT_JSON, "REF_AREA DOM"),
    question(".Stat",
             "/sdmx/v1/availableconstraint/MIGHUB,MIG_ADMIN@DF_BORDER,/all?mode=available",
             _STAT_JSON, "REF_AREA DOM", "REF_AREA MEX"),
    question("sdmx-rest4js",
             "/sdmx/v1/codelist/MIGHUB/CL_AREA/latest/all?detail=full&references=none",
             {"Accept": "*/*", "User-Agent": "sdmx-rest4js"}, "Codelist CL_AREA"),
    question("sdmx-rest4js", "/sdmx/v2/structure/codelist/MIGHUB/CL_AREA/~/*?detail=full",
             {"Accept": "*/*", "User-Agent": "sdmx-rest4js"}, "codelists CL_AREA"),
    question("pysdmx", "/sdmx/v2/structure/dataflow/MIGHUB/DF_MIG_BORDER/%2B?references=children",
             {"Accept": STRUCTURE_JSON + ";version=2.0.0"}, "dataflows DF_MIG_BORDER"),
    question("pysdmx", "/sdmx/v1/dataflow/MIGHUB/DF_MIG_BORDER%2BDF_MIG_STOCK",
             {"Accept": STRUCTURE_JSON + ";version=1.0.0"},
             "dataflows DF_MIG_BORDER", "dataflows DF_MIG_STOCK"),
    question("a browser", "/sdmx/v1/dataflow", _BROWSER, "Dataflow DF_MIG_BORDER"),
]  # fmt: skip


def in_xml(body: bytes) -> set[str]:
    """Artefacts by class and id, and the values that constraints list."""
    root = etree.fromstring(body)
    assert etree.QName(root).localname == "Structure"
    found = {f"{etree.QName(e).localname} {e.get('id')}" for e in root.iter("{*}*") if e.get("id")}
    for key in root.iter("{*}KeyValue"):
        found |= {f"{key.get('id')} {(v.text or '').strip()}" for v in key.iter("{*}Value")}
    return found


def in_json(body: bytes) -> set[str]:
    data = json.loads(body)["data"]
    found = {f"{kind} {one['id']}" for kind, many in data.items() for one in many}
    for one in [*data.get("contentConstraints", ()), *data.get("dataConstraints", ())]:
        for region in one["cubeRegions"]:
            for key in region.get("keyValues", ()):
                found |= {f"{key['id']} {v}" for v in key.get("values", ())}
    return found


@pytest.mark.parametrize("one", QUESTIONS, ids=str)
def test_structures_as_clients_ask_for_them(server: Server, one: Question) -> None:
    status, response, body = server.get(one.target, **one.headers)
    assert status == 200, body
    if response.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    kind = str(response.getheader("Content-Type")).partition(";")[0]
    assert kind in (STRUCTURE, STRUCTURE_JSON)
    found = in_xml(body) if kind == STRUCTURE else in_json(body)
    assert one.looks_for <= found, sorted(one.looks_for - found)


# -- what browsers and their scripts need --------------------------------------------------------

_EXPLORER = {"Origin": "https://explorer.example.org", "Accept": JSON + ";version=2.0"}


@pytest.mark.parametrize("path", [f"{_V1}/DF_MIG_BORDER", f"{_V1}/NOT_THERE", f"{_FLOW3}/*"])
def test_a_page_elsewhere_may_ask(server: Server, path: str) -> None:
    """The preflight allows what the Data Explorer sends, and errors may be read too."""
    wanted = "accept,accept-language,authorization,if-none-match,range,x-range"
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": wanted}
    status, response, _ = server.ask("OPTIONS", path, _EXPLORER | asked)
    assert status == 200
    allowed = str(response.getheader("Access-Control-Allow-Headers")).lower()
    assert set(wanted.split(",")) <= {name.strip() for name in allowed.split(",")}
    _, response, _ = server.get(path, **_EXPLORER)
    assert response.getheader("Access-Control-Allow-Origin") == "*"
    assert "Content-Range" in str(response.getheader("Access-Control-Expose-Headers"))


@pytest.mark.parametrize("name", ["Range", "X-Range"])
@pytest.mark.parametrize("path", [f"{_STAT},1.0.0/all", f"{_FLOW3}/*"])
def test_the_explorer_takes_observations_part_by_part(server: Server, path: str, name: str) -> None:
    found: Cells = {}
    places = []
    for first in range(0, 150, 50):
        asked = {**_EXPLORER, name: f"values={first}-{first + 49}"}
        status, response, body = server.get(path, **asked)
        assert status == 206, body
        places.append(response.getheader("Content-Range"))
        found |= readers.json2(body)
    assert places == ["values 0-49/*", "values 50-99/*", "values 100-143/144"]
    assert found == readers.cells(ROWS)


@pytest.mark.parametrize("unit", ["bytes=0-99", "values=9-3", "values=-5", "values=0-5,7-9"])
def test_other_ranges_are_passed_over(server: Server, unit: str) -> None:
    status, response, body = server.get(f"{_STAT},1.0.0/all", **_EXPLORER, Range=unit)
    assert (status, response.getheader("Content-Range")) == (200, None)
    assert readers.json2(body) == readers.cells(ROWS)


def test_paths_arrive_undecoded(server: Server) -> None:
    """Dots only, encoded separators and doubled slashes survive the way through a server."""
    for path in (
        f"/sdmx/v1/data/DF_MIG_BORDER/{'.' * 12}",
        f"/sdmx/v1/data/DF_MIG_BORDER/{'%2E' * 12}/all/",
        "/sdmx/v1/data/MIGHUB%2CDF_MIG_BORDER%2C/M%2EMEX%2BDOM" + "." * 11,
        "/sdmx/v2/data/%2A/MIGHUB/DF_MIG_BORDER/%2B//",
        "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/+/M.MEX,M.DOM?c[FREQ]=eq:M",
    ):
        status, _, body = server.get(path, Accept="text/csv")
        assert status == 200, (path, body)
        assert readers.table(body) == readers.cells(ROWS), path


def test_a_head_request_tells_what_a_client_would_get(server: Server) -> None:
    for client in CLIENTS:
        status, whole, _ = server.get(client.whole, **client.headers)
        head_status, head, nothing = server.ask("HEAD", client.whole, client.headers)
        assert nothing == b""
        assert head_status == 200
        assert head.getheader("Content-Type") == whole.getheader("Content-Type")
        if status == 200:
            assert head.getheader("ETag") == whole.getheader("ETag")


def test_what_a_client_has_is_not_sent_again(server: Server) -> None:
    for client in CLIENTS:
        tag = str(server.get(client.whole, **client.headers)[1].getheader("ETag"))
        status, _, body = server.get(client.whole, **client.headers, **{"If-None-Match": tag})
        assert (status, body) == (304, b""), client.name
