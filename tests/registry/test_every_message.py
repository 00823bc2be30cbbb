"""Every data message of the hub: each shipped dataset in each format.

The samples of every source are published in one hub. Each of its dataflows is asked for in each
data format; the answer passes the official schema (with the schema the hub makes for the dataflow
where the format is structure-specific), and the hub's reader, sdmx1 and pysdmx find in it the cells
that the store holds. What a peer cannot read is listed with the reason, so that the day it can, a
test says so.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sdmx
import sdmx.reader.xml.v30  # sdmx1 cannot load it once it has read a 2.1 message
from click.testing import CliRunner
from every_message import (
    Published,
    Row,
    by_pysdmx,
    json_faults,
    pysdmx_python,
    rows_of,
    two_parts,
    xml_faults,
)
from lxml import etree
from python_calamine import CalamineWorkbook
from released import settings_of

from hub.messages.api import read_data
from hub.messages.formats import FORMATS, Format, Kind
from hub.store.home import Hub
from hub.structures.repository import StructureSet
from hub.structures.xsd_official import compiled
from registry.app import create_app
from registry.cli import demo

WRITTEN = {f.name: f for f in FORMATS if f.kind is Kind.DATA and f.writer}
READ = [name for name, f in WRITTEN.items() if f.reader]
FLOWS = sorted(str(a.id) for a in StructureSet.shipped().of_kind("dataflow"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A hub as ``mighub demo`` leaves it."""
    home = tmp_path_factory.mktemp("every") / "hub"
    given = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(given):
            patch.delenv(name)
        done = CliRunner().invoke(demo, ["--no-serve"], env={"HUB_HOME": str(home)})
    assert done.exit_code == 0, done.output
    with Hub.open(settings_of(home)) as hub:
        yield Published(hub, create_app(hub).test_client())


@pytest.fixture(scope="module")
def stored(published: Published) -> dict[str, list[Row]]:
    """What the store holds of each dataflow that has data."""
    found = {flow: published.rows(flow) for flow in FLOWS}
    return {flow: rows for flow, rows in found.items() if rows}


def test_the_samples_are_many(stored: dict[str, list[Row]]) -> None:
    """Guards the tests below against being about nothing."""
    assert len(stored) >= 6
    assert sum(map(len, stored.values())) > 8_000


def layouts(format_: Format) -> list[str]:
    """Dimensions at the observation that a format can have."""
    flat = [] if "timeseries" in format_.name else ["AllDimensions"]
    return ["TIME_PERIOD", *flat] if format_.extension in ("xml", "json") else [""]


def read_back(body: bytes, format_: Format, published: Published, flow: str) -> list[Row]:
    """What the hub's own reader finds."""
    path = published.hub.settings.home / f"{flow}.message"
    path.write_bytes(body)
    message = read_data(path, format_, published.hub.structures)
    rows = rows_of(message.blocks, published.schema(flow))
    assert message.findings == []
    return rows


@pytest.mark.conformance(
    "format.every.data",
    "format.ml21.generic",
    "format.ml21.generic_timeseries",
    "format.ml21.specific",
    "format.ml21.specific_timeseries",
    "format.ml30.data",
    "format.ml31.data",
    "format.json.data",
    "format.csv.data",
)
@pytest.mark.parametrize("name", READ)
def test_it_is_valid_and_read_back_equal(
    published: Published, stored: dict[str, list[Row]], name: str
) -> None:
    format_ = WRITTEN[name]
    for flow, rows in stored.items():
        for at in layouts(format_):
            answer = published.data(flow, format_, f"?dimensionAtObservation={at}" if at else "")
            assert (answer.status_code, answer.content_type) == (200, format_.media_type)
            assert data_faults(published, flow, format_, at, answer.data) == [], (flow, at)
            assert read_back(answer.data, format_, published, flow) == rows, (flow, at)


