"""One SDMX-ML 3.0 message of our own with an artefact of every kind that only a tree can hold."""

from __future__ import annotations

_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v{}/"
_URN = "urn:sdmx:org.sdmx.infomodel."
_HEAD = 'agencyID="TST" version="1.0.0" isExternalReference="false"'

CODES = f"""
<str:Codelists>
 <str:Codelist id="CL_BASE" {_HEAD}>
  <com:Name xml:lang="en">Base</com:Name>
  <str:Code id="A"><com:Name xml:lang="en">A</com:Name></str:Code>
  <str:Code id="A1"><com:Name xml:lang="en">A1</com:Name><str:Parent>A</str:Parent></str:Code>
  <str:Code id="A11"><com:Name xml:lang="en">A11</com:Name><str:Parent>A1</str:Parent></str:Code>
  <str:Code id="B"><com:Name xml:lang="en">B</com:Name></str:Code>
  <str:Code id="B1"><com:Name xml:lang="en">B1</com:Name><str:Parent>B</str:Parent></str:Code>
 </str:Codelist>
 <str:Codelist id="CL_MORE" {_HEAD}>
  <com:Name xml:lang="en">More</com:Name><com:Name xml:lang="es">Más</com:Name>
  <str:Code id="B"><com:Name xml:lang="en">Own B</com:Name></str:Code>
  <str:Code id="C"><com:Annotations><com:Annotation id="N">
    <com:AnnotationTitle>t</com:AnnotationTitle>
    <com:AnnotationURL xml:lang="en">https://example.org/en</com:AnnotationURL>
    <com:AnnotationURL xml:lang="es">https://example.org/es</com:AnnotationURL>
    <com:AnnotationValue>v</com:AnnotationValue></com:Annotation></com:Annotations>
    <com:Link rel="documentation" url="https://example.org" type="text/html"/>
    <com:Name xml:lang="en">C</com:Name></str:Code>
  <str:CodelistExtension prefix="X_">
   <str:Codelist>{_URN}codelist.Codelist=TST:CL_BASE(1.0+.0)</str:Codelist>
   <str:InclusiveCodeSelection><str:MemberValue cascadeValues="true">A1</str:MemberValue>
    <str:MemberValue>B%</str:MemberValue></str:InclusiveCodeSelection>
  </str:CodelistExtension>
  <str:CodelistExtension>
   <str:Codelist>{_URN}codelist.Codelist=TST:CL_BASE(1.0.0)</str:Codelist>
   <str:ExclusiveCodeSelection><str:MemberValue cascadeValues="excluderoot">A</str:MemberValue>
   </str:ExclusiveCodeSelection>
  </str:CodelistExtension>
 </str:Codelist>
</str:Codelists>
<str:GeographicCodelists><str:GeographicCodelist id="CL_GEO" {_HEAD} geoType="GeographicCodelist">
 <com:Name xml:lang="en">Geo</com:Name>
 <str:GeoFeatureSetCode id="P" value="POINT(1 2)"><com:Name xml:lang="en">P</com:Name>
 </str:GeoFeatureSetCode></str:GeographicCodelist></str:GeographicCodelists>
<str:GeoGridCodelists><str:GeoGridCodelist id="CL_GRID" {_HEAD} geoType="GeoGridCodelist">
 <com:Name xml:lang="en">Grid</com:Name>
 <str:GeoGridCode id="P"><com:Name xml:lang="en">P</com:Name><str:GeoCell>1</str:GeoCell>
 </str:GeoGridCode><str:GridDefinition>a grid</str:GridDefinition>
 </str:GeoGridCodelist></str:GeoGridCodelists>
<str:ValueLists><str:ValueList id="VL_CUR" {_HEAD}><com:Name xml:lang="en">Currencies</com:Name>
 <str:ValueItem id="$"><com:Name xml:lang="en">dollar</com:Name></str:ValueItem>
 <str:ValueItem id="€ (euro)"/></str:ValueList></str:ValueLists>
<str:Hierarchies><str:Hierarchy id="H_AREA" {_HEAD} hasFormalLevels="true">
 <com:Name xml:lang="en">Areas</com:Name>
 <str:Level id="L1"><com:Name xml:lang="en">One</com:Name>
  <str:CodingFormat textType="Alpha" maxLength="3"/>
  <str:Level id="L2"><com:Name xml:lang="en">Two</com:Name></str:Level></str:Level>
 <str:HierarchicalCode id="A" validFrom="2020-01-01T00:00:00Z">
  <str:Code>{_URN}codelist.Code=TST:CL_BASE(1.0.0).A</str:Code>
  <str:HierarchicalCode id="A1"><str:Code>{_URN}codelist.Code=TST:CL_BASE(1.0.0).A1</str:Code>
   <str:Level>L2</str:Level></str:HierarchicalCode><str:Level>L1</str:Level>
 </str:HierarchicalCode></str:Hierarchy></str:Hierarchies>
<str:HierarchyAssociations><str:HierarchyAssociation id="HA" {_HEAD}>
 <com:Name xml:lang="en">Link</com:Name>
 <str:LinkedHierarchy>{_URN}codelist.Hierarchy=TST:H_AREA(1.0.0)</str:LinkedHierarchy>
 <str:LinkedObject>{_URN}codelist.Codelist=TST:CL_BASE(1.0.0)</str:LinkedObject>
</str:HierarchyAssociation></str:HierarchyAssociations>
"""

