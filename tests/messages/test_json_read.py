"""SDMX-JSON as others write it: layouts, versions, numbers, faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import NotFound, RequestSyntaxError
from hub.model.dataset import Action, DataMessage

ReadText = Callable[[str | bytes, str], DataMessage]

LINK = {"urn": "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=MIGHUB:DF_CUBE(1.0.0)",
        "rel": "dataflow"}  # fmt: skip


def values(*ids: str) -> list[dict[str, str]]:
    return [{"id": i, "name": f"Name of {i}"} for i in ids]


def dimension(id_: str, position: int, *ids: str) -> dict[str, Any]:
    return {"id": id_, "name": id_, "keyPosition": position, "values": values(*ids)}


def structure() -> dict[str, Any]:
    """Two dimensions at the dataset, two at the series, time at the observation."""
    return {
        "links": [LINK],
        "dimensions": {
            "dataSet": [dimension("FREQ", 0, "A"), dimension("CITIZENSHIP", 2, "_T")],
            "series": [
                dimension("REF_AREA", 1, "MEX", "NA", "DOM"),
                dimension("SEX", 3, "F", "M"),
            ],
            "observation": [dimension("TIME_PERIOD", 4, "2020", "2021", "2022")],
        },
        "attributes": {
            "dataSet": [{"id": "PUBLISHER_NOTE", "values": [{"name": "provisional, see INM"}]}],
            "series": [
                {"id": "SOURCE", "values": [{"name": "Censo"}, {"id": None, "name": "Registro"}]}
            ],
            "observation": [
                {"id": "OBS_STATUS", "values": values("A", "E")},
                {"id": "COMMENT_OBS", "values": [None, {"name": "break"}]},
            ],
        },
    }


def message(dataset: dict[str, Any], described: dict[str, Any] | None = None) -> str:
    document = {
        "meta": {"id": "M1", "prepared": "2026-07-01T12:00:00Z", "sender": {"id": "INM"}},
        "data": {"structure": described or structure(), "dataSets": [dataset]},
    }
    return json.dumps(document)


def rows(found: DataMessage) -> list[dict[str, str]]:
    return [
        {k: v for k, v in row.items() if v is not None}
        for block in found.blocks
        for row in block.batch.to_pylist()
    ]


SERIES = {
    "links": [],
    "action": "Information",
    "attributes": [0],
    "series": {
        "1:0": {"attributes": [1], "observations": {"0": [5, 0], "2": [7.5]}},
        "0:1": {"observations": {"1": [None, None, 1]}},
    },
}

FIXED = {"FREQ": "A", "CITIZENSHIP": "_T", "PUBLISHER_NOTE": "provisional, see INM"}


@pytest.mark.conformance(
    "format.json.key_position", "format.json.keys", "format.json.trailing_nulls"
)
def test_series_layout_with_dimensions_at_every_level(read_text: ReadText) -> None:
    found = read_text(message(SERIES), "sdmx-json-1.0")
    assert rows(found) == [
        FIXED | {"REF_AREA": "NA", "SEX": "F", "TIME_PERIOD": "2020", "OBS_VALUE": "5",
                 "SOURCE": "Registro", "OBS_STATUS": "A"},
        FIXED | {"REF_AREA": "NA", "SEX": "F", "TIME_PERIOD": "2022", "OBS_VALUE": "7.5",
                 "SOURCE": "Registro"},
        FIXED | {"REF_AREA": "MEX", "SEX": "M", "TIME_PERIOD": "2021", "COMMENT_OBS": "break"},
    ]  # fmt: skip
    assert found.findings == []
    assert found.header is not None
    assert (found.header.sender, found.header.prepared.isoformat()) == (
        "INM",
        "2026-07-01T12:00:00+00:00",
    )
    assert [(p.row, p.column) for p in found.locate([2], "SEX")] == [(3, "SEX")]


def test_only_values_in_use_are_in_the_dictionaries(read_text: ReadText) -> None:
    (block,) = read_text(message(SERIES), "sdmx-json-1.0").blocks
    assert block.batch.column("REF_AREA").dictionary.to_pylist() == ["MEX", "NA"]


def test_flat_layout(read_text: ReadText) -> None:
    described = structure()
    levels = described["dimensions"]
    levels["observation"] = [*levels.pop("series"), *levels["observation"]]
    flat = {"action": "Replace", "observations": {"1:0:0": [5, 0], "2:1:2": ["NaN"]}}
    (block,) = read_text(message(flat, described), "sdmx-json-1.0").blocks
    assert block.action is Action.REPLACE
    assert block.batch.select(["REF_AREA", "SEX", "TIME_PERIOD", "OBS_VALUE"]).to_pylist() == [
        {"REF_AREA": "NA", "SEX": "F", "TIME_PERIOD": "2020", "OBS_VALUE": "5"},
        {"REF_AREA": "DOM", "SEX": "M", "TIME_PERIOD": "2022", "OBS_VALUE": "NaN"},
    ]


def test_flat_dataset_beside_a_structure_for_series(read_text: ReadText) -> None:
    flat = {"observations": {"1:0:0": [5], "2:1:2": [6]}}
    found = rows(read_text(message(flat), "sdmx-json-1.0"))
    assert [(r["REF_AREA"], r["SEX"], r["TIME_PERIOD"]) for r in found] == [
        ("NA", "F", "2020"),
        ("DOM", "M", "2022"),
    ]


def test_defaults_do_not_narrow_a_delete(read_text: ReadText) -> None:
    described = structure()
    described["attributes"]["observation"][0]["default"] = "A"
    for action, wanted in (("Append", "A"), ("Delete", None)):
        dataset = {"action": action, "series": {"0:0": {"observations": {"0": [1]}}}}
        (row,) = rows(read_text(message(dataset, described), "sdmx-json-1.0"))
        assert row.get("OBS_STATUS") == wanted


@pytest.mark.conformance("format.json1.draft")
def test_draft_of_version_1(read_text: ReadText) -> None:
    described = structure()
    href = "https://example.org/rest/dataflow/MIGHUB/DF_CUBE/latest"
    described["links"] = [{"href": href, "rel": "dataflow"}]
    draft = {
        "header": {"id": "D", "prepared": "2013-01-01T10:00:00", "sender": {"id": "X"}},
        "structure": described,
        "dataSets": [SERIES],
        "errors": None,
    }
    found = read_text(json.dumps(draft), "sdmx-json-1.0")
    assert len(rows(found)) == 3
    assert found.header is not None and found.header.id == "D"


def test_series_without_observations_stand_for_themselves(read_text: ReadText) -> None:
    dataset = {
        "action": "Delete",
        "series": {"0:0": {}, "1:1": {"observations": {"0": [1]}}, "2:0": {"observations": {}}},
    }
    found = rows(read_text(message(dataset), "sdmx-json-1.0"))
    assert [r.get("TIME_PERIOD") for r in found] == [None, "2020", None]
    assert [r["REF_AREA"] for r in found] == ["MEX", "NA", "DOM"]


def test_a_delete_without_lists_names_a_part_of_the_cube(read_text: ReadText) -> None:
    for dataset, wanted in (
        ({"action": "Delete"}, [{"FREQ": "A", "CITIZENSHIP": "_T"}]),
        ({"action": "Delete", "series": {}}, []),
        ({"action": "Append"}, []),
    ):
        assert rows(read_text(message(dataset), "sdmx-json-1.0")) == wanted


@pytest.mark.conformance("format.json2.groups", "format.json2.literals", "format.json2.measures")
@pytest.mark.parametrize(
    ("format_", "one", "two"),
    [
        ("sdmx-json-2.0", ":0:::", ":1::0:"),
        ("sdmx-json-2.1", ":0:::", ":1::0:"),
        ("sdmx-json-2.1", "~:0:~:~:~", "~:1:~:0:~"),
    ],
)
def test_version_2_values_as_they_are_defaults_groups_and_measures(
    read_text: ReadText, format_: str, one: str, two: str
) -> None:
    described = structure()
    described["measures"] = {"observation": [{"id": "OBS_VALUE"}]}
    described["attributes"] = {
        "dimensionGroup": [{"id": "DEFINITION", "values": values("D12", "D03")}],
        "observation": [
            {"id": "COMMENT_OBS"},
            {"id": "OBS_STATUS", "default": "A", "values": values("A", "E")},
        ],
    }
    dataset = {
        "structure": 0,
        "dimensionGroupAttributes": {one: [0], two: [1]},
        "series": {
            "1:0": {"observations": {"0": ["12", 'a, "b"', 1], "2": [7, "[x]"]}},
            "0:1": {"observations": {"1": [0.1]}},
            "2:1": {"observations": {"1": [1e-7]}},
        },
    }
    document = {"data": {"structures": [described], "dataSets": [dataset]}}
    found = rows(read_text(json.dumps(document), format_))
    wanted = ["REF_AREA", "OBS_VALUE", "COMMENT_OBS", "OBS_STATUS", "DEFINITION"]
    assert [[r.get(c) for c in wanted] for r in found] == [
        ["NA", "12", 'a, "b"', "E", "D03"],
        ["NA", "7", "[x]", "A", "D03"],
        ["MEX", "0.1", None, "A", "D12"],
        ["DOM", "0.0000001", None, "A", None],
    ]


@pytest.mark.conformance("format.json2.measures")
def test_version_2_without_measures_or_with_many(read_text: ReadText) -> None:
    described = {
        "links": [{"urn": LINK["urn"].replace("Dataflow=MIGHUB:DF_CUBE(1.0.0)",
                                              "DataStructure=MIGHUB.SUB:DSD_SURVEY(2.1.0)")}],
        "dimensions": {
            "observation": [
                dimension("REF_AREA", 0, "MEX"),
                {"id": "RESPONDENT", "keyPosition": 1, "values": [{"value": "a b"}, {"value": 7}]},
            ]
        },
        "measures": {"observation": [{"id": "ANSWER"}, {"id": "PERSONS"}]},
        "attributes": {"observation": [{"id": "NOTE"}]},
    }  # fmt: skip
    dataset = {"observations": {"0:0": ["yes, no", 12345678901234567890, "n"], "0:1": [None, 3]}}
    document = {"data": {"structures": [described], "dataSets": [dataset]}}
    assert rows(read_text(json.dumps(document), "sdmx-json-2.0")) == [
        {"REF_AREA": "MEX", "RESPONDENT": "a b", "PERSONS": "12345678901234567890",
         "ANSWER": "yes, no", "NOTE": "n"},
        {"REF_AREA": "MEX", "RESPONDENT": "7", "PERSONS": "3"},
    ]  # fmt: skip


@pytest.mark.conformance("format.json.numbers")
@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("13169132", "13169132"),
        ("884.389", "884.389"),
        ("9007199254740993", "9007199254740993"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("12345678901234567.50", "12345678901234567.50"),
        ("-0.5", "-0.5"),
        ("1e20", "100000000000000000000"),
        ('"12.50"', "12.50"),
        ("true", "true"),
    ],
)
def test_numbers_are_exact(read_text: ReadText, token: str, text: str) -> None:
    dataset = {"series": {"0:0": {"observations": {"0": [1], "1": ["@"], "2": [2.5]}}}}
    raw = message(dataset).replace('"@"', token)
    assert [r["OBS_VALUE"] for r in rows(read_text(raw, "sdmx-json-1.0"))] == ["1", text, "2.5"]


def test_unknown_components_are_kept_for_validation(read_text: ReadText) -> None:
    described = structure()
    described["attributes"]["observation"].append({"id": "MOOD", "values": values("GOOD")})
    dataset = {"series": {"0:0": {"observations": {"0": [1, None, None, 0]}}}}
    (row,) = rows(read_text(message(dataset, described), "sdmx-json-1.0"))
    assert row["MOOD"] == "GOOD"


def test_annotations_are_noted(read_text: ReadText) -> None:
    dataset = {"series": {"0:0": {"annotations": [0], "observations": {"0": [1, 0, 1, 4]}}}}
    found = read_text(message(dataset), "sdmx-json-1.0")
    assert len(rows(found)) == 1
    assert [(f.rule, f.severity) for f in found.findings] == [("ANNOTATIONS_LEFT_OUT", "note")]


def test_several_values_are_a_fault(read_text: ReadText) -> None:
    described = structure()
    several = {"value": {"en": "Census", "es": "Censo"}}
    described["attributes"]["series"][0]["values"] = [several]
    found = read_text(message({"series": {}}, described), "sdmx-json-1.0")
    assert [(f.rule, f.component) for f in found.findings] == [("VALUE_MULTIPLE", "SOURCE")]


def _with(change: Callable[[dict[str, Any]], None]) -> str:
    document = json.loads(message(json.loads(json.dumps(SERIES))))
    change(document["data"])
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ('{"data": {"dataSets": [}}', "Line 1, column 24"),
        ("[]", "JSON object"),
        ('{"a": 1}', "no dataSets"),
        ('{"errors": [{"code": 100, "title": "No data"}]}', "an error: No data"),
        ('{"data": {"dataSets": [{}]}}', "no structure"),
        (_with(lambda d: d["structure"].pop("links")), "which dataflow"),
        (_with(lambda d: d.update(structures=[])), "2.x"),
        (_with(lambda d: d["dataSets"][0].update(action="Destroy")), "'Destroy'"),
        (_with(lambda d: d["dataSets"][0]["series"].update({"0": {}})), "must have 2 numbers"),
        (_with(lambda d: d["dataSets"][0]["series"].update({"0:x": {}})), "numbers and colons"),
        (_with(lambda d: d["dataSets"][0]["series"].update({"3:0": {}})), "REF_AREA"),
        (_with(lambda d: d["dataSets"][0]["series"].update({"-1:0": {}})), "below 0"),
        (
            _with(lambda d: d["dataSets"][0]["series"]["0:1"]["observations"].update({"0": 5})),
            "must be lists",
        ),
        (
            _with(
                lambda d: d["dataSets"][0]["series"]["0:1"]["observations"].update({"0": [5, "A"]})
            ),
            "OBS_STATUS",
        ),
        (
            _with(
                lambda d: d["dataSets"][0]["series"]["0:1"]["observations"].update({"0": [5, 2]})
            ),
            "lists 2 values",
        ),
        (_with(lambda d: d["dataSets"][0].update(series=[])), "series must be an object"),
        (_with(lambda d: d.update(dataSets={})), "dataSets must be a list"),
    ],
)
def test_what_is_no_message_is_refused_in_words(read_text: ReadText, text: str, said: str) -> None:
    with pytest.raises(RequestSyntaxError) as caught:
        list(read_text(text, "sdmx-json-1.0").blocks)
    assert said in caught.value.message


def test_an_unknown_dataflow(read_text: ReadText) -> None:
    with pytest.raises(NotFound):
        read_text(message(SERIES).replace("DF_CUBE", "DF_NO"), "sdmx-json-1.0")
