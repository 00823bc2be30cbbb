"""Addresses of the hub, for those who are told of something."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from hub.model.schema import StructureRef
from hub.settings import Settings

__all__ = ["changes_path", "dataset_path", "instant", "link"]


def link(settings: Settings, path: str) -> str:
    """The whole address of a path, where the settings tell it; else the path."""
    return settings.public_url.rstrip("/") + path


def dataset_path(ref: StructureRef) -> str:
    """The page of a dataset."""
    return f"/data/{quote(ref.agency)}/{quote(ref.id)}/{quote(ref.version)}"


def changes_path(ref: StructureRef, after: datetime | None) -> str:
    """The observations that changed since an instant (``None``: all there are)."""
    path = f"/sdmx/v2/data/dataflow/{quote(ref.agency)}/{quote(ref.id)}/{quote(ref.version)}/*"
    return path if after is None else f"{path}?updatedAfter={instant(after)}"


def instant(when: datetime) -> str:
    """A time as events state it: ISO 8601 in UTC, microseconds included."""
    return when.isoformat().replace("+00:00", "Z")
