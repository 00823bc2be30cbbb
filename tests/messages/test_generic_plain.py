"""The native way through generic data gives what the exact way gives, or leaves it to it."""

from __future__ import annotations

import re
from pathlib import Path

import cubes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import RequestSyntaxError
from hub.messages import ml21_generic_plain, ml21_generic_read
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.ml_envelope import open_envelope
from hub.messages.ml_native import WellFormed
from hub.messages.ml_target import element_blocks
from hub.model.dataset import BATCH_ROWS, Block

ROOTS = frozenset({"GenericData", "GenericTimeSeriesData"})
BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?><m:GenericData xmlns:m="{BASE}/message"'
    f' xmlns:c="{BASE}/common" xmlns:g="{BASE}/data/generic"><m:Header><m:ID>T</m:ID>'
    "<m:Test>false</m:Test><m:Prepared>2026-01-01T00:00:00</m:Prepared><m:Sender id='X'/>"
    '<m:Structure structureID="S" dimensionAtObservation="TIME_PERIOD"><c:StructureUsage>'
    '<Ref agencyID="MIGHUB" id="DF_CUBE" version="1.0.0"/></c:StructureUsage></m:Structure>'
    '</m:Header><m:DataSet structureRef="S" action="Append">'
)
TAIL = "</m:DataSet></m:GenericData>"
KEY = (
    '<g:SeriesKey><g:Value id="FREQ" value="A"/><g:Value id="REF_AREA" value="MEX"/>'
    '<g:Value id="CITIZENSHIP" value="NA"/><g:Value id="SEX" value="_T"/></g:SeriesKey>'
)
OBS = (
    '<g:Obs><g:ObsDimension value="2020"/><g:ObsValue value="1.50"/><g:Attributes>'
    '<g:Value id="OBS_STATUS" value="A"/><g:Value id="COMMENT_OBS" value="a &amp; b"/>'
    "</g:Attributes></g:Obs>"
    '<g:Obs><g:ObsDimension value="2021"/></g:Obs>'
)
NOTE = '<g:Attributes><g:Value id="SOURCE" value="INM"/></g:Attributes>'
SERIES = f"<g:Series>{KEY}{NOTE}{OBS}</g:Series>"
OTHER = SERIES.replace('"MEX"', '"DOM"').replace("2020", "2019")


def plain(path: Path) -> list[Block] | None:
    envelope = open_envelope(path, cubes.Resolver(), ROOTS)
    layout = ml21_generic_plain.survey(envelope)
    if layout is None:
        return None
    check = WellFormed(envelope.path)
    return list(ml21_generic_plain.blocks(envelope, layout, check, []))


