"""Packs: complete, reproducible, checkable, and good for another hub."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from lxml import etree
from pack_hub import KEY, hand_in, settings_at
from released import MONTHS, border, release

from hub import intake
from hub.cli import cli
from hub.delivery import ledger
from hub.delivery.consumers import PARTNER, Consumer, consumer, consumers
from hub.delivery.pack import make
from hub.derived.publish import derive
from hub.errors import NoResults, NotFound, SemanticError
from hub.messages.structures_read import read_structures
from hub.model.schema import StructureRef
from hub.plugins import connector_catalogue
from hub.store.coverage import coverage, covered
from hub.store.engines import engine
from hub.store.home import Hub
from hub.store.observations import PROVIDER
from hub.store.rows import pinned
from hub.store.submissions import State
from hub.structures.kinds import kind_of
from hub.structures.submission import Change, StructureAction
from hub.views import corridor, mirror
from registry.app import create_app

BORDER = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
STOCK = StructureRef("MIGHUB", "DF_MIG_STOCK", "1.0.0")
FORMATS = ("sdmx-csv-2.0", "sdmx-ml-2.1", "sdmx-json-2.0", "sdmx-ml-3.0", "parquet")


def unpacked(hub: Hub, made: ledger.Entry, folder: Path) -> Path:
    with zipfile.ZipFile(ledger.file_of(hub, made)) as packed:
        packed.extractall(folder)
    return folder


def test_every_file_is_in_the_manifest_with_its_hash(
    new_hub: Callable[[], Hub], tmp_path: Path
) -> None:
    hub = new_hub()
    release(hub, [border(t, "1") for t in MONTHS], provider="MEX_UPM")
    made = make(hub, consumer(hub, PARTNER), actor="me")
    folder = unpacked(hub, made, tmp_path / "pack")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest == made.manifest
    listed = {f["file"]: f for f in manifest["files"]}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == {*listed, "manifest.json"}
    for name, told in listed.items():
        content = (folder / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (told["sha256"], told["size"])
    (dataset,) = manifest["datasets"]
    assert (dataset["observations"], dataset["changes"]) == (len(MONTHS), None)
    assert [r["release"] for r in dataset["releases"]] == [1]
    (message,) = dataset["messages"]
    assert message["report"]["counts"] == {"error": 0, "warning": 0, "note": 0}
    for name in ("README.txt", "LEAME.txt"):
        assert str(BORDER) in (folder / name).read_text("utf-8")
    assert etree.parse(folder / "structures.xml").getroot().tag.endswith("Structure")


def test_the_same_releases_give_the_same_bytes(new_hub: Callable[[], Hub], tmp_path: Path) -> None:
    hub = new_hub()
    release(hub, [border(t, "1") for t in MONTHS])
    everywhere = Consumer("all", {"en": "All", "es": "Todos"}, {BORDER: FORMATS})
    one = make(hub, everywhere, actor="me")
    release(hub, [border("2026-01", "5")])
    two = make(hub, everywhere, actor="me")
    again = make(hub, everywhere, actor="somebody else")
    assert one.sha256 != two.sha256
    assert (again.sha256, again.id) == (two.sha256, two.id)  # noted once
    assert [p.id for p in ledger.entries(hub)] == [two.id, one.id]
    content = ledger.file_of(hub, two).read_bytes()
    assert hashlib.sha256(content).hexdigest() == two.sha256


def test_what_changed_since_the_last_pack_is_what_a_reader_has_to_apply(
    new_hub: Callable[[], Hub], tmp_path: Path
) -> None:
    """Whoever has the earlier pack and applies the changes has the later one."""
    hub = new_hub()
    rows = [border(t, "1") for t in MONTHS]
    release(hub, rows)
    first = make(hub, consumer(hub, PARTNER), actor="me")
    release(hub, [border("2026-01", "5")], updates=[{**rows[0], "OBS_VALUE": "2"}])
    release(hub, deletes=[rows[1]])
    second = make(hub, consumer(hub, PARTNER), actor="me")
    (dataset,) = second.manifest["datasets"]
    changes = dataset["changes"]
    assert (changes["inserted"], changes["updated"], changes["deleted"]) == (1, 1, 1)
    assert changes["since"] == first.manifest["as_of"]
    one, two = (unpacked(hub, m, tmp_path / str(m.id)) for m in (first, second))
    other = new_hub()
    name = dataset["messages"][0]["file"]
    assert hand_in(other, one / name) is State.PUBLISHED
    for message in changes["messages"]:
        assert hand_in(other, two / message["file"]) is State.PUBLISHED
    assert hand_in(other, two / name) is State.UNCHANGED
    # And a pack in between the same data has nothing to tell.
    release(hub, [border("2026-02", "5")])
    release(hub, deletes=[border("2026-02", "5")])
    third = make(hub, consumer(hub, PARTNER), actor="me").manifest["datasets"][0]
    assert third["changes"] == {
        "since": second.manifest["as_of"], "inserted": 0, "updated": 0, "deleted": 0,
        "messages": [],
    }  # fmt: skip


def test_a_partner_gets_a_message_for_each_provider(
    new_hub: Callable[[], Hub], tmp_path: Path
) -> None:
    """Whose observations are stays known, also of cells that went from one to another."""
    hub = new_hub()
    first, second, third = MONTHS[:3]
    release(hub, [border(t, "1") for t in MONTHS[:3]], provider="MEX_UPM")
    release(hub, [border(first, "7", area="MEX", citizenship="XXA")], provider="MEX_INM")
    release(hub, [border(first, "9", area="DOM")])
    one = make(hub, consumer(hub, PARTNER), actor="me")
    (dataset,) = one.manifest["datasets"]
    name = "data/MIGHUB_DF_MIG_BORDER_1.0.0{}.sdmx-csv-2.0.csv"
    assert [(m["provider"], m["observations"], m["file"]) for m in dataset["messages"]] == [
        ("MEX_INM", 1, name.format(".MEX_INM")),
        ("MEX_UPM", 3, name.format(".MEX_UPM")),
        (None, 1, name.format("")),
    ]
    other = new_hub()
    take(other, unpacked(hub, one, tmp_path / "one"), dataset["messages"])
    assert whose(other) == whose(hub) and len(whose(hub)) == 5
    # One cell is revised, one withdrawn; one goes to another provider with the value it has, and
    # one of that provider's the other way.
    release(hub, updates=[border(first, "2")], provider="MEX_UPM")
    release(hub, deletes=[border(second, "1"), border(third, "1")])
    release(hub, [border(third, "1")], provider="MEX_INM")
    release(hub, deletes=[border(first, "7", area="MEX", citizenship="XXA")])
    release(hub, [border(first, "7", area="MEX", citizenship="XXA")], provider="MEX_UPM")
    two = make(hub, consumer(hub, PARTNER), actor="me")
    changes = two.manifest["datasets"][0]["changes"]
    assert (changes["inserted"], changes["updated"], changes["deleted"]) == (0, 3, 1)
    folder = unpacked(hub, two, tmp_path / "two")
    take(other, folder, changes["messages"])
    assert whose(other) == whose(hub)
    for text in ("README.txt", "LEAME.txt"):
        commands = (folder / text).read_text("utf-8").splitlines()
        for message in (*two.manifest["datasets"][0]["messages"], *changes["messages"]):
            of = f" --provider {message['provider']}" if message["provider"] else ""
            assert f"    mighub submit {message['file']}{of}" in commands


def take(hub: Hub, folder: Path, messages: list[dict[str, Any]]) -> None:
    """Load messages of a pack as their READMEs say."""
    structures = read_structures(folder / "structures.xml")
    changes = [Change.of(a, StructureAction.REPLACE) for a in structures]
    assert all(r.ok for r in hub.maintain(changes, actor="me").results)
    for message in messages:
        of = {"provider": message["provider"]} if message["provider"] else {}
        assert hand_in(hub, folder / message["file"], **of) is State.PUBLISHED, message


def whose(hub: Hub) -> set[tuple[Any, ...]]:
    """Each observation of movements with its provider."""
    found = pinned(hub, BORDER)
    assert found is not None
    columns = f"REF_AREA, TIME_PERIOD, OBS_VALUE, {PROVIDER}"
    return set(engine(hub).rows(f"SELECT {columns} FROM {found.sql}", found.values))


def test_another_hub_learns_of_providers_and_keeps_its_own(
    new_hub: Callable[[], Hub], tmp_path: Path
) -> None:
    """Agreements come with the pack; the scheme of providers is only added to."""
    hub, other = new_hub(), new_hub()
    release(hub, [border(MONTHS[0], "1")], provider="MEX_UPM")
    made = make(hub, consumer(hub, PARTNER), actor="me")
    folder = unpacked(hub, made, tmp_path / "pack")
    kinds = {kind_of(a).name for a in read_structures(folder / "structures.xml")}
    assert {"provisionagreement", "dataproviderscheme"} <= kinds
    before = {p.id for s in other.structures.of_kind("dataproviderscheme") for p in s}
    take(other, folder, made.manifest["datasets"][0]["messages"])
    assert {p.id for s in other.structures.of_kind("dataproviderscheme") for p in s} == before


def test_a_dataset_is_compared_with_the_last_pack_that_had_it(
    new_hub: Callable[[], Hub],
) -> None:
    hub = new_hub()
    release(hub, [border("2025-01", "1")])
    first = make(hub, consumer(hub, PARTNER), actor="me")
    release(hub, [stock("2020", "5")], flow=("MIGHUB", "DF_MIG_STOCK", "1.0.0"))
    make(hub, consumer(hub, PARTNER), actor="me", dataflows=[STOCK])
    release(hub, [border("2025-02", "1")])
    last = make(hub, consumer(hub, PARTNER), actor="me")
    changes = {d["dataflow"]: d["changes"] for d in last.manifest["datasets"]}
    assert changes[str(BORDER)]["since"] == first.manifest["as_of"]
    assert changes[str(BORDER)]["inserted"] == 1
    assert changes[str(STOCK)]["inserted"] == 0


def stock(time: str, value: str) -> dict[str, str | None]:
    return {
        "FREQ": "A5", "REF_AREA": "MEX", "MEASURE": "STOCK_FB", "CITIZENSHIP": "_T",
        "COUNTRY_BIRTH": "_FOR", "SEX": "_T", "AGE": "_T", "EDUCATION_LEV": "_T",
        "LABOUR_STATUS": "_T", "DISABILITY_STATUS": "_T", "UNIT_MEASURE": "PS",
        "TIME_PERIOD": time, "OBS_VALUE": value, "OBS_STATUS": "A",
    }  # fmt: skip


def test_only_what_a_consumer_gets_is_delivered(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    with pytest.raises(NoResults):
        make(hub, consumer(hub, PARTNER), actor="me")
    release(hub, [border("2025-01", "1")])
    with pytest.raises(SemanticError, match="not delivered"):
        make(hub, consumer(hub, PARTNER), actor="me", dataflows=[STOCK])
    with pytest.raises(NotFound, match="partner"):
        consumer(hub, "nobody")


# -- a second hub ------------------------------------------------------------------------------


def answers(client: FlaskClient, flow: StructureRef) -> dict[str, Any]:
    """What the hub says of a dataflow, in several ways; messages without their own times."""
    path = f"/sdmx/v2/data/dataflow/{flow.agency}/{flow.id}/{flow.version}/*"
    found: dict[str, Any] = {}
    for query in ("", "?c[TIME_PERIOD]=ge:2024", "?attributes=none", "?lastNObservations=1"):
        response = client.get(f"{path}{query}", headers={"Accept": CSV})
        found[query] = (response.status_code, sorted(response.text.splitlines()))
    found["series"] = client.get(
        f"/sdmx/v1/data/{flow.agency},{flow.id},{flow.version}/all?detail=serieskeysonly",
        headers={"Accept": "application/vnd.sdmx.data+csv;version=1.0.0"},
    ).text.splitlines()
    found["structure"] = client.get(
        f"/sdmx/v2/structure/dataflow/{flow.agency}/{flow.id}/{flow.version}"
    ).json["data"]
    return found


CSV = "application/vnd.sdmx.data+csv;version=2.0.0"

#: Sources whose samples fill what is delivered.
SAMPLES = (
    "mex/upm_air_entries", "dom/bcrd_air_arrivals", "cri/dgme_residence", "int/eurostat_flows",
    "int/eurostat_stock", "lca/cso_census_birthplace", "int/undesa_population",
    "int/iom_missing_migrants", "int/wb_wdi", "int/unhcr_displacement", "mex/iom_returns",
    "gtm/iom_returnees", "mex/iom_irregular_nationality", "hnd/iom_irregular_nationality",
    "int/undesa_stock",
)  # fmt: skip


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> Iterator[Hub]:
    """A hub that published samples, each by its connector."""
    home = tmp_path_factory.mktemp("full") / "hub"
    shutil.copytree(empty_home, home)
    known = connector_catalogue()
    with Hub.open(settings_at(home)) as hub:
        for name in SAMPLES:
            for sample in known.samples(name):
                state = hand_in(hub, sample, connector=name)
                assert state in (State.PUBLISHED, State.UNCHANGED), (name, sample)
        with hub.writer_lock():
            derived = derive(hub).submission
        assert derived is not None
        intake.process(hub, derived)
        yield hub


@pytest.mark.parametrize("id_", ["partner", "oecd", "un_sdg", "un_dyb"])
def test_a_pack_makes_a_second_hub_answer_alike(
    full: Hub, new_hub: Callable[[], Hub], tmp_path: Path, id_: str
) -> None:
    first, second = full, new_hub()
    # Refugees of one origin and movements of some months did jump, which the first hub noted too.
    noted = {"DISPLACEMENT_JUMP", "VALUE_JUMP"} if id_ == PARTNER else set()
    made = make(first, consumer(first, id_), actor="me")
    folder = unpacked(first, made, tmp_path / "pack")
    structures = [
        Change.of(a, StructureAction.REPLACE) for a in read_structures(folder / "structures.xml")
    ]
    results = second.maintain(structures, actor="me").results
    assert [r for r in results if not r.ok] == []
    filled = [d for d in made.manifest["datasets"] if d["observations"]]
    assert filled
    for dataset in filled if id_ != PARTNER else ():
        told = dataset["coverage"]
        assert told["used"] + told["left_out"] == told["observations"]
        for language, path in told["files"].items():
            report = json.loads((folder / path).read_text("utf-8"))
            assert (report["cells"], language) == (dataset["observations"], language)
    for dataset in filled:
        for message in dataset["messages"]:
            report = json.loads((folder / message["report"]["file"]).read_text())
            assert {f["rule"] for f in report["findings"]} <= noted, message
        if id_ == PARTNER:
            take(second, folder, dataset["messages"])
            continue
        paths = [folder / m["file"] for m in dataset["messages"]]
        assert hand_in(second, paths[0]) is State.PUBLISHED
        for path in paths[1:]:  # the same observations in another format
            assert hand_in(second, path) is State.UNCHANGED
    token = second.releases.latest(1)[0].submission
    assert {f["rule"] for f in intake.report(second, token)["findings"]} <= noted
    clients = [create_app(hub).test_client() for hub in (first, second)]
    flows = [StructureRef.parse(dataset["dataflow"]) for dataset in filled]
    if id_ == PARTNER:  # what a hub computes goes by who reports
        flows += [mirror.DATAFLOW, corridor.DATAFLOW]
    for flow in flows:
        one, two = (answers(client, flow) for client in clients)
        assert one[""][0] == 200, flow
        assert one == two
    if id_ == PARTNER:  # all of it arrived, so consumers get the same from either
        cells = [[coverage(hub, ref).cells for ref in covered()] for hub in (first, second)]
        assert cells[0] == cells[1]
        assert sum(n > 0 for n in cells[0]) > 3


def test_what_was_handed_in_for_a_consumer_is_answered_and_the_report_says_so(
    full: Hub, new_hub: Callable[[], Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that has a consumer's pack goes on to answer with it when it gets data of its own."""
    second = new_hub()
    made = make(full, consumer(full, "oecd"), actor="me")
    folder = unpacked(full, made, tmp_path / "pack")
    structures = read_structures(folder / "structures.xml")
    second.maintain([Change.of(a, StructureAction.REPLACE) for a in structures], actor="me")
    dataset = next(d for d in made.manifest["datasets"] if d["observations"] > 1)
    assert hand_in(second, folder / dataset["messages"][0]["file"]) is State.PUBLISHED
    flow = StructureRef.parse(dataset["dataflow"])
    before = answers(create_app(second).test_client(), flow)
    own = "lca/cso_census_birthplace"
    (sample,) = connector_catalogue().samples(own)
    assert hand_in(second, sample, connector=own) is State.PUBLISHED
    client = create_app(second).test_client()
    assert answers(client, flow) == before  # given wins, as before
    report = coverage(second, flow)
    assert report.cells < dataset["observations"]
    assert report.given is not None
    assert coverage(full, flow).given is None
    path = f"{flow.agency}/{flow.id}/{flow.version}"
    said = {"en": "handed in for it", "es": "se entregaron para él"}
    for language, words in said.items():
        assert words in client.get(f"/api/coverage/{path}?lang={language}").json["given"]
        assert words in client.get(f"/consumers/{path}?lang={language}").text
        listed = client.get(f"/consumers?lang={language}").text
        assert listed.count({"en": "not computed", "es": "no se calcula"}[language]) == 1
    monkeypatch.setenv("HUB_HOME", str(second.settings.home))
    shown = CliRunner().invoke(cli, ["coverage", str(flow), "--lang", "es"]).output
    assert said["es"] in " ".join(shown.split())
    other = create_app(full).test_client()
    assert other.get(f"/api/coverage/{path}").json["given"] is None
    assert said["en"] not in other.get(f"/consumers/{path}?lang=en").text


