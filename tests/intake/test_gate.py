"""Review and embargo: what waits is nowhere, and goes on when a person or the time says so."""

from __future__ import annotations

import io
import signal
from datetime import UTC, datetime, timedelta

import crash_child
import pytest
from intake_hub import BORDER, RETURNS, message, row, send, stored

from hub import intake
from hub.errors import Conflict, Forbidden, NotFound, RequestSyntaxError
from hub.intake.policies import Policy, all_policies, remove_policy, set_policy
from hub.intake.reviews import approve, decisions, reject, withdraw
from hub.intake.waiting import preview_of, refresh
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.submissions import State

BODY = message([row("MEX", "2020-01", 1), row("MEX", "2020-02", 2)])
SOON = datetime.now(UTC) + timedelta(days=2)


def want_review(hub: Hub, flow: StructureRef = BORDER) -> None:
    set_policy(hub, Policy("dataflow", flow, review=True), actor="admin")


def later() -> datetime:
    return SOON + timedelta(seconds=1)


def nothing_is_stored(hub: Hub) -> None:
    assert hub.observations.latest(BORDER) is None
    assert hub.releases.current(BORDER) is None


def test_what_awaits_review_is_not_in_the_store_and_is_published_when_approved(hub: Hub) -> None:
    want_review(hub)
    sent = send(hub, BODY, submitted_by="office")
    assert (sent.state, sent.finished, sent.waiting) == (State.AWAITING_REVIEW, False, True)
    nothing_is_stored(hub)
    assert intake.run_pending(hub) == 0  # no worker takes it on
    preview = preview_of(hub, sent.token)
    assert preview["counts"] == {"new": 2, "changed": 0, "withdrawn": 0}
    assert [c["key"]["TIME_PERIOD"] for c in preview["changes"]] == ["2020-01", "2020-02"]
    approve(hub, sent.token, actor="reviewer", comment="fine")
    nothing_is_stored(hub)
    assert intake.process(hub, sent.token).state is State.PUBLISHED
    assert stored(hub) == {("MEX", "2020-01"): "1", ("MEX", "2020-02"): "2"}
    (decision,) = decisions(hub, sent)
    assert (decision.actor, decision.decision, decision.comment) == ("reviewer", "approved", "fine")
    with pytest.raises(NotFound):
        preview_of(hub, sent.token)


def test_nobody_decides_on_what_they_sent_nor_twice(hub: Hub) -> None:
    want_review(hub)
    sent = send(hub, BODY, submitted_by="office")
    with pytest.raises(Forbidden):
        approve(hub, sent.token, actor="office")
    with pytest.raises(Forbidden):
        reject(hub, sent.token, actor="office", comment="no")
    with pytest.raises(RequestSyntaxError, match="comment"):
        reject(hub, sent.token, actor="reviewer", comment=" ")
    reject(hub, sent.token, actor="reviewer", comment="Wrong year.")
    assert intake.status(hub, sent.token).state is State.REJECTED
    with pytest.raises(Conflict):
        approve(hub, sent.token, actor="reviewer")
    intake.run_pending(hub)
    nothing_is_stored(hub)
    # The same bytes may be sent again: they are a submission of their own.
    assert send(hub, BODY, submitted_by="office").token != sent.token


def test_the_same_bytes_sent_while_they_wait_are_one_submission(hub: Hub) -> None:
    want_review(hub)
    assert send(hub, BODY).token == send(hub, BODY).token


def test_what_was_approved_is_validated_against_what_is_published_by_then(hub: Hub) -> None:
    set_policy(hub, Policy("dataflow", BORDER, review=True), actor="admin")
    waiting = send(hub, message([row("MEX", "2020-01", 1), row("MEX", "2020-02", 2)]))
    remove_policy(hub, "dataflow", BORDER, actor="admin")
    send(hub, message([row("MEX", "2020-01", 1), row("MEX", "2020-03", 3)]))
    assert preview_of(hub, waiting.token)["current"] is False
    assert refresh(hub) == 1
    preview = preview_of(hub, waiting.token)
    assert (preview["current"], preview["total"]) == (True, 1)
    assert preview["changes"][0]["key"]["TIME_PERIOD"] == "2020-02"
    approve(hub, waiting.token, actor="reviewer")
    done = intake.process(hub, waiting.token)
    assert done.counts == {"observations": 2, "inserted": 1, "updated": 0, "deleted": 0}


def test_a_preview_tells_old_and_new_values_page_by_page(hub: Hub) -> None:
    send(hub, BODY)
    want_review(hub)
    sent = send(hub, message([row("MEX", "2020-01", 5), row("MEX", "2020-02", 2),
                              row("MEX", "2020-03", 3)]))  # fmt: skip
    first = preview_of(hub, sent.token, limit=1)
    assert first["counts"] == {"new": 1, "changed": 1, "withdrawn": 0}
    assert first["changes"][0]["changes"] == {"OBS_VALUE": {"old": "1", "new": "5"}}
    second = preview_of(hub, sent.token, offset=1, limit=5)
    assert [c["kind"] for c in second["changes"]] == ["new"]


def test_faulty_data_never_reaches_a_reviewer_and_nothing_new_needs_none(hub: Hub) -> None:
    send(hub, BODY)
    want_review(hub)
    assert send(hub, message([row("MEX", "2020-01", "x")])).state is State.REFUSED
    assert send(hub, message([row("MEX", "2020-01", 1)])).state is State.UNCHANGED