DSD = f"""
<str:ConceptSchemes><str:ConceptScheme id="CS" {_HEAD}><com:Name xml:lang="en">Concepts</com:Name>
 <str:Concept id="FREQ"><com:Name xml:lang="en">F</com:Name></str:Concept>
 <str:Concept id="AREA"><com:Name xml:lang="en">A</com:Name>
  <str:CoreRepresentation maxOccurs="unbounded">
   <str:Enumeration>{_URN}codelist.Codelist=TST:CL_MORE(1.0.0)</str:Enumeration>
  </str:CoreRepresentation>
  <str:ISOConceptReference><str:ConceptAgency>ISO</str:ConceptAgency>
   <str:ConceptSchemeID>S</str:ConceptSchemeID><str:ConceptID>C</str:ConceptID>
  </str:ISOConceptReference></str:Concept>
 <str:Concept id="V"><com:Name xml:lang="en">V</com:Name></str:Concept>
</str:ConceptScheme></str:ConceptSchemes>
<str:DataStructures><str:DataStructure id="DSD30" {_HEAD}><com:Name xml:lang="en">D</com:Name>
 <str:DataStructureComponents>
  <str:DimensionList id="DimensionDescriptor">
   <str:Dimension id="FREQ" position="1">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).FREQ</str:ConceptIdentity>
    <str:ConceptRole>{_URN}conceptscheme.Concept=TST:CS(1.0.0).FREQ</str:ConceptRole>
    <str:ConceptRole>{_URN}conceptscheme.Concept=SDMX:CROSS(1.0).FREQ</str:ConceptRole>
   </str:Dimension>
   <str:Dimension id="AREA" position="2">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).AREA</str:ConceptIdentity>
    <str:LocalRepresentation>
     <str:Enumeration>{_URN}codelist.Codelist=TST:CL_MORE(1.0+.0)</str:Enumeration>
     <str:EnumerationFormat textType="String" maxLength="5"/></str:LocalRepresentation>
   </str:Dimension>
   <str:TimeDimension id="TIME_PERIOD">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
    <str:LocalRepresentation><str:TextFormat textType="ObservationalTimePeriod"/>
    </str:LocalRepresentation></str:TimeDimension>
  </str:DimensionList>
  <str:Group id="SIBLING"><str:GroupDimension>
   <str:DimensionReference>AREA</str:DimensionReference></str:GroupDimension></str:Group>
  <str:AttributeList id="AttributeDescriptor">
   <str:Attribute id="NOTE" usage="mandatory">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
    <str:LocalRepresentation minOccurs="0" maxOccurs="3">
     <str:TextFormat textType="String" isMultiLingual="true">
      <str:SentinelValue value="-1"><com:Name xml:lang="en">none</com:Name></str:SentinelValue>
     </str:TextFormat></str:LocalRepresentation>
    <str:AttributeRelationship><str:Observation/></str:AttributeRelationship>
    <str:MeasureRelationship><str:Measure>LOW</str:Measure></str:MeasureRelationship>
   </str:Attribute>
   <str:Attribute id="TITLE" usage="optional">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
    <str:AttributeRelationship><str:Dimension optional="true">FREQ</str:Dimension>
     <str:Dimension optional="false">AREA</str:Dimension></str:AttributeRelationship>
   </str:Attribute>
   <str:Attribute id="GROUPED" usage="optional">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
    <str:AttributeRelationship><str:Group>SIBLING</str:Group></str:AttributeRelationship>
   </str:Attribute>
   <str:MetadataAttributeUsage>
    <str:MetadataAttributeReference>CONTACT</str:MetadataAttributeReference>
    <str:AttributeRelationship><str:Dataflow/></str:AttributeRelationship>
   </str:MetadataAttributeUsage>
  </str:AttributeList>
  <str:MeasureList id="MeasureDescriptor">
   <str:Measure id="LOW" usage="mandatory">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
    <str:LocalRepresentation><str:TextFormat textType="Decimal" minValue="0.5"/>
    </str:LocalRepresentation></str:Measure>
   <str:Measure id="HIGH" usage="optional">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
    <str:LocalRepresentation maxOccurs="unbounded">
     <str:Enumeration>{_URN}codelist.ValueList=TST:VL_CUR(1.0.0)</str:Enumeration>
    </str:LocalRepresentation></str:Measure>
  </str:MeasureList>
 </str:DataStructureComponents>
 <str:Metadata>{_URN}metadatastructure.MetadataStructure=TST:MSD(1.0.0)</str:Metadata>
</str:DataStructure></str:DataStructures>
<str:Dataflows><str:Dataflow id="DF30" {_HEAD}><com:Name xml:lang="en">Flow</com:Name>
 <str:Structure>{_URN}datastructure.DataStructure=TST:DSD30(1.0.0)</str:Structure>
</str:Dataflow></str:Dataflows>
<str:MetadataStructures><str:MetadataStructure id="MSD" {_HEAD}>
 <com:Name xml:lang="en">M</com:Name><str:MetadataStructureComponents>
 <str:MetadataAttributeList id="MetadataAttributeDescriptor">
  <str:MetadataAttribute id="CONTACT" minOccurs="0" maxOccurs="unbounded" isPresentational="true">
   <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
   <str:MetadataAttribute id="EMAIL">
    <str:ConceptIdentity>{_URN}conceptscheme.Concept=TST:CS(1.0.0).V</str:ConceptIdentity>
    <str:LocalRepresentation><str:TextFormat textType="XHTML"/></str:LocalRepresentation>
   </str:MetadataAttribute></str:MetadataAttribute>
 </str:MetadataAttributeList></str:MetadataStructureComponents>
</str:MetadataStructure></str:MetadataStructures>
<str:Metadataflows><str:Metadataflow id="MDF" {_HEAD}><com:Name xml:lang="en">MF</com:Name>
 <str:Structure>{_URN}metadatastructure.MetadataStructure=TST:MSD(1.0.0)</str:Structure>
 <str:Target>{_URN}datastructure.Dataflow=TST:*(*)</str:Target></str:Metadataflow></str:Metadataflows>
"""

