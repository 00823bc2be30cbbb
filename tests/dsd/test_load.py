"""The structures the hub ships hold together and say everything about themselves."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from sdmx.model import v21
from sdmx.model.common import (
    AgencyScheme,
    Categorisation,
    Codelist,
    ConceptScheme,
    DataProviderScheme,
    DimensionRelationship,
    ItemScheme,
    MaintainableArtefact,
    ProvisionAgreement,
    UsageStatus,
)

import dsd
from codelists import DataFileError
from dsd import components, organisations, views

ARTEFACTS = dsd.load()
FLOWS = {a.id: a for a in ARTEFACTS if isinstance(a, v21.DataflowDefinition)}
STRUCTURES = {a.id: a for a in ARTEFACTS if isinstance(a, v21.DataStructureDefinition)}
CONSTRAINTS = {a.id: a for a in ARTEFACTS if isinstance(a, v21.ContentConstraint)}
AGREEMENTS = {a.id: a for a in ARTEFACTS if isinstance(a, ProvisionAgreement)}

#: Key order of each structure, as published.
KEYS = {
    "MIG_FLOW": "FREQ REF_AREA MEASURE CITIZENSHIP COUNTRY_BIRTH COUNTRY_PREV_NEXT SEX AGE REASON "
    "UNIT_MEASURE",
    "MIG_STOCK": "FREQ REF_AREA MEASURE CITIZENSHIP COUNTRY_BIRTH SEX AGE EDUCATION_LEV "
    "LABOUR_STATUS DISABILITY_STATUS UNIT_MEASURE",
    "MIG_ADMIN": "FREQ REF_AREA MEASURE CITIZENSHIP COUNTRY_RESIDENCE COUNTRY_COUNTERPART "
    "BORDER_POINT TRANSPORT_MODE PERMIT_CATEGORY TRAVEL_CONDITION SEX AGE UNIT_MEASURE",
    "MIG_DISPLACEMENT": "FREQ REF_AREA MEASURE POPULATION_TYPE COUNTRY_ORIGIN LOCATION REASON SEX "
    "AGE UNIT_MEASURE",
    "MIG_INDICATOR": "FREQ REF_AREA SERIES COUNTRY_COUNTERPART SEX AGE COMPOSITE_BREAKDOWN "
    "UNIT_MEASURE",
    "MIG_MIRROR": "FREQ COMPARISON AREA_FROM AREA_TO INDICATOR CITIZENSHIP SEX AGE PROVIDER_FROM "
    "UNIT_FROM PROVIDER_TO UNIT_TO",
    "MIG_CORRIDOR": "FREQ CITIZENSHIP STAGE REF_AREA PROVIDER UNIT_MEASURE",
}


def test_each_artefact_is_there_once() -> None:
    counts = Counter(a.urn for a in ARTEFACTS)
    assert [urn for urn, n in counts.items() if n > 1] == []
    assert Counter(type(a) for a in ARTEFACTS)[v21.DataflowDefinition] == 11


@pytest.mark.parametrize("artefact", ARTEFACTS, ids=lambda a: a.id)
def test_each_artefact_says_everything_about_itself(artefact: MaintainableArtefact) -> None:
    assert artefact.maintainer is not None and artefact.maintainer.id
    assert isinstance(artefact.version, str) and artefact.version
    assert isinstance(artefact.is_final, bool)
    assert artefact.is_external_reference is False
    assert artefact.urn and artefact.urn.endswith(components.reference(artefact))
    assert all(artefact.name.localizations.get(language) for language in ("en", "es"))
    for item in artefact if isinstance(artefact, ItemScheme) else ():
        assert all(item.name.localizations.get(language) for language in ("en", "es")), item.id


def test_dataflows_are_described_in_english_and_spanish() -> None:
    for flow in FLOWS.values():
        assert {"en", "es"} <= flow.description.localizations.keys(), flow.id


@pytest.mark.parametrize(("id_", "key"), KEYS.items(), ids=list(KEYS))
def test_key_order(id_: str, key: str) -> None:
    dimensions = list(STRUCTURES[id_].dimensions)
    assert [d.id for d in dimensions] == [*key.split(), "TIME_PERIOD"]
    assert [d.order for d in dimensions] == list(range(1, len(dimensions) + 1))
    assert isinstance(dimensions[-1], v21.TimeDimension)


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=list(STRUCTURES))
def test_attributes_are_attached(structure: v21.DataStructureDefinition) -> None:
    attributes = {a.id: a for a in structure.attributes}
    for id_ in ("OBS_STATUS", "CONF_STATUS", "UNIT_MULT", "DECIMALS", "COMMENT_OBS"):
        assert isinstance(attributes[id_].related_to, v21.PrimaryMeasureRelationship)
    for id_ in ("DEFINITION", "COLLECTION", "SOURCE"):
        relation = attributes[id_].related_to
        assert isinstance(relation, DimensionRelationship)
        dimensions = [d.id for d in structure.dimensions][:-1]
        assert [d.id for d in relation.dimensions] == dimensions
    mandatory = [a.id for a in structure.attributes if a.usage_status is UsageStatus.mandatory]
    assert mandatory == ["OBS_STATUS"]


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=list(STRUCTURES))
def test_components_name_concepts_and_lists_that_are_shipped(
    structure: v21.DataStructureDefinition,
) -> None:
    lists = {id(a) for a in ARTEFACTS if isinstance(a, Codelist)}
    scheme = next(a for a in ARTEFACTS if isinstance(a, ConceptScheme))
    every = [*structure.dimensions, *structure.attributes, *structure.measures]
    for component in every:
        assert scheme.items[component.id] is component.concept_identity
        representation = component.local_representation
        assert representation is not None
        if representation.enumerated is not None:
            assert id(representation.enumerated) in lists
        else:
            assert representation.non_enumerated[0].value_type is not None
    assert [m.id for m in structure.measures] == ["OBS_VALUE"]
    assert {structure.dimensions.id, structure.attributes.id, structure.measures.id} == {
        "DimensionDescriptor",
        "AttributeDescriptor",
        "MeasureDescriptor",
    }


#: Dimensions that say what an observation is, of which there is no total.
SUBJECTS = {"FREQ", "MEASURE", "SERIES", "COMPARISON", "INDICATOR", "STAGE", "UNIT_MEASURE",
            "UNIT_FROM", "UNIT_TO"}  # fmt: skip


def test_all_dimensions_can_be_absent() -> None:
    for structure in STRUCTURES.values():
        for dimension in list(structure.dimensions)[:-1]:
            if dimension.local_representation.enumerated is None:  # who reports, as text
                assert dimension.id.startswith("PROVIDER")
                continue
            codes = dimension.local_representation.enumerated.items
            if dimension.id not in SUBJECTS:
                assert {"_T", "_U", "_Z"} <= codes.keys(), dimension.id


def test_no_list_is_shipped_that_nothing_uses() -> None:
    used = {
        id(c.core_representation.enumerated)
        for a in ARTEFACTS
        if isinstance(a, ConceptScheme)
        for c in a
        if c.core_representation is not None
    }
    assert [a.id for a in ARTEFACTS if isinstance(a, Codelist) and id(a) not in used] == []


def test_constraints_name_dimensions_and_codes_that_exist() -> None:
    for constraint in CONSTRAINTS.values():
        (attached,) = constraint.content
        structure = attached
        while not isinstance(structure, v21.DataStructureDefinition):
            structure = getattr(structure, "structure_usage", None) or structure.structure
        (region,) = constraint.data_content_region
        assert region.member
        for dimension, selection in region.member.items():
            assert any(d is dimension for d in structure.dimensions)
            codes = dimension.local_representation.enumerated.items
            assert all(value.value in codes for value in selection.values), constraint.id


def allowed(constraint: str, dimension: str) -> set[str]:
    (region,) = CONSTRAINTS[constraint].data_content_region
    return {
        value.value
        for d, selection in region.member.items()
        if d.id == dimension
        for value in selection.values
    }


def test_border_holds_entries_and_exits_only() -> None:
    assert allowed("CN_DF_MIG_BORDER", "MEASURE") == {"ENTRIES", "EXITS", "MOVEMENTS"}


def test_every_measure_has_its_dataflow() -> None:
    measures = STRUCTURES["MIG_ADMIN"].dimensions.get("MEASURE").local_representation.enumerated
    views_of = Counter(
        code for flow in FLOWS for code in (
            allowed(f"CN_{flow}", "MEASURE") if f"CN_{flow}" in CONSTRAINTS else ()
        )
    )  # fmt: skip
    assert set(views_of) == set(measures.items)
    assert max(views_of.values()) == 1


def test_structures_refuse_data_about_no_area() -> None:
    about_areas = [
        i for i, s in STRUCTURES.items() if any(d.id == "REF_AREA" for d in s.dimensions)
    ]
    assert set(STRUCTURES) - set(about_areas) == {"MIG_MIRROR"}
    for id_ in about_areas:
        (region,) = CONSTRAINTS[f"CN_{id_}"].data_content_region
        assert region.included
        areas = allowed(f"CN_{id_}", "REF_AREA")
        assert {"MEX", "001", "ANT"} <= areas
        assert not {"_FOR", "_Z", "XXA", "XXB", "XXC", "XXX"} & areas


def test_national_providers_report_their_own_country_only() -> None:
    national = [a for a in AGREEMENTS.values() if not a.data_provider.id.startswith("INT_")]
    assert len(national) > 60
    for agreement in national:
        country = agreement.data_provider.id.split("_")[0]
        assert [(n.id, n.title) for n in agreement.annotations] == [("REF_AREA", country)]
    assert AGREEMENTS["PA_INT_UNDESA_MIG_STOCK"].annotations == []


def test_each_pilot_country_has_a_provider() -> None:
    providers = next(a for a in ARTEFACTS if isinstance(a, DataProviderScheme))
    pilots = [
        "BLZ",
        "CRI",
        "DOM",
        "GTM",
        "GUY",
        "HND",
        "JAM",
        "LCA",
        "MEX",
        "NIC",
        "PAN",
        "SLV",
        "SUR",
    ]
    assert {p.id.split("_")[0] for p in providers} == {*pilots, "INT", "USA", "GRL"}
    assert {a.data_provider.id for a in AGREEMENTS.values()} == {p.id for p in providers}
    for id_ in ("MEX_UPM_MIG_BORDER", "DOM_BCRD_MIG_BORDER", "INT_UNDESA_MIG_STOCK"):
        assert f"PA_{id_}" in AGREEMENTS


def test_organisation_schemes_are_as_the_standard_fixes_them() -> None:
    agencies = next(a for a in ARTEFACTS if isinstance(a, AgencyScheme))
    providers = next(a for a in ARTEFACTS if isinstance(a, DataProviderScheme))
    assert (agencies.id, agencies.version, agencies.is_final) == ("AGENCIES", "1.0", False)
    assert (providers.id, providers.version, providers.is_final) == ("DATA_PROVIDERS", "1.0", False)
    used = {a.maintainer.id for a in ARTEFACTS if a.maintainer is not None}
    assert used == {a.id for a in agencies}


def test_each_dataflow_stands_under_one_category() -> None:
    placed = [a.artefact.id for a in ARTEFACTS if isinstance(a, Categorisation)]
    assert sorted(placed) == sorted(FLOWS)


def test_loading_is_fast_and_gives_new_objects() -> None:
    start = time.perf_counter()
    again = dsd.load()
    assert time.perf_counter() - start < 1.5
    assert again[0] is not ARTEFACTS[0]


FLOW = """
agency: MIGHUB
version: 1.0.0
final: true
dataflows:
  DF_X:
    structure: {structure}
    names: {{en: X, es: X}}
    descriptions: {{en: X, es: X}}
    allowed: {{{allowed}}}
