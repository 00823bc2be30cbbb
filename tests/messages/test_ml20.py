"""SDMX-ML 2.0: compact and generic data, and how they say which structure they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cubes
import pytest

from hub.errors import NotFound, RequestSyntaxError
from hub.messages import ml_specific_plain
from hub.messages.api import NamedDataflow, SchemaResolver, read_data
from hub.messages.detect import detect
from hub.messages.ml20_envelope import open_envelope
from hub.model.dataset import DataMessage
from hub.model.findings import Severity
from hub.model.schema import DataSchema

BASE = "http://www.SDMX.org/resources/SDMXML/schemas/v2_0"
KEY_FAMILY = "urn:sdmx:org.sdmx.infomodel.keyfamily.KeyFamily=MIGHUB:DSD_CUBE"
ROWS = [
    ("A", "MEX", "NA", "F", "2020", "1", "A"),
    ("A", "MEX", "NA", "F", "2021", "2.50", "E"),
    ("A", "DOM", "NA", "F", "2020", "NaN", "M"),
]


def header(**more: str) -> str:
    """A header whose elements have the prefix ``m``; ``more`` are elements and their texts."""
    given = {"ID": "OLD1", "Test": "true", "Prepared": "2026-01-02T03:04:05"}
    texts = "".join(f"<m:{k}>{v}</m:{k}>" for k, v in given.items())
    others = "".join(f"<m:{k}>{v}</m:{k}>" for k, v in more.items())
    parties = "<m:Sender id='INM'><m:Name>Instituto</m:Name></m:Sender><m:Receiver id='UNSD'/>"
    return f"<m:Header>{texts}{parties}{others}</m:Header>"


HEAD = header(KeyFamilyRef="DSD_CUBE", KeyFamilyAgency="MIGHUB")
PLAIN = header()


def compact(body: str, head: str = HEAD, attributes: str = "", space: str = KEY_FAMILY) -> str:
    """A message as most tools write it: elements of the dataset in the structure's namespace."""
    return (
        f'<?xml version="1.0"?><m:CompactData xmlns:m="{BASE}/message" xmlns:k="{space}:compact">'
        f"{head}<k:DataSet {attributes}>{body}</k:DataSet></m:CompactData>"
    )


def compact_series(prefix: str = "k:", more: str = "") -> str:
    text = ""
    for area in ("MEX", "DOM"):
        text += f'<{prefix}Series FREQ="A" REF_AREA="{area}" CITIZENSHIP="NA" SEX="F"{more}>'
        for row in ROWS:
            if row[1] == area:
                given = f'TIME_PERIOD="{row[4]}" OBS_VALUE="{row[5]}" OBS_STATUS="{row[6]}"'
                text += f"<{prefix}Obs {given}/>"
        text += f"</{prefix}Series>"
    return text


def generic(
    body: str, head: str = PLAIN, family: str = "<KeyFamilyRef>DSD_CUBE</KeyFamilyRef>",
    attributes: str = "",
) -> str:  # fmt: skip
    return (
        f'<?xml version="1.0"?><m:GenericData xmlns:m="{BASE}/message" xmlns="{BASE}/generic">'
        f"{head}"
        f"<m:DataSet {attributes}>{family}{body}</m:DataSet></m:GenericData>"
    )


def values(**given: str) -> str:
    return "".join(f'<Value concept="{k}" value="{v}"/>' for k, v in given.items())


def generic_series(more: str = "") -> str:
    text = ""
    for area in ("MEX", "DOM"):
        key = values(FREQ="A", REF_AREA=area, CITIZENSHIP="NA", SEX="F")
        text += f"<Series><SeriesKey>{key}</SeriesKey>{more}"
        for row in ROWS:
            if row[1] == area:
                text += (
                    f'<Obs><Time>{row[4]}</Time><ObsValue value="{row[5]}"/>'
                    f"<Attributes>{values(OBS_STATUS=row[6])}</Attributes></Obs>"
                )
        text += "</Series>"
    return text


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def run(text: str, resolver: SchemaResolver | None = None) -> DataMessage:
        path = tmp_path / "old.xml"
        path.write_text(text, "utf-8")
        found = detect(path)
        assert found is not None
        assert found.name == f"sdmx-ml-2.0-{'compact' if 'CompactData' in text else 'generic'}"
        return read_data(path, found, resolver or cubes.Resolver())

    return run


def cells(message: DataMessage, *ids: str) -> list[tuple[str | None, ...]]:
    places = [cubes.CUBE.columns.index(i) for i in ids]
    return [tuple(row[p] for p in places) for _, _, row in cubes.flat(message.blocks)]


