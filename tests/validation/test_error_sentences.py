"""What stops a file as a whole is told in Spanish too: every such sentence is in the catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_connector_sentences import texts

from hub.model.findings import Finding
from hub.validation import render
from hub.validation.error_sentences import told_error
from hub.validation.report_words import stands

ROOT = Path(__file__).parents[2]
#: The modules that open what is handed in.
MODULES = (
    "hub/intake/receive.py",
    "hub/intake/unpack.py",
    "connectors/framework/archive.py",
    "connectors/framework/pdf.py",
    "connectors/framework/sheet.py",
    "connectors/framework/json_records.py",
)
ERRORS = {"RequestSyntaxError", "PayloadTooLarge", "UnsupportedMediaType", "NotFound"}


def sentences() -> Iterator[tuple[str, str]]:
    """File and line, and sentence of every error that the modules raise in words of their own."""
    for name in MODULES:
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ERRORS:
                for text in texts(node.args[0]):
                    # A reason that stands behind the name of the file alone is another's words.
                    if text != "«7»: «7»":
                        yield f"{name}:{node.lineno}", text


@pytest.mark.parametrize(("where", "text"), [pytest.param(*s, id=s[0]) for s in sentences()])
def test_an_error_of_the_intake_exists_in_spanish(where: str, text: str) -> None:
    told = told_error(text, "es")
    assert told is not None, f"{where}: {text!r} is not in error_sentences.yaml"
    assert told != text
    assert told.count("«7»") == text.count("«7»")
    assert told_error(text, "en") == text


def test_the_walk_finds_the_errors() -> None:
    assert len(list(sentences())) > 20


def test_a_finding_that_is_such_an_error_is_told_in_spanish_once() -> None:
    said = "rep.pdf holds pictures of pages and no text; ask the publisher for one with text"
    spanish = (
        "rep.pdf contiene imágenes de páginas y ningún texto; pida a quien lo publica uno"
        " con texto."
    )
    finding = Finding("MESSAGE_SYNTAX", said, found=said)
    assert render(finding, "es") == stands(finding, "es") == spanish
    assert render(finding, "en") == stands(finding, "en") == said
    other = Finding("MESSAGE_SYNTAX", "line 3: tag", found="line 3: tag")
    assert render(other, "es") == "El mensaje no se puede leer: line 3: tag"