# -- the command and the web ---------------------------------------------------------------------


def test_the_command_makes_a_pack_and_says_what_is_in_it(
    new_hub: Callable[[], Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = new_hub()
    release(hub, [border("2025-01", "1")])
    monkeypatch.setenv("HUB_HOME", str(hub.settings.home))
    monkeypatch.setenv("HUB_ADMIN_KEY", KEY)
    runner = CliRunner()
    folder, archive = tmp_path / "folder", tmp_path / "pack.zip"
    done = runner.invoke(cli, ["deliver", "partner", "-o", str(folder), "--format", "json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert json.loads((folder / "manifest.json").read_text()) == told["manifest"]
    assert runner.invoke(cli, ["deliver", "partner", "-o", str(archive)]).exit_code == 0
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == told["sha256"]
    assert runner.invoke(cli, ["deliver", "partner", "-o", str(folder)]).exit_code == 2
    assert runner.invoke(cli, ["deliver", "nobody"]).exit_code == 1
    listed = json.loads(runner.invoke(cli, ["deliver", "--format", "json"]).output)
    assert [p["sha256"] for p in listed["packs"]] == [told["sha256"]]
    assert {c["id"] for c in listed["consumers"]} == {c.id for c in consumers(hub)}


def test_packs_are_listed_and_downloaded(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    release(hub, [border("2025-01", "1")])
    made = make(hub, consumer(hub, PARTNER), actor="me")
    client = create_app(hub).test_client()
    (told,) = client.get("/api/deliveries").json["deliveries"]
    assert (told["id"], told["sha256"]) == (made.id, made.sha256)
    one = client.get(f"/api/deliveries/{made.id}").json
    assert one["manifest"] == made.manifest
    got = client.get(f"/api/deliveries/{made.id}/pack.zip")
    assert hashlib.sha256(got.data).hexdigest() == made.sha256
    assert f"{made.id}" not in got.headers["Content-Disposition"].split("filename=")[0]
    assert client.get("/api/deliveries?consumer=oecd").json == {"deliveries": []}
    for path in ("999", "x", "999/pack.zip"):
        assert client.get(f"/api/deliveries/{path}").status_code == 404
    for language in ("en", "es"):
        page = client.get(f"/deliveries?lang={language}")
        assert page.status_code == 200
        assert made.sha256[:12] in page.text
