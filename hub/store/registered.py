"""Which sources of data are registered: those that messages registered, and the hub itself.

A registration says where the data of a provision agreement are. What a provider hands in here is
disseminated here, so the hub is a source of an agreement as long as its provider has released data
of its dataflow; nobody has to keep that up by hand. A registration that was made by a message and
has the same id stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.model.schema import StructureRef
from hub.query.registration import CONTEXTS, RegistrationQuery
from hub.query.structure import StructureQuery
from hub.store.registrations import valid_at
from hub.store.select import publishers
from hub.structures.kinds import Artefact, Key, key_of, scheme_of
from hub.structures.registry_model import Registration as Made
from hub.structures.registry_model import Source
from hub.structures.repository import StructureSet

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Registration", "all_registrations", "registrations"]


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
    """What the hub itself has data of, as far as a query means it, by agreement."""
    pointers = hub.releases.pointers()
    found = []
    for agreement in _agreements(hub.structures, query):
        flow = key_of(agreement.structure_usage).ref
        pointer = pointers.get(flow)
        if pointer is None or agreement.data_provider.id not in publishers(hub, flow):
            continue
        ref, provider = key_of(agreement).ref, _provider(agreement)
        one = Registration(agreement.id, ref, provider, pointer.released_at)
        if _matches(query, one.id, provider, one.updated_at):
            found.append(one)
    return found


def all_registrations(hub: Hub, query: RegistrationQuery, address: str) -> list[Made]:
    """Everything registered that a query means, as the messages of the registry state it.

    ``address`` is that of the hub's REST interface.
    """
    agreements = {key_of(a).ref: a for a in _agreements(hub.structures, query)}
    made = [
        one
        for one in valid_at(hub.registrations.all(), datetime.now(UTC))
        if one.agreement in agreements
        and _matches(query, one.id, _provider(agreements[one.agreement]), one.updated_at)
    ]
    taken = {one.id for one in hub.registrations.all()}
    own = Source(data_url=address)
    return made + [
        Made(one.id, one.agreement, own, updated_at=one.updated_at)
        for one in registrations(hub, query)
        if one.id not in taken
    ]


def _provider(agreement: Artefact) -> tuple[str, str]:
    provider = agreement.data_provider
    return key_of(scheme_of(provider)).ref.agency, provider.id


def _matches(
    query: RegistrationQuery, id_: str, provider: tuple[str, str], updated: datetime | None
) -> bool:
    if query.by == "id" and id_ not in query.ids:
        return False
    if query.by == "provider":
        asked = ((query.agencies, provider[0]), (query.ids, provider[1]))
        if any(wanted and given not in wanted for wanted, given in asked):
            return False
    after, before = query.updated_after, query.updated_before
    return (after is None or (updated is not None and updated > after)) and (
        before is None or (updated is not None and updated < before)
    )


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
