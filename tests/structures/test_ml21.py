from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import sdmx
from lxml import etree
from structure_samples import artefacts, constraint

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.model.dataset import Header
from hub.query.structure import parse_structure_v1
from hub.structures.kinds import KINDS, key_of, kind_of
from hub.structures.ml21_read import findings, read
from hub.structures.ml21_write import write
from hub.structures.repository import StructureSet


def test_valid_against_the_official_schema(header: Header) -> None:
    assert findings(write(artefacts(), header)) == []


def test_read_gives_back_what_was_written(header: Header) -> None:
    message = write(artefacts(), header)
    assert write(read(message), header) == message


def test_each_artefact_alone_survives_too(header: Header) -> None:
    for artefact in artefacts():
        message = write([artefact], header)
        assert findings(message) == []
        assert write(read(message), header) == message


def test_the_shipped_structures_survive_whole(header: Header) -> None:
    shipped = StructureSet.shipped()
    message = write([a for a in shipped if KINDS[kind_of(a).name].element], header)
    assert findings(message) == []
    again = StructureSet(read(message))
    assert write(again, header) == message
    for flow in shipped.dataflows():
        key = (flow.maintainer.id, flow.id, str(flow.version))
        assert again.dataflow(*key) == shipped.dataflow(*key)


def test_sdmx1_reads_the_message(header: Header) -> None:
    message = sdmx.read_sdmx(BytesIO(write(artefacts(), header)))
    assert message.dataflow["DF_MEX"].structure is message.structure["DSD_TST"]
    area = message.codelist["TST:CL_AREA(1.10.0)"]
    assert (area["MEX"].parent.id, area["NA"].description["en"]) == (
        "013",
        "Namibia <not missing> & text",
    )
    assert message.structure["DSD_TST"].attributes.get("COMMENT").local_representation is not None


@pytest.mark.parametrize("detail", ["allstubs", "allcompletestubs", "referencepartial", "full"])
def test_every_answer_is_valid(structures: StructureSet, header: Header, detail: str) -> None:
    query = parse_structure_v1("dataflow/all/all/latest", f"references=all&detail={detail}")
    answer = structures.answer(query)
    message = write(answer, header)
    assert findings(message) == []
    assert {key_of(a) for a in read(message)} == {key_of(a) for a in answer}


def test_partial_lists_and_stubs_say_so(structures: StructureSet, header: Header) -> None:
    partial = structures.answer(parse_structure_v1("codelist/TST/CL_AREA/latest/MEX"))
    assert b'isPartial="true"' in write(partial, header)
    stub = structures.answer(parse_structure_v1("datastructure", "detail=allstubs"))
    message = write(stub, header)
    assert b'isExternalReference="true"' in message
    assert b"DataStructureComponents" not in message


def test_exclusions_cascades_and_time_ranges_survive(header: Header) -> None:
    from datetime import datetime

    from sdmx.model import common, v21

    parts = artefacts()
    flow = next(a for a in parts if a.id == "DF_ALL")
    dims = flow.structure.dimensions
    limit = constraint("X", flow, {dims.get("REF_AREA"): ["013"]}, included=False)
    member = limit.data_content_region[0].member[dims.get("REF_AREA")]
    member.included = False
    member.values[0].cascade_values = True
    span = v21.RangePeriod(
        start=common.StartPeriod(is_inclusive=True, period=datetime(2020, 1, 1)),
        end=common.EndPeriod(is_inclusive=False, period=datetime(2021, 1, 1)),
    )
    time = dims.get("TIME_PERIOD")
    limit.data_content_region[0].member[time] = v21.MemberSelection(values_for=time, values=[span])
    message = write([*parts, limit], header)
    assert findings(message) == []
    assert write(read(message), header) == message
    again = next(a for a in read(message) if a.id == "X").data_content_region[0]
    assert again.included is False