ORGANISATIONS = f"""
<str:MetadataProviderSchemes>
 <str:MetadataProviderScheme id="METADATA_PROVIDERS" agencyID="TST" isExternalReference="false">
 <com:Name xml:lang="en">MP</com:Name>
 <str:MetadataProvider id="UPM"><com:Name xml:lang="en">U</com:Name></str:MetadataProvider>
</str:MetadataProviderScheme></str:MetadataProviderSchemes>
<str:OrganisationUnitSchemes>
 <str:OrganisationUnitScheme id="UNITS" agencyID="TST" isExternalReference="false">
 <com:Name xml:lang="en">OU</com:Name>
 <str:OrganisationUnit id="TOP"><com:Name xml:lang="en">T</com:Name>
  <str:Contact id="c"><com:Name xml:lang="en">Desk</com:Name>
   <str:Department xml:lang="en">D</str:Department><str:Telephone>1</str:Telephone>
   <str:Telephone>2</str:Telephone><str:Email>a@example.org</str:Email></str:Contact>
 </str:OrganisationUnit>
 <str:OrganisationUnit id="LOW"><com:Name xml:lang="en">L</com:Name><str:Parent>TOP</str:Parent>
 </str:OrganisationUnit>
</str:OrganisationUnitScheme></str:OrganisationUnitSchemes>
<str:MetadataProvisionAgreements><str:MetadataProvisionAgreement id="MPA" {_HEAD}>
 <com:Name xml:lang="en">MPA</com:Name>
 <str:Metadataflow>{_URN}metadatastructure.Metadataflow=TST:MDF(1.0.0)</str:Metadataflow>
 <str:MetadataProvider>{_URN}base.MetadataProvider=TST:METADATA_PROVIDERS(1.0).UPM</str:MetadataProvider>
</str:MetadataProvisionAgreement></str:MetadataProvisionAgreements>
<str:ReportingTaxonomies><str:ReportingTaxonomy id="RT" {_HEAD}><com:Name xml:lang="en">R</com:Name>
 <str:ReportingCategory id="R1"><com:Name xml:lang="en">R1</com:Name>
  <str:ReportingCategory id="R11"><com:Name xml:lang="en">R11</com:Name>
   <str:ProvisioningMetadata>{_URN}datastructure.Dataflow=TST:DF30(1.0.0)</str:ProvisioningMetadata>
  </str:ReportingCategory></str:ReportingCategory>
</str:ReportingTaxonomy></str:ReportingTaxonomies>
<str:Processes><str:Process id="PR" {_HEAD}><com:Name xml:lang="en">P</com:Name>
 <str:ProcessStep id="S1"><com:Name xml:lang="en">One</com:Name>
  <str:Input localID="i">
   <str:ObjectReference>{_URN}datastructure.Dataflow=TST:DF30(1.0.0)</str:ObjectReference>
  </str:Input>
  <str:Computation localID="c" softwarePackage="R">
   <com:Description xml:lang="en">sum</com:Description>
  </str:Computation>
  <str:Transition id="T" localID="t"><str:TargetStep>S1</str:TargetStep>
   <str:Condition xml:lang="en">always</str:Condition></str:Transition>
 </str:ProcessStep></str:Process></str:Processes>
"""

