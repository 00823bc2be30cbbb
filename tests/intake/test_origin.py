"""Each observation is kept with the data provider whose submission made it what it is."""

from __future__ import annotations

import duckdb
import pytest
from intake_hub import BORDER, message, row, send

from hub import intake
from hub.plugins import connector_catalogue
from hub.store.home import Hub


def whose(hub: Hub) -> dict[tuple[str, str], str | None]:
    """Provider by area and time, as stored."""
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    files = hub.observations.files(BORDER, pointer.version)
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT REF_AREA, TIME_PERIOD, _provider "
            f"FROM read_parquet({files!r}, union_by_name = true)"
        ).fetchall()
    return {(area, time): provider for area, time, provider in found}


def test_a_row_is_of_who_sent_it_last_when_it_changed(hub: Hub) -> None:
    given = [row("MEX", f"2020-0{m}", m) for m in (1, 2, 3)]
    send(hub, message(given), provider="MEX_UPM")
    assert set(whose(hub).values()) == {"MEX_UPM"}
    changed = [given[0], row("MEX", "2020-02", 9), row("MEX", "2020-04", 4)]
    send(hub, message(changed), provider="MIGHUB:MEX_INM")
    assert whose(hub) == {
        ("MEX", "2020-01"): "MEX_UPM",  # the same value again is no change
        ("MEX", "2020-02"): "MEX_INM",
        ("MEX", "2020-03"): "MEX_UPM",
        ("MEX", "2020-04"): "MEX_INM",
    }


def test_what_changes_with_its_series_stays_whose_it_was(hub: Hub) -> None:
    send(hub, message([row("MEX", "2020-01", 1, source="a")]), provider="MEX_UPM")
    send(hub, message([row("MEX", "2020-02", 2, source="b")]), provider="MEX_INM")
    assert whose(hub) == {("MEX", "2020-01"): "MEX_UPM", ("MEX", "2020-02"): "MEX_INM"}


def test_who_is_not_stated_is_not_known(hub: Hub) -> None:
    send(hub, message([row("MEX", "2020-01", 1)]))
    assert whose(hub) == {("MEX", "2020-01"): None}


@pytest.mark.parametrize(
    ("connector", "by_area"),
    [
        ("mex/upm_air_entries", {"MEX": "MEX_UPM"}),
        ("int/iom_regular_entries", {"MEX": "MEX_UPM", "CRI": "CRI_DGME"}),
    ],
)
def test_a_connector_says_who_reports(hub: Hub, connector: str, by_area: dict[str, str]) -> None:
    sample = connector_catalogue().samples(connector)[0]
    token = intake.submit(hub, sample, sample.name, connector=connector)
    assert intake.process(hub, token).state == "published"
    assert {(area, who) for (area, _), who in whose(hub).items()} == set(by_area.items())


def test_what_is_undone_is_again_whose_it_was(hub: Hub) -> None:
    send(hub, message([row("MEX", "2020-01", 1), row("MEX", "2020-02", 2)]), provider="MEX_UPM")
    before = whose(hub)
    later = [row("MEX", "2020-01", 7), row("MEX", "2020-03", 3)]
    taken = send(hub, message(later), provider="MEX_INM")
    assert set(whose(hub).values()) == {"MEX_UPM", "MEX_INM"}
    intake.undo(hub, taken.token)
    assert whose(hub) == before
