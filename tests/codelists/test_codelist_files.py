"""The loader reads codelists strictly: each fault of a file is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import codelists

HEADER = """
agency: MIGHUB
id: CL_TEST
version: 1.0
final: true
names: {en: Test, es: Prueba}
annotations: {iso2: ISO2}
"""
COLUMNS = "code,parent,name_en,name_es,valid_from,valid_to,iso2\n"


def folder(tmp_path: Path, rows: str, *, columns: str = COLUMNS, header: str = HEADER) -> Path:
    (tmp_path / "codelist.yaml").write_text(header, "utf-8")
    (tmp_path / "codes.csv").write_text(columns + rows, "utf-8")
    return tmp_path


def test_text_stays_text(tmp_path: Path) -> None:
    read = codelists.read(folder(tmp_path, "NO,,No,No,,,NO\n001,,One,Uno,,,NA\n"))
    assert read.version == "1.0"
    assert list(read.items) == ["NO", "001"]
    assert [a.title for code in read for a in code.annotations] == ["NO", "NA"]


def test_parents_are_linked_both_ways_and_may_follow_their_children(tmp_path: Path) -> None:
    read = codelists.read(folder(tmp_path, "B,A,b,b,,,\nA,,a,a,,,\n"))
    assert read["B"].parent is read["A"]
    assert read["A"].child == [read["B"]]
    assert read["A"].parent is read


def test_validity_becomes_annotations(tmp_path: Path) -> None:
    read = codelists.read(folder(tmp_path, "ANT,,a,a,1954-12-15,2010-10-09,\n"))
    assert {a.id: a.title for a in read["ANT"].annotations} == {
        "VALID_FROM": "1954-12-15",
        "VALID_TO": "2010-10-09",
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("A,,a,a,,,\nA,,b,b,,,\n", "row 3: the code 'A' is given twice"),
        ("B,A,b,b,,,\n", "the parent 'A' of B is no code"),
        ("A,B,a,a,,,\nB,A,b,b,,,\n", "its own ancestor"),
        ("A,,,a,,,\n", "row 2: A has no name_en"),
        ("A,,a,,,,\n", "row 2: A has no name_es"),
        ("A B,,a,a,,,\n", "'A B' is not an id"),
        (",,a,a,,,\n", "'' is not an id"),
        ("A,,a,a,2010-13-01,,\n", "valid_from '2010-13-01' is not a date"),
        ("A,,a,a,,\n", "more or fewer cells"),
        ("A,,a,a,,,x,y\n", "more or fewer cells"),
    ],
)
def test_faults_are_refused_with_their_row(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(codelists.DataFileError, match=said.replace("(", r"\(")):
        codelists.read(folder(tmp_path, rows))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("code,name_en,name_es,iso2,colour\n", "colour"),
        ("code,name_en,name_es\n", "iso2"),
        ("code,code,name_en,name_es,iso2\n", "each column may stand once"),
    ],
)
def test_columns_are_exactly_the_declared_ones(tmp_path: Path, columns: str, said: str) -> None:
    with pytest.raises(codelists.DataFileError, match=said):
        codelists.read(folder(tmp_path, "", columns=columns))


def test_a_key_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(codelists.DataFileError, match="colour"):
        codelists.read(folder(tmp_path, "", header=HEADER + "colour: red\n"))


@given(
    names=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip),
        min_size=1,
        max_size=5,
    )
)
def test_any_name_survives(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    rows = "".join(f"C{i},,{cell(n)},{cell(n)},,,\n" for i, n in enumerate(names))
    read = codelists.read(folder(tmp_path_factory.mktemp("list"), rows))
    assert [code.name.localizations["es"] for code in read] == names
