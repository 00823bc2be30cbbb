"""What the tests of connectors share: the shipped structures, and reading a file to a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from outcome import Outcome

from connectors.framework.catalogue import Catalogue
from hub.model.dataset import Block
from hub.structures.repository import StructureSet


@pytest.fixture(scope="session")
def structures() -> StructureSet:
    return StructureSet.shipped()


@pytest.fixture(scope="session")
def read(structures: StructureSet) -> Callable[..., Outcome]:
    def outcome(connector: str, path: Path, catalogue: Catalogue | None = None) -> Outcome:
        message = (catalogue or Catalogue()).read(connector, path, structures)
        frame = _frame(message.blocks)
        apart = _frame(message.apart.blocks) if message.apart else pd.DataFrame()
        return Outcome(frame, message.findings, message, apart)

    return outcome


def _frame(blocks: Iterable[Block]) -> pd.DataFrame:
    batches = [block.batch for block in blocks]
    if not batches:
        return pd.DataFrame()
    table = pa.Table.from_batches(batches)
    columns = {
        name: table.column(name).cast(pa.string()).to_pylist() for name in table.column_names
    }
    return pd.DataFrame(columns, dtype=object)