WANTED = ("FREQ", "REF_AREA", "CITIZENSHIP", "SEX", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS")


@pytest.mark.conformance("format.ml20.compact", "format.ml20.generic")
@pytest.mark.parametrize("text", [compact(compact_series()), generic(generic_series())])
def test_observations_series_and_header(read, text: str) -> None:  # type: ignore[no-untyped-def]
    message = read(text)
    assert cells(message, *WANTED) == ROWS
    assert message.findings == []
    found = message.header
    assert found is not None
    assert (found.id, found.sender, found.receiver, found.test) == ("OLD1", "INM", "UNSD", True)
    assert found.prepared.isoformat() == "2026-01-02T03:04:05+00:00"


def test_unprefixed_compact_takes_the_fast_way(tmp_path: Path) -> None:
    """The dataset's namespace is the default one, as Eurostat's tools wrote it."""
    text = compact(compact_series(""), attributes=f'xmlns="{KEY_FAMILY}:compact"')
    path = tmp_path / "old.xml"
    path.write_text(text)
    envelope = open_envelope(path, cubes.Resolver(), "CompactData")
    assert ml_specific_plain.survey(envelope) is not None
    message = read_data(path, "sdmx-ml-2.0-compact", cubes.Resolver())
    assert cells(message, *WANTED) == ROWS


@pytest.mark.parametrize(
    "text",
    [
        compact(compact_series(), PLAIN),
        compact(compact_series(), PLAIN, space=f"{KEY_FAMILY}:1.0.0"),
        compact(compact_series(), PLAIN, space=f"{KEY_FAMILY}(1.0.0)"),
        compact(compact_series(), HEAD, space="urn:any"),
        compact(compact_series(), PLAIN, f'keyFamilyURI="{KEY_FAMILY}"', "urn:any"),
        compact(
            compact_series(), PLAIN, 'dataflowAgencyID="MIGHUB" dataflowID="DF_CUBE"', "urn:any"
        ),
        compact(compact_series(), PLAIN, 'dataflowID="DF_CUBE" datasetID="x"', "urn:any"),
        generic(generic_series()),
        generic(generic_series(), family="", attributes='dataflowID="DF_CUBE"'),
        generic(generic_series(), HEAD, family=""),
    ],
)
def test_ways_to_name_the_structure(read, text: str) -> None:  # type: ignore[no-untyped-def]
    message = read(text)
    assert cells(message, *WANTED) == ROWS
    assert message.findings == []


@pytest.mark.parametrize(
    "text",
    [
        compact(compact_series(), PLAIN, space="urn:any"),
        generic(generic_series(), family=""),
    ],
)
def test_a_message_that_names_nothing_needs_the_callers_word(  # type: ignore[no-untyped-def]
    read, text: str
) -> None:
    with pytest.raises(RequestSyntaxError, match="say which dataflow"):
        list(read(text).blocks)
    named = NamedDataflow(cubes.Resolver(), cubes.CUBE)
    assert cells(read(text, named), *WANTED) == ROWS


def test_the_callers_word_goes_before_what_the_message_says(read) -> None:  # type: ignore[no-untyped-def]
    text = generic(generic_series(), family="<KeyFamilyRef>THEIR_OWN</KeyFamilyRef>")
    with pytest.raises(NotFound, match="THEIR_OWN"):
        list(read(text).blocks)
    assert cells(read(text, NamedDataflow(cubes.Resolver(), cubes.CUBE)), *WANTED) == ROWS


@dataclass
class Asked:
    """Remembers what was asked for."""

    asked: list[tuple[str, str | None, str, str | None]] = field(default_factory=list)

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        self.asked.append(("dataflow", agency, id, version))
        return cubes.CUBE

    def structure(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        self.asked.append(("structure", agency, id, version))
        return cubes.CUBE

    def agreement(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        raise AssertionError


@pytest.mark.parametrize(
    ("space", "asked"),
    [
        (f"{KEY_FAMILY}:1.2", ("structure", "MIGHUB", "DSD_CUBE", "1.2")),
        (KEY_FAMILY, ("structure", "MIGHUB", "DSD_CUBE", None)),
        (KEY_FAMILY.replace("MIGHUB", "A.B-C"), ("structure", "A.B-C", "DSD_CUBE", None)),
    ],
)
def test_a_key_family_is_asked_for_once_and_exactly(  # type: ignore[no-untyped-def]
    read, space: str, asked: tuple[str, ...]
) -> None:
    resolver = Asked()
    list(read(compact(compact_series(), PLAIN, space=space), resolver).blocks)
    assert resolver.asked == [asked]


def test_groups_reach_their_series(read) -> None:  # type: ignore[no-untyped-def]
    group = '<k:SiblingGroup REF_AREA="MEX" CITIZENSHIP="NA" SEX="F" SOURCE="INM"/>'
    message = read(compact(group + compact_series()))
    assert cells(message, "REF_AREA", "SOURCE") == [("MEX", "INM")] * 2 + [("DOM", None)]
    assert message.findings == []
    before = (
        f'<Group type="SiblingGroup"><GroupKey>{values(REF_AREA="MEX")}</GroupKey>'
        f"<Attributes>{values(SOURCE='INM')}</Attributes></Group>"
    )
    message = read(generic(before + generic_series()))
    assert cells(message, "REF_AREA", "SOURCE") == [("MEX", "INM")] * 2 + [("DOM", None)]
    around = before.replace("</Group>", "") + generic_series() + "</Group>"
    message = read(generic(around))
    assert cells(message, "REF_AREA", "SOURCE") == [("MEX", "INM")] * 2 + [("DOM", None)]


def test_dataset_and_series_attributes(read) -> None:  # type: ignore[no-untyped-def]
    message = read(
        compact(compact_series(more=' DEFINITION="D12"'), attributes='PUBLISHER_NOTE="n"')
    )
    assert set(cells(message, "DEFINITION", "PUBLISHER_NOTE")) == {("D12", "n")}
    assert message.findings == []
    body = f"<Attributes>{values(PUBLISHER_NOTE='n')}</Attributes>" + generic_series(
        f"<Attributes>{values(DEFINITION='D12')}</Attributes>"
    )
    message = read(generic(body))
    assert set(cells(message, "DEFINITION", "PUBLISHER_NOTE")) == {("D12", "n")}
    assert message.findings == []


def test_time_format_is_left_out_with_a_note_and_others_are_faults(read) -> None:  # type: ignore[no-untyped-def]
    texts: Iterable[str] = (
        compact(compact_series(more=' TIME_FORMAT="P1Y" COLLECTION="B"')),
        generic(
            generic_series(f"<Attributes>{values(TIME_FORMAT='P1Y', COLLECTION='B')}</Attributes>")
        ),
    )
    for text in texts:
        message = read(text)
        assert cells(message, *WANTED) == ROWS
        assert {(f.component, f.severity) for f in message.findings} == {
            ("TIME_FORMAT", Severity.NOTE), ("COLLECTION", Severity.ERROR),
        }  # fmt: skip


def test_times_are_written_as_later_versions_write_them(read) -> None:  # type: ignore[no-untyped-def]
    old = ("2020-W5", "2020-W52", "2020-B2", "2020-Q1", "2020-05", "2020-05-01")
    new = ["2020-W05", "2020-W52", "2020-S2", "2020-Q1", "2020-05", "2020-05-01"]
    observed = "".join(f'<k:Obs TIME_PERIOD="{t}" OBS_VALUE="1"/>' for t in old)
    series = f'<k:Series FREQ="A" REF_AREA="MEX" CITIZENSHIP="NA" SEX="F">{observed}</k:Series>'
    assert [t for (t,) in cells(read(compact(series)), "TIME_PERIOD")] == new


def test_actions_and_several_datasets(read) -> None:  # type: ignore[no-untyped-def]
    text = compact(compact_series(), attributes='action="Delete"')
    again = text.index("<k:DataSet")
    end = text.index("</m:CompactData>")
    text = text[:end] + text[again:end].replace('"Delete"', '"Append"') + text[end:]
    assert [a for _, a, _ in cubes.flat(read(text).blocks)] == ["delete"] * 3 + ["merge"] * 3
    head = header(KeyFamilyRef="DSD_CUBE", DataSetAction="Replace")
    assert {a for _, a, _ in cubes.flat(read(compact(compact_series(), head)).blocks)} == {
        "replace"
    }


@pytest.mark.conformance("format.ml20.others")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (compact(compact_series()).replace("v2_0/message", "v2_1/message"), "root element"),
        (compact(compact_series()).replace("CompactData", "CrossSectionalData"), "root element"),
        (compact(compact_series())[:-30], "not well-formed"),
        (compact(compact_series()).replace("<?xml", "<!DOCTYPE x><?xml"), "document type"),
        (compact(compact_series(), ""), "no Header"),
    ],
)
def test_other_and_broken_documents_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "old.xml"
    path.write_text(text)
    with pytest.raises(RequestSyntaxError, match=re.escape(says)):
        list(read_data(path, "sdmx-ml-2.0-compact", cubes.Resolver()).blocks)
