"""United Nations, Population Division: the population that migrant stocks are compared with.

The table has the layout of the one beside it in the workbook, ``int/undesa_stock``.
"""

from __future__ import annotations

from connectors.int.undesa_stock.connector import cut

__all__ = ["cut"]
