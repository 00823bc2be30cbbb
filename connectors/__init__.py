"""Connectors: national files -> data messages. One folder a source, ``<iso3>/<source>/``.

``catalogue`` is the entry point of the group ``mighub.connectors``.
"""

from __future__ import annotations

from connectors.framework.catalogue import Catalogue

__all__ = ["catalogue"]

catalogue = Catalogue()
