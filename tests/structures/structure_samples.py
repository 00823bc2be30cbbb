"""Small artefacts of our own, with every feature the shipped structures use."""

from __future__ import annotations

from typing import Any

from sdmx.model import common, v21

AGENCY = common.Agency(id="TST")


def made(cls: type, id_: str, version: str = "1.0.0", **more: Any) -> Any:
    more.setdefault("name", {"en": f"{id_} name", "es": f"{id_} nombre"})
    more.setdefault("is_final", True)
    return cls(id=id_, version=version, maintainer=AGENCY, is_external_reference=False, **more)


def codelist(id_: str, codes: dict[str, str | None], version: str = "1.0.0") -> Any:
    """Codes with the id of their parent."""
    found = made(common.Codelist, id_, version)
    for code, parent in codes.items():
        item = common.Code(id=code, name={"en": f"{code} in English", "es": f"{code} en español"})
        if parent:
            found[parent].append_child(item)
        found.append(item)
    return found


def _text(kind: str, **facets: Any) -> Any:
    facet = common.Facet(type=common.FacetType(**facets), value_type=common.FacetValueType[kind])
    return common.Representation(non_enumerated=[facet])


def constraint(
    id_: str, attached: Any, members: dict[Any, list[str]], included: bool = True
) -> Any:
    region = common.CubeRegion(
        included=included,
        member={
            component: v21.MemberSelection(
                values_for=component, values=[v21.MemberValue(value=v) for v in values]
            )
            for component, values in members.items()
        },
    )
    return made(
        v21.ContentConstraint,
        id_,
        role=common.ConstraintRole(role=common.ConstraintRoleType.allowable),
        content={attached},
        data_content_region=[region],
    )


def artefacts() -> list[Any]:
    """Two dataflows on one DSD, one constrained; a codelist in two versions; an agreement."""
    freq = codelist("CL_FREQ", {"A": None, "M": None, "Q": None})
    area_old = codelist("CL_AREA", {"MEX": None}, "1.9.0")
    area = codelist(
        "CL_AREA", {"013": None, "MEX": "013", "DOM": None, "_T": None, "NA": None}, "1.10.0"
    )
    area["MEX"].annotations.append(
        v21.Annotation(id="M49", title="484", type="ALIAS", text={"en": "UN M49 code"})
    )
    area["NA"].description = {"en": "Namibia <not missing> & text"}
    status = codelist("CL_OBS_STATUS", {"A": None, "E": None})
    concepts = made(common.ConceptScheme, "CS_TST")
    for name in ("FREQ", "REF_AREA", "CITIZENSHIP", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS",
                 "COMMENT", "SOURCE", "TITLE", "UNUSED"):  # fmt: skip
        concept = common.Concept(id=name, name={"en": f"Concept {name}"})
        if name == "OBS_STATUS":
            concept.core_representation = common.Representation(enumerated=status)
        concepts.append(concept)

    def coded(list_: Any) -> Any:
        return common.Representation(enumerated=list_)

    dims = [
        common.Dimension(id="FREQ", concept_identity=concepts["FREQ"], order=1,
                         local_representation=coded(freq)),
        common.Dimension(id="REF_AREA", concept_identity=concepts["REF_AREA"], order=2,
                         local_representation=coded(area)),
        common.Dimension(id="CITIZENSHIP", concept_identity=concepts["CITIZENSHIP"], order=3,
                         local_representation=coded(area)),
        common.TimeDimension(id="TIME_PERIOD", concept_identity=concepts["TIME_PERIOD"], order=4,
                             local_representation=_text("observationalTimePeriod")),
    ]  # fmt: skip
    attributes = [
        common.DataAttribute(id="OBS_STATUS", concept_identity=concepts["OBS_STATUS"],
                             usage_status=common.UsageStatus.mandatory,
                             related_to=v21.PrimaryMeasureRelationship()),
        common.DataAttribute(id="COMMENT", concept_identity=concepts["COMMENT"],
                             usage_status=common.UsageStatus.conditional,
                             related_to=v21.PrimaryMeasureRelationship(),
                             local_representation=_text("string", max_length=100)),
        common.DataAttribute(id="SOURCE", concept_identity=concepts["SOURCE"],
                             usage_status=common.UsageStatus.conditional,
                             related_to=common.DimensionRelationship(dimensions=dims[:3])),
        common.DataAttribute(id="TITLE", concept_identity=concepts["TITLE"],
                             usage_status=common.UsageStatus.conditional,
                             related_to=v21.NoSpecifiedRelationship()),
    ]  # fmt: skip
    measure = v21.PrimaryMeasure(
        id="OBS_VALUE", concept_identity=concepts["OBS_VALUE"],
        local_representation=_text("double", min_value=0),
    )  # fmt: skip
    dsd = made(v21.DataStructureDefinition, "DSD_TST")
    dsd.dimensions = common.DimensionDescriptor(id="DimensionDescriptor", components=dims)
    dsd.attributes = common.AttributeDescriptor(id="AttributeDescriptor", components=attributes)
    dsd.measures = v21.MeasureDescriptor(id="MeasureDescriptor", components=[measure])
    all_flow = made(v21.DataflowDefinition, "DF_ALL", structure=dsd)
    mex_flow = made(v21.DataflowDefinition, "DF_MEX", structure=dsd)
    agencies = made(common.AgencyScheme, "AGENCIES", "1.0", is_final=False)
    agencies.append(common.Agency(id="TST", name={"en": "Test agency"}))
    providers = made(common.DataProviderScheme, "DATA_PROVIDERS", "1.0", is_final=False)
    for id_ in ("UPM", "BCRD"):
        providers.append(
            common.DataProvider(
                id=id_, name={"en": f"Provider {id_}"},
                contact=[common.Contact(name={"en": "Desk"}, email=["desk@example.org"])],
            )
        )  # fmt: skip
    agreement = made(
        common.ProvisionAgreement, "PA_UPM_MEX", structure_usage=mex_flow,
        data_provider=providers["UPM"],
    )  # fmt: skip
    categories = made(common.CategoryScheme, "CAT_TST")
    people = common.Category(id="PEOPLE", name={"en": "People"})
    border = common.Category(id="BORDER", name={"en": "Borders"})
    air = common.Category(id="AIR", name={"en": "Air borders"})
    people.append_child(border)
    border.append_child(air)
    for category in (people, border, air):
        categories.append(category)
    people.parent = categories
    economy = common.Category(id="ECONOMY", name={"en": "Economy"})
    categories.append(economy)
    cat1 = made(common.Categorisation,
                "CAT_DF_MEX", artefact=mex_flow, category=border)  # fmt: skip
    cat2 = made(common.Categorisation, "CAT_DF_ALL", artefact=all_flow, category=economy)
    return [
        freq, area_old, area, status, concepts, dsd, all_flow, mex_flow, agencies, providers,
        agreement, categories, cat1, cat2,
        constraint("CON_DSD", dsd, {dims[0]: ["A", "M"]}),
        constraint("CON_MEX", mex_flow, {dims[1]: ["MEX"], dims[2]: ["MEX", "DOM"]}),
        constraint("CON_PA", agreement, {dims[0]: ["M"]}),
    ]  # fmt: skip
