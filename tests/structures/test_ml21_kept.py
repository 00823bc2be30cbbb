"""Kinds of SDMX 2.1 that the hub stores and serves: hierarchical codelists, structure sets ..."""

from __future__ import annotations

import pytest
from lxml import etree
from messages import FORMATS, functions, trees

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.model.dataset import Header
from hub.structures.graph import references_of
from hub.structures.ml21_read import read
from hub.structures.ml21_write import write
from hub.structures.stored import dump, load

_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"
_NAME = '<com:Name xml:lang="en">N</com:Name>'
_CODELIST = '<Ref id="CL_AREA" agencyID="TST" version="1.0"/>'

HIERARCHICAL = f"""<str:HierarchicalCodelists>
<str:HierarchicalCodelist id="HCL" agencyID="TST" version="1.0" isFinal="true">{_NAME}
 <str:IncludedCodelist alias="A">{_CODELIST}</str:IncludedCodelist>
 <str:Hierarchy id="H" leveled="false">{_NAME}
  <str:HierarchicalCode id="W"><str:CodelistAliasRef>A</str:CodelistAliasRef>
   <str:CodeID><Ref id="W"/></str:CodeID></str:HierarchicalCode></str:Hierarchy>
</str:HierarchicalCodelist></str:HierarchicalCodelists>"""

STRUCTURE_SET = f"""<str:StructureSets>
<str:StructureSet id="SS" agencyID="TST" version="1.0">{_NAME}
 <str:CodelistMap id="M">{_NAME}<str:Source>{_CODELIST}</str:Source>
  <str:Target><Ref id="CL_GEO" agencyID="ESTAT" version="1.1"/></str:Target>
  <str:CodeMap><str:Source><Ref id="MEX"/></str:Source><str:Target><Ref id="MX"/></str:Target>
  </str:CodeMap></str:CodelistMap>
</str:StructureSet></str:StructureSets>"""

METADATA = f"""<str:MetadataStructures>
<str:MetadataStructure id="MSD" agencyID="TST" version="1.0">{_NAME}
 <str:MetadataStructureComponents>
  <str:MetadataTarget id="T"><str:IdentifiableObjectTarget id="O" objectType="Dataflow">
   <str:LocalRepresentation><str:TextFormat textType="IdentifiableReference"/>
   </str:LocalRepresentation></str:IdentifiableObjectTarget></str:MetadataTarget>
  <str:ReportStructure id="R"><str:MetadataAttribute id="CONTACT"><str:ConceptIdentity>
    <Ref id="CONTACT" maintainableParentID="CS" agencyID="TST"/></str:ConceptIdentity>
   </str:MetadataAttribute><str:MetadataTarget><Ref id="T"/></str:MetadataTarget>
  </str:ReportStructure></str:MetadataStructureComponents>
</str:MetadataStructure></str:MetadataStructures>"""

METADATAFLOW = f"""<str:Metadataflows>
<str:Metadataflow id="MDF" agencyID="TST" version="1.0" isFinal="true">{_NAME}
 <str:Structure><Ref id="MSD" agencyID="TST" version="1.0"/></str:Structure>
</str:Metadataflow></str:Metadataflows>"""

PROCESS = f"""<str:Processes><str:Process id="P" agencyID="TST" version="1.0">{_NAME}
 <str:ProcessStep id="S1">{_NAME}
  <str:Input><str:ObjectReference><Ref id="DF" agencyID="TST" version="1.0"
    package="datastructure" class="Dataflow"/></str:ObjectReference></str:Input>
  <str:Transition id="T"><str:TargetStep><Ref id="S1"/></str:TargetStep>
   <str:Condition xml:lang="en">always</str:Condition></str:Transition></str:ProcessStep>
</str:Process></str:Processes>"""


def message(body: str) -> bytes:
    return (
        f'<mes:Structure xmlns:mes="{_BASE}message" xmlns:str="{_BASE}structure" '
        f'xmlns:com="{_BASE}common"><mes:Header><mes:ID>S</mes:ID><mes:Test>false</mes:Test>'
        '<mes:Prepared>2026-06-01T12:00:00Z</mes:Prepared><mes:Sender id="TST"/></mes:Header>'
        f"<mes:Structures>{body}</mes:Structures></mes:Structure>"
    ).encode()


@pytest.mark.parametrize("body", [HIERARCHICAL, STRUCTURE_SET, METADATA, METADATAFLOW, PROCESS])
def test_read_and_written_again(header: Header, body: str) -> None:
    given = read(message(body))
    assert trees(read(write(given, header))) == trees(given)
    kept = [one for artefact in given for one in load(dump(artefact))]
    assert trees(kept) == trees(given)


@pytest.mark.parametrize("body", [HIERARCHICAL, STRUCTURE_SET, METADATA])
def test_what_is_kept_as_it_is_does_not_change(header: Header, body: str) -> None:
    def element(text: bytes) -> bytes:
        found = etree.fromstring(text).find("{*}Structures")[0][0]
        return bytes(etree.tostring(found, method="c14n", exclusive=True)).strip()

    given = message(body)
    assert element(write(read(given), header)) == element(given)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (HIERARCHICAL, {"codelist CL_AREA"}),
        (STRUCTURE_SET, {"codelist CL_AREA", "codelist CL_GEO"}),
        (METADATA, {"conceptscheme CS"}),
        (METADATAFLOW, {"metadatastructure MSD"}),
        (PROCESS, {"dataflow DF"}),
    ],
)
def test_what_it_refers_to_is_known(body: str, named: set[str]) -> None:
    (one,) = read(message(body))
    assert {f"{key.kind} {key.ref.id}" for key in references_of(one)} == named


@pytest.mark.parametrize(
    ("name", "body"),
    [
        *((name, METADATA) for name in sorted(set(FORMATS) - {"sdmx-ml-2.1-structure"})),
        # The others have counterparts in 3.x: see test_counterparts.
        ("sdmx-json-1.0-structure", HIERARCHICAL),
        ("sdmx-json-1.0-structure", STRUCTURE_SET),
    ],
)
def test_other_versions_refuse_it_in_a_sentence(header: Header, name: str, body: str) -> None:
    with pytest.raises(NotImplementedByHub, match=r"SDMX 2\.1|SDMX-JSON 1\.0 has no"):
        functions(FORMATS[name])[0](read(message(body)), header)


def test_a_reference_that_says_too_little_is_refused() -> None:
    vague = PROCESS.replace('package="datastructure" class="Dataflow"', "")
    with pytest.raises(RequestSyntaxError):
        read(message(vague))
