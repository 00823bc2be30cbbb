"""What the rules of the field may ask the hub for: its own rules, what is published, who sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hub.intake.policies import all_policies
from hub.model.schema import DataSchema, StructureRef
from hub.query.versions import version_key
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


def field_context(
    hub: Hub, provider: str | None = None, embargo: datetime | None = None
) -> FieldContext:
    """What is judged, and by what, when ``provider`` (a data provider's id) sends data.

    ``embargo`` is the one the sender asked for, beside those that policies of the hub set.
    """
    structures = hub.structures

    def published(dataflow: StructureRef) -> Sequence[str]:
        pointer = hub.releases.current(dataflow)
        return () if pointer is None else hub.observations.files(dataflow, pointer.version)

    def beside(name: str) -> tuple[DataSchema, Sequence[str]] | None:
        pointers = [p for p in hub.releases.pointers().values()
                    if f"{p.dataflow.agency}:{p.dataflow.id}" == name]  # fmt: skip
        if not pointers:
            return None
        newest = max(pointers, key=lambda p: version_key(p.dataflow.version))
        ref = newest.dataflow
        schema = structures.dataflow(ref.agency, ref.id, ref.version)
        return schema, hub.observations.files(ref, newest.version)

    def held_back(dataflow: StructureRef) -> datetime | None:
        subjects = {("dataflow", dataflow)}
        if provider is not None:
            agreements = structures.agreements(provider=provider, dataflow=dataflow)
            subjects |= {("agreement", key_of(agreement).ref) for agreement in agreements}
        now = datetime.now(UTC)
        held = [p for p in all_policies(hub) if (p.kind, p.subject) in subjects]
        times = [embargo, *(p.embargo_until or (now if p.embargo_delay else None) for p in held)]
        return max((t for t in times if t), default=None)

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
        beside=beside,
        embargo=held_back,
        provider=None if provider is None else provider.rpartition(":")[2],
        memory_mb=hub.settings.engine_memory_mb,
    )