def data_faults(
    published: Published, flow: str, format_: Format, at: str, body: bytes
) -> list[str]:
    """What the schemas of a format have against a message; tables have none."""
    if format_.extension == "json":
        return json_faults("data", format_.version, body)
    if format_.extension != "xml":
        return []
    if "generic" in format_.name:
        return xml_faults(compiled("2.1"), body)
    return xml_faults(published.compiled(flow, format_.version, at), body)


def test_a_workbook_holds_the_same(published: Published, stored: dict[str, list[Row]]) -> None:
    """The one format that is only written."""
    (name,) = set(WRITTEN) - set(READ)
    for flow, rows in stored.items():
        schema = published.schema(flow)
        answer = published.data(flow, WRITTEN[name])
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
        header, *lines = book.get_sheet_by_name("data").to_python()
        places = [header.index(c) if c in header else None for c in schema.columns]
        found = [tuple("" if p is None else line[p] for p in places) for line in lines]
        numeric = {i for i, c in enumerate(schema.columns) if schema.by_id[c].is_numeric}

        def plain(row: tuple[Any, ...], numeric: set[int] = numeric) -> tuple[Any, ...]:
            return tuple(number(x) if i in numeric else x for i, x in enumerate(row))

        def text(row: tuple[Any, ...]) -> list[str]:
            return [str(cell) for cell in row]

        wanted = [plain(tuple(cell or "" for cell in row)) for row in rows]
        assert sorted(map(plain, found), key=text) == sorted(wanted, key=text), flow


# What peers read. They are slow, so each series is asked for with its last observation only.

ONE_EACH = "?lastNObservations=1"
Cells = set[tuple[str, ...]]


