"""The reporting calendar: from what was published to JSON, the feed, the page and the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner
from flask import Flask
from lxml import html
from page_site import message
from sqlalchemy import select

from hub import intake
from hub.commands.calendar import calendar as command
from hub.errors import HubError
from hub.model.calendar import Status
from hub.settings import Settings
from hub.store.deliveries import schedules
from hub.store.home import Hub
from hub.store.reporting import Reporting, reporting
from hub.store.tables_sources import delivery
from registry.app import create_app

INM = "MIGHUB:PA_MEX_INM_MIG_BORDER(1.0.0)"
UPM = "MIGHUB:PA_MEX_UPM_MIG_BORDER(1.0.0)"
OWN = f"""
agreements:
  {INM}: {{frequency: M, delay: P45D, since: 2026-01, until: 2026-03}}
  {UPM}: {{frequency: M, delay: P45D, since: 2026-01, until: 2026-02}}
"""
TODAY = date(2026, 7, 1)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    home = tmp_path / "home"
    with Hub.init(Settings.load({"HUB_HOME": str(home)})) as made:
        (home / "calendar.yaml").write_text(OWN, "utf-8")
        yield made


@pytest.fixture
def app(hub: Hub) -> Flask:
    return create_app(hub)


def publish(hub: Hub, period: str, value: str, provider: str | None) -> str:
    body = hub.settings.home / "body.csv"
    body.write_bytes(message(("GTM", "_T", period, value)))
    token = intake.submit(hub, body, "a.csv", provider=provider)
    assert intake.process(hub, token).state in (intake.State.PUBLISHED, intake.State.UNCHANGED)
    return token


def of(found: Reporting, agreement: str) -> dict[str, Status]:
    return {
        row.due.period: row.due.status
        for row in found.rows
        if str(row.agreed.schedule.agreement) == agreement
    }


def test_every_shipped_schedule_is_of_an_agreement(hub: Hub) -> None:
    (hub.settings.home / "calendar.yaml").unlink()
    assert len(schedules(hub)) > 8
    for one in schedules(hub):
        assert one.area is None or one.provider.startswith(one.area)


def test_a_period_came_when_its_provider_handed_it_in(hub: Hub) -> None:
    before = reporting(hub, TODAY)
    assert set(of(before, INM).values()) == {Status.OVERDUE}
    token = publish(hub, "2026-02", "5", "MEX_INM")
    found = reporting(hub, TODAY)
    assert of(found, INM) == {
        "2026-01": Status.OVERDUE, "2026-02": Status.LATE, "2026-03": Status.OVERDUE,
    }  # fmt: skip
    assert set(of(found, UPM).values()) == {Status.OVERDUE}, "the other institution sent nothing"
    (row,) = (row for row in found.rows if row.due.came)
    assert row.due.came_at == intake.status(hub, token).received_at


def test_a_correction_does_not_change_when_a_period_came(hub: Hub) -> None:
    first = publish(hub, "2026-01", "5", "MEX_INM")
    publish(hub, "2026-01", "6", "MEX_INM")
    reporting(hub, TODAY)
    publish(hub, "2026-01", "7", "MEX_INM")
    (row,) = (row for row in reporting(hub, TODAY).rows if row.due.came)
    assert row.due.came_at == intake.status(hub, first).received_at
    with hub.catalogue.read() as connection:
        kept = connection.execute(select(delivery)).all()
    assert [(one.provider, one.period) for one in kept] == [("MEX_INM", "2026-01")]


def test_figures_of_nobody_are_nobodys_delivery(hub: Hub) -> None:
    publish(hub, "2026-01", "5", None)
    assert not any(row.due.came for row in reporting(hub, TODAY).rows)


@pytest.mark.parametrize(
    "text",
    [
        "agreements: {'MIGHUB:PA_NONE(1.0.0)': {frequency: M, delay: P1M, since: 2026-01}}",
        "agreements: {nonsense: {frequency: M, delay: P1M, since: 2026-01}}",
        f"agreements: {{'{INM}': monthly}}",
        "schedule: {}",
    ],
)
def test_a_wrong_calendar_of_the_operator_is_said(hub: Hub, text: str) -> None:
    (hub.settings.home / "calendar.yaml").write_text(text, "utf-8")
    with pytest.raises(HubError):
        schedules(hub)


def test_the_api_tells_periods_and_boards(hub: Hub, app: Flask) -> None:
    publish(hub, "2026-02", "5", "MEX_INM")
    answer = app.test_client().get("/api/calendar?area=MEX&provider=MEX_INM").json
    assert [(p["period"], p["status"]) for p in answer["periods"]] == [
        ("2026-01", "overdue"), ("2026-02", "late"), ("2026-03", "overdue"),
    ]  # fmt: skip
    (board,) = answer["boards"]
    assert (board["area"], board["due"], board["came"], board["on_time"]) == ("MEX", 3, 1, 0)
    late = app.test_client().get("/api/calendar?provider=MEX_INM&status=late").json
    assert [p["period"] for p in late["periods"]] == ["2026-02"]
    assert late["boards"] == answer["boards"], "what is counted does not depend on what is shown"


@pytest.mark.parametrize("query", ["status=soon", "last=0", "last=x", "last=1000"])
def test_a_parameter_that_says_nothing_is_400(app: Flask, query: str) -> None:
    assert app.test_client().get(f"/api/calendar?{query}").status_code == 400


def test_the_feed_has_what_has_not_come(hub: Hub, app: Flask) -> None:
    publish(hub, "2026-02", "5", "MEX_INM")
    answer = app.test_client().get("/api/calendar.ics?provider=MEX_INM")
    assert answer.mimetype == "text/calendar"
    events = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    days = [date(2026, 2, 1) + timedelta(45), date(2026, 4, 1) + timedelta(45)]
    assert [event.decoded("dtstart") for event in events] == days
    assert "2026-03" in str(events[1]["summary"])


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Reporting calendar", "Mexico", "overdue by")),
     ("es", ("Calendario de entregas", "México", "atrasado"))],
)  # fmt: skip
def test_the_page_says_it_in_both_languages(
    hub: Hub, app: Flask, language: str, words: tuple[str, ...]
) -> None:
    publish(hub, "2026-02", "5", "MEX_INM")
    answer = app.test_client().get(f"/calendar?area=MEX&lang={language}")
    page = html.fromstring(answer.data)
    text = " ".join(page.text_content().split())
    assert all(word in text for word in words)
    boards, periods = page.xpath("//table")
    assert len(boards.xpath(".//tbody/tr")) == 1
    (feed,) = page.xpath("//a[contains(@href, 'calendar.ics')]/@href")
    assert feed == "/api/calendar.ics?area=MEX"
    assert len(periods.xpath(".//tbody/tr")) > 5


def test_the_command_tells_the_same(hub: Hub, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(hub, "2026-02", "5", "MEX_INM")
    monkeypatch.setenv("HUB_HOME", str(hub.settings.home))
    told = CliRunner().invoke(command, ["--provider", "MEX_INM", "--format", "json"])
    assert json.loads(told.stdout) == app.test_client().get("/api/calendar?provider=MEX_INM").json
    table = CliRunner().invoke(command, ["--area", "MEX"]).stdout
    assert "MEX_INM" in table and "overdue" in table
    only = CliRunner().invoke(command, ["--provider", "MEX_INM", "--status", "late"]).stdout
    assert "2026-02" in only and "2026-03" not in only
    assert CliRunner().invoke(command, ["--area", "XXX"]).exit_code != 0


def test_today_is_today(app: Flask) -> None:
    assert app.test_client().get("/api/calendar").json["today"] == str(datetime.now(UTC).date())