@pytest.mark.conformance("format.ml.entities")
def test_a_document_type_is_refused(header: Header) -> None:
    message = write(artefacts(), header)
    bomb = message.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1)
    with pytest.raises(RequestSyntaxError, match="DOCTYPE"):
        read(bomb)


def test_faults_are_listed_with_their_line(header: Header) -> None:
    message = write(artefacts(), header, pretty=True)
    broken = message.replace(b'assignmentStatus="Mandatory"', b'assignmentStatus="Must"').replace(
        b'position="1"', b'position="first"'
    )
    lines = broken.decode().splitlines()
    faults = findings(broken)
    assert [(f.component, f.found) for f in faults] == [
        ("position", "first"),
        ("assignmentStatus", "Must"),
    ]
    assert ['position="first"' in lines[(f.line or 0) - 1] for f in faults] == [True, False]
    with pytest.raises(RequestSyntaxError, match=f"line {faults[0].line}: Dimension"):
        read(broken)


def test_not_xml_and_not_a_structure_message() -> None:
    with pytest.raises(RequestSyntaxError, match="line 1"):
        read(b"<a><b></a>")
    with pytest.raises(RequestSyntaxError, match="structure message"):
        read(b"<a/>")


def test_release_calendars_and_reference_periods_are_kept(header: Header) -> None:
    root = etree.fromstring(write(artefacts(), header))
    limit = root.find(".//{*}ContentConstraint")
    space = etree.QName(limit).namespace
    calendar = etree.SubElement(limit, f"{{{space}}}ReleaseCalendar")
    for name in ("Periodicity", "Offset", "Tolerance"):
        etree.SubElement(calendar, f"{{{space}}}{name}").text = "P1M"
    times = {"startTime": "2020-01-01T00:00:00", "endTime": "2021-01-01T00:00:00"}
    etree.SubElement(limit, f"{{{space}}}ReferencePeriod", times)
    message = etree.tostring(root)
    again = etree.fromstring(write(read(message), header)).find(".//{*}ContentConstraint")
    assert etree.tostring(again, method="c14n") == etree.tostring(limit, method="c14n")


def test_what_would_be_lost_is_refused(header: Header) -> None:
    root = etree.fromstring(write(artefacts(), header))
    attachment = root.find(".//{*}ConstraintAttachment")
    source = etree.SubElement(
        attachment, f"{{{etree.QName(attachment).namespace}}}QueryableDataSource"
    )
    source.set("isRESTDatasource", "true")
    source.set("isWebServiceDatasource", "false")
    common = source.nsmap["com"]
    etree.SubElement(source, f"{{{common}}}DataURL").text = "https://example.org"
    with pytest.raises(NotImplementedByHub, match=r"cannot be read|knows no constraints"):
        read(etree.tostring(root))


def test_a_constraint_on_things_of_two_kinds_cannot_be_written(header: Header) -> None:
    parts = artefacts()
    flow = next(a for a in parts if a.id == "DF_ALL")
    limit = constraint("X", flow, {})
    limit.content.add(flow.structure)
    with pytest.raises(NotImplementedByHub, match="several types"):
        write([limit], header)


@pytest.mark.conformance("format.ml.ref_and_urn")
@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("ESTAT_demography-structure.xml", 12),
        ("SGR_common-structure.xml", 6),
        ("OECD_actualconstraint-0.xml", 1),
        ("UNICEF_GLOBAL_DATAFLOW-structure.xml", 29),
        ("UNICEF_dataflows.xml", 70),
    ],
)
def test_messages_of_other_registries_are_read_whole(
    shared_data: Callable[[str], Path], header: Header, name: str, number: int
) -> None:
    found = read(shared_data(f"sdmx-structures/{name}"))
    assert len(found) == number
    again = write(found, header)
    assert findings(again) == []
    assert write(read(again), header) == again


def test_reading_is_silent(
    header: Header, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.WARNING):
        read(write(artefacts(), header))
    assert (caplog.records, capsys.readouterr().out) == ([], "")