@pytest.fixture(scope="module")
def messages(
    published: Published, stored: dict[str, list[Row]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A file of each dataflow in each format, by ``format/dataflow``."""
    folder = tmp_path_factory.mktemp("peers")
    made = {}
    for name in READ:
        for flow in stored:
            path = folder / f"{name}-{flow}.{WRITTEN[name].extension}"
            answer = published.data(flow, WRITTEN[name], ONE_EACH)
            assert answer.status_code == 200
            path.write_bytes(answer.data)
            made[f"{name}/{flow}"] = path
    return made


@pytest.fixture(scope="module")
def last(published: Published, stored: dict[str, list[Row]]) -> dict[str, Cells]:
    """The cells that peers are to find."""
    return {flow: cells(published, flow, published.rows(flow, ONE_EACH[1:])) for flow in stored}


def cells(published: Published, flow: str, rows: list[Row]) -> Cells:
    """Rows with the value as a number (peers keep no text) and nothing for what is not given."""
    columns = published.schema(flow).columns
    return {
        tuple(
            number(cell) if c == "OBS_VALUE" else (cell or "")
            for c, cell in zip(columns, row, strict=True)
        )
        for row in rows
    }


def number(text: Any) -> str:
    """A value as a number again; nothing where there is none."""
    return "" if text is None or str(text) in ("", "nan", "None", "NaN") else repr(float(text))


def by_sdmx1(path: Path, published: Published, flow: str) -> Cells:
    """What sdmx1 reads, attributes of series included."""
    schema = published.schema(flow)
    dsd = published.hub.structures.get("datastructure", schema.structure)
    found = set()
    for data in sdmx.read_sdmx(path, structure=dsd).data:
        for one in data.obs:
            key = {k: str(v.value) for k, v in (one.key).values.items()}
            attributes = {k: str(v.value) for k, v in one.attrib.items()}
            row = {**key, **attributes, "OBS_VALUE": number(one.value)}
            found.add(tuple(row.get(c, "") for c in schema.columns))
    return found


SDMX1 = [n for n in READ if n.startswith("sdmx-ml-2.1")] + ["sdmx-ml-3.0", "sdmx-csv-2.0",
                                                             "sdmx-csv-2.1"]  # fmt: skip


@pytest.mark.conformance("format.every.sdmx1")
@pytest.mark.parametrize("name", SDMX1)
def test_sdmx1_reads_the_same(
    published: Published, messages: dict[str, Path], last: dict[str, Cells], name: str
) -> None:
    for flow, wanted in last.items():
        assert by_sdmx1(messages[f"{name}/{flow}"], published, flow) == wanted, flow


#: What sdmx1 does not read, and what it says: JSON but for the draft, CSV 1.0, anything of 3.1.
NOT_SDMX1 = {
    "sdmx-json-1.0": (KeyError, "structures"),
    "sdmx-json-2.0": (TypeError, "list indices"),
    "sdmx-json-2.1": (TypeError, "list indices"),
    "sdmx-csv-1.0": (ValueError, "expected 'STRUCTURE'"),
    "sdmx-ml-3.1": (AssertionError, "Cannot determine SDMX-ML version"),
}


@pytest.mark.conformance("format.every.sdmx1")
@pytest.mark.parametrize("name", NOT_SDMX1)
def test_what_sdmx1_does_not_read_yet(
    published: Published, messages: dict[str, Path], last: dict[str, Cells], name: str
) -> None:
    error, said = NOT_SDMX1[name]
    for flow in last:
        with pytest.raises(error, match=said):
            by_sdmx1(messages[f"{name}/{flow}"], published, flow)


def test_nothing_is_left_out() -> None:
    beyond = {"parquet", "arrow"}  # which are no formats of SDMX
    assert {*SDMX1, *NOT_SDMX1} == {*BY_PYSDMX, *NOT_PYSDMX} == {*READ} - beyond


PYSDMX = """
from pysdmx.io import get_datasets

def read(path):
    (data,) = get_datasets(path, validate=False)
    return data.data.astype(object).where(data.data.notna(), "").astype(str).to_dict("records")
"""


@pytest.fixture(scope="module")
def pysdmx_found(
    messages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What pysdmx reads in each file."""
    pysdmx_python()
    return by_pysdmx(PYSDMX, messages, tmp_path_factory.mktemp("pysdmx"))


BY_PYSDMX = [n for n in READ if n.startswith(("sdmx-ml", "sdmx-csv"))]
NOT_PYSDMX = [n for n in READ if n.startswith("sdmx-json")]


@pytest.mark.conformance("format.every.pysdmx")
@pytest.mark.parametrize("name", NOT_PYSDMX)
def test_what_pysdmx_does_not_read_yet(
    pysdmx_found: dict[str, Any], last: dict[str, Cells], name: str
) -> None:
    assert all(pysdmx_found[f"{name}/{flow}"].startswith("error: ") for flow in last)


@pytest.mark.conformance("format.every.pysdmx")
@pytest.mark.parametrize("name", BY_PYSDMX)
def test_pysdmx_reads_the_same(
    published: Published, pysdmx_found: dict[str, Any], last: dict[str, Cells], name: str
) -> None:
    for flow, wanted in last.items():
        rows = pysdmx_found[f"{name}/{flow}"]
        if "URN" in flow and name in ("sdmx-ml-3.0", "sdmx-ml-3.1"):
            # It takes the letters URN within a reference for an element of that name.
            assert rows.startswith("error: TypeError: string indices"), flow
            continue
        assert isinstance(rows, list), (flow, rows)
        columns = published.schema(flow).columns
        found = {
            tuple(
                number(row.get(c)) if c == "OBS_VALUE" else str(row.get(c) or "") for c in columns
            )
            for row in rows
        }
        assert found == wanted, flow


@pytest.mark.conformance("format.every.registry")
@pytest.mark.parametrize("version", ["2.1", "3.0.0", "3.1.0"])
@pytest.mark.parametrize("path", ["", "/provider/MIGHUB/MEX_UPM", "/dataflow/MIGHUB"])
def test_registrations_are_valid(published: Published, path: str, version: str) -> None:
    media = f"application/vnd.sdmx.registry+xml;version={version}"
    answer = published.client.get(f"/sdmx/v2/registration{path}", headers={"Accept": media})
    assert (answer.status_code, answer.content_type) == (200, media)
    assert xml_faults(compiled(two_parts(version)), answer.data) == []
    assert etree.fromstring(answer.data).findall(".//{*}Registration")
