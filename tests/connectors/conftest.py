"""What the tests of connectors share: the shipped structures, and reading a file to a frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from outcome import Outcome

from connectors.framework.catalogue import Catalogue
from hub.structures.repository import StructureSet


@pytest.fixture(scope="session")
def structures() -> StructureSet:
    return StructureSet.shipped()


@pytest.fixture(scope="session")
def read(structures: StructureSet) -> Callable[..., Outcome]:
    def outcome(connector: str, path: Path, catalogue: Catalogue | None = None) -> Outcome:
        message = (catalogue or Catalogue()).read(connector, path, structures)
        batches = [block.batch for block in message.blocks]
        if not batches:
            return Outcome(pd.DataFrame(), message.findings, message)
        table = pa.Table.from_batches(batches)
        columns = {
            name: table.column(name).cast(pa.string()).to_pylist() for name in table.column_names
        }
        return Outcome(pd.DataFrame(columns, dtype=object), message.findings, message)

    return outcome
