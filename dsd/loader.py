"""Everything the hub ships, as SDMX 2.1 artefacts of sdmx1."""

from __future__ import annotations

from pathlib import Path

from sdmx.model.common import MaintainableArtefact

import codelists
from dsd import components, organisations, quality, views

__all__ = ["load"]

_ROOT = Path(__file__).resolve().parent


def load() -> list[MaintainableArtefact]:
    """All shipped maintainable artefacts, as new objects that refer to one another.

    Codelists, concept schemes, data structures, agency and provider schemes, dataflows with their
    content constraints, provision agreements, category scheme and categorisations;
    what is referred to comes before what refers to it.

    Raises ``codelists.DataFileError`` when a data file is wrong.
    """
    lists = {components.reference(each): each for each in codelists.load()}
    concepts = components.concept_scheme(_ROOT / "concepts.yaml", lists)
    of_quality = components.concept_scheme(quality.CONCEPTS, lists)
    structures = {
        structure.id: structure
        for structure in components.structures(_ROOT / "structures", concepts)
    }
    agencies, providers = organisations.schemes(_ROOT / "organisations.yaml")
    flows, flow_limits = views.dataflows(_ROOT / "dataflows.yaml", structures)
    agreements = organisations.agreements(
        _ROOT / "organisations.yaml", providers, {flow.id: flow for flow in flows}
    )
    categories, categorisations = views.categories(
        _ROOT / "categories.yaml", {flow.id: flow for flow in flows}
    )
    artefacts: list[MaintainableArtefact] = [
        agencies,
        providers,
        *lists.values(),
        concepts,
        of_quality,
        *structures.values(),
        *views.structure_limits(_ROOT / "structures" / "common.yaml", structures),
        *flows,
        *flow_limits,
        *agreements,
        categories,
        *categorisations,
    ]
    for artefact in artefacts:
        if artefact.maintainer is None or artefact.maintainer.id not in agencies.items:
            raise codelists.DataFileError(f"{artefact.id}: its agency is not in the agency scheme")
    return artefacts
