"""From a published number to the cell it was read from: ``/api/provenance`` and its pages."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from page_site import ADMIN, BORDER, PROVIDER, READER, message, new_hub, page, parsed, said, site
from python_calamine import CalamineWorkbook

from hub import intake
from hub.model.dataset import Action
from hub.plugins import connector_catalogue
from hub.store.home import Hub
from hub.store.keys import Role
from registry.app import create_app

UPM = "mex/upm_air_entries"
NAT = "mex/iom_irregular_nationality"
API = "/api/provenance/MIGHUB/DF_MIG_BORDER/1.0.0"
IRREGULAR = "MIGHUB/DF_MIG_IRREGULAR/1.0.0"
CANCUN = "c[CITIZENSHIP]=CAN&c[BORDER_POINT]=MEX_CUN"


def ask(client: FlaskClient, query: str, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = client.get(query, **more)
    assert answer.status_code == status, answer.text[:500]
    return dict(answer.json or {})


def cells(path: Path, sheet: str) -> list[list[Any]]:
    with CalamineWorkbook.from_path(path) as book:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def at(rows: list[list[Any]], address: str) -> Any:
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return rows[int(address[len(letters) :]) - 1][column - 1]


def test_every_number_of_a_workbook_names_the_cell_that_holds_it() -> None:
    (sample,) = connector_catalogue().samples(UPM)
    answer = ask(site().client, f"{API}?c[REF_AREA]=MEX&c[MEASURE]=ENTRIES&limit=1000")
    assert answer["truncated"] is True
    assert len(answer["observations"]) == 1000
    rows = cells(sample, "Cuadro 1.3.1")
    for one in answer["observations"]:
        source = one["states"][-1]["source"]
        (place,) = source["cells"]
        assert place["sheet"] == "Cuadro 1.3.1"
        printed = at(rows, place["cell"])
        assert one["value"] == ("0" if printed == "-" else str(int(printed))), place


def test_a_source_is_told_whole() -> None:
    (sample,) = connector_catalogue().samples(UPM)
    record = connector_catalogue().record(UPM)
    (one,) = ask(site().client, f"{API}?{CANCUN}")["observations"]
    (state,) = one["states"]
    assert state["change"] == "new"
    source = state["source"]
    assert source["provider"] == "MEX_UPM"
    assert source["connector"] == UPM
    assert source["connector_version"] == connector_catalogue().version(UPM)
    assert source["url"] == record.url
    assert source["licence"] == record.licence
    assert source["file"] == {
        "name": sample.name,
        "sha256": hashlib.sha256(sample.read_bytes()).hexdigest(),
        "size": sample.stat().st_size,
    }
    # A token and who sent it are for those who may follow the submission.
    assert source["submission"] is None
    told = ask(site().client, f"{API}?{CANCUN}", headers={"X-API-Key": ADMIN})
    assert told["observations"][0]["states"][0]["source"]["submission"] in site().tokens


def test_the_mapping_names_the_printed_words() -> None:
    (sample,) = connector_catalogue().samples(UPM)
    rows = cells(sample, "Cuadro 1.3.1")
    (one,) = ask(site().client, f"{API}?{CANCUN}&mapping=true")["observations"]
    mapping = {each["component"]: each for each in one["mapping"]}
    country, airport = mapping["CITIZENSHIP"], mapping["BORDER_POINT"]
    assert (country["code"], country["map"]) == ("CAN", "nationalities.csv")
    assert " ".join(str(at(rows, country["cell"])).split()).startswith(country["label"])
    assert country["label"] == "Canadá"
    assert (airport["code"], airport["map"]) == ("MEX_CUN", "airports.csv")
    assert str(at(rows, airport["cell"])).startswith("Cancún")
    # The same for the whole table: no word of it is printed beside the figure.
    assert mapping["SEX"] == {
        "component": "SEX", "code": "_T", "label": None, "sheet": None, "cell": None, "map": None,
    }  # fmt: skip


def test_a_mapping_is_for_one_observation() -> None:
    ask(site().client, f"{API}?c[CITIZENSHIP]=CAN&mapping=true", 400)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"{API}?limit=0", 400),
        (f"{API}?limit=1001", 400),
        (f"{API}?limit=ten", 400),
        (f"{API}?history=maybe", 400),
        (f"{API}?c[NOTHING]=x", 422),
        (f"{API}?c[CITIZENSHIP]=XYZ", 404),
        ("/api/provenance/MIGHUB/DF_NONE/1.0.0", 404),
        ("/api/provenance/MIGHUB/*/1.0.0", 400),
    ],
)
def test_what_cannot_be_answered(query: str, status: int) -> None:
    assert ask(site().client, query, status)["errors"][0]["status"] == status


def test_an_unknown_key_is_refused() -> None:
    ask(site().client, API, 401, headers={"X-API-Key": "nobody-0123456789"})


# -- what an observation was before ---------------------------------------------------------------


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with new_hub(tmp_path / "home") as opened:
        yield opened


def take(hub: Hub, body: bytes, name: str = "message.csv", **how: Any) -> str:
    token = intake.submit(hub, io.BytesIO(body), name, **how)
    done = intake.process(hub, token)
    assert done.state == "published", done
    return token


MONTH = f"{API}?c[CITIZENSHIP]=USA&c[TIME_PERIOD]=2026-01"


def test_each_state_names_its_own_submission(hub: Hub) -> None:
    client = create_app(hub).test_client()
    first = take(hub, message(("USA", "_T", "2026-01", "10"), ("CAN", "_T", "2026-01", "5")))
    second = take(hub, message(("CAN", "_T", "2026-01", "6"), ("USA", "_T", "2026-01", "10")))
    third = take(hub, message(("CUB", "_T", "2026-01", "1"), ("USA", "_T", "2026-01", "12")))
    (one,) = ask(client, MONTH, headers={"X-API-Key": ADMIN})["observations"]
    told = [(s["change"], s["value"], s["source"]["submission"]) for s in one["states"]]
    # The second gave the same number again: it stays that of the first.
    assert told == [("new", "10", first), ("changed", "12", third)]
    assert [s["source"]["observation"] for s in one["states"]] == [1, 2]
    (canada,) = ask(client, f"{API}?c[CITIZENSHIP]=CAN", headers={"X-API-Key": ADMIN})[
        "observations"
    ]
    assert [s["source"]["submission"] for s in canada["states"]] == [first, second]


def test_an_undo_brings_the_old_source_back(hub: Hub) -> None:
    client = create_app(hub).test_client()
    first = take(hub, message(("USA", "_T", "2026-01", "10")))
    second = take(hub, message(("USA", "_T", "2026-01", "12")))
    undone = intake.undo(hub, second, actor="test")
    assert intake.process(hub, undone.token).state == "published"
    (one,) = ask(client, MONTH, headers={"X-API-Key": ADMIN})["observations"]
    told = [(s["value"], s["source"]["submission"]) for s in one["states"]]
    assert told == [("10", first), ("12", second), ("10", first)]


def test_what_came_back_was_withdrawn_before(hub: Hub) -> None:
    client = create_app(hub).test_client()
    take(hub, message(("USA", "_T", "2026-01", "10")))
    take(hub, message(("USA", "_T", "2026-01", "")).replace(b",,A", b",,"), action=Action.DELETE)
    take(hub, message(("USA", "_T", "2026-01", "11")))
    (one,) = ask(client, MONTH)["observations"]
    assert [s["change"] for s in one["states"]] == ["new", "withdrawn", "new"]
    assert one["states"][1]["value"] is None
    latest = ask(client, f"{MONTH}&history=false")["observations"][0]["states"]
    assert [s["value"] for s in latest] == ["11"]


def test_a_new_edition_withdraws_what_it_no_longer_prints_and_nothing_of_others(hub: Hub) -> None:
    client = create_app(hub).test_client()
    sample = connector_catalogue().samples(NAT)[0]
    lines = sample.read_text("utf-8").splitlines()
    take(hub, sample.read_bytes(), sample.name, connector=NAT)
    gone, corrected = lines[1].split(",")[1], lines[2].split(",")[1]
    query = f"/api/provenance/{IRREGULAR}?c[CITIZENSHIP]={corrected}&c[TIME_PERIOD]=2018-01"
    found = ask(client, query)["observations"]
    other = csv_of(found[0]["key"], "999")
    take(hub, other)  # somebody else corrects one number
    # The new edition lacks both lines.
    take(hub, "\n".join([lines[0], *lines[3:], ""]).encode(), sample.name, connector=NAT)
    ask(client, f"/api/provenance/{IRREGULAR}?c[CITIZENSHIP]={gone}&c[TIME_PERIOD]=2018-01", 404)
    (kept,) = ask(client, query)["observations"]
    assert kept["value"] == "999"


def csv_of(key: dict[str, str], value: str) -> bytes:
    head = ",".join(["DATAFLOW", *key, "OBS_VALUE", "OBS_STATUS"])
    row = ",".join(["MIGHUB:DF_MIG_IRREGULAR(1.0.0)", *key.values(), value, "A"])
    return f"{head}\n{row}\n".encode()


def test_rest_answers_each_vintage_as_of_its_instant(
    hub: Hub, shared_data: Callable[[str], Path]
) -> None:
    """Mexico: what each edition printed of 2024, and nothing that only the other one printed."""
    client = create_app(hub).test_client()
    told = []
    for version in ("1267fd3", "96990bc"):
        path = shared_data(f"iom-gdidata/vintages/irreg_mexico_nat_{version}.csv")
        body, figures = sound(path)
        take(hub, body, path.name, connector=NAT)
        (pointer,) = hub.releases.pointers().values()
        instant = pointer.released_at.isoformat().replace("+00:00", "Z")
        printed = {key: n for key, n in figures.items() if key[0].startswith("2024")}
        told.append((instant, printed))
    assert sum(told[0][1].values()) < sum(told[1][1].values())
    for instant, printed in told:
        answer = client.get(
            f"/sdmx/v2/data/dataflow/{IRREGULAR}/*?asOf={instant}"
            "&c[TIME_PERIOD]=ge:2024-01+le:2024-12&format=sdmx-csv-2.0"
        )
        assert answer.status_code == 200
        rows = csv.DictReader(answer.text.splitlines())
        found = {(r["TIME_PERIOD"], r["CITIZENSHIP"]): int(r["OBS_VALUE"]) for r in rows}
        # One nationality has another code than the file writes; the figures are all there.
        assert sorted(found.values()) == sorted(printed.values())


def test_a_revision_is_told_with_both_editions(
    hub: Hub, shared_data: Callable[[str], Path]
) -> None:
    """Honduras: Venezuelans of 2024 were 187 331 and then 187 516."""
    client = create_app(hub).test_client()
    for version in ("ce8f9c0", "13362fb"):
        path = shared_data(f"iom-gdidata/vintages/irreg_honduras_nat_{version}.csv")
        take(hub, sound(path, "TWN")[0], path.name, connector="hnd/iom_irregular_nationality")
    query = f"/api/provenance/{IRREGULAR}?c[REF_AREA]=HND&c[CITIZENSHIP]=VEN&c[TIME_PERIOD]=2024"
    (one,) = ask(client, query)["observations"]
    assert [s["value"] for s in one["states"]] == ["187331", "187516"]
    names = [s["source"]["file"]["name"] for s in one["states"]]
    assert names == ["irreg_honduras_nat_ce8f9c0.csv", "irreg_honduras_nat_13362fb.csv"]
    # The page leads to the cell of either.
    about = page(client, one["page"])
    links = [a.get("href") for a in about.xpath("//table//a") if "/file" in a.get("href")]
    marks = [said(page(client, link).xpath("//mark")[0]) for link in links]
    assert marks == ["187516.0", "187331.0"]


def sound(path: Path, doubtful: str = "") -> tuple[bytes, dict[tuple[str, str], int]]:
    """A vintage without what is refused in it: the bytes, and figures by key.

    These are the records whose key stands twice, and those of a ``doubtful`` nationality.
    """
    with path.open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    keys = Counter((r["t"], r["nat"]) for r in records)
    single = [r for r in records if keys[r["t"], r["nat"]] == 1]
    kept = [r for r in single if r["nat"] != doubtful]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept)
    return text.getvalue().encode(), {(r["t"], r["nat"]): int(float(r["n"])) for r in kept}


# -- who may see what -----------------------------------------------------------------------------


def test_what_was_handed_in_is_not_for_everybody(hub: Hub) -> None:
    client = create_app(hub).test_client()
    hub.keys.add("another-provider-key-012345", "BCRD", Role.PROVIDER, "DOM_BCRD")
    take(hub, message(("USA", "_T", "2026-01", "10")), "from the office.csv", provider="MEX_INM")
    address = ask(client, MONTH)["observations"][0]["page"]
    path, _, query = address.partition("?")
    for key, sees in (
        (None, False), ("another-provider-key-012345", False), (PROVIDER, True), (READER, True),
        (ADMIN, True),
    ):  # fmt: skip
        headers = {} if key is None else {"X-API-Key": key}
        text = client.get(MONTH, headers=headers).text
        assert ("from the office.csv" in text) is sees, key
        assert client.get(address, headers=headers).status_code == 200
        shown = client.get(address, headers=headers).text
        assert ("from the office.csv" in shown) is sees
        file = client.get(f"{path}/file?{query}", headers=headers)
        assert file.status_code == (200 if sees else 404), key


def test_what_is_confidential_is_shown_to_nobody(hub: Hub) -> None:
    client = create_app(hub).test_client()
    body = message(("USA", "_T", "2026-01", "10"))
    body = body.replace(b"OBS_STATUS\n", b"OBS_STATUS,CONF_STATUS\n").replace(b",A\n", b",A,C\n")
    take(hub, body, "small.csv")
    headers = {"X-API-Key": ADMIN}
    (one,) = ask(client, MONTH, headers=headers)["observations"]
    assert one["states"][0]["source"]["file"] is None
    path, _, query = one["page"].partition("?")
    assert client.get(f"{path}/file?{query}", headers=headers).status_code == 404


# -- pages ----------------------------------------------------------------------------------------

SHOWN = f"{BORDER}?c[CITIZENSHIP]=CAN&c[BORDER_POINT]=MEX_CUN&c[REF_AREA]=MEX"


@pytest.mark.parametrize("language", ["en", "es"])
def test_two_clicks_from_a_number_to_its_cell(language: str) -> None:
    (sample,) = connector_catalogue().samples(UPM)
    (number,) = parsed(SHOWN, language).xpath("//table[@class='data']//a[contains(@class, 'from')]")
    about = page(site().client, number.get("href"), language)
    (link,) = about.xpath("//a[@class='to-file']")
    file = page(site().client, link.get("href"), language)
    (mark,) = file.xpath("//table[@class='sheet']//mark")
    (one,) = ask(site().client, f"{API}?{CANCUN}")["observations"]
    assert said(mark) == one["value"]
    cell = one["states"][0]["source"]["cells"][0]["cell"]
    assert cell in said(file.xpath("//h2")[0])
    row = mark.getparent().getparent()
    assert said(row.xpath("th")[0]) == cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert "Canadá" in [said(label) for label in file.xpath("//table[@class='sheet']//strong")]
    assert sample.name in said(file.xpath("//h1")[0])


def test_a_line_of_a_message_is_shown_to_its_sender(hub: Hub) -> None:
    client = create_app(hub).test_client()
    rows = [(c, "_T", "2026-01", str(n)) for n, c in enumerate(("CAN", "CUB", "USA", "HTI"), 11)]
    take(hub, message(*rows), provider="MEX_INM")
    headers = {"X-API-Key": PROVIDER}
    address = ask(client, MONTH)["observations"][0]["page"]
    path, _, query = address.partition("?")
    text = client.get(f"{path}/file?{query}", headers=headers).text
    assert "Line 4 of the message" in text
    marked = text.partition("<mark>")[2].partition("</mark>")[0]
    assert ",USA," in marked
    assert marked.endswith(",13,A")


@pytest.mark.parametrize("tail", ["", "?time=2026-01", "/file", "/file?time=2026-01&release=77"])
def test_a_number_that_is_not_published_is_not_found(tail: str) -> None:
    page(site().client, f"{BORDER}/provenance/M.MEX{tail}", status=404)
