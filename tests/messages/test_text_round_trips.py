"""What goes into a CSV or JSON message comes out of it, cell for cell."""

from __future__ import annotations

from collections.abc import Callable

import cubes
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.messages.api import WriteOptions
from hub.model.dataset import Action, Block

CSV = ("sdmx-csv-1.0", "sdmx-csv-2.0")
JSON = ("sdmx-json-1.0", "sdmx-json-2.0")
ThereAndBack = Callable[..., list[Block]]

quick = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("format_", CSV + JSON)
@quick
@given(blocks=cubes.cubes(text=cubes.texts(carriage_returns=True)))
def test_every_cell_survives(
    there_and_back: ThereAndBack, format_: str, blocks: list[Block]
) -> None:
    assert cubes.flat(there_and_back(blocks, format_)) == cubes.flat(blocks)


@pytest.mark.parametrize("format_", CSV)
@quick
@given(blocks=cubes.cubes(numbers=st.one_of(cubes.ODD_NUMBERS, cubes.texts())))
def test_csv_keeps_measures_as_they_are_written(
    there_and_back: ThereAndBack, format_: str, blocks: list[Block]
) -> None:
    assert cubes.flat(there_and_back(blocks, format_)) == cubes.flat(blocks)


@pytest.mark.conformance("format.csv2.measures")
@pytest.mark.parametrize("format_", ["sdmx-csv-2.0", "sdmx-json-2.0"])
@quick
@given(blocks=cubes.cubes(cubes.SURVEY))
def test_several_measures_and_no_time(
    there_and_back: ThereAndBack, format_: str, blocks: list[Block]
) -> None:
    assert cubes.flat(there_and_back(blocks, format_)) == cubes.flat(blocks)


@pytest.mark.parametrize("format_", ["sdmx-csv-2.0", *JSON])
@quick
@given(blocks=cubes.cubes(actions=(Action.DELETE, Action.MERGE, Action.REPLACE)))
def test_actions_keep_their_order(
    there_and_back: ThereAndBack, format_: str, blocks: list[Block]
) -> None:
    assert cubes.flat(there_and_back(blocks, format_)) == cubes.flat(blocks)


@pytest.mark.conformance("format.json2.structures", "format.csv2.mixed")
@pytest.mark.parametrize("format_", ["sdmx-csv-2.0", "sdmx-json-2.0"])
@quick
@given(first=cubes.cubes(max_blocks=1), second=cubes.cubes(cubes.SURVEY, max_blocks=1))
def test_several_structures_in_one_message(
    there_and_back: ThereAndBack, format_: str, first: list[Block], second: list[Block]
) -> None:
    blocks = [*first, *second, *first]
    assert cubes.flat(there_and_back(blocks, format_)) == cubes.flat(blocks)


@pytest.mark.parametrize("at", ["AllDimensions", "SEX", "FREQ"])
@pytest.mark.parametrize("format_", JSON)
@quick
@given(blocks=cubes.cubes(max_series=1))
def test_json_layouts(
    there_and_back: ThereAndBack, format_: str, at: str, blocks: list[Block]
) -> None:
    found = there_and_back(blocks, format_, WriteOptions(dimension_at_observation=at))
    assert cubes.flat(found) == cubes.flat(blocks)


@pytest.mark.parametrize("labels", ["both", "name"])
@quick
@given(blocks=cubes.cubes())
def test_csv_labels_are_understood(
    there_and_back: ThereAndBack, labels: str, blocks: list[Block]
) -> None:
    options = WriteOptions(labels=labels, label_source=cubes.Labels())
    assert cubes.flat(there_and_back(blocks, "sdmx-csv-2.0", options)) == cubes.flat(blocks)
    if labels == "both":
        assert cubes.flat(there_and_back(blocks, "sdmx-csv-1.0", options)) == cubes.flat(blocks)


@pytest.mark.parametrize("format_", JSON)
@quick
@given(blocks=cubes.cubes())
def test_json_names_do_not_change_values(
    there_and_back: ThereAndBack, format_: str, blocks: list[Block]
) -> None:
    options = WriteOptions(label_source=cubes.Labels())
    assert cubes.flat(there_and_back(blocks, format_, options)) == cubes.flat(blocks)


@pytest.mark.conformance("format.csv2.separator", "format.csv1.separator")
@pytest.mark.parametrize("separator", [";", "\t", "|"])
@quick
@given(blocks=cubes.cubes(text=cubes.texts(carriage_returns=True)))
def test_csv_separators(there_and_back: ThereAndBack, separator: str, blocks: list[Block]) -> None:
    options = WriteOptions(extra={"separator": separator, "keys": "both"})
    assert cubes.flat(there_and_back(blocks, "sdmx-csv-2.0", options)) == cubes.flat(blocks)


@quick
@given(blocks=cubes.cubes(text=st.just("") | cubes.texts()))
def test_empty_text_is_a_value_in_json_and_no_value_in_csv(
    there_and_back: ThereAndBack, blocks: list[Block]
) -> None:
    for format_ in JSON:
        assert cubes.flat(there_and_back(blocks, format_)) == cubes.flat(blocks)
    for format_ in CSV:
        wanted = cubes.flat(blocks, empty_is_null=True)
        assert cubes.flat(there_and_back(blocks, format_)) == wanted


@quick
@given(blocks=cubes.cubes())
def test_all_formats_agree(there_and_back: ThereAndBack, blocks: list[Block]) -> None:
    first, *others = (cubes.flat(there_and_back(blocks, format_)) for format_ in CSV + JSON)
    assert all(other == first for other in others)
