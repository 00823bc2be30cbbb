"""Which sources of data are registered: the hub itself, for each agreement it has data of.

A registration says where the data of a provision agreement are. What a provider hands in here is
disseminated here, so an agreement is registered as long as its provider has released data of its
dataflow; nobody has to keep that up by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hub.model.schema import StructureRef
from hub.query.registration import CONTEXTS, RegistrationQuery
from hub.query.structure import StructureQuery
from hub.store.select import publishers
from hub.structures.kinds import Artefact, Key, key_of, scheme_of
from hub.structures.repository import StructureSet

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Registration", "registrations"]


@dataclass(frozen=True, slots=True)
class Registration:
    """Data of ``agreement``, last updated by a release at ``updated_at`` (aware).

    ``provider`` is the agency of its scheme and its id.
    """

    id: str
    agreement: StructureRef
    provider: tuple[str, str]
    updated_at: datetime


def registrations(hub: Hub, query: RegistrationQuery) -> list[Registration]:
    """Registrations that a query means, by agreement."""
    structures = hub.structures
    pointers = hub.releases.pointers()
    found = []
    for agreement in _agreements(structures, query):
        flow = key_of(agreement.structure_usage).ref
        pointer = pointers.get(flow)
        if pointer is None or agreement.data_provider.id not in publishers(hub, flow):
            continue
        one = Registration(
            agreement.id,
            key_of(agreement).ref,
            (key_of(scheme_of(agreement.data_provider)).ref.agency, agreement.data_provider.id),
            pointer.released_at,
        )
        if _matches(one, query):
            found.append(one)
    return found


def _matches(one: Registration, query: RegistrationQuery) -> bool:
    if query.by == "id" and one.id not in query.ids:
        return False
    if query.by == "provider":
        asked = ((query.agencies, one.provider[0]), (query.ids, one.provider[1]))
        if any(wanted and given not in wanted for wanted, given in asked):
            return False
    after, before = query.updated_after, query.updated_before
    return (after is None or one.updated_at > after) and (before is None or one.updated_at < before)


def _agreements(structures: StructureSet, query: RegistrationQuery) -> Iterator[Artefact]:
    """Agreements that the artefacts of the query lead to, each once."""
    every = structures.agreements()
    if query.by != "context":
        yield from every
        return
    named = {
        key_of(artefact)
        for artefact in structures.select(
            StructureQuery(
                kinds=query.contexts or frozenset(CONTEXTS),
                agencies=query.agencies or None,
                ids=query.ids or None,
                versions=query.versions,
            )
        )
    }
    for agreement in every:
        flow = structures.get(*key_of(agreement.structure_usage))
        if named & {key_of(agreement), key_of(flow), _structure_of(flow)}:
            yield agreement


def _structure_of(flow: Artefact) -> Key | None:
    return None if flow.structure is None else key_of(flow.structure)
