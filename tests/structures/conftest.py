from __future__ import annotations

from datetime import UTC, datetime

import pytest
from structure_samples import artefacts

from hub.model.dataset import Header
from hub.structures.repository import StructureSet


@pytest.fixture(scope="session")
def structures() -> StructureSet:
    return StructureSet(artefacts())


@pytest.fixture(scope="session")
def header() -> Header:
    return Header(id="IREF1", sender="TST", prepared=datetime(2026, 6, 1, 12, 0, tzinfo=UTC))
