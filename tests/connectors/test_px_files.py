"""PC-Axis files: what the format allows, what real files hold, and a connector on one."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcome import Outcome

from connectors import catalogue
from connectors.framework.px import PxFile, is_px, read_px
from hub.errors import RequestSyntaxError
from hub.structures.repository import StructureSet
from hub.validation import validate

FOLDER = "px-greenland"

Read = Callable[..., Outcome]

SMALL = """CHARSET="ANSI";
AXIS-VERSION="2010";
CODEPAGE="iso-8859-15";
LANGUAGE="es";
LANGUAGES="es","en";
MATRIX="X";
TITLE="Entradas; por país "
"y año";
CONTENTS="Entradas";
UNITS="eventos";
STUB="país","sexo";
HEADING="año";
VALUES("país")="Perú","Trinidad y Tobago; total";
CODES("país")="PER","TTO";
VALUES("sexo")="Hombres","Mujeres";
CODES("sexo")="H","M";
VALUES("año")="2023","2024";
TIMEVAL("año")=TLIST(A1),"2023"-"2024";
STUB[en]="country","sex";
HEADING[en]="year";
VALUES[en]("country")="Peru","Trinidad and Tobago; total";
VALUES[en]("sex")="Men","Women";
VALUES[en]("year")="2023","2024";
NOTE="Eventos, no personas.#Véase (1).";
DATA=
1 "-"
".." 4.50
-5 "..."
7 8
;
"""


def px(text: str = SMALL, encoding: str = "iso-8859-15") -> PxFile:
    return PxFile(io.BytesIO(text.encode(encoding)), "x.px")


def cube(text: str = SMALL) -> pd.DataFrame:
    cells, _ = read_px(text.encode("iso-8859-15"), "x.px").table()
    return pd.DataFrame(cells[1:], columns=cells[0])


def test_the_last_variable_changes_fastest() -> None:
    frame = cube()
    assert list(frame) == ["país", "sexo", "año", "value"]
    assert frame[["país", "sexo", "año"]].to_numpy().tolist() == [
        list(codes) for codes in product(["PER", "TTO"], ["H", "M"], ["2023", "2024"])
    ]
    assert frame["value"].tolist() == ["1", "-", "..", "4.50", "-5", "...", "7", "8"]


def test_only_numbers_are_numbers() -> None:
    _, number = read_px(SMALL.encode("iso-8859-15"), "x.px").table()
    assert number[1:, 3].tolist() == [True, False, False, True, True, False, True, True]


def test_labels_in_each_language() -> None:
    file = px()
    assert file.languages == ("es", "en")
    assert file.labels(0, "es") == ("Perú", "Trinidad y Tobago; total")
    assert file.labels(0, "en") == ("Peru", "Trinidad and Tobago; total")
    assert file.labels(0, "nl") == ()


def test_a_text_goes_on_in_the_next_quotes() -> None:
    assert px().header.text("TITLE") == "Entradas; por país y año"


def test_notes_are_kept() -> None:
    assert read_px(SMALL.encode("iso-8859-15"), "x").notes == ["Eventos, no personas. Véase (1)."]


@pytest.mark.parametrize(
    ("timeval", "periods"),
    [
        ('TLIST(A1),"2023","2024"', ["2023", "2024"]),
        ('TLIST(A1,"2023"-"2024")', ["2023", "2024"]),
        ('TLIST(M1),"202312","202401"', ["2023-12", "2024-01"]),
        ('TLIST(M1),"2023M12"-"2024M01"', ["2023-12", "2024-01"]),
        ('TLIST(Q1),"20234","20241"', ["2023-Q4", "2024-Q1"]),
        ('TLIST(Q1,"2023Q4"-"2024Q1")', ["2023-Q4", "2024-Q1"]),
        ('TLIST(H1),"20232","20241"', ["2023-S2", "2024-S1"]),
        ('TLIST(W1),"202352","202401"', ["2023-W52", "2024-W01"]),
    ],
)
def test_time_scales_become_periods(timeval: str, periods: list[str]) -> None:
    file = px(SMALL.replace('TLIST(A1),"2023"-"2024"', timeval))
    assert list(file.dimensions[2].codes) == periods


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("7 8\n", "7\n", "7 cells and its variables ask for 8"),
        ("7 8\n", "7 8 9\n", "9 cells"),
        ("7 8\n", "7 8,5\n", "cell 8 of DATA holds '8,5'"),
        ("7 8\n", '7 "n.d."\n', "cell 8 of DATA holds 'n.d.'"),
        ("7 8\n;", "7 8\n", "does not end in a semicolon"),
        ('CODES("sexo")="H","M"', 'CODES("sexo")="H","H"', "'sexo'"),
        ('CODES("sexo")="H","M"', 'CODES("sexo")="H"', "2 VALUES and 1 CODES"),
        ('HEADING="año"', 'HEADING="mes"', "'mes' has 0 VALUES"),
        ('HEADING="año"', 'HEADING="sexo"', "one twice"),
        ('"2023"-"2024"', '"2022"-"2024"', "3 periods for 2 values"),
        ('"2023"-"2024"', '"20231"-"20242"', "no period of the scale A1"),
        ("iso-8859-15", "klingon", "no encoding"),
        ("iso-8859-15", "utf-16", "no encoding"),
        ('CODEPAGE="iso-8859-15"', 'CODEPAGE="utf-8"', "not in utf-8"),
        ('CHARSET="ANSI";\n', "", ""),
        ('UNITS="eventos"', 'STUB="país"', "STUB stands twice"),
        ('UNITS="eventos"', 'KEYS("país")=CODES', "KEYS"),
        ('UNITS="eventos"', "UNITS", "no statement"),
        ("DATA=", "DATOS=", "before its DATA"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(old: str, new: str, why: str) -> None:
    text = SMALL.replace(old, new)
    assert text != SMALL
    if old.startswith("CHARSET"):
        # Without CHARSET the code page of the text is unknown, unless it says one.
        text = text.replace('CODEPAGE="iso-8859-15";\n', "")
        why = "not in ascii"
    with pytest.raises(RequestSyntaxError, match=why):
        read_px(text.encode("iso-8859-15"), "x.px")


def test_a_file_is_known_by_its_beginning() -> None:
    assert is_px(SMALL.encode("iso-8859-15"))
    assert not is_px(b"year,coo_iso,value\n")


NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.decimals(0, 10**6, places=2).map(str),
    st.sampled_from(['"-"', '"."', '".."', '"..."', "-", ".."]),
)
NAME = st.text(
    st.characters(codec="iso-8859-15", exclude_characters='"\r\n', exclude_categories=["Cc"]),
    min_size=1,
    max_size=8,
).filter(lambda text: text.strip() == text)


@given(
    names=st.lists(NAME, min_size=1, max_size=3, unique=True),
    data=st.data(),
)
def test_what_is_written_is_read(names: list[str], data: st.DataObject) -> None:
    values = [data.draw(st.lists(NAME, min_size=1, max_size=4, unique=True)) for _ in names]
    size = int(np.prod([len(v) for v in values]))
    cells = data.draw(st.lists(NUMBERS, min_size=size, max_size=size))
    quoted = [",".join(f'"{v}"' for v in given) for given in values]
    text = 'CHARSET="ANSI";\nSTUB=' + ",".join(f'"{n}"' for n in names) + ";\n"
    text += "".join(f'VALUES("{n}")={q};\n' for n, q in zip(names, quoted, strict=True))
    text += 'CODEPAGE="iso-8859-15";\nDATA=\n' + " ".join(cells) + ";\n"
    found = read_px(text.encode("iso-8859-15"), "x.px")
    assert [d.id for d in found.dimensions] == names
    assert [list(d.labels) for d in found.dimensions] == values
    assert found.text.tolist() == [cell.strip('"') for cell in cells]


def test_data_are_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.framework.px._CHUNK", 7)
    monkeypatch.setattr("connectors.framework.px_header._CHUNK", 5)
    file = px(SMALL.split("DATA=")[0] + "DATA=" + ' 123456 \n".." ' * 4 + "\n;\n")
    chunks = list(file.cells())
    assert len(chunks) > 4
    assert np.concatenate([text for text, _ in chunks]).tolist() == ["123456", ".."] * 4


@pytest.mark.parametrize(
    ("name", "variables", "first"),
    [
        ("CONTVARIABLE_multiple_languages", [6, 1, 3], "62755"),
        ("TIMEVAL_short", [2, 3, 4], "257"),
        ("semicolon_in_values", [2, 2], "1"),
        ("BEXSTA_windows_1252", [3, 3, 100, 8, 1], "747"),
    ],
)
def test_real_files(
    name: str, variables: list[int], first: str, shared_data: Callable[[str], Path]
) -> None:
    found = read_px(shared_data(f"{FOLDER}/{name}.px").read_bytes(), name)
    assert [len(d.codes) for d in found.dimensions] == variables
    assert found.size == len(found.text) == np.prod(variables)
    assert found.text[0] == first


def test_greenland_by_place_of_birth(
    read: Read,
    shared_data: Callable[[str], Path],
    structures: StructureSet,
) -> None:
    path = shared_data(f"{FOLDER}/BEXSTA_windows_1252.px")
    outcome = read("grl/population_birthplace", path)
    assert outcome.findings == []
    assert len(outcome.frame) == 3 * 3 * 100
    value = outcome.frame["OBS_VALUE"].map(int)
    by = value.groupby([outcome.frame["COUNTRY_BIRTH"], outcome.frame["SEX"]]).sum()
    assert (by["_T", "_T"], by["GRL", "_T"], by["_FOR", "_T"]) == (56609, 50160, 6449)
    assert by["_FOR", "F"] == 2279
    assert validate(catalogue.read("grl/population_birthplace", path, structures)).valid


def test_a_wrong_total_of_a_cube_is_found(
    read: Read, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    original = shared_data(f"{FOLDER}/BEXSTA_windows_1252.px").read_bytes()
    head, data = original.split(b"DATA=")
    changed = tmp_path / "x.px"
    changed.write_bytes(head + b"DATA=" + data.replace(b"747", b"748", 1))
    findings = read("grl/population_birthplace", changed).findings
    assert {(f.rule, f.row, f.found, f.expected) for f in findings} == {
        ("TOTAL_MISMATCH", 2, "748", "747")
    }
