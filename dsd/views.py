"""Dataflows with their content constraints, and the categories people find them under.

SDMX 2.1 Section 2, Dataflow Definition, Content Constraint, Category Scheme and Categorisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sdmx.model import v21
from sdmx.model.common import (
    BaseMemberSelection,
    Categorisation,
    Category,
    CategoryScheme,
    ConstrainableArtefact,
    ConstraintRole,
    ConstraintRoleType,
    CubeRegion,
    DimensionComponent,
)

from codelists.text_yaml import DataFileError, read_yaml
from dsd.components import HEADER, codes_of, header, urn

__all__ = ["categories", "constraint", "dataflows", "structure_limits"]

_FLOW = {"structure", "names", "descriptions"}


def dataflows(
    path: Path, structures: Mapping[str, v21.DataStructureDefinition]
) -> tuple[list[v21.DataflowDefinition], list[v21.ContentConstraint]]:
    """The dataflows, and the constraints of those that are narrower than their structure.

    Raises ``DataFileError`` when a dataflow names a structure, component or code that does not
    exist.
    """
    data = read_yaml(path, ("agency", "version", "final", "dataflows"))
    flows, constraints = [], []
    for id_, given in data["dataflows"].items():
        if not _FLOW <= given.keys() <= _FLOW | {"allowed"}:
            raise DataFileError(f"{path.name}: {id_} needs {sorted(_FLOW)}, and may have allowed")
        if given["structure"] not in structures:
            raise DataFileError(f"{path.name}: there is no structure {given['structure']}")
        structure = structures[given["structure"]]
        flow = v21.DataflowDefinition(**header(data | given | {"id": id_}), structure=structure)
        flow.urn = urn(flow)
        flows.append(flow)
        if "allowed" in given:
            names = {
                "en": f"Allowed content of {given['names']['en']}",
                "es": f"Contenido permitido de {given['names']['es']}",
            }
            constraints.append(
                constraint(
                    header(data | {"id": f"CN_{id_}", "names": names}),
                    flow,
                    structure,
                    given["allowed"],
                )
            )
    return flows, constraints


def constraint(
    common: Mapping[str, Any],
    attached_to: ConstrainableArtefact,
    structure: v21.DataStructureDefinition,
    region: Mapping[str, Sequence[str]],
) -> v21.ContentConstraint:
    """A constraint with one cube region: only the given codes of the given dimensions are allowed.

    Raises ``DataFileError`` when a dimension or a code does not exist.
    """
    members: dict[DimensionComponent, BaseMemberSelection[Any]] = {}
    for id_, codes in region.items():
        dimension = next((d for d in structure.dimensions if d.id == id_), None)
        if dimension is None:
            raise DataFileError(f"{common['id']}: {structure.id} has no dimension {id_}")
        codelist = dimension.local_representation.enumerated
        if codelist is None:
            raise DataFileError(f"{common['id']}: {id_} has no codelist")
        absent = [code for code in codes if code not in codelist.items]
        if absent:
            raise DataFileError(f"{common['id']}: {codelist.id} has no codes {absent}")
        members[dimension] = v21.MemberSelection(
            values_for=dimension, values=[v21.MemberValue(value=code) for code in codes]
        )
    made = v21.ContentConstraint(
        **common,
        role=ConstraintRole(role=ConstraintRoleType.allowable),
        content={attached_to},
        data_content_region=[CubeRegion(included=True, member=members)],
    )
    made.urn = urn(made)
    return made


def structure_limits(
    path: Path, structures: Mapping[str, v21.DataStructureDefinition]
) -> list[v21.ContentConstraint]:
    """A constraint on each structure: all codes but those that ``excluded`` says no data may have.

    A structure without any of these dimensions has none.

    It lists what is allowed, though that is longer: sdmx1 reads a region that excludes as one
    that includes, and would turn the constraint into its opposite.

    Raises ``DataFileError`` when it names a dimension or code that does not exist.
    """
    excluded = read_yaml(path, ("attributes", "excluded"))["excluded"]
    made = []
    for structure in structures.values():
        names = {
            "en": f"Codes allowed in {structure.name.localizations['en']}",
            "es": f"Códigos permitidos en {structure.name.localizations['es']}",
        }
        common = {
            "id": f"CN_{structure.id}",
            "version": structure.version,
            "name": names,
            "is_final": structure.is_final,
            "is_external_reference": False,
            "maintainer": structure.maintainer,
        }
        own = {dimension.id for dimension in structure.dimensions}
        region = {
            id_: _others(structure, id_, codes) for id_, codes in excluded.items() if id_ in own
        }
        if not region:
            continue
        made.append(constraint(common, structure, structure, region))
    return made


def _others(
    structure: v21.DataStructureDefinition, dimension: str, codes: Sequence[str]
) -> list[str]:
    """Codes of a dimension but these; ``DataFileError`` when one of these is none."""
    all_ = codes_of(structure, dimension)
    absent = [code for code in codes if code not in all_]
    if absent:
        raise DataFileError(f"{structure.id}: {dimension} has no codes {absent}")
    return [code for code in all_ if code not in codes]


def categories(
    path: Path, flows: Mapping[str, v21.DataflowDefinition]
) -> tuple[CategoryScheme, list[Categorisation]]:
    """The category scheme, and one categorisation for each dataflow.

    Raises ``DataFileError`` when a category lists a dataflow that does not exist, or a dataflow
    stands under none or two.
    """
    data = read_yaml(path, (*HEADER, "categories"), ("descriptions",))
    scheme = CategoryScheme(**header(data), is_partial=False)
    scheme.urn = urn(scheme)
    categorisations, placed = [], []
    for id_, given in data["categories"].items():
        category = Category(id=id_, name=given["names"])
        scheme.append(category)
        for flow_id in given["dataflows"]:
            if flow_id not in flows:
                raise DataFileError(f"{path.name}: there is no dataflow {flow_id}")
            names = {
                language: f"{name}: {flows[flow_id].name.localizations[language]}"
                for language, name in given["names"].items()
            }
            each = Categorisation(
                **header(data | {"id": f"CAT_{flow_id}", "names": names, "descriptions": {}}),
                category=category,
                artefact=flows[flow_id],
            )
            each.urn = urn(each)
            categorisations.append(each)
            placed.append(flow_id)
    if sorted(placed) != sorted(flows):
        raise DataFileError(f"{path.name}: each dataflow must stand under one category")
    return scheme, categorisations
