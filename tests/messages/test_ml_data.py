"""SDMX-ML data messages: every format and layout there and back, and hostile documents."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cubes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import NotFound, RequestSyntaxError
from hub.messages import ml_specific_exact, ml_specific_plain, ml_specific_read
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.ml_envelope import open_envelope
from hub.messages.ml_native import WellFormed
from hub.messages.ml_target import element_blocks
from hub.model.dataset import BATCH_ROWS, Action, Block

ML = ("sdmx-ml-2.1", "sdmx-ml-2.1-generic", "sdmx-ml-3.0")
ROOTS = frozenset({"StructureSpecificData"})

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<mes:StructureSpecificData xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"'
    ' xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"'
    ' xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific">'
    "<mes:Header><mes:ID>T</mes:ID><mes:Test>false</mes:Test>"
    "<mes:Prepared>2026-01-01T00:00:00</mes:Prepared><mes:Sender id='X'/>"
    '<mes:Structure structureID="S" dimensionAtObservation="TIME_PERIOD"><com:StructureUsage>'
    '<Ref agencyID="MIGHUB" id="DF_CUBE" version="1.0.0"/></com:StructureUsage></mes:Structure>'
    '</mes:Header><mes:DataSet ss:structureRef="S" ss:action="Append">'
)
TAIL = "</mes:DataSet></mes:StructureSpecificData>"
SERIES = '<Series FREQ="A" REF_AREA="MEX" CITIZENSHIP="NA" SEX="_T">'
TWO = (
    SERIES
    + '<Obs TIME_PERIOD="2020" OBS_VALUE="1"/><Obs TIME_PERIOD="2021" OBS_VALUE="2"/></Series>'
)


def both_ways(path: Path) -> tuple[list[Block] | None, list[Block]]:
    """What the plain way (if it applies) and the exact way make of a file."""
    envelope = open_envelope(path, cubes.Resolver(), ROOTS)
    layout = ml_specific_plain.survey(envelope)
    plain = (
        None
        if layout is None
        else list(ml_specific_plain.blocks(envelope, layout, WellFormed(envelope.path), []))
    )
    return plain, list(element_blocks(ml_specific_exact.Target(envelope), []))


@pytest.mark.parametrize("format_", ML)
@pytest.mark.parametrize("at", [None, "AllDimensions", "SEX"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_cube_goes_there_and_back(
    there_and_back: Callable[..., list[Block]], format_: str, at: str | None, data: st.DataObject
) -> None:
    # An attribute of a series belongs to its series: it cannot be told from rows of another key.
    blocks = data.draw(cubes.cubes(numbers=cubes.NUMBERS | cubes.ODD_NUMBERS))
    found = there_and_back(blocks, format_, WriteOptions(dimension_at_observation=at))
    if at == "SEX":  # the series are other ones: what they share is what the first row says
        assert len(cubes.flat(found)) == len(cubes.flat(blocks))
        return
    assert cubes.flat(found) == cubes.flat(blocks)


@settings(max_examples=60, deadline=None)
@given(blocks=cubes.cubes(numbers=cubes.NUMBERS | cubes.ODD_NUMBERS), flat=st.booleans())
def test_the_plain_and_the_exact_way_agree(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[Block], flat: bool
) -> None:
    path = tmp_path_factory.mktemp("ml") / "m.xml"
    options = WriteOptions(dimension_at_observation="AllDimensions" if flat else None)
    path.write_bytes(b"".join(write_data(blocks, "sdmx-ml-2.1", cubes.HEADER, options)))
    plain, exact = both_ways(path)
    assert plain is None or cubes.flat(plain) == cubes.flat(exact)


def test_most_messages_take_the_plain_way(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    path.write_text(HEAD + TWO + TAIL)
    plain, exact = both_ways(path)
    assert plain is not None
    assert cubes.flat(plain) == cubes.flat(exact)
    assert [row[4:6] for _, _, row in cubes.flat(plain)] == [("2020", "1"), ("2021", "2")]


@pytest.mark.parametrize(
    "gaps", [("", "", ""), ("\n", "\r\n\t", ""), ("\n", " " * 70_000, "\n" * 9)]
)
def test_series_may_differ_in_attributes_and_in_white_space(
    tmp_path: Path, gaps: tuple[str, ...]
) -> None:
    more = ("", ' DEFINITION="D12"', ' SOURCE="a &gt; b >"')
    body = "".join(
        SERIES.replace("MEX", area).replace(">", f"{attribute}>")
        + f'{gap}<Obs TIME_PERIOD="2020" OBS_VALUE="1"/></Series>'
        for gap, attribute, area in zip(gaps, more, ("MEX", "DOM", "NAM"), strict=True)
    )
    path = tmp_path / "m.xml"
    path.write_text(HEAD + body + TAIL)
    plain, exact = both_ways(path)
    assert plain is not None
    assert cubes.flat(plain) == cubes.flat(exact)
    assert len(cubes.flat(plain)) == 3


def test_series_without_attributes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    path.write_text(HEAD + TWO.replace(SERIES, "<Series>") + TAIL)
    plain, exact = both_ways(path)
    assert plain is not None
    assert cubes.flat(plain) == cubes.flat(exact)


def test_text_between_a_series_and_its_observations_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    for text in ("text", "text>", " > "):
        path.write_text(HEAD + TWO.replace(SERIES, SERIES + text) + TAIL)
        with pytest.raises(RequestSyntaxError, match="no text between them"):
            both_ways(path)


@pytest.mark.conformance("format.ml.encodings")
@pytest.mark.parametrize(
    "body",
    [
        TWO.replace('"', "'"),
        TWO.replace("<Obs", "<!-- <Obs/> --><Obs"),
        TWO.replace("REF_AREA=", "REF_AREA ="),
        TWO.replace('="MEX"', '="&#77;EX"'),
        TWO.replace("/>", "></Obs>"),
        "\n  " + TWO.replace("<", "\n\t<"),
        TWO + "<?other <Series?>",
    ],
)
def test_unusual_spelling_reads_the_same(
    read_text: Callable[..., object], body: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.xml"
    path.write_text(HEAD + TWO + TAIL)
    expected = cubes.flat(read_data(path, "sdmx-ml-2.1", cubes.Resolver()).blocks)
    path.write_text(HEAD + body + TAIL)
    message = read_data(path, "sdmx-ml-2.1", cubes.Resolver())
    assert cubes.flat(message.blocks) == expected
    assert message.findings == []


@pytest.mark.parametrize(
    "head",
    [
        "\ufeff" + HEAD,
        HEAD.replace("?>", "?>\n<!-- Created with <mes:DataSet x> -->", 1),
        HEAD.replace("<mes:Header>", "<mes:Header><!-- - --><!---->"),
    ],
)
def test_what_tools_write_before_the_data_is_plain(tmp_path: Path, head: str) -> None:
    path = tmp_path / "m.xml"
    path.write_text(head + TWO + TAIL, "utf-8")
    plain, exact = both_ways(path)
    assert plain is not None
    assert cubes.flat(plain) == cubes.flat(exact)


@pytest.mark.conformance("format.ml.encodings")
@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    body = TWO.replace("/>", ' COMMENT_OBS="año"/>')
    path = tmp_path / "m.xml"
    path.write_bytes((HEAD.replace("UTF-8", encoding) + body + TAIL).encode(encoding))
    message = read_data(path, "sdmx-ml-2.1", cubes.Resolver())
    assert [row[-1] for _, _, row in cubes.flat(message.blocks)] == ["año", "año"]


def test_a_series_without_observations_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    text = (HEAD + SERIES.replace(">", "/>") + TWO + TAIL).replace("Append", "Delete")
    path.write_text(text)
    rows = cubes.flat(read_data(path, "sdmx-ml-2.1", cubes.Resolver()).blocks)
    assert [(action, row[4]) for _, action, row in rows] == [
        ("delete", None), ("delete", "2020"), ("delete", "2021"),
    ]  # fmt: skip


@pytest.mark.conformance("format.ml.group", "format.ml.atts")
def test_groups_and_dataset_attributes_reach_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    other = TWO.replace('"MEX"', '"DOM"')
    group = '<Group REF_AREA="MEX" SOURCE="INM"/>'
    head = HEAD.replace('ss:action="Append"', 'ss:action="Append" PUBLISHER_NOTE="n"')
    path.write_text(head + group + TWO + other + TAIL)
    rows = cubes.flat(read_data(path, "sdmx-ml-2.1", cubes.Resolver()).blocks)
    columns = list(cubes.CUBE.columns)
    source, note = columns.index("SOURCE"), columns.index("PUBLISHER_NOTE")
    assert [r[source] for _, _, r in rows] == ["INM", "INM", None, None]
    assert {r[note] for _, _, r in rows} == {"n"}


def test_attributes_nobody_knows_are_findings_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    body = TWO.replace("<Obs", "\n<Obs").replace('OBS_VALUE="2"', 'OBS_VALUE="2" FLAG="e" SEX="F"')
    path.write_text(HEAD + body + TAIL)
    message = read_data(path, "sdmx-ml-2.1", cubes.Resolver())
    assert len(cubes.flat(message.blocks)) == 2
    assert [(f.rule, f.component, f.line) for f in message.findings] == [
        ("COMPONENT_UNKNOWN", "FLAG", 3), ("COMPONENT_MISPLACED", "SEX", 3),
    ]  # fmt: skip


@pytest.mark.parametrize("format_", ML)
def test_observations_are_located_by_line(tmp_path: Path, format_: str) -> None:
    path = tmp_path / "m.xml"
    rows = [
        {"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "DOM", "SEX": s, "TIME_PERIOD": str(t),
         "OBS_VALUE": "1"}
        for s in ("F", "M") for t in range(2000, 2003)
    ]  # fmt: skip
    blocks = [cubes.block(cubes.CUBE, rows)]
    path.write_bytes(b"".join(write_data(blocks, format_, cubes.HEADER, WriteOptions())))
    message = read_data(path, format_, cubes.Resolver())
    list(message.blocks)
    lines = path.read_text().splitlines()
    for ordinal in (0, 3, 5):
        line = message.locate([ordinal], "OBS_VALUE")[0].line
        assert line is not None
        assert str(rows[ordinal]["TIME_PERIOD"]) in lines[line - 1]


@pytest.mark.parametrize("cut", [10, 60, 200])
@pytest.mark.parametrize("format_", ML)
def test_a_document_that_is_cut_off_is_refused(tmp_path: Path, format_: str, cut: int) -> None:
    path = tmp_path / "m.xml"
    block = cubes.block(cubes.CUBE, [{"FREQ": "A", "TIME_PERIOD": "2020", "OBS_VALUE": "1"}])
    whole = b"".join(write_data([block], format_, cubes.HEADER, WriteOptions()))
    path.write_bytes(whole[:-cut])
    with pytest.raises(RequestSyntaxError, match="line"):
        list(read_data(path, format_, cubes.Resolver()).blocks)


@pytest.mark.conformance("format.ml.entities")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + HEAD[38:] + TWO + TAIL, "document type"),
        ("", "empty"),
        ("DATAFLOW,FREQ", "not well-formed"),
        ("<html/>", "root element is html"),
        (HEAD.replace("v2_1", "v2_0") + TAIL, "root element"),
        (HEAD.replace('structureRef="S"', 'structureRef="T"') + TWO + TAIL, "does not declare"),
        (HEAD.replace('"Append"', '"Upsert"') + TWO + TAIL, "Upsert"),
        (HEAD + TWO + "\x01" + TAIL, "not well-formed"),
        (HEAD + TWO + TAIL + "<more/>", "not well-formed"),
        (HEAD + TWO.replace("_T", "&lol;") + TAIL, "not well-formed"),
        (HEAD + TWO.replace("</Series>", "</Serie>") + TAIL, "not well-formed"),
        (HEAD + TWO.replace("<Obs ", '<Obs TIME_PERIOD="2019" ') + TAIL, "not well-formed"),
    ],
)
def test_hostile_and_broken_documents_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "m.xml"
    path.write_text(text)
    with pytest.raises(RequestSyntaxError, match=re.escape(says)):
        list(read_data(path, "sdmx-ml-2.1", cubes.Resolver()).blocks)


def test_an_unknown_structure_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    path.write_text(HEAD.replace("DF_CUBE", "DF_NONE") + TWO + TAIL)
    with pytest.raises(NotFound, match="DF_NONE"):
        read_data(path, "sdmx-ml-2.1", cubes.Resolver())


@pytest.mark.conformance("format.action.order", "format.ml.structure_ref")
def test_several_datasets_keep_their_order_and_action(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    again = '</mes:DataSet><mes:DataSet ss:structureRef="S" ss:action="Delete">'
    path.write_text(HEAD + TWO + again + TWO + TAIL)
    rows = cubes.flat(read_data(path, "sdmx-ml-2.1", cubes.Resolver()).blocks)
    assert [action for _, action, _ in rows] == [Action.MERGE] * 2 + [Action.DELETE] * 2


@pytest.mark.parametrize("format_", ML)
def test_batches_cut_series_without_loss(tmp_path: Path, format_: str) -> None:
    size = BATCH_ROWS + 777  # the cut falls into a series
    rows = [
        {"FREQ": "M", "REF_AREA": "MEX", "CITIZENSHIP": "DOM", "SEX": "F" if n < 500 else "M",
         "DEFINITION": "D12", "TIME_PERIOD": f"{1 + n // 12:04d}-{n % 12 + 1:02d}",
         "OBS_VALUE": str(n)}
        for n in range(size)
    ]  # fmt: skip
    blocks = [cubes.block(cubes.CUBE, rows[:1000]), cubes.block(cubes.CUBE, rows[1000:])]
    path = tmp_path / "m.xml"
    path.write_bytes(b"".join(write_data(blocks, format_, cubes.HEADER, WriteOptions())))
    assert path.read_bytes().count(b"Series ") + path.read_bytes().count(b"<gen:Series>") == 2
    found = list(read_data(path, format_, cubes.Resolver()).blocks)
    sizes = [b.batch.num_rows for b in found]
    assert [b.ordinal for b in found] == [sum(sizes[:n]) for n in range(len(sizes))]
    assert cubes.flat(found) == cubes.flat(blocks)


def test_only_one_module_makes_xml_parsers() -> None:
    root = Path(ml_specific_read.__file__).parents[2]
    makers = re.compile(
        r"XMLParser\(|iterparse\(|ParserCreate\(|etree\.(?:fromstring|parse|XML)\([^,]*\)$", re.M
    )
    found = {
        str(p.relative_to(root))
        for folder in ("codelists", "dsd", "hub", "connectors", "registry")
        for p in (root / folder).rglob("*.py")
        if makers.search(p.read_text("utf-8"))
    }
    assert found == {"hub/xml_safe.py"}
