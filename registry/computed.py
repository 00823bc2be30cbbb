"""What the hub's own indicators were computed from, as ``GET /api/provenance`` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hub.derived.lineage import Computed, computed
from hub.errors import NotFound
from hub.model.schema import DataSchema
from hub.store.home import Hub
from hub.store.provenance import State
from hub.store.submissions import Submission

__all__ = ["described", "how_computed", "question_of"]


def how_computed(hub: Hub, state: State, key: Mapping[str, str]) -> Computed | None:
    """How a state of an observation was computed; ``None`` for one that somebody handed in."""
    if state.submission is None:
        return None
    try:
        submission: Submission = hub.submissions.get(state.submission)
    except NotFound:
        return None
    return computed(hub, state, submission, key)


def described(how: Computed) -> dict[str, Any]:
    """How it was computed, as JSON states it."""
    one = how.definition
    return {
        "indicator": one.id,
        "names": dict(one.names),
        "definition": dict(one.definition),
        "formula": one.formula,
        "decimals": one.decimals,
        "computed_at": how.made_at.isoformat().replace("+00:00", "Z"),
        "program": how.program,
    }


def question_of(schema: DataSchema, key: Mapping[str, str]) -> str:
    """Address of ``GET /api/provenance`` for one observation."""
    ref = schema.dataflow
    series = quote(".".join(key[d] for d in schema.series_key), safe=".@$")
    time = f"?c[{schema.time.id}]={quote(key[schema.time.id])}" if schema.time is not None else ""
    return f"/api/provenance/{ref.agency}/{ref.id}/{ref.version}/{series}{time}"
