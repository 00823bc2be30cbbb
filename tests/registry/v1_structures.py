"""Structures of our own in which every resource of REST 1.5 finds something."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sdmx.model import common, v21

from hub.structures.kinds import kind_of
from hub.structures.ml21_read import read as read21
from hub.structures.ml30_read import read as read30

sys.path.append(str(Path(__file__).parents[1] / "structures"))
from samples30 import message as message30
from structure_samples import artefacts, codelist, made

_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"
_HEAD = 'agencyID="TST" version="1.0"'
_NAME = '<com:Name xml:lang="en">N</com:Name>'
_LIST = '<Ref id="CL_AREA" agencyID="TST" version="1.10.0"/>'


def _msd(id_: str, target: str, object_: str, type_: str, report: str) -> str:
    """A metadata structure with one attribute."""
    return f"""<str:MetadataStructure id="{id_}" {_HEAD}>{_NAME}
 <str:MetadataStructureComponents>
  <str:MetadataTarget id="{target}">
   <str:IdentifiableObjectTarget id="{object_}" objectType="{type_}"><str:LocalRepresentation>
    <str:TextFormat textType="IdentifiableReference"/></str:LocalRepresentation>
   </str:IdentifiableObjectTarget></str:MetadataTarget>
  <str:ReportStructure id="{report}"><str:MetadataAttribute id="CONTACT"><str:ConceptIdentity>
    <Ref id="COMMENT" maintainableParentID="CS_TST" maintainableParentVersion="1.0.0"
     agencyID="TST"/></str:ConceptIdentity></str:MetadataAttribute>
   <str:MetadataTarget><Ref id="{target}"/></str:MetadataTarget>
  </str:ReportStructure></str:MetadataStructureComponents>
</str:MetadataStructure>"""


_ONLY_21 = f"""
<mes:Structure xmlns:mes="{_BASE}message" xmlns:str="{_BASE}structure" xmlns:com="{_BASE}common">
<mes:Header><mes:ID>S</mes:ID><mes:Test>false</mes:Test>
<mes:Prepared>2026-06-01T12:00:00Z</mes:Prepared><mes:Sender id="TST"/></mes:Header>
<mes:Structures>
<str:Metadataflows><str:Metadataflow id="MDF" {_HEAD}>{_NAME}
 <str:Structure><Ref id="MSD" {_HEAD}/></str:Structure></str:Metadataflow></str:Metadataflows>
<str:HierarchicalCodelists><str:HierarchicalCodelist id="HCL" {_HEAD}>{_NAME}
 <str:IncludedCodelist alias="A">{_LIST}</str:IncludedCodelist>
 <str:Hierarchy id="H1" leveled="false">{_NAME}
  <str:HierarchicalCode id="N"><str:CodelistAliasRef>A</str:CodelistAliasRef>
   <str:CodeID><Ref id="MEX"/></str:CodeID></str:HierarchicalCode></str:Hierarchy>
 <str:Hierarchy id="H2" leveled="false">{_NAME}
  <str:HierarchicalCode id="D"><str:CodelistAliasRef>A</str:CodelistAliasRef>
   <str:CodeID><Ref id="DOM"/></str:CodeID></str:HierarchicalCode></str:Hierarchy>
</str:HierarchicalCodelist></str:HierarchicalCodelists>
<str:MetadataStructures>{_msd("MSD", "TARGET", "OBJECT", "Any", "REPORT")}
{_msd("MSD_OWN", "T", "O", "Dataflow", "R")}
</str:MetadataStructures>
<str:StructureSets><str:StructureSet id="SS" {_HEAD}>{_NAME}
 <str:CodelistMap id="M">{_NAME}<str:Source>{_LIST}</str:Source>
  <str:Target><Ref id="CL_GEO" agencyID="ESTAT" version="1.1"/></str:Target>
  <str:CodeMap><str:Source><Ref id="MEX"/></str:Source><str:Target><Ref id="MX"/></str:Target>
  </str:CodeMap></str:CodelistMap></str:StructureSet></str:StructureSets>
<str:Constraints><str:AttachmentConstraint id="AC" {_HEAD}>{_NAME}
 <str:ConstraintAttachment><str:DataStructure><Ref id="DSD_TST" agencyID="TST" version="1.0.0"/>
 </str:DataStructure></str:ConstraintAttachment>
 <str:DataKeySet isIncluded="true"><str:Key><com:KeyValue id="FREQ"><com:Value>A</com:Value>
 </com:KeyValue></str:Key></str:DataKeySet></str:AttachmentConstraint></str:Constraints>
</mes:Structures></mes:Structure>"""

#: Kinds of both generations that are taken from the message of 3.0.
_SHARED = frozenset(
    {
        "customtypescheme", "namepersonalisationscheme", "organisationunitscheme", "process",
        "reportingtaxonomy", "rulesetscheme", "transformationscheme",
        "userdefinedoperatorscheme", "vtlmappingscheme",
    }
)  # fmt: skip


def every_kind() -> list[Any]:
    """An artefact of ``TST`` of every kind that SDMX 2.1 has."""
    consumers = made(common.DataConsumerScheme, "DATA_CONSUMERS", "1.0", is_final=False)
    consumers.append(common.DataConsumer(id="READER", name={"en": "A reader"}))
    actual = made_actual()
    units = [a for a in read30(message30()) if kind_of(a).name in _SHARED]
    sub = common.Agency(id="TST.SUB")
    nested, flow = codelist("CL_SUB", {"A": None}), made(v21.DataflowDefinition, "DSD_X@DF-1$")
    nested.maintainer = flow.maintainer = sub
    flow.structure = next(a for a in artefacts() if a.id == "DSD_TST")
    return [
        *artefacts(), consumers, actual, nested, flow, *units,
        *read21(_ONLY_21.strip().encode()),
    ]  # fmt: skip


def made_actual() -> Any:
    """A content constraint that tells which data there are."""
    from structure_samples import constraint

    flow = next(a for a in artefacts() if a.id == "DF_MEX")
    one = constraint("ACTUAL_MEX", flow, {flow.structure.dimensions.get("REF_AREA"): ["MEX"]})
    one.role = common.ConstraintRole(role=common.ConstraintRoleType.actual)
    return one
