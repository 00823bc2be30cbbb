"""The house rules that a machine can check."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

from click.testing import CliRunner

from hub.cli import cli
from hub.messages.formats import FORMATS
from hub.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("codelists", "dsd", "hub", "connectors", "registry")


def test_imports_run_one_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(?:HUB_)?(\w+)`", text, re.M))
    assert {name.lower() for name in documented} == {f.name for f in fields(Settings)}


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    extras = [d for k, v in project["optional-dependencies"].items() if k != "dev" for d in v]
    names = {re.split(r"[\[<>=]", d)[0] for d in [*project["dependencies"], *extras]}
    listed = {
        n.strip() for row in re.findall(r"^\| ([\w, -]+) \|", text, re.M) for n in row.split(",")
    }
    assert names - listed == set()


def test_every_data_file_ships_in_the_wheel() -> None:
    globs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"][
        "package-data"
    ]["*"]
    endings = {g.removeprefix("*") for g in globs} | {".py"}
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {Path(f).suffix for f in listed} - endings == set()


def test_every_command_shows_an_example() -> None:
    runner = CliRunner()
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        shown = runner.invoke(cli, [name, "--help"])
        assert shown.exit_code == 0, name
        inner = cli.get_command(None, name)  # type: ignore[arg-type]
        children = getattr(inner, "commands", {})
        texts = [shown.output] if not children else [
            runner.invoke(cli, [name, child, "--help"]).output for child in children
        ]  # fmt: skip
        assert all("Example" in text for text in texts), name


def test_every_format_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [f.name for f in FORMATS if f"`{f.name}`" not in text and f.kind == "data"] == []


def test_modules_fit_in_one_sitting() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for folder in PACKAGES
        for p in (ROOT / folder).rglob("*.py")
        if (n := len(p.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}
