"""The page of conformance says what the tests prove, and every row has a proof."""

from __future__ import annotations

import pytest

from tests.conformance.table import PAGE, Row, markdown, problems, proofs, read_rows


@pytest.fixture(scope="module")
def proven() -> dict[str, dict[str, int]]:
    return proofs()


def test_every_row_is_proven_and_every_proof_has_its_row(proven: dict[str, dict[str, int]]) -> None:
    assert problems(read_rows(), proven) == []


def test_the_page_is_current(proven: dict[str, dict[str, int]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(read_rows(), proven), (
        "run python -m tests.conformance > docs/conformance.md"
    )


def test_what_is_wrong_with_a_table_is_said() -> None:
    rows = [Row("v1.a", "1.1", "a"), Row("v1.b", "1.1", "b"), Row("v1.b", "1.1", "b")]
    assert problems(rows, {"v1.b": {"t.py::test": 1}, "v1.c": {"t.py::other": 2}}) == [
        "v1.b: there are two rows of this id",
        "v1.a: no test proves this row",
        "v1.c: there is no such row, but t.py::other proves it",
    ]
