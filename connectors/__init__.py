"""Connectors: national files -> data messages. One folder a source, ``<iso3>/<source>/``.

``catalogue`` is the entry point of the group ``mighub.connectors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.framework.catalogue import Catalogue

    catalogue: Catalogue

__all__ = ["catalogue"]


def __getattr__(name: str) -> Catalogue:
    # Made when it is first asked for: the command line names this package before it needs it.
    if name != "catalogue":
        raise AttributeError(name)
    from connectors.framework.catalogue import Catalogue  # noqa: PLC0415

    made = globals()["catalogue"] = Catalogue()
    return made