CONSTRAINTS = f"""
<str:DataConstraints><str:DataConstraint id="DC" {_HEAD} role="Allowed">
 <com:Name xml:lang="en">DC</com:Name>
 <str:ConstraintAttachment>
  <str:Dataflow>{_URN}datastructure.Dataflow=TST:DF30(1.0.0)</str:Dataflow></str:ConstraintAttachment>
 <str:CubeRegion include="true">
  <str:KeyValue id="AREA" removePrefix="true" validFrom="2020">
   <str:Value cascadeValues="excluderoot">X_A1</str:Value>
   <str:Value validTo="2021">B</str:Value></str:KeyValue>
  <str:KeyValue id="TIME_PERIOD"><str:TimeRange>
   <str:StartPeriod isInclusive="true">2010-Q2</str:StartPeriod>
   <str:EndPeriod isInclusive="false">2012</str:EndPeriod></str:TimeRange></str:KeyValue>
  <str:Component id="HIGH" include="false"><str:Value>$</str:Value></str:Component>
 </str:CubeRegion></str:DataConstraint>
 <str:DataConstraint id="DK" {_HEAD} role="Allowed"><com:Name xml:lang="en">DK</com:Name>
 <str:ConstraintAttachment>
  <str:DataStructure>{_URN}datastructure.DataStructure=TST:DSD30(1.0.0)</str:DataStructure>
 </str:ConstraintAttachment>
 <str:DataKeySet isIncluded="true"><str:Key>
  <str:KeyValue id="AREA"><str:Value>C</str:Value></str:KeyValue></str:Key></str:DataKeySet>
 </str:DataConstraint></str:DataConstraints>
<str:MetadataConstraints><str:MetadataConstraint id="MC" {_HEAD} role="Allowed">
 <com:Name xml:lang="en">MC</com:Name><str:ConstraintAttachment>
 <str:Metadataflow>{_URN}metadatastructure.Metadataflow=TST:MDF(1.0.0)</str:Metadataflow>
 </str:ConstraintAttachment><str:MetadataTargetRegion include="true">
 <str:Component id="CONTACT"><str:Value xml:lang="en">x</str:Value></str:Component>
 </str:MetadataTargetRegion></str:MetadataConstraint></str:MetadataConstraints>
"""