"""


@pytest.mark.parametrize(
    ("structure", "allowed_", "said"),
    [
        ("MIG_NONE", "SEX: [F]", "no structure MIG_NONE"),
        ("MIG_FLOW", "COLOUR: [F]", "no dimension COLOUR"),
        ("MIG_FLOW", "SEX: [F, X]", "CL_SEX has no codes"),
        ("MIG_FLOW", "TIME_PERIOD: ['2020']", "TIME_PERIOD has no codelist"),
    ],
)
def test_a_dataflow_that_does_not_fit_is_refused(
    tmp_path: Path, structure: str, allowed_: str, said: str
) -> None:
    path = tmp_path / "dataflows.yaml"
    path.write_text(FLOW.format(structure=structure, allowed=allowed_), "utf-8")
    with pytest.raises(DataFileError, match=said):
        views.dataflows(path, STRUCTURES)


def test_an_agreement_on_no_dataflow_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "organisations.yaml"
    path.write_text(
        "agency: MIGHUB\nversion: 1.0.0\nfinal: true\nagencies: {SDMX: {names: {en: S, es: S}}}\n"
        "providers: {MEX_X: {names: {en: X, es: X}, area: MEX, dataflows: [DF_NONE]}}\n",
        "utf-8",
    )
    _, providers = organisations.schemes(path)
    with pytest.raises(DataFileError, match="DF_NONE"):
        organisations.agreements(path, providers, FLOWS)