def test_an_embargo_ends_by_the_clock_and_not_before(hub: Hub) -> None:
    sent = send(hub, BODY, embargo=SOON)
    assert (sent.state, sent.due) == (State.EMBARGOED, SOON)
    nothing_is_stored(hub)
    assert intake.run_pending(hub, now=lambda: SOON - timedelta(seconds=1)) == 0
    nothing_is_stored(hub)
    assert intake.process(hub, sent.token, now=later).state is State.PUBLISHED
    assert len(stored(hub)) == 2


def test_the_latest_of_several_times_counts(hub: Hub) -> None:
    set_policy(hub, Policy("dataflow", BORDER, embargo_until=SOON), actor="admin")
    sent = send(hub, BODY, embargo=SOON - timedelta(days=1))
    assert sent.due == SOON
    set_policy(hub, Policy("dataflow", BORDER, embargo_delay="P30D"), actor="admin")
    assert intake.process(hub, sent.token, now=later).state is State.EMBARGOED
    due = intake.status(hub, sent.token).due
    assert due == sent.received_at + timedelta(days=30)  # postponed while it waited
    remove_policy(hub, "dataflow", BORDER, actor="admin")
    assert intake.process(hub, sent.token, now=lambda: due).state is State.PUBLISHED


def test_review_and_embargo_hold_one_after_the_other(hub: Hub) -> None:
    set_policy(hub, Policy("dataflow", BORDER, review=True, embargo_until=SOON), actor="admin")
    sent = send(hub, BODY)
    approve(hub, sent.token, actor="reviewer")
    assert intake.process(hub, sent.token).state is State.EMBARGOED
    nothing_is_stored(hub)
    assert intake.process(hub, sent.token, now=later).state is State.PUBLISHED


def test_a_message_of_two_dataflows_waits_as_a_whole(hub: Hub) -> None:
    want_review(hub, RETURNS)
    both = message([row("MEX", "2020-01", 1, flow=flow) for flow in (BORDER, RETURNS)])
    sent = send(hub, both)
    assert sent.state is State.AWAITING_REVIEW
    nothing_is_stored(hub)
    assert send(hub, BODY).state is State.PUBLISHED


def test_a_policy_of_an_agreement_is_for_its_provider(hub: Hub) -> None:
    ref = StructureRef("MIGHUB", "PA_HND_INM_MIG_BORDER", "1.0.0")
    set_policy(hub, Policy("agreement", ref, review=True), actor="admin")
    sent = send(hub, message([row("HND", "2020-01", 1)]), provider="HND_INM")
    assert sent.state is State.AWAITING_REVIEW
    assert send(hub, BODY, provider="MEX_INM").state is State.PUBLISHED


def test_a_sender_may_take_back_what_waits(hub: Hub) -> None:
    sent = send(hub, BODY, embargo=SOON)
    withdraw(hub, sent.token, actor="office")
    assert intake.status(hub, sent.token).state is State.REJECTED
    assert intake.run_pending(hub, now=later) == 0
    nothing_is_stored(hub)
    with pytest.raises(Conflict):
        withdraw(hub, sent.token, actor="office")


def test_policies_are_checked_and_listed(hub: Hub) -> None:
    with pytest.raises(NotFound):
        set_policy(hub, Policy("dataflow", StructureRef("X", "Y", "1.0.0")), actor="a")
    for delay in ("soon", "P", "P1M", "-P1D"):
        with pytest.raises(RequestSyntaxError):
            set_policy(hub, Policy("dataflow", BORDER, embargo_delay=delay), actor="a")
    set_policy(hub, Policy("dataflow", BORDER, review=True), actor="a")
    set_policy(hub, Policy("dataflow", BORDER, embargo_delay="PT12H"), actor="a")
    assert all_policies(hub) == [Policy("dataflow", BORDER, embargo_delay="PT12H")]
    remove_policy(hub, "dataflow", BORDER, actor="a")
    with pytest.raises(NotFound):
        remove_policy(hub, "dataflow", BORDER, actor="a")


def test_the_same_bytes_again_are_known_until_something_changes(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = send(hub, BODY)
    with monkeypatch.context() as patch:
        patch.setattr("hub.intake.protocol.read", lambda *_: pytest.fail("it was read again"))
        again = send(hub, BODY)
    assert (again.state, again.report) == (State.UNCHANGED, done.report)
    assert again.counts == {"observations": 2, "inserted": 0, "updated": 0, "deleted": 0}
    send(hub, message([row("MEX", "2020-01", 9)]))
    assert send(hub, BODY).counts == {
        "observations": 2, "inserted": 0, "updated": 1, "deleted": 0,
    }  # fmt: skip


def killed(hub: Hub, place: str, call: int, after: bool) -> None:
    process = crash_child.context().Process(
        target=crash_child.die_at, args=(hub.settings.home, place, call, after)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_crash_at_the_gate_opens_it_for_nobody(hub: Hub) -> None:
    want_review(hub)
    token = intake.submit(hub, io.BytesIO(BODY), "message.csv")
    killed(hub, "preview", 1, after=True)
    nothing_is_stored(hub)
    assert intake.process(hub, token).state is State.AWAITING_REVIEW
    approve(hub, token, actor="reviewer")
    killed(hub, "start", 1, after=True)
    assert intake.process(hub, token).state is State.PUBLISHED  # it was approved, once


def test_what_has_passed_the_gate_is_not_sent_back_by_a_crash(hub: Hub) -> None:
    token = intake.submit(hub, io.BytesIO(BODY), "message.csv")
    killed(hub, "add", 1, after=True)
    want_review(hub)  # too late for a release that has begun
    assert intake.process(hub, token).state is State.PUBLISHED
    assert len(stored(hub)) == 2
    assert send(hub, message([row("MEX", "2020-01", 9)])).state is State.AWAITING_REVIEW
