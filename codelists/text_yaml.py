"""YAML in which text stays text: ``1.0`` is a version, ``NO`` and ``NA`` are codes.

Only a bare ``true`` or ``false`` is anything else. A mapping may take the keys of another that has
an anchor (``<<: *anchor``), its own keys going first.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

__all__ = ["SAFE", "DataFileError", "plain_yaml", "read_yaml"]


class DataFileError(ValueError):
    """A data file of this project (or one in its form) is wrong; the message says where."""


#: libyaml's parser where PyYAML has it: ten times faster.
SAFE: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(SAFE):  # type: ignore[misc]
    """A safe loader with a single implicit type, the boolean, and the merging of mappings."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own attribute)
        "t": [("tag:yaml.org,2002:bool", re.compile("^true$"))],
        "f": [("tag:yaml.org,2002:bool", re.compile("^false$"))],
        "<": [("tag:yaml.org,2002:merge", re.compile("^<<$"))],
    }


def plain_yaml(text: str) -> Any:
    """What YAML holds, with numbers, times and nulls as YAML has them.

    Raises ``yaml.YAMLError``.
    """
    return yaml.load(text, Loader=SAFE)  # noqa: S506 - a safe loader


def read_yaml(path: Path, required: Collection[str], optional: Collection[str] = ()) -> Any:
    """The mapping that a YAML file holds.

    Raises ``DataFileError`` naming the file and the keys that are missing or unknown.
    """
    loaded = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 (it is a safe one)
    where = f"{path.parent.name}/{path.name}"
    if not isinstance(loaded, dict):
        raise DataFileError(f"{where}: a mapping is due")
    missing, unknown = set(required) - loaded.keys(), loaded.keys() - {*required, *optional}
    if missing or unknown:
        raise DataFileError(
            f"{where}: keys that are missing {sorted(missing)}, keys nobody knows {sorted(unknown)}"
        )
    return loaded
