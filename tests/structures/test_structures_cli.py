"""``mighub structures load`` and ``diff``, as an office uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from structure_samples import codelist

from hub.cli import cli
from hub.model.dataset import Header
from hub.structures import ml21_write

Run = Callable[..., str]


@pytest.fixture
def mighub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0, stdin: bytes = b"") -> str:
        done = CliRunner().invoke(cli, arguments, input=stdin)
        assert done.exit_code == code, done.output
        return done.stdout if code == 0 else done.output

    return run


def written(path: Path, header: Header, codes: str, version: str = "1.0.0") -> str:
    path.write_bytes(ml21_write.write([codelist("CL_CLI", dict.fromkeys(codes), version)], header))
    return str(path)


def test_load_and_diff(mighub: Run, tmp_path: Path, header: Header) -> None:
    one = written(tmp_path / "one.xml", header, "AB")
    more = written(tmp_path / "more.xml", header, "ABC")
    name = "TST:CL_CLI(1.0.0)"
    mighub("init")
    assert "this was a dry run" in mighub("structures", "load", one, "--dry-run")
    mighub("structures", "diff", name, one, code=2)  # so it is not there
    assert "was created" in mighub("structures", "load", "-", stdin=Path(one).read_bytes())
    assert "none" in mighub("structures", "diff", name, one)

    answer = json.loads(
        mighub("structures", "load", more, "--format", "json", code=1).split("\x00")[0]
    )
    (result,) = answer["results"]
    assert (result["status"], result["code"]) == ("Failure", 409)
    assert "version 1.1.0 (minor)" in result["messages"][0]

    found = json.loads(mighub("structures", "diff", name, more, "--format", "json", code=1))
    (diff,) = found["diffs"]
    assert (diff["verdict"], diff["suggested_version"]) == ("minor", "1.1.0")
    assert [(r["change"], r["part"], r["path"]) for r in diff["changes"]] == [
        ("added", "code", "C")
    ]

    right = written(tmp_path / "right.xml", header, "ABC", "1.1.0")
    assert "minor" in mighub("structures", "diff", one, right)
    assert "was created" in mighub("structures", "load", right)


def test_what_cannot_be_loaded(mighub: Run, tmp_path: Path) -> None:
    mighub("init")
    assert "no file" in mighub("structures", "load", "nothing.xml", code=2)
    (tmp_path / "a.txt").write_text("hello")
    assert "no structure message" in mighub("structures", "load", "a.txt", code=1)
    assert "no artefact of the hub" in mighub("structures", "diff", "nothing", "a.txt", code=2)
