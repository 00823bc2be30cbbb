"""Indicators that the hub computes itself: one YAML file each, explained in ``docs/derived.md``.

:func:`documents` reads them; ``hub.derived`` gives them meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codelists.text_yaml import read_yaml

__all__ = ["documents"]

_ROOT = Path(__file__).resolve().parent
_KEYS = (
    "id", "names", "definition", "formula", "decimals", "areas", "output", "attributes", "inputs",
)  # fmt: skip


def documents(folder: Path = _ROOT) -> list[dict[str, Any]]:
    """The content of each file of a folder, by name of the file; all scalars are text.

    Raises ``DataFileError`` when keys are missing or unknown.
    """
    return [read_yaml(path, _KEYS) for path in sorted(folder.glob("*.yaml"))]
