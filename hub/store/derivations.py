"""The ledger of what derived indicators were computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import insert, select

from hub.model.schema import StructureRef
from hub.store.catalogue import Catalogue
from hub.store.releases import Pointer
from hub.store.submissions import Submission
from hub.store.tables_derived import derivation

__all__ = ["Derivation", "derivation_of", "note"]


@dataclass(frozen=True, slots=True)
class Derivation:
    """One computation: the documents of the indicators, and by dataflow the release and the
    version that were read.
    """

    made_at: datetime
    program: str
    inputs: Mapping[StructureRef, tuple[int, int]]
    definitions: Sequence[Mapping[str, Any]]


def note(
    catalogue: Catalogue,
    sha256: str,
    inputs: Mapping[StructureRef, Pointer],
    definitions: Sequence[Mapping[str, Any]],
) -> None:
    """Note what the message with these bytes was computed from, before it is handed in."""
    read = {str(flow): [p.release, p.version] for flow, p in sorted(inputs.items())}
    with catalogue.write() as connection:
        connection.execute(
            insert(derivation).values(
                sha256=sha256, made_at=datetime.now(UTC), program=version("mighub"),
                inputs=read, definitions=[dict(one) for one in definitions],
            )
        )  # fmt: skip


def derivation_of(catalogue: Catalogue, submission: Submission) -> Derivation | None:
    """What a submission was computed from; ``None`` where the hub did not make it."""
    query = (
        select(derivation)
        .where(derivation.c.sha256 == submission.sha256)
        .where(derivation.c.made_at <= submission.received_at)
        .order_by(derivation.c.id.desc())
        .limit(1)
    )
    with catalogue.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    inputs = {StructureRef.parse(flow): tuple(read) for flow, read in row.inputs.items()}
    return Derivation(row.made_at, row.program, inputs, row.definitions)
