"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hub.errors import RequestSyntaxError
from hub.messages.api import NamedDataflow, SchemaResolver
from hub.messages.detect import detect, is_workbook
from hub.messages.formats import Format, Kind, by_name, formats
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.structures.repository import StructureSet

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = [
    "NAMES",
    "READABLE",
    "WRITABLE",
    "dataflow_option",
    "format_of",
    "hub_in_use",
    "named",
    "structures_in_use",
]

FC = TypeVar("FC", bound=Callable[..., Any])

#: Languages that names of codes and components are in.
NAMES = click.Choice(["en", "es", "fr", "nl"])
READABLE = [f.name for f in formats(Kind.DATA) if f.reader is not None]
WRITABLE = [f.name for f in formats(Kind.DATA) if f.writer is not None]


def format_of(path: Path, given: str | None) -> Format:
    """The format named, or found from the content.

    Raises ``RequestSyntaxError`` when the content is no data message the hub reads.
    """
    if given is not None:
        return by_name(given)
    found = None if is_workbook(path) else detect(path)
    if found is None or found.kind is not Kind.DATA or found.reader is None:
        raise RequestSyntaxError(
            f"{path.name} is not a data message the hub reads. A national file is read by a "
            "connector: see `mighub connectors list`. A message of another kind can be named "
            f"with --input-format ({', '.join(READABLE)})."
        )
    return found


def structures_in_use() -> StructureSet:
    """Structures of the hub in HUB_HOME where there is one, else those shipped."""
    with hub_in_use() as hub:
        return StructureSet.shipped() if hub is None else hub.structures


@contextmanager
def hub_in_use() -> Iterator[Hub | None]:
    """The hub in HUB_HOME, ``None`` where there is none."""
    settings = Settings.load()
    if settings.database_url.startswith("sqlite:///"):
        path = Path(settings.database_url.removeprefix("sqlite:///"))
        if not path.exists():
            yield None
            return
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(settings) as hub:
        yield hub


def dataflow_option() -> Callable[[FC], FC]:
    """The option ``--dataflow``, for messages that cannot say which dataflow they are about."""
    return click.option(
        "--dataflow",
        metavar="AGENCY:ID(VERSION)",
        help="What FILE is about, where it cannot say so itself (SDMX-ML 2.0).",
    )


def named(structures: SchemaResolver, dataflow: str | None) -> SchemaResolver:
    """The structures, with the dataflow that the caller names.

    Raises ``RequestSyntaxError`` when ``dataflow`` is no AGENCY:ID(VERSION), ``NotFound`` when
    there is none.
    """
    if dataflow is None:
        return structures
    try:
        ref = StructureRef.parse(dataflow)
    except ValueError as error:
        raise RequestSyntaxError(f"--dataflow: {error}.") from None
    return NamedDataflow(structures, structures.dataflow(ref.agency, ref.id, ref.version))
