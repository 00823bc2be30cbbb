"""When indicators are released, and under whose name; a crash or a repetition costs nothing."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from derived_inputs import DEATHS, STOCK, deaths, indicators, migrants, population, send

from hub import intake
from hub.cli import cli
from hub.derived import publish
from hub.derived.definitions import FLOW
from hub.derived.publish import Derived, derive, refresh
from hub.intake.policies import Policy, set_policy
from hub.intake.worker import work
from hub.model.dataset import Action
from hub.plugins import connector_catalogue
from hub.store.home import Hub

YEAR = [f"2019-{month:02}" for month in range(1, 13)]


def share(hub: Hub) -> dict[str, str]:
    """Share of migrants by area and year."""
    found = indicators(hub, "MIG_STOCK_SHARE")
    return {f"{key[1]} {key[5]}": value for key, value in found.items()}


def taken(hub: Hub) -> Derived | None:
    """Compute, and take the message through."""
    found = refresh(hub)
    intake.run_pending(hub)
    return found


def given(hub: Hub, *lines: str, **how: Any) -> None:
    send(hub, STOCK, *lines, provider="INT_UNDESA", **how)


def test_once_and_only_once(hub: Hub) -> None:
    given(hub, population("MEX", 2015, "121858.251"), migrants("MEX", 2015, "1193155"))
    first = taken(hub)
    assert first is not None
    assert (first.changed, first.withdrawn) == (1, 0)
    assert share(hub) == {"MEX 2015": "0.98"}
    releases = len(hub.releases.items(FLOW))
    second = taken(hub)  # the release of the indicators is looked at once
    assert second is not None
    assert second.submission is None
    assert taken(hub) is None
    assert len(hub.releases.items(FLOW)) == releases == 1


def test_a_revision_of_an_input_revises_what_depends_on_it(hub: Hub) -> None:
    given(hub, population("MEX", 2015, "100"), population("CRI", 2015, "50"))
    given(hub, migrants("MEX", 2015, "1000"), migrants("CRI", 2015, "1000"))
    taken(hub)
    assert share(hub) == {"MEX 2015": "1", "CRI 2015": "2"}
    given(hub, migrants("CRI", 2015, "2000"))
    found = taken(hub)
    assert found is not None
    assert found.changed == 1
    assert share(hub) == {"MEX 2015": "1", "CRI 2015": "4"}


def test_what_loses_an_input_is_withdrawn(hub: Hub) -> None:
    given(hub, population("MEX", 2015, "100"), migrants("MEX", 2015, "1000"))
    taken(hub)
    given(hub, migrants("MEX", 2015, "", status="O"), action=Action.REPLACE)
    found = taken(hub)
    assert found is not None
    assert (found.changed, found.withdrawn) == (0, 1)
    assert share(hub) == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (migrants("MEX", 2015, "", status="O"), "missing:migrants"),
        (migrants("MEX", 2015, "7", conf="C"), "missing:migrants"),
        (migrants("MEX", 2010, "7"), "absent:population"),
        (migrants("MEX", 2015, "7.1234567"), "missing:migrants"),
        (migrants("PAN", 2015, "7"), "zero"),
    ],
)
def test_what_cannot_be_computed_is_counted_with_its_reason(hub: Hub, line: str, why: str) -> None:
    given(hub, population("MEX", 2015, "100"), population("PAN", 2015, "0"), line)
    found = derive(hub, dry_run=True)
    (count,) = (one for one in found.counts if one.indicator == "MIGRANT_SHARE")
    assert (count.results, dict(count.left_out)) == (0, {why: 1})


def test_multipliers_and_flags_of_inputs_count(hub: Hub) -> None:
    given(hub, population("MEX", 2015, "0.0001", mult="6"), migrants("MEX", 2015, "7", mult="0"))
    given(hub, population("CRI", 2015, "2", mult="0"), migrants("CRI", 2015, "1", status="B"))
    taken(hub)
    assert share(hub) == {"MEX 2015": "7", "CRI 2015": "50"}
    client_flags = _flags(hub)
    assert client_flags == {"MEX": "E", "CRI": "B"}


def _flags(hub: Hub) -> dict[str, str]:
    import duckdb

    pointer = hub.releases.current(FLOW)
    assert pointer is not None
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT REF_AREA, OBS_STATUS, COLLECTION, DECIMALS, COMMENT_OBS FROM read_parquet(?)",
            [hub.observations.files(FLOW, pointer.version)],
        ).fetchall()
    for _, _, collection, decimals, comment in rows:
        assert (collection, decimals) == ("COMPUTED", "2")
        assert comment == "Computed by the hub: MIGRANT_SHARE = 100 * migrants / population."
    return {row[0]: row[1] for row in rows}


def test_a_year_of_incidents_needs_its_months(hub: Hub) -> None:
    send(hub, DEATHS, *(deaths("MEX", m, "2") for m in YEAR[:11]), provider="INT_IOM")
    taken(hub)
    assert indicators(hub, "SM_DTH_MIGR") == {}
    # The month may come from anywhere in the record of incidents; groups and totals do not count.
    send(
        hub, DEATHS, deaths("PAN", YEAR[11], "5", "ROUTE_SA"), deaths("PAN", YEAR[11], "5", "_T"),
        deaths("019", YEAR[11], "9"), provider="INT_IOM",
    )  # fmt: skip
    taken(hub)
    assert indicators(hub, "SM_DTH_MIGR") == {
        ("A", "MEX", "_T", "_T", "_T", "2019"): "22",
        ("A", "PAN", "_T", "_T", "_T", "2019"): "5",
        ("A", "MEX", "_T", "_T", "ROUTE_CA", "2019"): "22",
        ("A", "PAN", "_T", "_T", "ROUTE_SA", "2019"): "5",
    }


def test_other_providers_are_not_added_and_not_overwritten(hub: Hub) -> None:
    lines = [deaths("MEX", month, "2") for month in YEAR]
    send(hub, DEATHS, *lines, provider="INT_IOM")
    send(hub, DEATHS, deaths("MEX", "2019-01", "50", "ROUTE_USMEX"), provider="INT_UNSD")
    official = deaths("MEX", "2018", "400", "_T", freq="A")
    send(hub, DEATHS, official, provider="INT_UNSD")
    found = taken(hub)
    assert found is not None
    (count,) = (one for one in found.counts if one.indicator == "SDG_10_7_3")
    # A series that somebody else publishes is theirs, other years of it too.
    assert dict(count.left_out) == {"others": 1}
    assert ("A", "MEX", "_T", "_T", "ROUTE_CA", "2019") in indicators(hub, "SM_DTH_MIGR")
    assert indicators(hub, "SM_DTH_MIGR", "INT_UNSD") == {
        ("M", "MEX", "_T", "_T", "ROUTE_USMEX", "2019-01"): "50",
        ("A", "MEX", "_T", "_T", "_T", "2018"): "400",
    }


def test_a_series_that_gets_an_owner_is_left_to_them(hub: Hub) -> None:
    send(hub, DEATHS, *(deaths("MEX", month, "2") for month in YEAR), provider="INT_IOM")
    taken(hub)
    key = ("A", "MEX", "_T", "_T", "_T", "2019")
    assert indicators(hub, "SM_DTH_MIGR")[key] == "24"
    send(hub, DEATHS, deaths("MEX", "2018", "400", "_T", freq="A"), provider="INT_UNSD")
    taken(hub)
    assert key not in indicators(hub, "SM_DTH_MIGR")
    assert list(indicators(hub, "SM_DTH_MIGR", "INT_UNSD").values()) == ["400"]


class Crash(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("at", ["note", "receive", "after"])
def test_a_crash_at_any_step_is_mended(hub: Hub, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given(hub, population("MEX", 2015, "100"), migrants("MEX", 2015, "1000"))

    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        if at == "after":  # everything is handed in, and the end is not noted
            patch.setattr(hub.catalogue, "set", crash)
        else:
            patch.setattr(publish, at, crash)
        with pytest.raises(Crash):
            refresh(hub)
    if at == "after":
        intake.run_pending(hub)
    taken(hub)
    taken(hub)
    assert share(hub) == {"MEX 2015": "1"}
    assert len(hub.releases.items(FLOW)) == 1
    assert taken(hub) is None


def test_what_waits_for_review_is_handed_in_once(hub: Hub) -> None:
    set_policy(hub, Policy("dataflow", FLOW, review=True), actor="test")
    given(hub, population("MEX", 2015, "100"), migrants("MEX", 2015, "1000"))
    first = taken(hub)
    assert first is not None
    assert first.submission is not None
    assert hub.submissions.get(first.submission).state is intake.State.AWAITING_REVIEW
    assert taken(hub) is None
    assert share(hub) == {}


def test_the_worker_computes_after_a_release(hub: Hub) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(hub, stop))
    worker.start()
    try:
        given(hub, population("MEX", 2015, "100"), migrants("MEX", 2015, "1000"))
        until = time.monotonic() + 60
        while not share(hub) and time.monotonic() < until:
            time.sleep(0.05)
        assert share(hub) == {"MEX 2015": "1"}
    finally:
        stop.set()
        worker.join()


def test_the_command(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HOME", str(Path(hub.settings.home)))
    given(hub, population("MEX", 2015, "100"), migrants("MEX", 2015, "1000"))
    given(hub, migrants("MEX", 2010, "5"))
    dry = CliRunner().invoke(cli, ["derive", "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "population has nothing for it" in " ".join(dry.output.split())
    assert "New or changed 1, withdrawn 0." in dry.output
    assert share(hub) == {}
    done = CliRunner().invoke(cli, ["derive", "--format", "json"])
    assert done.exit_code == 0, done.output
    assert '"state": "published"' in done.output
    assert share(hub) == {"MEX 2015": "1"}


def test_the_shipped_samples_give_indicators(hub: Hub) -> None:
    """What `mighub demo` shows: a whole year of incidents, and all refugees of 2015."""
    for connector in (
        "int/iom_missing_migrants",
        "int/unhcr_displacement",
        "int/undesa_stock",
        "int/undesa_population",
    ):
        for sample in connector_catalogue().samples(connector):
            intake.submit(hub, sample, sample.name, connector=connector)
    intake.run_pending(hub)
    taken(hub)
    deaths_ = indicators(hub, "SM_DTH_MIGR")
    assert {key[5] for key in deaths_} == {"2019"}
    assert deaths_["A", "MEX", "_T", "_T", "_T", "2019"] == "216"
    refugees = indicators(hub, "SM_POP_REFG_OR")
    assert {key[5] for key in refugees} == {"2015"}
    assert len(refugees) == 12
    assert refugees["A", "SLV", "_T", "_T", "_T", "2015"] == "233.1"
    assert len(share(hub)) > 250
