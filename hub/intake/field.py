"""What the rules of the field may ask the hub for: its own rules, what is published, who sends."""

from __future__ import annotations

from collections.abc import Sequence

from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.structures.kinds import key_of
from hub.validation.field import FieldContext, FieldRule, learn, load_rules, shipped_rules
from hub.validation.field.context import validity_in

__all__ = ["field_context", "rules_in_use"]

#: Folder of the home folder that holds rule files of the hub's own.
RULES = "rules"


def rules_in_use(hub: Hub) -> tuple[FieldRule, ...]:
    """The rules shipped and those of the hub's ``rules`` folder, read anew.

    Raises ``RuleFileError`` when a rule file is wrong.
    """
    return (*shipped_rules(), *learn(load_rules(hub.settings.home / RULES)))


def field_context(hub: Hub, provider: str | None = None) -> FieldContext:
    """What is judged, and by what, when ``provider`` (a data provider's id) sends data."""
    structures = hub.structures

    def published(dataflow: StructureRef) -> Sequence[str]:
        pointer = hub.releases.current(dataflow)
        return () if pointer is None else hub.observations.files(dataflow, pointer.version)

    def areas(dataflow: StructureRef, dimension: str) -> frozenset[str] | None:
        if provider is None:
            return None
        allowed: frozenset[str] = frozenset()
        for agreement in structures.agreements(provider=provider, dataflow=dataflow):
            ref = key_of(agreement).ref
            schema = structures.agreement(ref.agency, ref.id, ref.version)
            named = [
                dict(region.values)[dimension]
                for region in schema.constraints
                if region.included and region.source == ref and dimension in dict(region.values)
            ]
            if not named:
                return None  # this agreement sets no limit
            allowed |= frozenset.intersection(*named)
        return allowed or None

    return FieldContext(
        rules=rules_in_use(hub),
        published=published,
        validity=validity_in(structures),
        areas=areas,
        memory_mb=hub.settings.engine_memory_mb,
    )
