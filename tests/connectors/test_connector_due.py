"""What the calendar says is due: shown, and fetched, kept and published in one go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from publisher import Publisher, answer

from connectors import catalogue
from connectors.cli import connectors
from connectors.commands import due
from connectors.framework.catalogue import Catalogue
from connectors.framework.discovery import Connectors
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.snapshots import snapshots

UPM = "mex/upm_air_entries"
SAMPLE = catalogue.samples(UPM)[0]
CALENDAR = """agreements:
  MIGHUB:PA_MEX_UPM_MIG_BORDER(1.0.0): {frequency: M, delay: P1M, since: 2026-05, until: 2026-05, cumulative: "yes"}
"""  # noqa: E501


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A server that stands in the record of the source, and a hub to which May 2026 is due."""
    server = Publisher()
    root = tmp_path / "connectors"
    shutil.copytree(catalogue.record(UPM).folder, root / UPM)
    record = root / UPM / "source.yaml"
    text = record.read_text("utf-8").split("\nfetch:")[0]
    rest = "\nfixed:" + record.read_text("utf-8").split("\nfixed:", 1)[1]
    url = server.url("/{year}/cuadro1.3.1_.xlsx")
    record.write_text(f'{text}\nfetch: {{urls: ["{url}"]}}\n{rest}', "utf-8")
    monkeypatch.setattr(due, "catalogue", Catalogue(Connectors(root)))
    home = tmp_path / "home"
    monkeypatch.setenv("HUB_HOME", str(home))
    monkeypatch.setenv("HUB_FETCH_PAUSE", "0")
    with Hub.init(Settings.load()):
        (home / "calendar.yaml").write_text(CALENDAR, "utf-8")
    yield server
    server.stop()


def run(*more: str) -> Result:
    return CliRunner().invoke(connectors, ["run", "--due", "--report", "json", *more])


def tasks(result: Result) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_the_dry_run_asks_nobody(publisher: Publisher) -> None:
    (task,) = tasks(run())
    assert (task["connector"], task["periods"]) == (UPM, ["2026-05"])
    assert task["addresses"] == [publisher.url("/2026/cuadro1.3.1_.xlsx")]
    assert publisher.asked == []
    with Hub.open() as hub:
        assert snapshots(hub) == []


def test_what_is_due_is_published_and_then_is_due_no_more(publisher: Publisher) -> None:
    publisher.pages["/2026/cuadro1.3.1_.xlsx"] = lambda handler: answer(
        handler, 200, SAMPLE.read_bytes()
    )
    done = run("--publish")
    assert done.exit_code == 0, done.output
    (task,) = tasks(done)
    assert "published" in str(task["outcome"])
    with Hub.open() as hub:
        (kept,) = snapshots(hub, UPM)
        assert kept.url == publisher.url("/2026/cuadro1.3.1_.xlsx")
        (item,) = hub.releases.latest()
        assert str(item.change.dataflow) == "MIGHUB:DF_MIG_BORDER(1.0.0)"
    assert tasks(run()) == []
    table = CliRunner().invoke(connectors, ["run", "--due"])
    assert "Nothing is due" in table.output


def test_a_source_that_fails_says_why(publisher: Publisher) -> None:
    done = run("--publish")
    assert done.exit_code == 1
    (task,) = tasks(done)
    assert "not there (yet)" in str(task["outcome"])
    assert "snapshot add" in str(task["outcome"])


def test_a_refused_file_is_tried_again_when_asked_again(publisher: Publisher) -> None:
    faulty = SAMPLE.read_bytes()[:-200]
    publisher.pages["/2026/cuadro1.3.1_.xlsx"] = lambda handler: answer(handler, 200, faulty)
    for _ in range(2):
        done = run("--publish")
        assert done.exit_code == 1
        (task,) = tasks(done)
        assert "nothing newer" not in str(task["outcome"])
    with Hub.open() as hub:
        assert hub.releases.latest() == []


@pytest.mark.parametrize(
    "more", [["--publish"], [UPM, "--due"], ["--due", "-o", "x"], ["-o", "x"], ["--due", "--diff"]]
)
def test_wrong_use(publisher: Publisher, more: list[str]) -> None:
    assert CliRunner().invoke(connectors, ["run", *more]).exit_code == 2
