"""The command line as an office uses it, on the shipped samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.terminal import LaterGroup, write_whole

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "connectors/mex/upm_air_entries/sample/cuadro_1.3.1_2026_05_extracto.xlsx"


@pytest.fixture
def mighub(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run ``mighub`` in a process of its own, with a home of its own."""

    def run(*arguments: str, code: int = 0, stdin: bytes = b"") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hub", *arguments],
            cwd=tmp_path,
            capture_output=True,
            input=stdin,
            check=False,
            timeout=120,
            env={"PATH": "/usr/bin:/bin", "HUB_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == code, done.stderr.decode()
        return (done.stdout if code == 0 else done.stdout + done.stderr).decode()

    return run


def test_from_a_workbook_to_a_query(mighub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out.xml"
    mighub("connectors", "run", "mex/upm_air_entries", "-i", str(SAMPLE), "-o", str(out))
    report = json.loads(mighub("validate", str(out), "--format", "json"))
    assert report["valid"]
    assert report["observations"] > 1000
    mighub("init")
    assert "published" in mighub("submit", str(out))
    assert "unchanged" in mighub("submit", str(out))
    csv = mighub("query", "DF_MIG_BORDER", "...USA.........", "--format", "sdmx-csv-1.0")
    header, *rows = csv.splitlines()
    assert header.startswith("DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP")
    assert rows
    assert all(",USA," in row for row in rows)


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """``--output /dev/null`` of an administrator must leave the device what it is."""
    pipe, link, file = tmp_path / "pipe", tmp_path / "link", tmp_path / "file"
    os.mkfifo(pipe)
    file.write_bytes(b"before")
    link.symlink_to(file)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole([b"one, ", b"two"], str(pipe))
        assert os.read(reader, 100) == b"one, two"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    write_whole([b"after"], str(link))
    assert link.is_symlink()
    assert file.read_bytes() == b"after"
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link", "file"}
    for nowhere in (tmp_path, tmp_path / "not" / "there"):
        with pytest.raises(click.UsageError, match="cannot be written: "):
            write_whole([b"x"], str(nowhere))


def test_convert_keeps_every_observation(mighub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out.csv"
    mighub(
        "connectors", "run", "mex/upm_air_entries", "-i", str(SAMPLE), "-o", str(out),
        "--format", "sdmx-csv-2.0",
    )  # fmt: skip
    xml = mighub("convert", str(out), "--format", "sdmx-ml-3.0")
    back = mighub("convert", "-", "--format", "sdmx-csv-2.0", stdin=xml.encode())
    assert sorted(back.splitlines()) == sorted(out.read_text("utf-8").splitlines())


def test_findings_stop_with_code_1_and_write_nothing(mighub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_BIRTH,SEX,AGE,EDUCATION_LEV,"
        "LABOUR_STATUS,DISABILITY_STATUS,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
        "MIGHUB:DF_MIG_STOCK(1.0.0),A5,MEX,STOCK_FB,_T,_FOR,X,_T,_T,_T,_T,PS,2020,abc,A\n"
    )
    report = json.loads(mighub("validate", str(bad), "--format", "json", code=1))
    found = {(f["rule"], f["row"], f["column"], f["found"]) for f in report["findings"]}
    assert found == {("CODE_UNKNOWN", 2, "SEX", "X"), ("VALUE_TYPE", 2, "OBS_VALUE", "abc")}
    mighub("init")
    assert "refused" in mighub("submit", str(bad), code=1)


def test_usage_is_code_2(mighub) -> None:  # type: ignore[no-untyped-def]
    assert "no file" in mighub("validate", "nothing.xml", code=2).lower()
    mighub("convert", "x", "--format", "sdmx-ml-9", code=2)


def test_a_file_that_is_no_message_is_explained(mighub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "connector" in mighub("validate", str(SAMPLE), code=1)


def test_structures_are_exported(mighub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "s.xml"
    mighub("structures", "export", "--id", "CL_SEX", "-o", str(out))
    assert b"CL_SEX" in out.read_bytes()
    assert b"CL_AREA" not in out.read_bytes()


def _tree(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group, by the words that name it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _tree(found, *path, name)


def test_what_was_published_then_and_what_has_changed(mighub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    head = (
        "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
        "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
        "TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
    )
    row = "MIGHUB:DF_MIG_BORDER(1.0.0),M,DOM,ENTRIES,_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV,{},A\n"
    (tmp_path / "first.csv").write_text(
        head + row.format("2025-01,7") + row.format("2025-02,8") + row.format("2025-03,9")
    )
    (tmp_path / "second.csv").write_text(head + row.format("2025-02,10"))
    mighub("init")
    mighub("submit", "first.csv")
    between = datetime.now(UTC).isoformat()
    mighub("submit", "second.csv")

    def asked(*options: str) -> list[str]:
        lines = mighub("query", "DF_MIG_BORDER", *options).splitlines()
        return [line.split("EV,")[1].split(",A,")[0] for line in lines[1:]]

    assert asked() == ["2025-01,7", "2025-02,10", "2025-03,9"]
    assert asked("--as-of", between) == ["2025-01,7", "2025-02,8", "2025-03,9"]
    assert asked("--updated-after", between) == ["2025-02,10"]
    wrong = ["query", "DF_MIG_BORDER", "--as-of"]
    assert "such as 2026-05-15T14:15:00Z" in mighub(*wrong, "yesterday", code=1)
    late = ["2025-01-01", "--updated-after", between]
    assert "later than --as-of" in mighub(*wrong, *late, code=2)


def test_what_a_group_says_of_a_command_is_what_the_command_says() -> None:
    """Groups know their commands without importing them; ``mighub --help`` comes at once."""
    groups = 0
    for _, group in _tree(cli):
        if isinstance(group, LaterGroup):
            groups += 1
            context = click.Context(group)
            for name in group.list_commands(context):
                command = group.get_command(context, name)
                assert command is not None
                assert command.name == name
                assert group.summary(context, name) == command.get_short_help_str(1000)
            begun = {item.value for item in group.shell_complete(context, "s")}
            assert begun == {n for n in group.list_commands(context) if n.startswith("s")}
    assert groups == 2


@pytest.mark.parametrize("group", [[], ["connectors"]])
def test_help_loads_no_library_of_data(group: list[str]) -> None:
    script = (
        "import sys; from hub.cli import cli\n"
        f"cli.main({[*group, '--help']!r}, standalone_mode=False)\n"
        "print('loaded:', *{'pandas', 'pyarrow', 'sdmx', 'sqlalchemy', 'flask'} & {*sys.modules})"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Commands:" in told.stdout
    assert told.stdout.splitlines()[-1] == "loaded:"


def test_help_is_readable() -> None:
    """No help shows a sign of its source, and each example stands on a line of its own."""
    runner, examples = CliRunner(), 0
    for path, command in _tree(cli):
        end = command.epilog or ""
        shown = runner.invoke(cli, [*path, "--help"])
        assert shown.exit_code == 0, path
        assert "\\" not in shown.output, path
        assert "\b" not in shown.output, path
        lines = shown.output.splitlines()
        for head in ("Example:", "Examples:", "Start here:"):
            stated = [line.strip() for line in lines if line.strip().startswith(head)]
            assert len(stated) == end.count(head), path
        for example in end.splitlines():
            if "mighub " in example:
                assert f"  {example}" in lines, path
                assert " | mighub" not in example, path
                examples += 1
    assert examples > 60


def test_a_hub_that_is_not_there_is_named(mighub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for asked in (["query", "DF_MIG_BORDER"], ["connectors", "snapshots"]):
        assert f"no hub in {tmp_path / 'home'} yet" in mighub(*asked, code=1)


def test_the_language_of_an_answer_has_one_name() -> None:
    """Every command that has a language takes it as ``--lang``."""
    found = []
    for path, command in _tree(cli):
        for option in command.params:
            names = {name for name in option.opts if name.startswith("--lang")}
            if names and not getattr(option, "hidden", False):
                assert names == {"--lang"}, path
                if path != ("workbook",):  # it knows its languages later, see its own tests
                    assert isinstance(option.type, click.Choice), path
                found.append(path)
    assert {("workbook",), ("coverage",), ("connectors", "workbook")} <= set(found)
