"""JSON-stat datasets and other JSON answers as tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.framework.archive import Limits
from connectors.framework.sheet import Kind, Workbook, open_workbook
from connectors.framework.snapshot import Snapshot
from hub.errors import RequestSyntaxError

Open = Callable[[object], Workbook]


def dataset() -> dict[str, Any]:
    """Entries of two countries by month, in the version 2.0 of the format."""
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Entries",
        "id": ["country", "month"],
        "size": [2, 3],
        "role": {"time": ["month"]},
        "dimension": {
            "country": {"category": {"index": {"TTO": 1, "PER": 0}, "label": {"PER": "Peru"}}},
            "month": {"category": {"index": ["2024M01", "2024M02", "2024M03"]}},
        },
        "value": [1, None, 2.50, 40, 5, 60],
    }


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def as_file(value: object) -> Workbook:
        path = tmp_path / "x.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return open_workbook(Snapshot.take(path), limits=Limits())

    return as_file


def test_a_dataset_is_one_record_a_cell(opened: Open) -> None:
    (sheet,) = opened(dataset())
    assert sheet.text.tolist() == [
        ["country", "month", "value"],
        ["PER", "2024M01", "1"],
        ["PER", "2024M02", ""],
        ["PER", "2024M03", "2.5"],
        ["TTO", "2024M01", "40"],
        ["TTO", "2024M02", "5"],
        ["TTO", "2024M03", "60"],
    ]
    assert sheet.kind[1:4, 2].tolist() == [Kind.NUMBER, Kind.EMPTY, Kind.NUMBER]


def test_values_by_position_and_statuses(opened: Open) -> None:
    data = dataset() | {"value": {"0": 1, "5": 6}, "status": {"1": ":", "2": "c"}}
    (sheet,) = opened(data)
    assert sheet.text[0].tolist() == ["country", "month", "value", "status"]
    assert sheet.text[1:, 2].tolist() == ["1", "", "", "", "", "6"]
    assert sheet.text[1:, 3].tolist() == ["", ":", "c", "", "", ""]


def test_the_version_before_is_read_too(opened: Open) -> None:
    data = dataset()
    dimension = data["dimension"] | {"id": data["id"], "size": data["size"]}
    old = {"dataset": {"dimension": dimension, "value": data["value"]}}
    (sheet,), (new,) = opened(old), opened(data)
    assert sheet.text.tolist() == new.text.tolist()


def test_one_category_needs_no_index(opened: Open) -> None:
    data = dataset() | {"id": ["country", "month"], "size": [2, 1], "value": [7, 8]}
    data["dimension"]["month"] = {"category": {"label": {"2024": "2024"}}}
    (sheet,) = opened(data)
    assert sheet.text[1:].tolist() == [["PER", "2024", "7"], ["TTO", "2024", "8"]]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"value": [1, 2]}, "2 cells and the dimensions ask for 6"),
        ({"value": {"6": 1}}, "position '6'"),
        ({"size": [2, 4]}, "3 categories, not 4"),
        ({"size": [2]}, "do not name the same"),
        ({"class": "collection"}, "no dataset"),
    ],
)
def test_a_dataset_that_contradicts_itself_is_refused(
    change: dict[str, object], why: str, opened: Open
) -> None:
    with pytest.raises(RequestSyntaxError, match=why):
        opened(dataset() | change)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"result": [{"a": 1, "a": 2}]}', "gives a name twice"),
        ('{"result": [{"a": NaN}]}', "NaN is no number"),
        ('{"result": [{"a": 1}', "not JSON"),
        ('{"one": [{"a": 1}], "two": [{"a": 1}]}', "or several"),
        ('{"result": []}', "no list of records"),
        ("[1, 2]", "no list of records"),
    ],
)
def test_an_answer_that_is_no_table_is_refused(text: str, why: str, opened: Open) -> None:
    with pytest.raises(RequestSyntaxError, match=why):
        opened(text)


def test_records_keep_the_lexical_form_of_numbers(opened: Open) -> None:
    records, answer = opened(
        '{"ok": true, "n": 2,'
        ' "result": [{"a": 1.50, "b": "1"}, {"b": null, "c": 12345678901234567890}]}'
    )
    assert records.text.tolist() == [
        ["a", "b", "c"],
        ["1.50", "1", ""],
        ["", "", "12345678901234567890"],
    ]
    assert records.kind[1].tolist() == [Kind.NUMBER, Kind.TEXT, Kind.EMPTY]
    assert answer.text.tolist() == [["ok", "true"], ["n", "2"]]
