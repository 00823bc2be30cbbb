"""Fixtures of the message formats' tests; the strategies are in ``cubes``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import cubes
import pytest

from hub.messages.api import WriteOptions, read_data, write_data
from hub.model.dataset import Block, DataMessage, Header
from hub.model.schema import DataSchema


@pytest.fixture(scope="session")
def cube_schema() -> DataSchema:
    """A schema like the hub's own, with attributes at every level."""
    return cubes.CUBE


@pytest.fixture(scope="session")
def survey_schema() -> DataSchema:
    """Two measures, an uncoded dimension, no time."""
    return cubes.SURVEY


@pytest.fixture(scope="session")
def resolver() -> cubes.Resolver:
    return cubes.Resolver()


@pytest.fixture(scope="session")
def header() -> Header:
    return cubes.HEADER


@pytest.fixture(scope="session")
def there_and_back(
    tmp_path_factory: pytest.TempPathFactory, resolver: cubes.Resolver
) -> Callable[..., list[Block]]:
    """Write blocks in a format, read the file back, expect no finding, return its blocks."""
    folder = tmp_path_factory.mktemp("messages")

    def run(
        blocks: Iterable[Block], format_: str, options: WriteOptions | None = None
    ) -> list[Block]:
        path = folder / f"message.{format_}"
        chunks = write_data(list(blocks), format_, cubes.HEADER, options or WriteOptions())
        path.write_bytes(b"".join(chunks))
        message = read_data(path, format_, resolver)
        found = list(message.blocks)
        assert message.findings == []
        return found

    return run


@pytest.fixture
def read_text(
    tmp_path: Path, resolver: cubes.Resolver
) -> Callable[[str | bytes, str], DataMessage]:
    """Open a message given as text or bytes."""

    def run(text: str | bytes, format_: str) -> DataMessage:
        path = tmp_path / "message"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_data(path, format_, resolver)

    return run
