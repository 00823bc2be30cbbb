"""Formats are told by content, whatever the file is called."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from hub.messages.detect import detect, is_workbook

SDMX = "http://www.sdmx.org/resources/sdmxml/schemas/"


def xml(root: str, version: str, start: str = '<?xml version="1.0"?>\n<!-- a < b -->') -> str:
    return f'{start}<m:{root} xmlns:m="{SDMX}{version}/message"><m:Header/></m:{root}>'


CASES = {
    "sdmx-ml-2.1": xml("StructureSpecificData", "v2_1"),
    "sdmx-ml-2.1-generic": xml("GenericData", "v2_1"),
    "sdmx-ml-2.1-timeseries": xml("StructureSpecificTimeSeriesData", "v2_1"),
    "sdmx-ml-2.1-generic-timeseries": xml("GenericTimeSeriesData", "v2_1"),
    "sdmx-ml-2.0-compact": xml("CompactData", "v2_0").replace("sdmx.org", "SDMX.org"),
    "sdmx-ml-2.0-generic": xml("GenericData", "v2_0").replace("sdmx.org", "SDMX.org"),
    "sdmx-ml-3.1": xml("StructureSpecificData", "v3_1"),
    "sdmx-ml-3.0": xml("StructureSpecificData", "v3_0"),
    "sdmx-ml-2.1-structure": xml("Structure", "v2_1"),
    "sdmx-csv-1.0": "DATAFLOW;FREQ\n",
    "sdmx-csv-2.0": "STRUCTURE[;],STRUCTURE_ID,ACTION\n",
    "sdmx-csv-2.1": "STRUCTURE;STRUCTURE_ID;ACTION\ndataflow;A:B(1.0);M\n",
    "sdmx-json-2.1": '{"$schema": "https://json.sdmx.org/2.1/sdmx-json-data-schema.json"}',
    "sdmx-json-1.0": '{"meta": {"schema": "https://x.org/1.0/sdmx-json-data-schema.json"}',
    "sdmx-json-2.0": '{"meta": {"schema": "https://x.org/2.0.0/sdmx-json-data-schema.json"}',
}
WITHOUT_META = {
    "sdmx-json-1.0": '{"data": {"structure": {"links": []}, "dataSets": []}}',
    "sdmx-json-2.0": '{"data": {"structures": [{"links": []}], "dataSets": []}}',
}


@pytest.mark.conformance("format.detect")
@pytest.mark.parametrize(("name", "text"), [*CASES.items(), *WITHOUT_META.items()])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_known_formats(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(text.encode(encoding))
    found = detect(path)
    assert found is not None and found.name == name
    assert not is_workbook(path)


def test_utf16_xml(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(xml("StructureSpecificData", "v2_1", "").encode("utf-16"))
    found = detect(path)
    assert found is not None and found.name == "sdmx-ml-2.1"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"   ", b"{}", b"[]", b"<html></html>", b"a,b\n1,2", b"\x00\x01\x02", b"<",
        b"FREQ,DATAFLOW\n", xml("StructureSpecificData", "v9_9").encode(),
        b'{"meta": {"schema": "https://x.org/9.9/sdmx-json-data-schema.json"}}',
    ],
)  # fmt: skip
def test_anything_else_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.xml"
    path.write_bytes(content)
    assert detect(path) is None
    assert not is_workbook(path)


def test_workbooks(tmp_path: Path) -> None:
    def archive(**members: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name, text in members.items():
                made.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
        return out.getvalue()

    path = tmp_path / "file"
    for content, expected in (
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), True),
        (archive(xl__workbook_xml="<w/>"), True),
        (archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"), True),
        (archive(data="DATAFLOW,A"), False),
        (b"PK\x03\x04 and no archive", False),
    ):
        path.write_bytes(content)
        assert is_workbook(path) is expected