MAPS = f"""
<str:StructureMaps><str:StructureMap id="SM" {_HEAD}><com:Name xml:lang="en">SM</com:Name>
 <str:Source>{_URN}datastructure.Dataflow=TST:DF30(1.0.0)</str:Source>
 <str:Target>{_URN}datastructure.DataStructure=OECD:DSD_MIG(1.0)</str:Target>
 <str:EpochMap id="E" basePeriod="1970" epochPeriod="millisecond">
  <str:Source>T</str:Source><str:Target>TIME_PERIOD</str:Target>
  <str:TargetFrequencyID>M</str:TargetFrequencyID></str:EpochMap>
 <str:DatePatternMap id="D" sourcePattern="MMM yy" locale="en" resolvePeriod="endOfPeriod">
  <str:Source>T</str:Source><str:Target>TIME_PERIOD</str:Target>
  <str:Source>T2</str:Source><str:Target>OTHER</str:Target>
  <str:FrequencyDimension>FREQ</str:FrequencyDimension></str:DatePatternMap>
 <str:FrequencyFormatMapping id="F"><str:FrequencyId>A</str:FrequencyId>
  <str:DatePattern>yyyy</str:DatePattern></str:FrequencyFormatMapping>
 <str:ComponentMap><str:Source>FREQ</str:Source><str:Source>AREA</str:Source>
  <str:Target>REF_AREA</str:Target>
  <str:RepresentationMap>{_URN}structuremapping.RepresentationMap=TST:RM(1.0.0)</str:RepresentationMap>
 </str:ComponentMap>
 <str:FixedValueMap><str:Target>UNIT</str:Target><str:Value>PS</str:Value></str:FixedValueMap>
</str:StructureMap></str:StructureMaps>
<str:RepresentationMaps><str:RepresentationMap id="RM" {_HEAD}><com:Name xml:lang="en">RM</com:Name>
 <str:SourceCodelist>{_URN}codelist.Codelist=TST:CL_BASE(1.0.0)</str:SourceCodelist>
 <str:SourceDataType>String</str:SourceDataType>
 <str:TargetCodelist>{_URN}codelist.ValueList=TST:VL_CUR(1.0.0)</str:TargetCodelist>
 <str:RepresentationMapping validFrom="2020-01-01">
  <str:SourceValue isRegEx="true">A(.)</str:SourceValue>
  <str:SourceValue startIndex="1" endIndex="2">x </str:SourceValue>
  <str:TargetValue>\\1</str:TargetValue></str:RepresentationMapping>
 <str:RepresentationMapping><str:SourceValue>B</str:SourceValue>
  <str:SourceValue>y</str:SourceValue></str:RepresentationMapping>
</str:RepresentationMap></str:RepresentationMaps>
<str:ConceptSchemeMaps><str:ConceptSchemeMap id="CM" {_HEAD}><com:Name xml:lang="en">CM</com:Name>
 <str:Source>{_URN}conceptscheme.ConceptScheme=TST:CS(1.0.0)</str:Source>
 <str:Target>{_URN}conceptscheme.ConceptScheme=OECD:CS(1.0)</str:Target>
 <str:ItemMap><str:SourceValue>FREQ</str:SourceValue><str:TargetValue>F</str:TargetValue></str:ItemMap>
</str:ConceptSchemeMap></str:ConceptSchemeMaps>
"""

