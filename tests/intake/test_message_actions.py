"""What the actions of a message do, from the message of an office to what readers get.

The messages are SDMX-CSV 2.1, whose rows may mix actions and structures.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from intake_hub import settings_at

from hub import intake
from hub.intake import State
from hub.store.home import Hub
from registry.app import create_app

BORDER, RETURNS = "DF_MIG_BORDER", "DF_MIG_RETURNS"
DIMENSIONS = {
    "FREQ": "M", "REF_AREA": "MEX", "MEASURE": "ENTRIES", "CITIZENSHIP": "_T",
    "COUNTRY_RESIDENCE": "_T", "COUNTRY_COUNTERPART": "_T", "BORDER_POINT": "_T",
    "TRANSPORT_MODE": "AIR", "PERMIT_CATEGORY": "_T", "TRAVEL_CONDITION": "_T", "SEX": "_T",
    "AGE": "_T", "UNIT_MEASURE": "EV",
}  # fmt: skip
MORE = ("TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COMMENT_OBS", "SOURCE")
Row = dict[str, str]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an empty hub, to be copied: making one takes a while."""
    home = tmp_path_factory.mktemp("empty") / "hub"
    Hub.init(settings_at(home)).close()
    return home


@pytest.fixture
def hub(tmp_path: Path, empty: Path) -> Iterator[Hub]:
    shutil.copytree(empty, tmp_path / "hub")
    with Hub.open(settings_at(tmp_path / "hub")) as opened:
        yield opened


def row(action: str, time: str, value: str = "", flow: str = BORDER, **more: str) -> Row:
    status = {"OBS_STATUS": "A"} if value and action != "D" else {}
    return {"STRUCTURE": "dataflow", "STRUCTURE_ID": f"MIGHUB:{flow}(1.0.0)", "ACTION": action,
            **DIMENSIONS, "TIME_PERIOD": time, "OBS_VALUE": value, **status, **more}  # fmt: skip


def everything(flow: str = BORDER) -> Row:
    """The row that deletes all of a dataflow."""
    return {"STRUCTURE": "dataflow", "STRUCTURE_ID": f"MIGHUB:{flow}(1.0.0)", "ACTION": "D"}


