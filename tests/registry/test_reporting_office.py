"""An office fills its workbook in LibreOffice and sends it; the hub publishes it or names cells."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live import Server, free_port, served, until
from openpyxl import load_workbook

KEY = "test-admin-key-0123456789"
#: The Python that LibreOffice's bridge is installed for.
PYTHON = Path("/usr/bin/python3")
ENTRIES, POSTS, OTHER = "1 Entries by nationality", "5 Entries by border post", "Other figures"
#: Saint Lucia and Antigua and Barbuda in January and February 2026; two airports.
FIGURES = [
    [ENTRIES, "cell", "B9", 120], [ENTRIES, "cell", "C9", 80], [ENTRIES, "cell", "D9", 0],
    [ENTRIES, "cell", "B12", 12], [ENTRIES, "cell", "C12", 8], [ENTRIES, "cell", "D12", "-"],
    [ENTRIES, "cell", "F9", 130], [ENTRIES, "cell", "G9", "n.d."],
    [POSTS, "cell", "B8", 100], [POSTS, "cell", "B9", 120],
    [OTHER, "cell", "A6", "Exits (EXITS)"], [OTHER, "cell", "B6", "Haiti (HTI)"],
    [OTHER, "cell", "F6", "Sea (SEA)"], [OTHER, "cell", "K6", "Events (EV)"],
    [OTHER, "cell", "L6", "March 2026 (2026-03)"], [OTHER, "cell", "M6", 17],
]  # fmt: skip
FAULTS = [
    [ENTRIES, "cell", "B9", 120], [ENTRIES, "cell", "C9", "eighty"],
    [ENTRIES, "delete", 20, 1],
    [POSTS, "cell", "B5", "Jan 2026"],
    [POSTS, "cell", "C7", 50], [POSTS, "cell", "C8", 20], [POSTS, "cell", "C9", 20],
    [POSTS, "cell", "C10", 0], [POSTS, "cell", "C11", 0], [POSTS, "cell", "C12", 0],
    [OTHER, "cell", "A6", "Arrivals"], [OTHER, "cell", "K6", "Events (EV)"],
    [OTHER, "cell", "L6", "March 2026 (2026-03)"], [OTHER, "cell", "M6", 17],
    ["3 Entries by age", "type", "B8", "=1/0"],
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("office") / "hub"
    shutil.copytree(empty_home, home)
    with served(home, lambda hub: None) as made:
        yield made


def workbook(server: Server, period: str) -> bytes:
    path = f"/api/workbooks/LCA/DF_MIG_BORDER?period={period}&lang=en"
    status, response, body = server.get(path)
    assert status == 200, body
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="LCA-DF_MIG_BORDER-{period}-en.xlsx"'
    )
    return body


@pytest.fixture(scope="module")
def filled(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workbooks that LibreOffice opened, filled, calculated and saved, in one run of it."""
    soffice = shutil.which("soffice")
    if soffice is None or not PYTHON.exists():
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc python3-uno)")
    folder = tmp_path_factory.mktemp("libreoffice")
    blank = folder / "blank.xlsx"
    blank.write_bytes(workbook(server, "2026"))
    jobs = [
        {"source": str(blank), "target": str(folder / name), "edits": edits}
        for name, edits in (
            ("good.xlsx", FIGURES), ("again.ods", FIGURES), ("faulty.xlsx", FAULTS),
        )
    ]  # fmt: skip
    todo = folder / "jobs.json"
    todo.write_text(json.dumps(jobs), "utf-8")
    port = free_port()
    office = subprocess.Popen(
        [soffice, "--headless", "--norestore", "--nologo", "--nodefault",
         f"-env:UserInstallation={(folder / 'profile').as_uri()}",
         f"--accept=socket,host=127.0.0.1,port={port};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        script = Path(__file__).with_name("office_fill.py")
        done = subprocess.run(
            [PYTHON, script, str(port), todo], capture_output=True, text=True, timeout=180,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    finally:
        office.terminate()
        office.wait(30)
    return folder


def send(server: Server, path: Path) -> dict[str, Any]:
    """Hand a file in, saying nothing about it; its state when it is finished."""
    status, _, body = server.ask(
        "POST", f"/api/submissions?filename={path.name}", {"X-API-Key": KEY}, path.read_bytes()
    )
    assert status == 202, body
    address = json.loads(body)["links"]["self"]
    state: dict[str, Any] = {}

    def finished() -> bool:
        state.update(json.loads(server.get(address, **{"X-API-Key": KEY})[2]))
        return bool(state["finished"])

    assert until(finished, 60), state
    return state


def report(server: Server, state: dict[str, Any]) -> dict[str, Any]:
    body = server.get(state["links"]["report"], **{"X-API-Key": KEY})[2]
    found: dict[str, Any] = json.loads(body)
    return found


def test_figures_typed_in_libreoffice_are_published_and_shown_next_year(
    server: Server, filled: Path
) -> None:
    state = send(server, filled / "good.xlsx")
    assert state["state"] == "published", report(server, state)["findings"][:3]
    assert state["connector"] == "reporting_workbook"
    assert state["provider"] == "LCA_DOI"
    _, _, body = server.get(
        "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*?dimensionAtObservation=AllDimensions",
        Accept="application/vnd.sdmx.data+csv;version=2.0.0",
    )
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    told = {
        (r["MEASURE"], r["CITIZENSHIP"], r["BORDER_POINT"], r["SEX"], r["TIME_PERIOD"]):
        (r["OBS_VALUE"], r["OBS_STATUS"]) for r in rows
    }  # fmt: skip
    assert {r["REF_AREA"] for r in rows} == {"LCA"}
    assert told["ENTRIES", "LCA", "_T", "F", "2026-01"] == ("120", "P")
    assert told["ENTRIES", "LCA", "_T", "_T", "2026-01"] == ("200", "P")  # its own formula
    assert told["ENTRIES", "ATG", "_T", "_U", "2026-01"] == ("0", "P")
    assert told["ENTRIES", "_T", "_T", "_T", "2026-01"] == ("220", "P")
    assert told["ENTRIES", "_T", "LCA_UVF", "_T", "2026-01"] == ("120", "P")
    assert told["ENTRIES", "LCA", "_T", "M", "2026-02"] == ("", "O")
    # A total with a part that is not available is not made up.
    assert ("ENTRIES", "LCA", "_T", "_T", "2026-02") not in told
    assert told["EXITS", "HTI", "_T", "_T", "2026-03"] == ("17", "P")
    again = send(server, filled / "again.ods")
    assert again["state"] in {"published", "unchanged"}, again
    assert not any(r["inserted"] or r["updated"] or r["deleted"] for r in again["releases"])
    next_year = load_workbook(io.BytesIO(workbook(server, "2027")))
    assert next_year["2026 (1)"]["B9"].value == 120
    assert next_year[ENTRIES]["B9"].value is None


def test_a_workbook_is_of_its_own_office_and_names_its_reader(server: Server, filled: Path) -> None:
    body = (filled / "good.xlsx").read_bytes()
    for said in ("provider=SUR_FSD", "connector=mex/upm_air_entries"):
        status, _, answer = server.ask("POST", f"/api/submissions?{said}", {"X-API-Key": KEY}, body)
        assert status == 400, answer
        assert b"workbook" in answer
    status, _, answer = server.ask(
        "POST", "/api/submissions?dry_run=true&provider=LCA_DOI", {"X-API-Key": KEY}, body
    )
    assert status == 200, answer
    assert json.loads(answer)["valid"]


def test_each_fault_names_its_cell_and_nothing_is_published(server: Server, filled: Path) -> None:
    state = send(server, filled / "faulty.xlsx")
    assert state["state"] == "refused"
    found = {
        (f["rule"], f["sheet"], f["row"], f["column"]) for f in report(server, state)["findings"]
    }
    assert found == {
        ("NUMBER_EXPECTED", ENTRIES, 9, "C"),
        ("LABEL_MISSING", ENTRIES, 20, "A"),
        ("HEADER_DIFFERS", POSTS, 5, "B"),
        ("TOTAL_MISMATCH", POSTS, 7, "C"),
        ("LABEL_UNKNOWN", OTHER, 6, "A"),
        ("NUMBER_EXPECTED", "3 Entries by age", 8, "B"),
    }
    marked = server.get(state["links"]["report"] + "?format=xlsx", **{"X-API-Key": KEY})[2]
    book = load_workbook(io.BytesIO(marked))
    assert book[ENTRIES]["C9"].comment is not None


def test_the_list_and_what_has_no_workbook(server: Server) -> None:
    listed = json.loads(server.get("/api/workbooks")[2])
    assert len(listed) == 12 * 7
    assert server.get(listed[0]["url"] + "?period=2026")[0] in {200, 400}
    for path, status in (
        ("/api/workbooks/FRA/DF_MIG_BORDER?period=2026", 404),
        ("/api/workbooks/LCA/DF_MIG_FLOW?period=2026", 404),
        ("/api/workbooks/LCA/DF_MIG_BORDER?period=2026&provider=SUR_FSD", 404),
        ("/api/workbooks/LCA/DF_MIG_BORDER", 200),
        ("/api/workbooks/LCA/DF_MIG_BORDER?period=26", 400),
        ("/api/workbooks/LCA/DF_MIG_BORDER?period=2026&lang=fr", 400),
        ("/api/workbooks/LCA/DF_MIG_BORDER?period=2026&language=nl", 200),  # as it was called
        ("/api/workbooks/LCA/DF_MIG_BORDER?period=2026&language=nl&lang=en", 400),
        ("/api/workbooks/LCA/DF_MIG_BORDER?period=2026&macros=yes", 400),
    ):
        assert server.get(path)[0] == status, path


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Reporting workbook"), ("es", "Libro de reporte")]
)
def test_the_page_leads_to_the_workbook(server: Server, language: str, title: str) -> None:
    page = server.get("/upload", **{"Accept-Language": language})[2].decode()
    assert f">{title}</h2>" in page
    for offered in ('value="LCA"', 'value="DF_MIG_BORDER"', 'value="nl"'):
        assert offered in page
    asked = "/workbook?country=LCA&dataflow=DF_MIG_BORDER&period=2026&language=nl"
    status, response, _ = server.get(asked)
    assert status == 303
    assert response.headers["Location"] == ("/api/workbooks/LCA/DF_MIG_BORDER?period=2026&lang=nl")
    assert server.get("/workbook?country=LCA")[0] == 400
