"""The tables that a consumer asks for, filled from published figures, as a workbook.

What the tables are is data (``dsd/consumers/<consumer>/tables.yaml``), what may stand in a cell too
(its ``rules.yaml``). The way of a workbook::

    tables.yaml, codelists -> layout (tables with their rows and columns, each cell a key)
    layout, a hub          -> fill   (figures, and why the other cells are empty)
    what was filled        -> write  (the file)
"""

from __future__ import annotations

from hub.delivery.workbook.make import LANGUAGES, MEDIA_TYPE, consumers, make, refuse_unknown

__all__ = ["LANGUAGES", "MEDIA_TYPE", "consumers", "make", "refuse_unknown"]
