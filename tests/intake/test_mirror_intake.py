"""A message beside what the country at the other end has published."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from intake_hub import send, settings_at

from hub import intake
from hub.intake import State
from hub.intake.check import check
from hub.intake.mirror import RULE
from hub.store.home import Hub
from hub.validation import render
from hub.validation.rules import RULES

HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,DEFINITION"
)
FLOW = "MIGHUB:DF_MIG_RETURNS(1.0.0)"


def made(value: int, sex: str = "_T", month: str = "2021-01", of: str = "GTM") -> str:
    """People of a country returned by Mexico."""
    return (
        f"{FLOW},M,MEX,RETURNS_MADE,{of},_T,_T,_T,_T,_T,_T,{sex},_T,EV,{month},{value},A,"
        "RETURN_ORDER"
    )


def received(value: int, sex: str = "_T", month: str = "2021-01") -> str:
    """People of Guatemala that it received from Mexico."""
    return (
        f"{FLOW},M,GTM,RETURNS_RECEIVED,GTM,_T,MEX,_T,_T,_T,_T,{sex},_T,PS,{month},{value},A,"
        "RETURN_RECEPTION"
    )


def body(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


@pytest.fixture
def hub(tmp_path: Path) -> Iterable[Hub]:
    with Hub.init(settings_at(tmp_path)) as made_:
        yield made_


def told(hub: Hub, *rows: str, **how: Any) -> list[dict[str, Any]]:
    """What a message that is published says of the other end."""
    done = send(hub, body(*rows), **how)
    assert done.state in (State.PUBLISHED, State.UNCHANGED)
    return [f for f in intake.report(hub, done.token)["findings"] if f["rule"] == RULE]


def test_far_apart_is_told_and_published(hub: Hub) -> None:
    assert told(hub, made(900)) == []
    (finding,) = told(hub, received(300))
    assert finding["severity"] == RULES[RULE].severity.value == "warning"
    assert finding["key"] == "RETURNS.MEX.GTM.GTM.2021-01"
    assert finding["found"] == "300 (GTM: PS, RETURN_RECEPTION)"
    assert finding["expected"] == "900 (MEX: EV, RETURN_ORDER)"


def test_the_sender_s_own_figure_is_the_one_found(hub: Hub) -> None:
    told(hub, received(300))
    (finding,) = told(hub, made(900))
    assert finding["found"].startswith("900 (MEX")
    assert finding["expected"].startswith("300 (GTM")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (900, 600),  # asymmetry 0.4
        (60, 30),  # 0.67, but small
    ],
)
def test_near_or_small_is_not_told(hub: Hub, a: int, b: int) -> None:
    told(hub, made(a))
    assert told(hub, received(b)) == []


def test_only_what_the_message_is_about_is_told(hub: Hub) -> None:
    told(hub, made(900), made(900, month="2021-02"), made(900, of="HND"))
    assert len(told(hub, received(300))) == 1
    (finding,) = told(hub, received(300, month="2021-02"))
    assert finding["key"].endswith("2021-02")


def test_parts_are_added_to_those_that_are_published(hub: Hub) -> None:
    """Women alone say nothing of the total; with the men that are published they do."""
    told(hub, made(900))
    assert told(hub, received(100, "F")) == []
    (finding,) = told(hub, received(200, "M"))
    assert finding["found"].startswith("300 ")


def test_a_correction_takes_the_place_of_what_is_published(hub: Hub) -> None:
    told(hub, made(900))
    assert told(hub, received(300))
    assert told(hub, received(880)) == []


def test_a_check_without_publishing_tells_the_same(hub: Hub) -> None:
    told(hub, made(900))
    report = check(hub, io.BytesIO(body(received(300))), "message.csv")
    assert [f.rule for f in report] == [RULE]
    assert report.valid
    spanish = render(report.findings[0], "es")
    assert "300 (GTM: PS, RETURN_RECEPTION)" in spanish
    assert "otro extremo" in spanish


def test_many_are_counted_and_the_farthest_are_listed(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.intake.mirror.MOST", 2)
    months = [f"2021-{n:02d}" for n in range(1, 6)]
    told(hub, *(made(900, month=month) for month in months))
    done = send(hub, body(*(received(300 - n, month=m) for n, m in enumerate(months))))
    report = intake.report(hub, done.token)
    listed = [f["found"].split()[0] for f in report["findings"] if f["rule"] == RULE]
    assert listed == ["296", "297"]
    assert report["counts"]["warning"] == 5
    assert report["truncated"] is True
