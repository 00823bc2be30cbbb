"""Which component of a structure stands at which level of an SDMX-JSON dataset."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import SemanticError
from hub.messages.api import WriteOptions
from hub.messages.json_values import Values
from hub.model.schema import Component, DataSchema, Level

__all__ = ["ALL_DIMENSIONS", "Layout"]

ALL_DIMENSIONS = "AllDimensions"


@dataclass(frozen=True)
class Layout:
    """The levels of one structure in one message, and the values met so far.

    Series: all dimensions but one stand at the series, that one at the observation. Flat
    (``series`` is empty): all stand at the observation. Attributes of a series are shown at the
    series only where a series of the message is a series of the structure, else with each
    observation; the format allows an attribute a lower level than its own. Attributes of a group of
    series stand at the group (version 1.0, which can do so too: at the series).
    """

    schema: DataSchema
    series: tuple[Component, ...]
    observation: tuple[Component, ...]
    measures: tuple[Component, ...]
    series_attributes: tuple[Component, ...]
    observation_attributes: tuple[Component, ...]
    dataset_attributes: tuple[Component, ...]
    group_attributes: tuple[Component, ...]
    values: dict[str, Values]
    literals: frozenset[str]
    hidden: frozenset[str]
    series_only: bool

    @classmethod
    def of(cls, schema: DataSchema, options: WriteOptions, *, version1: bool) -> Layout:
        """The layout that ``options`` ask for.

        Version 1.0 has one measure, always first in an observation (``hidden`` ones are null),
        and numbers all attribute values; later versions write uncoded attributes of observations
        as they are (``literals``). Raises ``SemanticError`` for an unknown dimension.
        """
        key = [*schema.dimensions, *([schema.time] if schema.time else [])]
        at = options.dimension_at_observation
        at = at or (schema.time.id if schema.time else ALL_DIMENSIONS)
        if at not in (ALL_DIMENSIONS, *(c.id for c in key)):
            raise SemanticError(f"{schema.dataflow} has no dimension {at} to show observations by.")
        observation = tuple(c for c in key if at in (ALL_DIMENSIONS, c.id))
        kept = [a for a in schema.attributes if _chosen(a, options.attributes)]
        dataset = tuple(a for a in kept if a.level is Level.DATASET)
        grouped = () if version1 else tuple(a for a in kept if a.attached)
        of_series = schema.time is not None and at == schema.time.id
        series = tuple(
            a for a in kept if a.level is Level.SERIES and of_series and a not in grouped
        )
        beside = tuple(a for a in kept if a not in (*dataset, *series, *grouped))
        shown = tuple(m for m in schema.measures if _chosen(m, options.measures))
        if options.series_keys_only:
            beside, shown = tuple(a for a in beside if a.level is Level.SERIES), ()
        measures = schema.measures if version1 else shown
        as_is = [m for m in measures if version1 or m.codes is None]
        as_is += [a for a in beside if not version1 and a.codes is None]
        return cls(
            schema,
            tuple(c for c in key if c not in observation),
            observation,
            measures,
            series,
            beside,
            dataset,
            grouped,
            {c.id: Values() for c in schema.components},
            frozenset(c.id for c in as_is),
            frozenset(m.id for m in measures if m not in shown),
            options.series_keys_only,
        )

    @property
    def flat(self) -> bool:
        """Whether observations stand directly under the dataset."""
        return not self.series


def _chosen(component: Component, ids: frozenset[str] | None) -> bool:
    return ids is None or component.id in ids
