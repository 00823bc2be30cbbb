"""What registry interface messages say, as plain values.

Sources: ``SDMXRegistry*.xsd`` of SDMX-ML 2.1, 3.0 and 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hub.model.schema import StructureRef
from hub.structures.kinds import Artefact, Key
from hub.structures.submission import Status, StructureAction

__all__ = [
    "FLAGS",
    "Address",
    "ItemStatus",
    "Registration",
    "RegistrationQuery",
    "RegistrationRequest",
    "Request",
    "Selector",
    "Source",
    "StructureRequest",
    "Subscription",
    "SubscriptionQuery",
    "SubscriptionRequest",
]

#: Attributes of a registration that say what may be indexed.
FLAGS = ("indexTimeSeries", "indexDataSet", "indexAttributes", "indexReportingPeriod")


@dataclass(frozen=True, slots=True)
class Source:
    """Where data are: a file, a service that can be queried, or both."""

    simple: str | None = None
    data_url: str | None = None
    wsdl_url: str | None = None
    wadl_url: str | None = None
    is_rest: bool = True
    is_web_service: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """Data of a provision agreement at a source; ``id`` is empty before the registry gave one."""

    id: str
    agreement: StructureRef
    source: Source
    flags: Mapping[str, bool] = field(default_factory=dict)
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a notification goes; ``kind`` is ``mail`` or ``http``."""

    kind: str
    url: str
    is_soap: bool = False


@dataclass(frozen=True, slots=True)
class Selector:
    """Events a subscriber wants to know of.

    ``type`` is ``structure``, ``data`` or ``metadata``. Without ``objects`` all events of the type
    (for structures: of ``agencies``). An object is a dictionary with the ``tag`` of the standard
    and ``urn``, ``text``, or ``id`` and ``version`` (and ``agency``), where ``%`` is anything.
    """

    type: str
    agencies: tuple[str, ...] = ()
    objects: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an organisation wants to be told; ``urn`` is empty before the registry gave one.

    ``organisation`` is a URN. Valid from the first to the last day, both included.
    """

    urn: str
    organisation: str
    assigned_id: str | None
    addresses: tuple[Address, ...]
    valid_from: date
    valid_to: date
    selectors: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A message to the registry: the SDMX-ML version it has, and who sent it."""

    version: str
    sender: str


@dataclass(frozen=True, slots=True)
class StructureRequest(Request):
    """``SubmitStructureRequest``: artefacts, the action, and those with an action of their own."""

    action: StructureAction
    artefacts: tuple[Artefact, ...]
    overrides: Mapping[Key, StructureAction]


@dataclass(frozen=True, slots=True)
class RegistrationRequest(Request):
    """``SubmitRegistrationsRequest``."""

    entries: tuple[tuple[StructureAction, Registration], ...]


@dataclass(frozen=True, slots=True)
class SubscriptionRequest(Request):
    """``SubmitSubscriptionsRequest``."""

    entries: tuple[tuple[StructureAction, Subscription], ...]


@dataclass(frozen=True, slots=True)
class RegistrationQuery(Request):
    """``QueryRegistrationRequest``; without ``target`` all. ``narrowed``: by constraints too."""

    sets: str
    target: tuple[Key, str] | None = None
    period: tuple[str, str] | None = None
    narrowed: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionQuery(Request):
    """``QuerySubscriptionRequest``; ``organisation`` is a URN."""

    organisation: str


@dataclass(frozen=True, slots=True)
class ItemStatus:
    """What became of one registration or subscription."""

    entry: Any
    status: Status
    code: int
    text: str

    @property
    def ok(self) -> bool:
        """Whether what was asked for was done."""
        return self.status is not Status.FAILURE
