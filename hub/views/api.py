"""What a computed dataflow is to the rest of the hub.

The observations of most dataflows are stored. Those of a computed one are made from stored
dataflows, its inputs, when somebody asks: a :class:`View` gives SQL over its inputs that stands
where the table of a stored dataflow would. So each parameter of a query works on both, and the
releases of the inputs tell whether an answer changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hub.model.schema import StructureRef
from hub.query.model import DataQuery
from hub.structures.repository import StructureSet

__all__ = ["Relation", "View"]


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows, as SQL that can stand after ``FROM``, and its parameters in order.

    The rows have a text column for each component of a schema, and those of
    :mod:`hub.model.stored` that readers need: ``_provider`` (text, may be null) and, where the
    schema has a time dimension, ``_start`` and ``_end`` (naive UTC, end exclusive). ``empty`` tells
    that there are none.
    """

    sql: str
    values: tuple[object, ...] = ()
    empty: bool = False


class View(Protocol):
    """A computed dataflow. Pure: it makes SQL and looks at no data."""

    @property
    def dataflow(self) -> StructureRef:
        """The dataflow that it computes."""

    @property
    def inputs(self) -> tuple[StructureRef, ...]:
        """The stored dataflows that it reads."""

    def relation(
        self,
        structures: StructureSet,
        query: DataQuery,
        inputs: Mapping[StructureRef, Relation],
    ) -> Relation:
        """The observations of the dataflow.

        ``inputs`` has a relation for each input, empty where nothing was released. ``query`` is
        applied to the result by who asks; a view uses it only to read less, so its rows may be
        more than the query selects and must never be fewer. The key of a row is unique.
        """
