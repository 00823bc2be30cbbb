"""What is asked for when structures are maintained, and what came of it: plain values.

Source: SDMX REST 2.2 ``maintenance.md``, SDMX 2.1 Section 5 (``SubmitStructureRequest``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hub.structures.kinds import KINDS, Artefact, Key, item_urn, key_of, urn_of
from hub.structures.repository import StructureSet

__all__ = [
    "Change",
    "Outcome",
    "Result",
    "Status",
    "StructureAction",
    "SubmissionResult",
    "http_status",
]


class StructureAction(StrEnum):
    """What to do with an artefact; the values are those of the standard's messages.

    ``APPEND`` adds, and adds items to a scheme, but changes nothing that is there. ``REPLACE``
    adds or replaces whole, but merges a scheme that says it is partial. ``MERGE`` merges the items
    of any scheme. ``INFORMATION`` asks for nothing.
    """

    APPEND = "Append"
    REPLACE = "Replace"
    MERGE = "Merge"
    DELETE = "Delete"
    INFORMATION = "Information"


class Status(StrEnum):
    """How one change ended."""

    SUCCESS = "Success"
    WARNING = "Warning"
    FAILURE = "Failure"


@dataclass(frozen=True, slots=True)
class Change:
    """One artefact to be maintained, or with ``item`` one item of it to be deleted."""

    action: StructureAction
    key: Key
    artefact: Artefact | None = None
    item: str = ""

    @classmethod
    def of(cls, artefact: Artefact, action: StructureAction) -> Change:
        """The change that submits ``artefact``."""
        return cls(action, key_of(artefact), artefact)


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """What became of one change: ``code`` is the HTTP status it has on its own."""

    key: Key
    action: StructureAction
    status: Status
    code: int
    texts: tuple[str, ...]
    item: str = ""

    @property
    def urn(self) -> str:
        """URN of the artefact, or of the item."""
        if self.item and KINDS[self.key.kind].item:
            return item_urn(self.key, self.item)
        return urn_of(self.key)

    @property
    def ok(self) -> bool:
        """Whether what was asked for holds now."""
        return self.status is not Status.FAILURE


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results in the order of the changes, and what they make of the structures."""

    results: tuple[SubmissionResult, ...]
    structures: StructureSet
    put: tuple[Artefact, ...] = ()
    removed: tuple[Key, ...] = field(default=())

    @property
    def changed(self) -> bool:
        """Whether anything is different afterwards."""
        return bool(self.put or self.removed)


class Result(Protocol):
    """What an answer reports of one thing."""

    @property
    def ok(self) -> bool:
        """Whether it went well."""

    @property
    def code(self) -> int:
        """The HTTP status it has on its own."""


def http_status(results: Iterable[Result]) -> int:
    """The status of an answer with these results.

    207 when some went well and others did not; 201 when something was created and all went well.
    """
    listed = list(results)
    codes = {r.code for r in listed if not r.ok}
    if not codes:
        return 201 if any(r.code == 201 for r in listed) else 200
    if any(r.ok for r in listed):
        return 207
    return next((code for code in (422, 409, 404, 403) if code in codes), max(codes))
