"""Writing attributes of groups of series as ``dimensionGroupAttributes`` (SDMX-JSON 2.x).

Reading them is :mod:`hub.messages.json_groups`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from hub.errors import SemanticError
from hub.messages.columns import Indices
from hub.messages.json_layout import Layout
from hub.model.schema import Component

__all__ = ["GroupWriter"]


class GroupWriter:
    """Collects the attributes of groups while the rows of a dataset pass."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        #: Key of a group to the number of the value of each attribute, -1 for none.
        self._values: dict[str, list[int]] = {}

    def take(
        self, batch: pa.RecordBatch, index: Callable[[pa.RecordBatch, Component], Indices]
    ) -> None:
        """Note what the rows of a batch give; ``index`` numbers the values of a component.

        Raises ``SemanticError`` where a group has two values of one attribute.
        """
        schema, attributes = self._layout.schema, self._layout.group_attributes
        for place, attribute in enumerate(attributes):
            columns = [index(batch, schema.by_id[id_]) for id_ in attribute.attached]
            rows = np.unique(np.stack([*columns, index(batch, attribute)]), axis=1).T
            for *key, value in rows[(rows >= 0).all(axis=1)].tolist():
                at = dict(zip(attribute.attached, key, strict=True))
                name = ":".join(str(at.get(id_, "")) for id_ in schema.key)
                known = self._values.setdefault(name, [-1] * len(attributes))
                if known[place] not in (-1, value):
                    raise SemanticError(
                        f"The attribute {attribute.id} belongs to a whole group of series and has "
                        "two values in one: the data must be put right before they can be written "
                        "as SDMX-JSON."
                    )
                known[place] = value

    def text(self) -> bytes:
        """The object behind the observations; nothing without groups."""
        if not self._values:
            return b""
        listed = (
            f'"{key}":[{",".join("null" if n < 0 else str(n) for n in numbers)}]'
            for key, numbers in self._values.items()
        )
        return f',"dimensionGroupAttributes":{{{",".join(listed)}}}'.encode()
