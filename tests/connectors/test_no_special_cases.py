"""What is wrong with a publisher's file is found by rule: no connector knows a file by its name."""

from __future__ import annotations

import ast
from pathlib import Path

import connectors

CODE = sorted(Path(connectors.__file__).parent.rglob("*.py"))
#: Parts of the names of files of publishers that have faults.
NAMES = (
    "irreg_mexico",
    "irreg_honduras",
    "irreg_darien",
    "regout",
    "c131_2026",
    "lleg_",
    "vintages",
)


def texts(path: Path) -> list[str]:
    """The text constants of a module that it works with: all but docstrings and help."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    said = {
        id(n.body[0].value)
        for n in ast.walk(tree)
        if isinstance(n, documented) and n.body and isinstance(n.body[0], ast.Expr)
    }
    shown = {
        id(text) for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords
        if k.arg in {"epilog", "help"} for text in ast.walk(k.value)
    }  # fmt: skip
    return [
        n.value for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in said | shown
    ]  # fmt: skip


def test_no_module_decides_by_the_name_of_a_file() -> None:
    assert len(CODE) > 40
    found = [
        (str(path), text)
        for path in CODE
        for text in texts(path)
        if any(name in text for name in NAMES)
    ]
    assert found == []