def send(hub: Hub, *rows: Row) -> intake.Submission:
    text = io.StringIO()
    columns = ["STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, *MORE]
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    token = intake.submit(hub, io.BytesIO(text.getvalue().encode()), "message.csv")
    return intake.process(hub, token)


def there(hub: Hub, *columns: str, flow: str = BORDER) -> dict[str, tuple[str, ...]]:
    """What a reader gets, by time."""
    client: FlaskClient = create_app(hub).test_client()
    url = f"/sdmx/v2/data/dataflow/MIGHUB/{flow}?format=sdmx-csv-2.1"
    answer = client.get(url)
    if answer.status_code in (204, 404):
        return {}
    found = csv.DictReader(io.StringIO(answer.text))
    return {r["TIME_PERIOD"]: tuple(r[c] for c in (columns or ("OBS_VALUE",))) for r in found}


@pytest.mark.conformance("format.action.merge")
def test_merge_changes_what_is_given(hub: Hub) -> None:
    send(hub, row("M", "2025-01", "1", COMMENT_OBS="first"), row("M", "2025-02", "2"))
    send(hub, row("M", "2025-01", "10"), row("M", "2025-03", "3"))
    assert there(hub, "OBS_VALUE", "COMMENT_OBS") == {
        "2025-01": ("10", "first"), "2025-02": ("2", ""), "2025-03": ("3", ""),
    }  # fmt: skip


@pytest.mark.conformance("format.action.append")
@pytest.mark.parametrize("letter", ["A", "I", ""])
def test_append_and_information_merge(hub: Hub, letter: str) -> None:
    send(hub, row("M", "2025-01", "1", COMMENT_OBS="first"))
    send(hub, row(letter, "2025-01", "10"))
    assert there(hub, "OBS_VALUE", "COMMENT_OBS") == {"2025-01": ("10", "first")}


@pytest.mark.conformance("format.action.replace", "format.action.replace_above")
def test_replace_takes_what_is_not_given_away(hub: Hub) -> None:
    send(hub, row("M", "2025-01", "1", COMMENT_OBS="first", SOURCE="Office"))
    send(hub, row("R", "2025-01", "10"))
    assert there(hub, "OBS_VALUE", "COMMENT_OBS", "SOURCE") == {"2025-01": ("10", "", "Office")}


@pytest.mark.conformance("format.action.delete_bulk")
def test_delete_takes_a_dimension_that_is_not_given_as_any(hub: Hub) -> None:
    send(hub, *(row("M", f"2025-0{m}", str(m), REF_AREA=a) for a in ("MEX", "DOM") for m in (1, 2)))
    gone = everything() | {"REF_AREA": "MEX", "FREQ": "M"}
    assert send(hub, gone).state is State.PUBLISHED
    assert there(hub, "REF_AREA") == {"2025-01": ("DOM",), "2025-02": ("DOM",)}


@pytest.mark.conformance("format.action.delete_components")
def test_delete_of_components_deletes_these_only(hub: Hub) -> None:
    send(hub, row("M", "2025-01", "1", COMMENT_OBS="first"), row("M", "2025-02", "2"))
    send(hub, row("D", "2025-01", COMMENT_OBS="-"))
    assert there(hub, "OBS_VALUE", "COMMENT_OBS") == {"2025-01": ("1", ""), "2025-02": ("2", "")}


@pytest.mark.conformance("format.action.delete_nothing")
def test_what_is_not_there_may_be_deleted_and_replaced(hub: Hub) -> None:
    send(hub, row("M", "2025-01", "1"))
    done = send(hub, row("D", "2025-07"), row("R", "2025-08", "8"))
    assert done.state is State.PUBLISHED
    assert there(hub) == {"2025-01": ("1",), "2025-08": ("8",)}


@pytest.mark.conformance("format.action.order", "format.csv2.mixed")
def test_the_order_of_the_message_is_that_of_its_actions(hub: Hub) -> None:
    send(hub, row("M", "2025-01", "1"))
    send(hub, row("D", "2025-01"), row("M", "2025-01", "3"),
         row("M", "2025-02", "2"), row("D", "2025-02"))  # fmt: skip
    assert there(hub) == {"2025-01": ("3",)}


@pytest.mark.conformance("format.action.order_conflict")
def test_two_values_of_one_key_stay_a_fault(hub: Hub) -> None:
    done = send(hub, row("M", "2025-01", "1"), row("D", "2025-01"), row("M", "2025-01", "3"))
    assert done.state is State.REFUSED
    assert rules(hub, done) == {"DUPLICATE_CONFLICT"}


@pytest.mark.conformance("format.action.replace_all", "format.action.one_transaction")
def test_all_may_be_replaced_in_one_message(hub: Hub) -> None:
    send(hub, row("M", "2025-01", "1"), row("M", "2025-02", "2"))
    send(hub, everything(), row("M", "2025-09", "9"))
    assert there(hub) == {"2025-09": ("9",)}


@pytest.mark.conformance("format.action.one_transaction")
def test_a_fault_in_one_dataset_holds_the_others_back(hub: Hub) -> None:
    returned = {"MEASURE": "RETURNS_MADE", "TRANSPORT_MODE": "_T", "flow": RETURNS}
    good = row("M", "2025-01", "1")
    assert send(hub, good, row("M", "2025-01", "5", **{**returned, "SEX": "QQ"})).state is (
        State.REFUSED
    )
    assert there(hub) == {}
    assert send(hub, good, row("M", "2025-01", "5", **returned)).state is State.PUBLISHED
    assert there(hub) == {"2025-01": ("1",)}
    assert there(hub, flow=RETURNS) == {"2025-01": ("5",)}


@pytest.mark.conformance("format.action.merge_key")
@pytest.mark.parametrize("letter", ["M", "R"])
def test_only_deletions_may_leave_dimensions_out(hub: Hub, letter: str) -> None:
    assert send(hub, row(letter, "2025-01", "1", SEX="")).state is State.REFUSED


@pytest.mark.conformance("format.action.switched_off")
def test_time_that_is_switched_off_is_about_the_series(hub: Hub) -> None:
    send(hub, row("M", "2025-01", "1", SOURCE="old"), row("M", "2025-02", "2", SOURCE="old"))
    assert send(hub, row("M", "~", SOURCE="new")).state is State.PUBLISHED
    assert there(hub, "OBS_VALUE", "SOURCE") == {"2025-01": ("1", "new"), "2025-02": ("2", "new")}
    assert send(hub, row("M", "~", "5")).state is State.REFUSED  # a value needs its time


def rules(hub: Hub, done: intake.Submission) -> set[str]:
    return {f["rule"] for f in intake.report(hub, done.token)["findings"]}


@pytest.mark.conformance("format.action.switched_off_others")
def test_other_dimensions_are_not_switched_off(hub: Hub) -> None:
    done = send(hub, row("M", "2025-01", "1", SEX="~"))
    assert done.state is State.REFUSED
    (fault,) = (f for f in intake.report(hub, done.token)["findings"] if f["found"] == "~")
    assert (fault["rule"], fault["component"]) == ("CODE_UNKNOWN", "SEX")
    assert "with each row of the group" in fault["expected"]


@pytest.mark.conformance("format.action.missing_na")
def test_what_is_not_available_is_kept_as_that(hub: Hub) -> None:
    done = send(hub, row("M", "2025-01", "#N/A"))  # the status says that there is a value
    assert done.state is State.REFUSED
    assert rules(hub, done) == {"OBS_STATUS_MISSING_VALUE"}
    gone = row("M", "2025-01", "#N/A", OBS_STATUS="M")
    assert send(hub, row("M", "2025-02", "5"), gone).state is State.PUBLISHED
    assert there(hub) == {"2025-01": ("#N/A",), "2025-02": ("5",)}
    # It is no number to a query, and it is no null to a merge that does not give the value.
    client = create_app(hub).test_client()
    url = f"/sdmx/v2/data/dataflow/MIGHUB/{BORDER}?format=sdmx-csv-2.1&c[OBS_VALUE]="
    for comparison, times in (("ge:0", ["2025-02"]), ("lt:9", ["2025-02"])):
        answer = csv.DictReader(io.StringIO(client.get(url + comparison).text))
        assert [r["TIME_PERIOD"] for r in answer] == times
    later = row("M", "2025-01", OBS_STATUS="M", COMMENT_OBS="later")
    assert send(hub, later).state is State.PUBLISHED
    assert there(hub)["2025-01"] == ("#N/A",)


@pytest.fixture
def answers(hub: Hub) -> Callable[[str], set[str]]:
    """The actions of an answer."""
    send(hub, row("M", "2025-01", "1"), row("M", "2025-02", "2"))
    client = create_app(hub).test_client()

    def ask(query: str) -> set[str]:
        url = f"/sdmx/v2/data/dataflow/MIGHUB/{BORDER}?format=sdmx-csv-2.1&{query}"
        return {r["ACTION"] for r in csv.DictReader(io.StringIO(client.get(url).text))}

    return ask


@pytest.mark.conformance("format.action.get_plain", "format.action.get_partial")
def test_actions_of_answers(answers: Callable[[str], set[str]]) -> None:
    assert answers("") == {"R"}
    assert answers("attributes=none") == {"M"}
    assert answers("measures=none") == {"M"}
