"""An office says that a value it once gave is missing."""

from __future__ import annotations

from intake_hub import message, row, send, stored

from hub import intake
from hub.store.home import Hub
from hub.store.submissions import State


def test_the_old_value_does_not_stand_under_the_new_status(hub: Hub) -> None:
    send(hub, message([row("MEX", "2022", 74109), row("GTM", "2022", 5)]))
    gone = row("MEX", "2022", "", source="register").replace(",A,register", ",O,register")
    done = send(hub, message([gone]))
    assert done.state is State.PUBLISHED
    assert done.counts == {"observations": 1, "inserted": 0, "updated": 1, "deleted": 0}
    assert stored(hub) == {("MEX", "2022"): None, ("GTM", "2022"): "5"}


def test_a_value_without_status_cannot_follow_it(hub: Hub) -> None:
    """It would be a value that the stored status denies."""
    missing = row("MEX", "2022", "").replace(",A,survey", ",O,survey")
    send(hub, message([missing]))
    done = send(hub, message([row("MEX", "2022", 5).replace(",A,survey", ",,survey")]))
    assert done.state is State.REFUSED
    rules = [finding["rule"] for finding in intake.report(hub, done.token)["findings"]]
    assert rules == ["ATTRIBUTE_MISSING"]
    assert stored(hub) == {("MEX", "2022"): None}
