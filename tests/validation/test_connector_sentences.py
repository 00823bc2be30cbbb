"""What connectors say exists in both languages: every sentence of theirs is in the catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.model.findings import Finding
from hub.validation import RULES, render
from hub.validation.rules import file_rules

CONNECTORS = Path(__file__).parents[2] / "connectors"
#: What an expression in a sentence becomes, where any text would not do.
MADE = {
    "when": "ended on 2006-06-04",
    "_more(wrong)": "",
    "more": "",
}


def texts(node: ast.expr) -> Iterator[str]:
    """The sentences that an expression may be."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp():
            yield from (*texts(node.body), *texts(node.orelse))
        case ast.JoinedStr():
            yield "".join(
                str(part.value)
                if isinstance(part, ast.Constant)
                else MADE.get(ast.unparse(part.value), "«7»")  # type: ignore[attr-defined]
                for part in node.values
            )


def sentences() -> Iterator[tuple[str, str, str]]:
    """File and line, rule (or ``""``) and sentence of every finding that connectors write."""
    for path in sorted(CONNECTORS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            where = f"{path.relative_to(CONNECTORS)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "message":
                yield from ((where, "", text) for text in texts(node.value))
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            called = ast.unparse(node.func)
            rules = list(texts(node.args[0]))
            if called.endswith("faults.add") and len(node.args) > 2:
                yield from ((where, rule, t) for t in texts(node.args[2]) for rule in rules)
            elif called == "add":
                yield from ((where, "", text) for text in texts(node.args[1]))
            elif called == "_report":
                yield from ((where, rules[0], text) for text in texts(node.args[-1]))


def test_the_walk_finds_the_sentences() -> None:
    found = list(sentences())
    assert len(found) > 60
    assert {rule for _, rule, _ in found} - {""} <= file_rules()


@pytest.mark.parametrize(
    ("where", "rule", "text"), [pytest.param(*s, id=s[0]) for s in sentences()]
)
def test_a_sentence_of_a_connector_exists_in_spanish(where: str, rule: str, text: str) -> None:
    if text.startswith("«7», "):  # of a month: the beginning stands elsewhere
        text = text.replace("«7»", "The figures of MEX for 2020-01 add up to 7", 1)
    candidates = [rule] if rule else sorted(file_rules())
    told = [
        spanish
        for id_ in candidates
        if (sentences := RULES[id_].sentences) is not None
        and (spanish := sentences.translate(text, "es")) is not None
    ]
    assert told, f"{where}: {text!r} has no sentence in file_rules.yaml"
    assert text not in told


def test_names_of_sums_are_told_too() -> None:
    finding = Finding(
        "TOTAL_MISMATCH",
        "The figure 7 of 'Trinidad and Tobago' does not add up with the row 'Caribe' and the column"
        " 'Total', which ask for 9; correct the figure or the totals.",
    )
    assert render(finding, "es") == (
        "La cifra 7 de 'Trinidad and Tobago' no cuadra con la fila 'Caribe' y la columna 'Total',"
        " que piden 9; corrija la cifra o los totales."
    )


def test_a_sentence_nobody_knows_says_what_to_do() -> None:
    finding = Finding("LABEL_UNKNOWN", "Something of a connector of your own.", suggestion="Perú")
    told = render(finding, "es")
    assert told == f"{RULES['LABEL_UNKNOWN'].fix['es']} ¿Quiso decir Perú?"
