"""What a published indicator was computed from: the observations behind it, as they were then.

The ledger says which release of each dataflow a computation read and what the definitions were.
So the observations are found by asking the same question again of the same version, and none of
them has to be noted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.derived.compute import of_result
from hub.derived.definitions import PROVIDER_ID, Definition, Input
from hub.model.schema import DataSchema
from hub.store.derivations import Derivation, derivation_of
from hub.store.home import Hub
from hub.store.provenance import Provenance, State, at_release
from hub.store.submissions import Submission

__all__ = ["MOST_INPUTS", "Computed", "InputRows", "computed", "input_rows"]

#: Observations of one input that are listed.
MOST_INPUTS = 200


@dataclass(frozen=True, slots=True)
class Computed:
    """How a state of an observation was computed, and when."""

    definition: Definition
    made_at: datetime
    program: str
    derivation: Derivation


@dataclass(frozen=True, slots=True)
class InputRows:
    """The observations of one input behind a result; ``more``: there are others still."""

    input: Input
    schema: DataSchema
    release: int
    observations: tuple[Provenance, ...]
    more: bool


def computed(
    hub: Hub, state: State, submission: Submission, key: Mapping[str, str]
) -> Computed | None:
    """How an observation was computed; ``None`` for one that somebody handed in."""
    if state.provider != PROVIDER_ID or state.values is None:
        return None
    found = derivation_of(hub.catalogue, submission)
    for document in found.definitions if found else ():
        definition = Definition.read(document)
        if found is not None and definition.gives(key):
            return Computed(definition, found.made_at, found.program, found)
    return None


def input_rows(
    hub: Hub, how: Computed, key: Mapping[str, str], limit: int = MOST_INPUTS
) -> list[InputRows]:
    """The observations behind a result, by input; ``key`` is that of the result."""
    found = []
    for one in how.definition.inputs:
        flow = one.dataflow
        release = how.derivation.inputs.get(flow)
        schema = hub.structures.dataflow(flow.agency, flow.id, flow.version)
        if release is None:  # nothing of it was released then
            found.append(InputRows(one, schema, 0, (), False))
            continue
        where = of_result(one, schema, key)
        _, rows, more = at_release(hub, flow, release, where, limit)
        found.append(InputRows(one, schema, release[0], tuple(rows), more))
    return found
