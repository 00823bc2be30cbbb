"""``docs/sources.md`` says what the records say."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import catalogue
from connectors.document import sources_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sources.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == sources_page(), (
        "run python -m connectors.document > docs/sources.md"
    )


@pytest.mark.parametrize("connector", catalogue.ids())
def test_a_source_is_named_with_country_dataflow_layout_and_licence(connector: str) -> None:
    record = catalogue.record(connector)
    (line,) = (x for x in sources_page().splitlines() if x.startswith(f"| `{connector}` |"))
    cells = [cell.strip() for cell in line.strip("|").split(" | ")]
    assert cells[1] == connector.split("/")[0].upper()
    assert cells[4:] == [
        record.dataflow.id, "seen" if record.seen else "described", record.licence,
    ]  # fmt: skip


def test_a_layout_that_nobody_saw_is_said_to_be_described() -> None:
    assert not catalogue.record("int/iom_regular_exits").seen
    assert catalogue.record("mex/upm_air_entries").seen
