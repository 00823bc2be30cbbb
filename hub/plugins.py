"""How the library finds what stands above it.

``hub`` imports neither ``connectors`` nor ``registry``. Both announce themselves as entry points:
``mighub.commands`` are click commands or groups of the command line; ``mighub.connectors`` names
the catalogue of connectors. A third party's package may announce more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from hub.errors import HubError

if TYPE_CHECKING:  # the command line is here before any of it is needed
    from hub.disclosure import Rule
    from hub.messages.api import SchemaResolver
    from hub.model.dataset import DataMessage
    from hub.model.schema import StructureRef
    from hub.structures.repository import StructureSet

__all__ = [
    "Claim",
    "ConnectorCatalogue",
    "ConnectorRecord",
    "Figures",
    "Grid",
    "Traced",
    "commands",
    "connector_catalogue",
]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says about itself: the connector that reads it, and whose figures it holds.

    ``provider`` is blank where the file does not say it any more.
    """

    connector: str
    provider: str


#: Figures by the codes of their key: dimensions, then time.
Figures = Mapping[tuple[str, ...], str]


class ConnectorRecord(Protocol):
    """What is known about the source of a connector without opening a file of it."""

    @property
    def title(self) -> Mapping[str, str]:
        """What the source is, by language; English is always there."""
        ...

    @property
    def publisher(self) -> Mapping[str, str]:
        """``name``, ``acronym`` and ``country`` (a code of CL_AREA) of who publishes it."""
        ...

    @property
    def providers(self) -> Sequence[str]:
        """Ids of the data providers whose figures a file holds."""
        ...

    @property
    def licence(self) -> str:
        """Under which terms the publisher gives the figures away."""
        ...

    @property
    def url(self) -> str:
        """Where the publisher has the file."""
        ...

    @property
    def open_file(self) -> bool:
        """Whether the file is open to everybody at its publisher, so that cells may be shown."""
        ...

    @property
    def invented(self) -> bool:
        """Whether the figures of its samples are nobody's, made to show a layout."""
        ...

    @property
    def edition(self) -> Sequence[str] | None:
        """Components within which a file is all its source says; ``None``: it may leave out."""
        ...


@dataclass(frozen=True, slots=True)
class Traced:
    """A code of an observation: the printed words it comes from, and where they stand.

    ``label`` and the cell are ``None`` where the code holds for all of the source. ``map`` is the
    file of the connector that says which code the words stand for, where one does.
    """

    component: str
    code: str
    label: str | None = None
    sheet: str | None = None
    cell: str | None = None
    map: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A part of a sheet as text: ``rows`` and ``columns`` are 0-based numbers in the sheet."""

    sheet: str
    rows: Sequence[int]
    columns: Sequence[int]
    cells: Sequence[Sequence[str]]


class Register(Protocol):
    """What is known about a register of single crossings without opening a file of it."""

    @property
    def provider(self) -> str:
        """Id of the data provider whose register it is."""
        ...

    @property
    def provision_agreement(self) -> StructureRef:
        """The agreement under which its counts are sent."""
        ...

    @property
    def disclosure(self) -> Rule | None:
        """The rule for what leaves its office."""
        ...

    def samples(self) -> list[Path]:
        """The extracts that are shipped; they are invented."""
        ...


class ConnectorCatalogue(Protocol):
    """The connectors that are installed."""

    def ids(self) -> Sequence[str]:
        """Connector ids, ``<iso3>/<source>``."""
        ...

    def has(self, connector: str) -> bool:
        """Whether ``read`` knows a connector: one of ``ids``, or the hub's reporting workbook."""
        ...

    def registers(self) -> Sequence[str]:
        """Ids of the registers of single crossings, which no hub is sent files of."""
        ...

    def register(self, register: str) -> Register:
        """What is known about a register; ``NotFound`` when there is none."""
        ...

    def count(self, register: str, path: Path, structures: StructureSet) -> DataMessage:
        """The message of counts that an extract of a register becomes."""
        ...

    def register_in(self, path: Path) -> str | None:
        """The register that a file is an extract of, by its header; ``None``: of none."""
        ...

    def claim(self, path: Path) -> Claim | None:
        """What a workbook says about itself; ``None`` when it says nothing the hub knows."""
        ...

    def workbook(
        self,
        structures: StructureSet,
        country: str,
        dataflow: str,
        period: str,
        *,
        language: str | None = None,
        provider: str | None = None,
        published: Callable[[StructureRef, str, str], Figures] | None = None,
    ) -> tuple[str, bytes]:
        """Name and bytes of a blank reporting workbook (xlsx).

        ``published`` gives what the hub holds of a dataflow for an area and a year. Raises
        ``NotFound`` when there is no such workbook, ``RequestSyntaxError`` for a period or a
        language that none has.
        """
        ...

    def workbooks(self) -> Mapping[str, Sequence[str]]:
        """Countries that have reporting workbooks, and the ids of their dataflows."""
        ...

    def record(self, connector: str) -> ConnectorRecord:
        """What is known about the source of a connector; ``NotFound`` when there is none."""
        ...

    def samples(self, connector: str) -> Sequence[Path]:
        """The extracts that a connector ships; ``NotFound`` when there is no such connector."""
        ...

    def read(self, connector: str, path: Path, resolver: SchemaResolver) -> DataMessage:
        """Read a national file into a data message.

        ``NotFound`` when there is no such connector. Faults of the file are findings of the
        message, placed by sheet, row and column.
        """
        ...

    def version(self, connector: str) -> str:
        """A hash of all that decides how a file is read: record, maps and code."""
        ...

    def trace(
        self, connector: str, path: Path, resolver: SchemaResolver, ordinal: int
    ) -> tuple[Mapping[str, str | None], Sequence[Traced]]:
        """The observation ``ordinal`` of a file as it is read now, and where its codes come from.

        ``NotFound`` when the file, as it is read now, has no such observation.
        """
        ...

    def grid(
        self, connector: str, path: Path, sheet: str, cells: Sequence[tuple[int, int]]
    ) -> Grid:
        """The part of a sheet around some cells (0-based row and column).

        ``NotFound`` when the file has no such sheet.
        """
        ...


@cache  # looking for entry points reads the disk
def connector_catalogue() -> ConnectorCatalogue:
    """The installed catalogue of connectors.

    Raises ``HubError`` when none is installed.
    """
    for entry in entry_points(group="mighub.connectors"):
        return cast(ConnectorCatalogue, entry.load())
    raise HubError("No connectors are installed")


def commands() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names of the click commands that installed packages add, and what imports each."""
    for entry in entry_points(group="mighub.commands"):
        yield entry.name, entry.load
