"""Every metadata format, both ways: valid by the official schema, and read back equal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from metadata_samples import FORMATS, faults, sets, shipped

from hub.errors import NotImplementedByHub, RequestSyntaxError, UnsupportedMediaType
from hub.metadata.message import detect, read_sets, write_sets
from hub.metadata.model import MetadataSet, stub
from hub.model.dataset import Header

HEADER = Header("M1", "MIGHUB", datetime(2026, 1, 2, tzinfo=UTC))
QUIET = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

#: What SDMX-CSV has no place for.
NOT_IN_CSV = {"names"}


def _again(tmp_path: Path, name: str, message: bytes) -> list[MetadataSet]:
    path = tmp_path / "message"
    path.write_bytes(message)
    found = detect(path)
    assert found is not None and found.name == name
    return read_sets(path)


def _said(one: MetadataSet, name: str) -> dict[str, object]:
    dropped = NOT_IN_CSV if "csv" in name else set()
    return {k: v for k, v in one.tree.items() if k not in dropped}


@pytest.mark.conformance(
    "format.metadata.ml21_generic", "format.metadata.ml21_specific", "format.metadata.ml3",
    "format.metadata.json2", "format.metadata.csv2",
)  # fmt: skip
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_shipped_sets_are_valid_and_read_back(tmp_path: Path, name: str) -> None:
    assert len(shipped()) > 10
    message = write_sets(shipped(), FORMATS[name], HEADER, "en")
    assert faults(FORMATS[name], message) == []
    again = _again(tmp_path, name, message)
    assert [_said(one, name) for one in again] == [_said(one, name) for one in shipped()]


@pytest.mark.conformance("format.metadata.csv2", "format.metadata.multilingual")
@QUIET
@given(sets(several=False))
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_any_set_survives(tmp_path: Path, name: str, one: MetadataSet) -> None:
    message = write_sets([one], FORMATS[name], HEADER, "en")
    assert faults(FORMATS[name], message, specific=False) == []
    assert [_said(a, name) for a in _again(tmp_path, name, message)] == [_said(one, name)]


@pytest.mark.conformance("format.metadata.instances")
@QUIET
@given(sets(several=True))
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_repeated_attributes_survive_or_are_refused(
    tmp_path: Path, name: str, one: MetadataSet
) -> None:
    try:
        message = write_sets([one], FORMATS[name], HEADER, "en")
    except NotImplementedByHub as error:
        assert "csv" in name and "several within" in error.message
        return
    assert [_said(a, name) for a in _again(tmp_path, name, message)] == [_said(one, name)]


@pytest.mark.parametrize("name", sorted(n for n in FORMATS if "csv" not in n))
def test_stubs_are_valid_and_say_nothing(name: str) -> None:
    stubs = [stub(one) for one in shipped()]
    message = write_sets(stubs, FORMATS[name], HEADER, "en")
    assert faults(FORMATS[name], message, specific=False) == []
    assert b"Guatemalans received back" not in message
    assert b"DATA_DESCRIPTION" in message


@pytest.mark.conformance("format.metadata.csv2")
def test_the_table_has_the_columns_of_the_standard() -> None:
    old = write_sets(shipped(), FORMATS["sdmx-csv-2.0-metadata"], HEADER, "en").decode()
    new = write_sets(shipped(), FORMATS["sdmx-csv-2.1-metadata"], HEADER, "en").decode()
    first = "MDSTRUCTURE[;],MDSTRUCTURE_ID,METADATASET_ID,"
    assert old.startswith(f"{first}ACTION,TARGET_TYPES,TARGET_IDS,DATA_DESCRIPTION.DATA_DEFINITION")
    assert new.startswith(f"{first}TARGET_TYPES,TARGET_IDS,DATA_DESCRIPTION.DATA_DEFINITION[en;es]")
    header = new.splitlines()[0]
    assert "COMPARABILITY.BREAK[][en;es]" in header
    assert "CONTACT[].CONTACT_ORGANISATION[en;es]" in header


@pytest.mark.conformance("format.metadata.csv2")
def test_a_table_as_others_write_it() -> None:
    text = (
        "MDSTRUCTURE[|];MDSTRUCTURE_ID;METADATASET_ID;ACTION;TARGET_TYPES;TARGET_IDS;A;A.B[][en|fr]\r\n"
        "metadataflow;X:F(1.0.0);X:S;D;dataflow|codelist;X:D(1.0.0)|X:C(2.0.0);v;"
        '"""en:One|fr:Un""|""en:Two"""\r\n'
    )
    from hub.metadata.csv_read import read20

    (one,) = read20(text.encode())
    assert (str(one.ref), one.tree["action"]) == ("X:S(1.0)", "Delete")
    assert [t.partition("infomodel.")[2] for t in one.targets] == [
        "datastructure.Dataflow=X:D(1.0.0)", "codelist.Codelist=X:C(2.0.0)",
    ]  # fmt: skip
    assert one.attributes == [
        {"id": "A", "value": "v", "attributes": [
            {"id": "B", "texts": {"en": "One", "fr": "Un"}}, {"id": "B", "texts": {"en": "Two"}},
        ]}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MDSTRUCTURE,MDSTRUCTURE_ID\r\nmetadataflow,X:F(1.0)\r\n", "no column METADATASET_ID"),
        (
            "MDSTRUCTURE,MDSTRUCTURE_ID,METADATASET_ID,TARGET_TYPES,TARGET_IDS\r\n"
            "metadataflow,X:F(1.0),X:S(1.0),dataflow\r\n",
            "row 2: it has 4 fields",
        ),
        (
            "MDSTRUCTURE,MDSTRUCTURE_ID,METADATASET_ID,TARGET_TYPES,TARGET_IDS\r\n"
            "dataflow,X:F(1.0),X:S(1.0),dataflow,X:D(1.0)\r\n",
            "row 2: MDSTRUCTURE is metadataflow",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said(text: str, said: str) -> None:
    from hub.metadata.csv_read import read21

    with pytest.raises(RequestSyntaxError, match=said):
        read21(text.encode())


def test_several_values_of_3_0_are_several_attributes() -> None:
    from hub.metadata.ml3 import read30

    monthly = b"<md:Value>M</md:Value>"
    written = (write_sets([s], FORMATS["sdmx-ml-3.0-metadata"], HEADER, "en") for s in shipped())
    message = next(m for m in written if monthly in m)
    more = message.replace(monthly, monthly + b"<md:Value>A</md:Value>")
    (one,) = read30(more)
    (release,) = [a for a in one.attributes if a["id"] == "RELEASE"]
    values = [a["value"] for a in release["attributes"] if a["id"] == "PERIODICITY"]
    assert values == ["M", "A"]


def test_a_message_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"data": {"codelists": []}}')
    with pytest.raises(UnsupportedMediaType, match="no metadata message"):
        read_sets(path)
