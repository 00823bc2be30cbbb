"""What judging the field needs to know beside the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from hub.model.schema import DataSchema, StructureRef
from hub.validation.field.catalogue import FieldRule, shipped_rules

__all__ = ["FieldContext", "Validities", "shipped_validity"]

#: Code to the first and last day of what it stands for (``None``: open).
Validities = Mapping[str, tuple[date | None, date | None]]


def shipped_validity(codelist: StructureRef) -> Validities:
    """When the things existed that the codes of a shipped codelist stand for; else empty."""
    from hub.structures.repository import StructureSet  # noqa: PLC0415 - slow, seldom needed

    return validity_in(StructureSet.shipped())(codelist)


def validity_in(structures: object) -> Callable[[StructureRef], Validities]:
    """Validity of codes by the annotations ``VALID_FROM`` and ``VALID_TO`` of a structure set."""
    from hub.errors import NotFound  # noqa: PLC0415

    def look(codelist: StructureRef) -> Validities:
        try:
            items = structures.get("codelist", codelist).items  # type: ignore[attr-defined]
        except NotFound:
            return {}
        found = {}
        for id_, code in items.items():
            said = {n.id: str(n.title) for n in code.annotations}
            if "VALID_FROM" in said or "VALID_TO" in said:
                found[id_] = (_day(said.get("VALID_FROM")), _day(said.get("VALID_TO")))
        return found

    return look


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@dataclass(frozen=True)
class FieldContext:
    """What rules may ask for.

    ``rules`` are all that may apply. ``published`` names the Parquet files of what readers see of a
    dataflow now (no files: nothing is published, or nobody knows); ``beside`` does so for another
    dataflow, named ``AGENCY:ID``, and says what it holds. ``provider`` is the id of the data
    provider who sends, as published rows name theirs. ``validity`` says when the things existed
    that the codes of a list stand for. ``areas`` are the codes of a dimension that the sender's
    provision agreement on a dataflow allows, ``None`` where it sets no limit or no sender is known.
    ``embargo`` is until when the hub holds back what is sent for a dataflow, ``None`` where it does
    not. ``now`` is aware.
    """

    rules: Sequence[FieldRule] = field(default_factory=shipped_rules)
    published: Callable[[StructureRef], Sequence[str]] = lambda _: ()
    validity: Callable[[StructureRef], Validities] = shipped_validity
    areas: Callable[[StructureRef, str], frozenset[str] | None] = lambda _, __: None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    beside: Callable[[str], tuple[DataSchema, Sequence[str]] | None] = lambda _: None
    provider: str | None = None
    embargo: Callable[[StructureRef], datetime | None] = lambda _: None
    memory_mb: int = 512
