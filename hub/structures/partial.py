"""Which items of the schemes in an answer are in use (``detail=referencepartial``).

Codelists hold the codes that the constraints of the queried dataflows leave, with their parents;
concept schemes the concepts of the structures; category and provider schemes what the
categorisations and agreements of the answer name. Source: SDMX REST 1.5 section 4.3; which
constraints count: sdmx-twg/sdmx-rest issue 162.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from hub.model.schema import DataSchema
from hub.structures.kinds import Artefact, Key, item_path, key_of, scheme_of
from hub.structures.schema import allowed_codes
from hub.structures.views import ancestors_of

__all__ = ["used_items"]

_FLAT = {"codelist", "conceptscheme"}
_CONTEXTS = ("provisionagreement", "dataflow", "datastructure")


def used_items(
    matches: list[Key],
    extra: list[Key],
    find: Callable[[Key], Artefact],
    schema: Callable[[Key], DataSchema],
) -> dict[Key, set[str]]:
    """Items in use by scheme; a scheme that is not in the result is in use as a whole."""
    answer = [*matches, *extra]
    used: dict[Key, set[str]] = defaultdict(set)
    for key in answer:
        artefact = find(key)
        match key.kind:
            case "datastructure":
                _concepts(artefact, used)
            case "categorisation":
                category = artefact.category
                path = item_path(category)
                used[key_of(scheme_of(category))] |= {path}
            case "provisionagreement":
                used[key_of(scheme_of(artefact.data_provider))].add(artefact.data_provider.id)
    used.update(_codes(matches, answer, find, schema))
    return {
        key: ancestors_of(find(key), ids) if key.kind in _FLAT and key in answer else ids
        for key, ids in used.items()
    }


def _concepts(dsd: Artefact, used: dict[Key, set[str]]) -> None:
    for part in (*dsd.dimensions, *dsd.measures, *dsd.attributes):
        for concept in (part.concept_identity, getattr(part, "concept_role", None)):
            if concept is not None:
                used[key_of(scheme_of(concept))].add(concept.id)


def _codes(
    matches: list[Key],
    answer: list[Key],
    find: Callable[[Key], Artefact],
    schema: Callable[[Key], DataSchema],
) -> dict[Key, set[str]]:
    """Codes left by the constraints of the artefacts through which the answer is seen."""
    used: dict[Key, set[str]] = defaultdict(set)
    whole: set[Key] = set()
    for context in _contexts(matches, answer, find):
        view = schema(context)
        for component in view.components:
            if component.codelist is None or component.codes is None:
                continue
            key = Key("codelist", component.codelist)
            left = allowed_codes(view, component.id)
            if left is None or len(left) == len(component.codes):
                whole.add(key)
            else:
                used[key] |= left
    return {key: codes for key, codes in used.items() if key not in whole}


def _contexts(
    matches: Iterable[Key], answer: list[Key], find: Callable[[Key], Artefact]
) -> list[Key]:
    """What the answer's codelists are seen through: the queried flows, else all in the answer."""
    chosen = [key for key in matches if key.kind in _CONTEXTS]
    if not chosen:
        chosen = [key for key in answer if key.kind == "dataflow"]
    covered = {key_of(_dsd(find(key))) for key in chosen}
    return chosen + [key for key in answer if key.kind == "datastructure" and key not in covered]


def _dsd(artefact: Artefact) -> Artefact:
    while not hasattr(artefact, "dimensions"):
        artefact = getattr(artefact, "structure", None) or artefact.structure_usage
    return artefact
