"""Structures named through a provision agreement."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from hub.model.schema import DataSchema

__all__ = ["ProvisionResolver"]


@runtime_checkable
class ProvisionResolver(Protocol):
    """A ``SchemaResolver`` that knows provision agreements too."""

    def provision(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        """Schema of the dataflow of a provision agreement; raises ``NotFound``."""
        ...