def exact(path: Path) -> list[Block]:
    envelope = open_envelope(path, cubes.Resolver(), ROOTS)
    target = ml21_generic_read.GenericTarget(envelope)
    return list(element_blocks(target, []))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_both_ways_agree(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    blocks = data.draw(cubes.cubes(numbers=cubes.NUMBERS | cubes.ODD_NUMBERS))
    at = data.draw(st.sampled_from([None, "AllDimensions", "SEX"]))
    attributes = frozenset(a.id for a in cubes.CUBE.attributes) - {"PUBLISHER_NOTE"}
    options = WriteOptions(dimension_at_observation=at, attributes=attributes)
    path = tmp_path_factory.mktemp("generic") / "m.xml"
    path.write_bytes(b"".join(write_data(blocks, "sdmx-ml-2.1-generic", cubes.HEADER, options)))
    found = plain(path)
    if found is None:  # only white space given by number, in a text of this message
        assert b"&#" in path.read_bytes()
    else:
        assert cubes.flat(found) == cubes.flat(exact(path))


@pytest.mark.parametrize(
    "body",
    [
        SERIES,
        SERIES + OTHER,
        SERIES.replace("/>", "></g:Value>").replace('1.50"></g:Value>', '1.50"></g:ObsValue>')
        .replace('2020"></g:Value>', '2020"></g:ObsDimension>')
        .replace('2021"></g:Value>', '2021"></g:ObsDimension>'),
        "\n\t" + SERIES.replace("<", "\n  <"),
        SERIES.replace('id="REF_AREA" value="MEX"', 'value="MEX"  id = "REF_AREA"'),
        SERIES.replace('"A"', "'A'").replace('"INM"', "'INM'"),
    ],
)  # fmt: skip
def test_plain_spellings(tmp_path: Path, body: str) -> None:
    path = tmp_path / "m.xml"
    path.write_text(HEAD + body + TAIL)
    found = plain(path)
    assert found is None or cubes.flat(found) == cubes.flat(exact(path))
    if "'" not in body:
        assert found is not None
    rows = cubes.flat(exact(path))
    assert [row[4:6] for _, _, row in rows][:2] == [("2020", "1.50"), ("2021", None)]


@pytest.mark.parametrize(
    "head",
    [
        "\ufeff" + HEAD,
        HEAD.replace("?>", "?>\n<!-- Created with <m:DataSet x> -->", 1),
        HEAD.replace("<m:Header>", "<m:Header><!-- - --><!---->"),
    ],
)
def test_what_tools_write_before_the_data_is_plain(tmp_path: Path, head: str) -> None:
    """A byte order mark, as .NET writes, and the comment of the SDMX Converter."""
    path = tmp_path / "m.xml"
    path.write_text(head + SERIES + OTHER + TAIL, "utf-8")
    found = plain(path)
    assert found is not None
    assert cubes.flat(found) == cubes.flat(exact(path))


@pytest.mark.parametrize(
    "body",
    [
        SERIES + f"<g:Series>{KEY}</g:Series>",
        f"<g:Series>{KEY}</g:Series>" + SERIES,
        '<g:Attributes><g:Value id="PUBLISHER_NOTE" value="n"/></g:Attributes>' + SERIES,
        '<g:Group type="G"><g:GroupKey><g:Value id="REF_AREA" value="MEX"/></g:GroupKey>'
        '<g:Attributes><g:Value id="SOURCE" value="S"/></g:Attributes></g:Group>' + SERIES,
        SERIES + "<!-- <g:Series> -->",
        SERIES.replace("2021", "&#50;021"),
        SERIES.replace("<g:ObsDimension ", '<g:ObsDimension id="TIME_PERIOD" '),
        SERIES + '</m:DataSet><m:DataSet structureRef="S" action="Delete">' + SERIES,
        SERIES + "<c:Annotations/>",
    ],
)  # fmt: skip
def test_anything_else_takes_the_exact_way(tmp_path: Path, body: str) -> None:
    path = tmp_path / "m.xml"
    path.write_text(HEAD + body + TAIL)
    assert plain(path) is None
    message = read_data(path, "sdmx-ml-2.1-generic", cubes.Resolver())
    assert cubes.flat(message.blocks) == cubes.flat(exact(path))


def test_flat_data(tmp_path: Path) -> None:
    keys = KEY.replace("SeriesKey", "ObsKey").replace(
        "</g:ObsKey>", '<g:Value id="TIME_PERIOD" value="2020"/></g:ObsKey>'
    )
    one = f'<g:Obs>{keys}<g:ObsValue value="5"/></g:Obs>'
    path = tmp_path / "m.xml"
    path.write_text(HEAD.replace('Observation="TIME_PERIOD"', 'Observation="AllDimensions"')
                    + one + one.replace('"MEX"', '"DOM"') + TAIL)  # fmt: skip
    found = plain(path)
    assert found is not None
    assert cubes.flat(found) == cubes.flat(exact(path))
    assert len(cubes.flat(found)) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + SERIES, "not well-formed"),
        (HEAD + SERIES + "\x01" + TAIL, "not well-formed"),
        (HEAD + SERIES + TAIL + "<more/>", "not well-formed"),
        (HEAD + SERIES.replace("</g:Obs>", "</g:Obz>", 1) + TAIL, "not well-formed"),
        (HEAD + SERIES.replace('value="2021"', 'value="2021" value="2022"') + TAIL, "not well"),
        (HEAD + SERIES.replace("<g:Attributes><g:Value id=", "<g:Attributez><g:Value id=")
         .replace("</g:Attributes>", "</g:Attributez>") + TAIL, "stand where"),
    ],
)  # fmt: skip
def test_broken_documents_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "m.xml"
    path.write_text(text)
    with pytest.raises(RequestSyntaxError, match=re.escape(says)):
        list(read_data(path, "sdmx-ml-2.1-generic", cubes.Resolver()).blocks)


def test_unknown_components_are_findings_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    body = SERIES.replace("<g:Value", "\n<g:Value").replace('id="OBS_STATUS"', 'id="FLAG"')
    path.write_text(HEAD + body + TAIL)
    assert plain(path) is not None
    message = read_data(path, "sdmx-ml-2.1-generic", cubes.Resolver())
    assert len(cubes.flat(message.blocks)) == 2
    line = path.read_text().split("FLAG")[0].count("\n") + 1
    assert [(f.rule, f.component, f.line) for f in message.findings] == [
        ("COMPONENT_UNKNOWN", "FLAG", line)
    ]


def test_many_series_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ml21_generic_plain, "_PIECE", 1000)
    rows = [
        {"FREQ": "A", "REF_AREA": a, "CITIZENSHIP": c, "SEX": "F", "TIME_PERIOD": str(1900 + t),
         "OBS_VALUE": str(t), "OBS_STATUS": "A" if t % 3 else None, "SOURCE": c}
        for a in cubes.AREAS for c in cubes.AREAS for t in range(BATCH_ROWS // 400)
    ]  # fmt: skip
    blocks = [cubes.block(cubes.CUBE, rows)]
    path = tmp_path / "m.xml"
    path.write_bytes(
        b"".join(write_data(blocks, "sdmx-ml-2.1-generic", cubes.HEADER, WriteOptions()))
    )
    found = plain(path)
    assert found is not None and len(found) > 1
    assert cubes.flat(found) == cubes.flat(blocks)
    sizes = [b.batch.num_rows for b in found]
    assert [b.ordinal for b in found] == [sum(sizes[:n]) for n in range(len(sizes))]
