"""What stops a file as a whole is told in Spanish too: every such sentence is in the catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_connector_sentences import texts

from hub.model.findings import Finding
from hub.structures.repository import StructureSet
from hub.validation import check_file, render
from hub.validation.error_sentences import told_error
from hub.validation.report_words import stands

ROOT = Path(__file__).parents[2]
#: The modules that open and read what is handed in.
MODULES = (
    "hub/intake/receive.py",
    "hub/intake/unpack.py",
    "hub/xml_safe.py",
    *(
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "hub/messages").glob("*.py"))
        # What is written is asked for by programs, and structures are read for them.
        if "write" not in path.name and path.stem not in ("json_dataset", "structures_read")
    ),
    *(
        f"connectors/framework/{name}.py"
        for name in (
            "archive", "html", "json_records", "jsonstat", "pair", "pdf", "px", "px_header",
            "sheet",
        )
    ),
    "connectors/reporting/read.py",
)  # fmt: skip
ERRORS = {"RequestSyntaxError", "PayloadTooLarge", "UnsupportedMediaType", "NotFound"}
#: What raises one for a file that it names.
REFUSALS = {"_refuse", "self._refuse"}


def sentences() -> Iterator[tuple[str, str]]:
    """File and line, and sentence of every error that the modules raise in words of their own."""
    for name in MODULES:
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and called in ERRORS | REFUSALS:
                for text in texts(node.args[-1]):
                    said = f"«7»: {text}" if called in REFUSALS else text
                    # A reason that stands behind the name of the file alone is another's words.
                    if said != "«7»: «7»":
                        yield f"{name}:{node.lineno}", said


@pytest.mark.parametrize(("where", "text"), [pytest.param(*s, id=s[0]) for s in sentences()])
def test_an_error_of_the_intake_exists_in_spanish(where: str, text: str) -> None:
    told = told_error(text, "es")
    assert told is not None, f"{where}: {text!r} is not in error_sentences.yaml"
    assert told != text
    assert told.count("«7»") == text.count("«7»")
    assert told_error(text, "en") == text


def test_the_walk_finds_the_errors() -> None:
    assert len(list(sentences())) > 130


@pytest.mark.parametrize(
    ("format_", "sent", "told"),
    [
        (
            "sdmx-ml-2.1",
            b"<?xml version='1.0'?>\n<a>\n<b></a>",
            "El mensaje no es XML bien formado: la etiqueta b de la línea 3 se cierra con la de a"
            " (línea 3, columna 8).",
        ),
        ("sdmx-json-1.0", b'{"meta": {"id": 1},', "Línea 1, columna "),
        (
            "sdmx-csv-1.0",
            b'DATAFLOW,FREQ\nMIGHUB:DF_MIG_BORDER(1.0.0),"A\n',
            "Las comillas que abren un campo en la línea 2 no se cierran nunca.",
        ),
        ("parquet", b"PAR1" + b"\0" * 40, "El archivo no es Parquet, o está cortado: "),
    ],
    ids=["xml", "json", "csv", "parquet"],
)
def test_a_broken_message_is_explained_in_spanish(
    tmp_path: Path, format_: str, sent: bytes, told: str
) -> None:
    """The report of a real file, not of a sentence made for the test."""
    path = tmp_path / "message"
    path.write_bytes(sent)
    (finding,) = check_file(path, format_, StructureSet.shipped())
    assert finding.rule == "MESSAGE_SYNTAX"
    assert render(finding, "es").startswith(told)
    assert finding.message == render(finding, "en") != render(finding, "es")


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
