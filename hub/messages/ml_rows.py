"""Rows an XML parser met one by one, waiting to become the columns of a block."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from hub.messages.columns import coded
from hub.messages.ml_columns import record_batch, take_coded
from hub.model.dataset import Action, Block
from hub.model.schema import DataSchema, Role

__all__ = ["Rows"]


class Rows:
    """Observations of one dataset; what their series share is kept once.

    ``series_of`` numbers each observation's series in ``series``. Where both give a component the
    observation's own value holds.
    """

    def __init__(self, schema: DataSchema, action: Action) -> None:
        self.schema = schema
        self.action = action
        self.series: list[dict[str, str]] = [{}]
        self.observations: list[Mapping[str, str]] = []
        self.series_of: list[int] = []

    def add(self, observation: Mapping[str, str]) -> None:
        """An observation (or a row that stands for its series) of the last series."""
        self.observations.append(observation)
        self.series_of.append(len(self.series) - 1)

    def rest(self) -> Rows:
        """An empty one that goes on with the series now open."""
        fresh = Rows(self.schema, self.action)
        fresh.series = [self.series[-1]]
        return fresh

    def block(self, ordinal: int) -> Block:
        """All rows as a block whose first row has number ``ordinal``."""
        index = np.asarray(self.series_of, dtype=np.int32)
        own_names: set[str] = set().union(*self.observations)
        series_names: set[str] = set().union(*self.series)
        columns: dict[str, pa.Array] = {}
        for component in self.schema.components:
            name = component.id
            own = shared = None
            if name in own_names:
                own = pa.array([o.get(name) for o in self.observations], pa.string())
            if name in series_names:
                given = [s.get(name) for s in self.series]
                shared = take_coded(coded(pa.array(given, pa.string())), index)
            if own is not None and shared is not None:
                own = own.fill_null(shared.cast(pa.string()))
            if own is not None:
                columns[name] = own if component.role is Role.MEASURE else coded(own)
            elif shared is not None:
                columns[name] = shared
        return Block(
            self.schema, self.action, record_batch(self.schema, columns, len(index)), ordinal
        )
