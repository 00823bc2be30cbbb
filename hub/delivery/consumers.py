"""Whom packs are made for, what of and in which formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsd import consumers as declared
from hub import views
from hub.errors import NotFound
from hub.model.schema import StructureRef
from hub.store.home import Hub

__all__ = ["PARTNER", "Consumer", "consumer", "consumers"]

#: Another hub: it gets what this one stores, as it is.
PARTNER = "partner"

_PARTNER_NAMES = {"en": "Another hub of migration statistics",
                  "es": "Otro centro de estadísticas de migración"}  # fmt: skip
_PARTNER_FORMATS = ("sdmx-csv-2.0",)


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who gets packs: names by language, and the formats of each dataflow delivered.

    ``by_provider``: with a message for each data provider, so that it stays known whose they are.
    """

    id: str
    names: Mapping[str, str]
    dataflows: Mapping[StructureRef, tuple[str, ...]]
    by_provider: bool = False


def consumers(hub: Hub) -> list[Consumer]:
    """All consumers: those declared in ``dsd/consumers``, and another hub."""
    found = [
        Consumer(
            id_,
            told["names"],
            {StructureRef.parse(ref): tuple(names) for ref, names in told["deliver"].items()},
        )
        for id_, told in declared.consumers().items()
    ]
    kept = sorted(ref for ref in hub.releases.pointers() if views.find(ref) is None)
    partner = Consumer(
        PARTNER, _PARTNER_NAMES, dict.fromkeys(kept, _PARTNER_FORMATS), by_provider=True
    )
    return [*found, partner]


def consumer(hub: Hub, id_: str) -> Consumer:
    """A consumer by its id; ``NotFound`` says which there are."""
    known = {one.id: one for one in consumers(hub)}
    if id_ not in known:
        raise NotFound(f"There is no consumer {id_!r}. There are {', '.join(sorted(known))}.")
    return known[id_]
