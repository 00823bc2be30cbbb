"""The hub's reporting workbook: a form for an office, generated, filled by it, and read back.

What a workbook asks for is data: ``layouts.yaml`` (the tables of each dataflow), ``areas.yaml``
(the areas in the order in which tables list them) and ``offices/<iso3>.yaml`` (bands, border posts
and institutions of a country). The way of a workbook::

    layouts, offices -> form (tables with their labels and codes, a digest) -> write -> an office
    its file         -> form (from the hidden sheet) -> read -> data message, or findings
"""

from __future__ import annotations

__all__ = ["REPORTING"]

#: The name of the reporting workbook among the connectors.
REPORTING = "reporting_workbook"
