"""Computed dataflows: those answered in another structure than their observations are stored in.

:func:`find` tells whether a dataflow is computed. A consumer's dataflows come from the data of
:mod:`dsd.consumers`; to add another kind, add its :class:`~hub.views.api.View` to :func:`views`.
"""

from __future__ import annotations

from functools import cache

from dsd import consumers
from hub.model.schema import StructureRef
from hub.views.api import Relation, View
from hub.views.corridor import Corridor
from hub.views.mapped import MappedView
from hub.views.mirror import Mirror

__all__ = ["Relation", "View", "find", "views"]


@cache
def views() -> tuple[View, ...]:
    """All computed dataflows; raises ``ValueError`` when two compute the same one."""
    mapped = (MappedView(tree) for tree in consumers.rules())
    found: tuple[View, ...] = (*mapped, Mirror(), Corridor())
    if len({view.dataflow for view in found}) < len(found):
        raise ValueError("Two views compute the same dataflow.")
    return found


def find(dataflow: StructureRef) -> View | None:
    """The view that computes a dataflow; ``None`` when its observations are stored."""
    return next((view for view in views() if view.dataflow == dataflow), None)
