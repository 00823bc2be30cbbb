"""Panama's table of Darién as a PDF file: with ruled lines, without, damaged, and with faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from layouts import pdf
from outcome import Outcome
from reportlab.pdfgen import canvas

from connectors import catalogue
from hub.errors import HubError, PayloadTooLarge, RequestSyntaxError

ID = "pan/snm_darien"
TITLE = "IRREGULARES EN TRÁNSITO POR DARIÉN, POR PAÍS: AÑO 2023"
HEADER = ["País", "ene", "feb", "mar", "Total"]
ROWS = [
    ["Total", "1,512", "1,345", "", "2,857"],
    ["Venezuela", "1,200", "1,000", "", "2,200"],
    ["Brasil (1)", "12", "45", "", "57"],
    ["Rep. Dem. del Congo", "-", "100", "", "100"],
    ["África", "200", "100", "", "300"],
    ["Otros", "100", "100", "", "200"],
]
NOTES = ["(1) Hijos de ciudadanos haitianos.", "Cifras preliminares", "Fuente: SNM"]

Read = Callable[..., Outcome]


def darien(path: Path, rows: list[list[str]], *, ruled: bool = True) -> Path:
    page = [TITLE, "", HEADER, *rows, *NOTES]
    return pdf(path, [["Servicio Nacional de Migración"], page], ruled=ruled)


@pytest.mark.parametrize("ruled", [True, False])
def test_the_table_of_the_second_page(ruled: bool, read: Read, tmp_path: Path) -> None:
    outcome = read(ID, darien(tmp_path / "d.pdf", ROWS, ruled=ruled))
    assert outcome.findings == []
    assert outcome.value(CITIZENSHIP="VEN", TIME_PERIOD="2023-01") == "1200"
    assert outcome.value(CITIZENSHIP="COD", TIME_PERIOD="2023-01") == "0"
    assert outcome.value(CITIZENSHIP="_O_AFR", TIME_PERIOD="2023-02") == "100"
    assert outcome.value(CITIZENSHIP="_O", TIME_PERIOD="2023-02") == "100"
    frame = outcome.frame
    assert set(frame["TIME_PERIOD"]) == {"2023-01", "2023-02"}
    assert set(frame["OBS_STATUS"]) == {"P"}
    remarks = frame.set_index(["CITIZENSHIP", "TIME_PERIOD"])["COMMENT_OBS"]
    assert remarks["BRA", "2023-01"] == "Hijos de ciudadanos haitianos."
    assert remarks["VEN", "2023-01"] is None


@pytest.mark.parametrize("ruled", [True, False])
def test_a_wrong_figure_is_told_by_page_and_line(ruled: bool, read: Read, tmp_path: Path) -> None:
    rows = [list(row) for row in ROWS]
    rows[2][2] = "54"
    finding = read(ID, darien(tmp_path / "d.pdf", rows, ruled=ruled)).only()
    assert (finding.rule, finding.sheet, finding.row) == ("TOTAL_MISMATCH", "Page 2", 5)
    assert (finding.column, finding.found, finding.expected) == ("feb", "54", "45")


def test_a_country_nobody_knows_is_named(read: Read, tmp_path: Path) -> None:
    rows = [list(row) for row in ROWS]
    rows[1][0] = "Benezuela"
    findings = read(ID, darien(tmp_path / "d.pdf", rows)).findings
    assert ("LABEL_UNKNOWN", "Benezuela") in {(f.rule, f.found) for f in findings}


def test_a_blank_within_the_year_is_not_a_zero(read: Read, tmp_path: Path) -> None:
    rows = [list(row) for row in ROWS]
    rows[3][1] = ""
    assert read(ID, darien(tmp_path / "d.pdf", rows)).only().rule == "NUMBER_EXPECTED"


def test_children_counted_again_in_a_line_of_their_own(read: Read, tmp_path: Path) -> None:
    rows = [*ROWS, ["Hijos de ciudadanos haitianos", "12", "45", "", "57"]]
    outcome = read(ID, darien(tmp_path / "d.pdf", rows))
    assert outcome.findings == []
    assert len(outcome.frame) == len(ROWS) * 2


def test_the_sample_has_the_figures_of_the_tidy_copy(
    read: Read, shared_data: Callable[[str], Path]
) -> None:
    (path,) = catalogue.samples(ID)
    frame = read(ID, path).frame
    ours = frame[frame["CITIZENSHIP"] != "_T"].set_index(["CITIZENSHIP", "TIME_PERIOD"])
    lines = shared_data("iom-gdidata/irreg_darien_nat.csv").read_text("utf-8").splitlines()
    theirs = {
        ({"OOO": "_O"}.get(nat, nat), t): n
        for t, nat, n in (line.split(",") for line in lines)
        if "2022-01" <= t <= "2022-09"
    }
    assert {k: v for k, v in ours["OBS_VALUE"].items() if v != "0"} == {
        k: v for k, v in theirs.items() if v != "0"
    }


def test_a_picture_of_a_table_is_refused(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    drawing = canvas.Canvas(str(path))
    drawing.rect(50, 50, 300, 300)
    drawing.showPage()
    drawing.save()
    with pytest.raises(RequestSyntaxError, match="pictures"):
        read(ID, path)


@pytest.mark.parametrize("keep", [20, 400, 3000])
def test_a_damaged_file_is_refused_or_has_no_table(keep: int, read: Read, tmp_path: Path) -> None:
    (path,) = catalogue.samples(ID)
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(HubError):
        read(ID, cut)


def test_a_file_of_too_many_pages_is_refused(read: Read, tmp_path: Path) -> None:
    with pytest.raises(PayloadTooLarge):
        read(ID, pdf(tmp_path / "long.pdf", [["x"]] * 201))


@pytest.mark.parametrize("ruled", [True, False])
def test_months_in_another_order_say_the_same(ruled: bool, read: Read, tmp_path: Path) -> None:
    before = read(ID, darien(tmp_path / "a.pdf", ROWS, ruled=ruled)).frame
    turned = [[row[0], row[4], row[3], row[2], row[1]] for row in (HEADER, *ROWS)]
    page = ["Cifras preliminares", "", TITLE, *turned, NOTES[0]]
    after = read(ID, pdf(tmp_path / "b.pdf", [["Portada"], ["Resumen"], page], ruled=ruled))
    assert after.findings == []
    key = ["CITIZENSHIP", "TIME_PERIOD"]
    assert after.frame.sort_values(key, ignore_index=True).equals(
        before.sort_values(key, ignore_index=True)
    )


def test_a_table_on_two_pages_is_refused(read: Read, tmp_path: Path) -> None:
    page = [TITLE, "", HEADER, *ROWS, NOTES[0]]
    finding = read(ID, pdf(tmp_path / "d.pdf", [page, page])).only()
    assert (finding.rule, finding.sheet) == ("HEADER_DIFFERS", "Page 2")
