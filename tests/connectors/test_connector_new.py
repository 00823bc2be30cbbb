"""A new connector in one command, proposals for its labels, and a person's word on them."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import Page, save

from connectors import catalogue
from connectors.cli import connectors
from connectors.framework.discovery import Connectors
from connectors.framework.labels import LabelMap
from connectors.framework.suggest import Name, names_of, propose
from connectors.framework.suite import left_to_do
from hub.structures.repository import StructureSet

LINES = (
    "mes,pais,sexo,n\n2025-01,Perú,hombre,5\n2025-01,Perú,mujer,6\n2025-02,Corea (Sur),mujer,7\n"
)
FIXED = ("--fix", "MEASURE=ENTRIES", "--fix", "DEFINITION=BORDER_EVENT", "--fix",
         "COLLECTION=BORDER")  # fmt: skip
UNIT = ("--fix", "UNIT_MEASURE=EV")
ID = "mex/inm_entries"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(connectors, [str(a) for a in arguments])


def new(file: Path, root: Path, *more: str, kind: str = "listing") -> Result:
    return call("new", "MEX", "inm_entries", "--kind", kind, "--from", file, "--dataflow",
                "DF_MIG_BORDER", "--provider", "MEX_INM", "--root", root, *more)  # fmt: skip


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    path = tmp_path / "entradas.csv"
    path.write_text(LINES, "utf-8")
    return path


@pytest.fixture(scope="module")
def names(structures: StructureSet) -> list[Name]:
    """All names of nationalities that the hub knows."""
    ref = catalogue.record("mex/upm_air_entries").dataflow
    components = structures.dataflow(ref.agency, ref.id, ref.version).by_id
    return names_of(LabelMap("x.csv", ("CITIZENSHIP",), ()), components, Connectors())


@pytest.fixture
def plug_in(tmp_path: Path, listing: Path) -> Path:
    root = tmp_path / "plug_in"
    result = new(listing, root, *FIXED, *UNIT)
    assert result.exit_code == 0, result.output
    return root


def pytest_of(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(root)],
        capture_output=True, text=True, cwd=root, check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip


def test_a_skeleton_fails_its_own_test_for_unmapped_labels_only(plug_in: Path) -> None:
    assert left_to_do(plug_in, ID) == [
        "pais.csv: no code for 'Perú' (entradas.csv, row 2, pais)",
        "pais.csv: no code for 'Corea (Sur)' (entradas.csv, row 4, pais)",
        "sexo.csv: no code for 'hombre' (entradas.csv, row 2, sexo)",
        "sexo.csv: no code for 'mujer' (entradas.csv, row 3, sexo)",
    ]
    ran = pytest_of(plug_in)
    assert ran.returncode == 1
    assert "no code for 'Corea (Sur)'" in ran.stdout


def accepted(plug_in: Path, listing: Path, tmp_path: Path) -> Path:
    """The best proposal for each label of the skeleton, as a person would accept it."""
    target = tmp_path / "proposals.csv"
    assert call("suggest", ID, listing, "--root", plug_in, "-o", target).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    assert len(left_to_do(plug_in, ID)) == 4, "proposals are never applied by themselves"
    assert {row["accept"] for row in rows} == {""}
    nothing = call("adopt", ID, target, "--root", plug_in)
    assert (nothing.exit_code, "No row" in nothing.output) == (1, True)
    best = {row["label"]: row for row in reversed(rows)}
    assert {label: row["CITIZENSHIP"] or row["SEX"] for label, row in best.items()} == {
        "Perú": "PER", "Corea (Sur)": "KOR", "hombre": "M", "mujer": "F",
    }  # fmt: skip
    for row in best.values():
        row["accept"] = "yes"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(best.values())
    return target


def test_accepted_proposals_make_it_whole(plug_in: Path, listing: Path, tmp_path: Path) -> None:
    target = accepted(plug_in, listing, tmp_path)
    adopted = call("adopt", ID, target, "--root", plug_in)
    assert adopted.exit_code == 0, adopted.output
    assert left_to_do(plug_in, ID) == []
    assert pytest_of(plug_in).returncode == 0
    again = call("adopt", ID, target, "--root", plug_in)
    assert (again.exit_code, "given twice" in again.output) == (1, True)
    assert left_to_do(plug_in, ID) == [], "what was refused has left nothing behind"


def test_a_changed_figure_is_seen_once_somebody_said_what_is_right(
    plug_in: Path, listing: Path, tmp_path: Path
) -> None:
    target = accepted(plug_in, listing, tmp_path)
    assert call("adopt", ID, target, "--root", plug_in).exit_code == 0
    assert call("golden", ID, "--root", plug_in).exit_code == 0
    assert left_to_do(plug_in, ID) == []
    sample = plug_in / ID / "sample" / "entradas.csv"
    sample.write_text(LINES.replace(",7", ",8"), "utf-8")
    assert ["golden.json" in line for line in left_to_do(plug_in, ID)] == [True]


@pytest.mark.parametrize("years", [True, False])
def test_a_crosstab_in_a_workbook(tmp_path: Path, years: bool) -> None:
    heads: list[str | int | float | bool] = [2023, 2024] if years else ["Hombres", "Mujeres"]
    rows: list[list[str | int | float | bool]] = [
        ["Entradas por nacionalidad", "", ""], ["País", *heads], ["Perú", 5, 6], ["Cuba", 7, 8],
    ]  # fmt: skip
    file = save({"Hoja 1": Page(rows)}, tmp_path / "cuadro.xlsx")
    period = () if years else ("--fix", "FREQ=A", "--fix", "TIME_PERIOD=2024")
    result = new(file, tmp_path / "root", *FIXED, *UNIT, *period, kind="crosstab")
    assert result.exit_code == 0, result.output
    left = left_to_do(tmp_path / "root", ID)
    expected = ["'Perú'", "'Cuba'"] + ([] if years else ["'Hombres'", "'Mujeres'"])
    assert [line.split(" (")[0].split("for ")[1] for line in left] == expected
    folder = tmp_path / "root" / ID
    (folder / "rows.csv").write_text(
        "label,kind,CITIZENSHIP,note\nPerú,area,PER,\nCuba,area,CUB,\n", "utf-8"
    )
    if not years:
        (folder / "columns.csv").write_text(
            "label,kind,SEX,note\nHombres,area,M,\nMujeres,area,F,\n", "utf-8"
        )
    assert left_to_do(tmp_path / "root", ID) == []


def test_what_the_file_does_not_say_is_asked_for(tmp_path: Path, listing: Path) -> None:
    result = new(listing, tmp_path / "root")
    assert result.exit_code == 1
    assert "--fix MEASURE=" in result.output and "--fix UNIT_MEASURE=" in result.output
    wrong = new(listing, tmp_path / "root", *FIXED, "--fix", "UNIT_MEASURE=PEOPLE")
    assert "UNIT_MEASURE=PEOPLE" in wrong.output
    assert not (tmp_path / "root").exists()


def test_nothing_is_written_over(plug_in: Path, listing: Path) -> None:
    before = (plug_in / ID / "source.yaml").read_bytes()
    result = new(listing, plug_in, *FIXED, *UNIT)
    assert (result.exit_code, "already" in result.output) == (1, True)
    assert (plug_in / ID / "source.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "kind"),
    [("", "listing"), ("a,b\nc,d\n", "listing"), ("a\nb\n", "crosstab"), ("n\n1\n", "listing")],
)
def test_a_file_without_a_table_is_said(tmp_path: Path, content: str, kind: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content, "utf-8")
    result = new(path, tmp_path / "root", *FIXED, *UNIT, kind=kind)
    assert isinstance(result.exception, SystemExit), "a sentence, and no stack of calls"
    assert result.exit_code == 1
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Corea, Rep. (Sur)", "KOR"), ("Corea, Rep. Pop. Dem. (Norte)", "PRK"),
        ("Congo, Rep. Dem.", "COD"), ("Guinea Ecuatorial", "GNQ"), ("Guinea", "GIN"),
        ("St. Vincent and the Grenadines", "VCT"), ("Verenigde Staten", "USA"),
        ("Rusia", "RUS"), ("Niger", "NER"), ("Nigeria", "NGA"), ("Côte d'Ivoire", "CIV"),
        ("Iran (Islamic Rep. of)", "IRN"), ("Países Bajos (Holanda)", "NLD"), ("Dominica", "DMA"),
        ("DOMINICAN REPUBLIC", "DOM"), ("Duitsland", "DEU"), ("Royaume-Uni", "GBR"),
    ],
)  # fmt: skip
def test_names_in_four_languages_and_inverted_ones(
    label: str, code: str, names: list[Name]
) -> None:
    first, *_ = propose(label, names)
    assert first.codes == {"CITIZENSHIP": code}
    assert first.reason


def test_what_is_not_like_anything_gets_no_proposal() -> None:
    names = [Name("Perú", (("CITIZENSHIP", "PER"),), "here")]
    assert propose("xyzzy", names) == []
    assert propose("...", names) == []


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_only_the_very_name_has_100_points(label: str, texts: list[str]) -> None:
    names = [Name(text, (("C", str(i)),), "here") for i, text in enumerate(texts)]
    for one in propose(label, names):
        assert 72 <= one.score <= 100
        if one.score == 100:
            assert one.reason.startswith("the same as")


def test_a_map_that_would_break_is_left_as_it_was(plug_in: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("accept,map,label,kind,CITIZENSHIP,SEX\nyes,pais.csv,Chile,area,CHL,\n"
                   "yes,sexo.csv,hombre,nonsense,,M\n", "utf-8")  # fmt: skip
    before = {p: p.read_bytes() for p in (plug_in / ID).glob("*.csv")}
    result = call("adopt", ID, bad, "--root", plug_in)
    assert (result.exit_code, "Nothing was added" in result.output) == (1, True)
    assert {p: p.read_bytes() for p in (plug_in / ID).glob("*.csv")} == before
    for row in ("yes,../figures.csv,x,area,CHL,", "yes,none.csv,x,area,CHL,",
                "yes,pais.csv,x,area,,", "yes,pais.csv,x,area,CHL,M"):  # fmt: skip
        bad.write_text(f"accept,map,label,kind,CITIZENSHIP,SEX\n{row}\n", "utf-8")
        assert call("adopt", ID, bad, "--root", plug_in).exit_code == 1, row
    shutil.rmtree(plug_in)
