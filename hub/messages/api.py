"""Reading and writing data messages, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from hub.messages import one_value
from hub.messages.formats import Format, by_name
from hub.messages.switched_off import without_time
from hub.model.dataset import Action, Block, DataMessage, Header
from hub.model.schema import Component, DataSchema, StructureRef

__all__ = [
    "LabelSource",
    "NamedDataflow",
    "SchemaResolver",
    "WriteOptions",
    "read_data",
    "write_data",
]


class SchemaResolver(Protocol):
    """Finds the schema that a message names. All raise ``NotFound``."""

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """Schema of a dataflow; ``None`` for agency is "any", for version "latest"."""
        ...

    def structure(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """Schema of a data structure definition, as if it were a dataflow."""
        ...

    def agreement(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """Schema of the dataflow of a provision agreement, with the agreement's constraints."""
        ...


@dataclass(frozen=True)
class NamedDataflow:
    """A resolver whose caller knows which dataflow the message is about.

    For messages that cannot say so themselves (SDMX-ML 2.0); what a message does say is resolved
    as always in every other format.
    """

    resolver: SchemaResolver
    schema: DataSchema

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """As the resolver inside."""
        return self.resolver.dataflow(agency, id, version)

    def structure(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """As the resolver inside."""
        return self.resolver.structure(agency, id, version)

    def agreement(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """As the resolver inside."""
        return self.resolver.agreement(agency, id, version)


class LabelSource(Protocol):
    """Names of codes and components in one language, for formats that carry labels."""

    def codes(self, codelist: StructureRef) -> Mapping[str, str]:
        """Code id to name."""
        ...

    def values(self, component: Component) -> Mapping[str, str]:
        """Value to name of a component without codes that holds ids of something with names."""
        ...

    def component(self, schema: DataSchema, id: str) -> str:
        """Name of the concept of a component."""
        ...

    def dataflow(self, schema: DataSchema) -> str:
        """Name of the dataflow."""
        ...


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a message is to be laid out.

    ``dimension_at_observation`` is a dimension id, ``AllDimensions``, or ``None`` for the
    default (time where there is one). ``labels`` is SDMX-CSV's ``id``, ``name`` or ``both``;
    ``label_source`` must then be given. ``action`` is stated for every dataset; ``None`` states
    each block's own. ``columns`` restricts measures and attributes (``None`` is all).
    ``series_keys_only`` writes series without observations. ``schemas`` are the structures of all
    blocks to come, for formats whose header names them first; needed when there may be more than
    one, or none.
    """

    dimension_at_observation: str | None = None
    labels: str = "id"
    label_source: LabelSource | None = None
    action: Action | None = None
    attributes: frozenset[str] | None = None
    measures: frozenset[str] | None = None
    series_keys_only: bool = False
    schemas: tuple[DataSchema, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


def read_data(path: Path, format_: Format | str, resolver: SchemaResolver) -> DataMessage:
    """Open a data message; observations stream as ``blocks`` is consumed.

    Raises ``RequestSyntaxError`` when the file is not of that format, ``NotFound`` when it names
    a structure the resolver does not have.
    """
    chosen = by_name(format_) if isinstance(format_, str) else format_
    if chosen.reader is None:
        raise ValueError(f"{chosen.name} cannot be read")
    message = cast(DataMessage, _load(chosen.reader)(path, resolver))
    message.blocks = without_time(message.blocks)
    return message


def write_data(
    blocks: Iterable[Block], format_: Format | str, header: Header, options: WriteOptions
) -> Iterator[bytes]:
    """Write blocks as a message, in chunks, without holding more than a few batches.

    Blocks of one dataset must come one after the other, sorted so that the observations of a
    series stand together.
    """
    chosen = by_name(format_) if isinstance(format_, str) else format_
    if chosen.writer is None:
        raise ValueError(f"{chosen.name} cannot be written")
    if not chosen.several:
        single = one_value.as_written(blocks, chosen.name)
        blocks = list(single) if isinstance(blocks, Sequence) else single
    return cast("Iterator[bytes]", _load(chosen.writer)(blocks, header, options))


def _load(target: str):  # type: ignore[no-untyped-def]
    module, function = target.split(":")
    return getattr(import_module(f"hub.messages.{module}"), function)
