"""``mighub validate`` where there is a hub: its rule files and what it has published count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from corpus import message
from field_data import Row, rows
from test_field_rules import RULE

from hub import intake
from hub.cli import cli
from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import Header
from hub.settings import Settings
from hub.store.home import Hub
from hub.structures.repository import StructureSet

BORDER = "DF_MIG_BORDER"
JAMAICA = {"REF_AREA": "JAM", "TRANSPORT_MODE": "LAND", "OBS_VALUE": "2"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HUB_HOME", str(folder))
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    return folder


def written(path: Path, given: Sequence[Row]) -> Path:
    schema = StructureSet.shipped().dataflow("MIGHUB", BORDER, None)
    names = [c for c in schema.columns if any(row.get(c) is not None for row in given)]
    columns = {name: [row.get(name) for row in given] for name in names}
    header = Header("T", "MIGHUB", datetime(2026, 1, 1, tzinfo=UTC))
    blocks = message(columns, schema=schema).blocks
    path.write_bytes(b"".join(write_data(blocks, "sdmx-csv-2.0", header, WriteOptions())))
    return path


def checked(path: Path, *more: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["validate", str(path), "--format", "json", *more])
    assert done.exit_code in (0, 1), done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_rule_file_holds_for_the_command_and_for_the_intake(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", rows(BORDER, JAMAICA))
    assert checked(path)["findings"] == []
    (home / "rules").mkdir()
    (home / "rules" / "islands.yaml").write_text(RULE, "utf-8")
    (english,) = checked(path)["findings"]  # there is a folder, and no hub in it yet
    assert (english["rule"], english["message"]) == (
        "LAND_FROM_ISLAND", "LAND is no way to an island.",
    )  # fmt: skip
    (spanish,) = checked(path, "--lang", "es")["findings"]
    assert spanish["message"] == "LAND no lleva a una isla."
    assert spanish.keys() == english.keys()
    with Hub.init(Settings.load()) as hub:
        token = intake.submit(hub, path, path.name)
        intake.process(hub, token)
        assert [f["rule"] for f in intake.report(hub, token)["findings"]] == ["LAND_FROM_ISLAND"]
    assert [f["rule"] for f in checked(path)["findings"]] == ["LAND_FROM_ISLAND"]


def test_a_wrong_rule_file_is_told_with_its_line(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", rows(BORDER, JAMAICA))
    (home / "rules").mkdir()
    (home / "rules" / "islands.yaml").write_text(RULE.replace("positive", "big"), "utf-8")
    done = CliRunner().invoke(cli, ["validate", str(path)])
    assert done.exit_code == 1
    assert "islands.yaml, line 9, LAND_FROM_ISLAND: value is one of" in done.stderr


def test_the_command_sees_what_is_published_and_who_sends(home: Path, tmp_path: Path) -> None:
    before = [{"TIME_PERIOD": f"2024-{n + 1:02}", "OBS_VALUE": str(5000 + n)} for n in range(12)]
    published = written(tmp_path / "before.csv", rows(BORDER, *before))
    jump = written(
        tmp_path / "jump.csv", rows(BORDER, {"TIME_PERIOD": "2025-01", "OBS_VALUE": "900000"})
    )
    rival = written(
        tmp_path / "rival.csv", rows(BORDER, {"TIME_PERIOD": "2024-02", "OBS_VALUE": "6000"})
    )
    with Hub.init(Settings.load()) as hub:
        assert checked(jump)["findings"] == []
        token = intake.submit(hub, published, published.name, provider="HND_INM")
        intake.process(hub, token)
        assert intake.report(hub, token)["valid"]
    assert [f["rule"] for f in checked(jump)["findings"]] == ["VALUE_JUMP"]
    assert checked(rival)["findings"] == []
    found = checked(rival, "--provider", "HND_CONMIGHO")["findings"]
    assert "OTHER_PROVIDER" in [f["rule"] for f in found]


def test_a_file_that_a_connector_cannot_open_is_a_finding_in_the_language(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rep.xlsx"
    path.write_text("hola mundo", "utf-8")
    report = checked(path, "--connector", "hnd/conmigho_returns", "--lang", "es")
    (finding,) = report["findings"]
    assert finding["rule"] == "MESSAGE_SYNTAX"
    assert finding["message"].startswith("rep.xlsx no es un libro de hojas de cálculo:")
