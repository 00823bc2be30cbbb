"""What every resource takes and answers: small declarations, one module per group of resources.

A module has ``OPERATIONS``. The OpenAPI document, the capabilities and a test that asks the running
application the described questions are all made from them.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from registry.describe.model import Operation

__all__ = ["operations"]


def operations() -> list[Operation]:
    """All operations, by module and in the order of each."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = (getattr(import_module(f"{__name__}.{name}"), "OPERATIONS", ()) for name in names)
    return [operation for group in found for operation in group]
