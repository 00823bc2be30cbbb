"""Label maps, marker tables and records: read whole, or refused with the place of the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from codelists.text_yaml import DataFileError
from connectors.framework.discovery import Connectors
from connectors.framework.labels import LabelKind, LabelMap
from connectors.framework.markers import Markers
from connectors.framework.record import read_record

HEADER = "label,under,level,kind,AREA,valid_from,valid_to\n"


def mapped(tmp_path: Path, rows: str, header: str = HEADER) -> LabelMap:
    path = tmp_path / "m.csv"
    path.write_text(header + rows, "utf-8")
    return LabelMap.read(path)


def test_the_nearest_ancestor_decides(tmp_path: Path) -> None:
    labels = mapped(
        tmp_path,
        "Otros,ASIA,,residual,_O_ASI,,\nOtros,TOTAL,,residual,_O,,\nOtros,,,residual,_U,,\n",
    )
    assert labels.find("OTROS", ["asia", "total"]).codes == {"AREA": "_O_ASI"}
    assert labels.find("OTROS", ["europa", "total"]).codes == {"AREA": "_O"}
    assert labels.find("Otros", ["europa"]).codes == {"AREA": "_U"}
    assert labels.find("Otro") is None
    assert labels.suggestion("Otro") == "Otros"


def test_a_label_may_change_its_meaning_over_time(tmp_path: Path) -> None:
    labels = mapped(tmp_path, "Sudán,,,area,SDN,2012,\nSudán,,,area,SDX,,2011\n")
    assert labels.find("Sudan", (), 2011).codes["AREA"] == "SDX"
    assert labels.find("Sudan", (), 2012).codes["AREA"] == "SDN"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("Perú,,,area,PER,,\nPERU,,,area,PRY,,\n", "given twice"),
        ("Perú,,,area,PER,,2011\nPERU,,,area,PRY,2010,\n", "given twice"),
        ("Perú,,,country,PER,,\n", "row 2"),
        ("Perú,,top,area,PER,,\n", "row 2"),
        (",,,area,PER,,\n", "label is empty"),
        ("Perú,,,area,PER\n", "more or fewer cells"),
    ],
)
def test_a_wrong_map_is_refused(rows: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=fault):
        mapped(tmp_path, rows)


def test_a_group_is_no_part_of_the_tree(tmp_path: Path) -> None:
    labels = mapped(tmp_path, "Rich,,,group,1503,,\n")
    assert labels.find("rich").kind is LabelKind.GROUP


def test_markers_say_what_a_cell_means() -> None:
    markers = Markers.from_record({"..": {"status": "O"}, "-": {"value": "0"}})
    assert (markers.of(" .. ").value, markers.of("..").status) == (None, "O")
    assert markers.of("-").value == "0"
    assert markers.of("") is None
    assert markers.of("n.d.") is None


@pytest.mark.parametrize("meaning", [{}, {"value": "x"}, {"status": "O", "colour": "red"}])
def test_a_marker_without_a_meaning_is_refused(meaning: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="marker"):
        Markers.from_record({"..": meaning})


def test_a_record_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    record = Connectors().get("mex/upm_air_entries").folder / "source.yaml"
    folder = tmp_path / "mex" / "x"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(record.read_text("utf-8") + "colour: red\n", "utf-8")
    with pytest.raises(DataFileError, match="colour"):
        read_record(folder)


def test_a_record_without_a_dataflow_is_refused(tmp_path: Path) -> None:
    record = Connectors().get("mex/upm_air_entries").folder / "source.yaml"
    folder = tmp_path / "mex" / "x"
    folder.mkdir(parents=True)
    text = record.read_text("utf-8").replace("MIGHUB:DF_MIG_BORDER(1.0.0)", "DF_MIG_BORDER")
    (folder / "source.yaml").write_text(text, "utf-8")
    with pytest.raises(DataFileError, match="AGENCY:ID"):
        read_record(folder)
