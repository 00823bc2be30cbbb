"""Connectors are folders: ``<iso3>/<source>/`` with ``source.yaml``, maps and ``connector.py``.

There is no list of them anywhere.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from connectors.framework.area_names import completed
from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source
from connectors.framework.labels import LabelMap
from connectors.framework.record import SourceRecord, read_record
from connectors.framework.sheet import Workbook
from hub.errors import HubError, NotFound

__all__ = ["Connector", "Connectors"]

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Connector:
    """One source: its folder, and what stands in it, read when first asked for."""

    id: str
    folder: Path

    @cached_property
    def record(self) -> SourceRecord:
        """The source's record. Raises ``DataFileError`` when it is wrong."""
        return read_record(self.folder)

    @cached_property
    def maps(self) -> dict[str, LabelMap]:
        """The label maps by file name without ``.csv``, completed as the record says.

        Raises ``DataFileError``.
        """
        own = {path.stem: LabelMap.read(path) for path in sorted(self.folder.glob("*.csv"))}
        return own | {
            name: completed(own.get(name), name, given, self.folder.parent.parent)
            for name, given in self.record.maps.items()
        }

    @cached_property
    def cut(self) -> Callable[[Workbook, Source], Cut]:
        """The function of ``connector.py`` that cuts a file into tables."""
        path = self.folder / "connector.py"
        name = f"connectors_{self.id.replace('/', '_')}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None or not path.exists():
            raise HubError(f"The connector {self.id} has no connector.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return cast("Callable[[Workbook, Source], Cut]", module.cut)


class Connectors:
    """The connectors in the folders under ``root`` (the shipped ones by default)."""

    def __init__(self, root: Path = _ROOT) -> None:
        self.root = root

    @cached_property
    def _found(self) -> dict[str, Connector]:
        folders = sorted(path.parent for path in self.root.glob("*/*/source.yaml"))
        ids = [f"{folder.parent.name}/{folder.name}" for folder in folders]
        return {id_: Connector(id_, f) for id_, f in zip(ids, folders, strict=True)}

    def ids(self) -> tuple[str, ...]:
        """Ids of the connectors, sorted."""
        return tuple(self._found)

    def get(self, id: str) -> Connector:
        """The connector ``id``. Raises ``NotFound``."""
        try:
            return self._found[id]
        except KeyError:
            known = ", ".join(self._found)
            raise NotFound(f"There is no connector {id!r}; there are: {known}") from None