VTL = f"""
<str:TransformationSchemes><str:TransformationScheme id="TS" {_HEAD} vtlVersion="2.0">
 <com:Name xml:lang="en">TS</com:Name>
 <str:Transformation id="T1" isPersistent="true"><com:Name xml:lang="en">T1</com:Name>
  <str:Expression>a + b</str:Expression><str:Result>c</str:Result></str:Transformation>
 <str:VtlMappingScheme>{_URN}transformation.VtlMappingScheme=TST:VM(1.0.0)</str:VtlMappingScheme>
</str:TransformationScheme></str:TransformationSchemes>
<str:VtlMappingSchemes><str:VtlMappingScheme id="VM" {_HEAD}><com:Name xml:lang="en">VM</com:Name>
 <str:VtlMapping id="M1" alias="a"><com:Name xml:lang="en">M1</com:Name>
  <str:Dataflow>{_URN}datastructure.Dataflow=TST:DF30(1.0.0)</str:Dataflow>
  <str:ToVtlMapping method="Pivot"><str:ToVtlSubSpace><str:Key>AREA</str:Key></str:ToVtlSubSpace>
  </str:ToVtlMapping></str:VtlMapping>
 <str:VtlMapping id="M2" alias="b"><com:Name xml:lang="en">M2</com:Name><str:GenericDataflow/>
  </str:VtlMapping>
</str:VtlMappingScheme></str:VtlMappingSchemes>
<str:RulesetSchemes><str:RulesetScheme id="RS" {_HEAD} vtlVersion="2.0">
 <com:Name xml:lang="en">RS</com:Name>
 <str:Ruleset id="R1" rulesetType="datapoint" rulesetScope="variable">
  <com:Name xml:lang="en">R1</com:Name>
  <str:RulesetDefinition>define</str:RulesetDefinition></str:Ruleset>
</str:RulesetScheme></str:RulesetSchemes>
<str:UserDefinedOperatorSchemes><str:UserDefinedOperatorScheme id="UO" {_HEAD} vtlVersion="2.0">
 <com:Name xml:lang="en">UO</com:Name>
 <str:UserDefinedOperator id="O"><com:Name xml:lang="en">O</com:Name>
  <str:OperatorDefinition>define</str:OperatorDefinition></str:UserDefinedOperator>
</str:UserDefinedOperatorScheme></str:UserDefinedOperatorSchemes>
<str:NamePersonalisationSchemes><str:NamePersonalisationScheme id="NP" {_HEAD} vtlVersion="2.0">
 <com:Name xml:lang="en">NP</com:Name>
 <str:NamePersonalisation id="N" vtlArtefact="x"><com:Name xml:lang="en">N</com:Name>
  <str:VtlDefaultName>a</str:VtlDefaultName><str:PersonalisedName>b</str:PersonalisedName>
 </str:NamePersonalisation>
</str:NamePersonalisationScheme></str:NamePersonalisationSchemes>
<str:CustomTypeSchemes><str:CustomTypeScheme id="CT" {_HEAD} vtlVersion="2.0">
 <com:Name xml:lang="en">CT</com:Name>
 <str:CustomType id="C"><com:Name xml:lang="en">C</com:Name>
  <str:VtlScalarType>string</str:VtlScalarType><str:DataType>String</str:DataType>
  <str:NullValue>null</str:NullValue></str:CustomType>
</str:CustomTypeScheme></str:CustomTypeSchemes>
"""

#: What each part of the sample is, with artefacts of it that SDMX 2.1 has too.
PARTS = (CODES, DSD, ORGANISATIONS, CONSTRAINTS, MAPS, VTL)


def message(*parts: str, version: str = "3.0") -> bytes:
    """A structure message of SDMX-ML 3.x with some parts."""
    base = _BASE.format(version.replace(".", "_"))
    body = "".join(parts or PARTS)
    if version != "3.0":  # 3.1 has no roles
        body = body.replace(' role="Allowed"', "")
    return (
        f'<mes:Structure xmlns:mes="{base}message" xmlns:str="{base}structure" '
        f'xmlns:com="{base}common"><mes:Header><mes:ID>S</mes:ID><mes:Test>false</mes:Test>'
        '<mes:Prepared>2026-06-01T12:00:00+00:00</mes:Prepared><mes:Sender id="TST"/></mes:Header>'
        f"<mes:Structures>{body}</mes:Structures></mes:Structure>"
    ).encode()
