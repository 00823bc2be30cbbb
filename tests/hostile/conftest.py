"""A served hub to attack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from siege import Siege, besieged


@pytest.fixture(scope="session")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    with besieged(tmp_path_factory.mktemp("siege")) as made:
        yield made
