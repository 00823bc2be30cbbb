"""Whose the observations of a submission are: the data provider that each row is kept with."""

from __future__ import annotations

from hub.model.schema import StructureRef
from hub.plugins import connector_catalogue
from hub.store.changes import UNSTATED
from hub.store.conditions import Condition
from hub.store.home import Hub
from hub.store.resolve import agreed_cells
from hub.store.submissions import Submission
from hub.structures.kinds import key_of

__all__ = ["origin"]


def origin(hub: Hub, submission: Submission, dataflow: StructureRef) -> Condition:
    """SQL over the columns of ``dataflow`` that gives the id of a row's data provider.

    It is who the sender said, or else who the connector's record says. Where a source reports for
    several, a row is of the only one of them whose agreement allows it; of a row that none or
    several of them may report nothing is said.
    """
    providers = _named(submission)
    if not providers:
        return UNSTATED
    if len(providers) == 1:
        return Condition("?", providers)
    cases = [
        Condition(f"CASE WHEN {cells.sql} THEN ? END", (*cells.values, provider))
        for provider in providers
        for agreement in hub.structures.agreements(provider=provider, dataflow=dataflow)
        for cells in (agreed_cells(hub.structures, key_of(agreement).ref),)
    ]
    found = f"list_distinct([{', '.join(case.sql for case in cases)}])"  # without nulls
    values = tuple(value for case in cases for value in case.values)
    return Condition(f"CASE len({found}) WHEN 1 THEN {found}[1] END", values * 2)


def _named(submission: Submission) -> tuple[str, ...]:
    """Ids of the providers a submission is of."""
    if submission.provider is not None:  # may stand with the agency of its scheme before it
        return (submission.provider.rpartition(":")[2],)
    connector = submission.connector
    if connector is not None and connector in connector_catalogue().ids():
        return tuple(connector_catalogue().record(connector).providers)
    return ()
