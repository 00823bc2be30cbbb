"""OECD: inflows and outflows of foreigners and acquisitions of nationality, by citizenship."""

from __future__ import annotations

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source
from connectors.framework.sdmx_csv import without_labels
from connectors.framework.sheet import Workbook
from connectors.framework.tidy_file import tidy_file


def cut(book: Workbook, source: Source) -> Cut:
    """The records of the file, by their codes."""
    return tidy_file(without_labels(book, source), source)
