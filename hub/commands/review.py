"""``mighub review``, ``mighub undo``, ``mighub policies``: before a release, and the way back.

Without ``--url`` they act on the hub in HUB_HOME, in the name of whoever is signed in to this
machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from hub.commands.remote import Remote, local_actor
from hub.commands.submit import HOW, KEY, URL
from hub.errors import RequestSyntaxError
from hub.settings import Settings
from hub.terminal import examples, show_json

if TYPE_CHECKING:
    from hub.store.home import Hub
    from hub.store.submissions import Submission

__all__ = ["policies", "review", "undo"]

_COMMENT = click.option("--comment", default="", help="For the sender and the records.")


@contextmanager
def _hub() -> Iterator[Hub]:
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(Settings.load()) as opened:
        yield opened


@click.group()
def review() -> None:
    """Decide on submissions that wait for a second person."""


@review.command("list", epilog="Example: mighub review list --format json")
@URL
@KEY
@HOW
def list_(url: str | None, key: str | None, how: str) -> None:
    """Show what awaits review, oldest first."""
    if url:
        found = Remote(url, key).get("submissions", state="awaiting_review", limit=200)
        rows = list(reversed(found["submissions"]))
    else:
        from hub.store import tables  # noqa: PLC0415
        from hub.store.submissions import State  # noqa: PLC0415

        with _hub() as hub:
            waits = tables.submission.c.state == State.AWAITING_REVIEW.value
            rows = [_row(one) for one in hub.submissions.find(waits)]
    if how == "json":
        show_json(rows)
        return
    for row in rows:
        counts = ", ".join(f"{n:,} {name}" for name, n in (row["counts"] or {}).items())
        click.echo(f"{row['token']}  {row['received_at']}  {row['filename']}  {counts}")


@review.command(epilog="Example: mighub review approve TOKEN --comment 'checked with INM'")
@click.argument("token")
@_COMMENT
@URL
@KEY
def approve(token: str, comment: str, url: str | None, key: str | None) -> None:
    """Let the submission TOKEN go on; it is published when it is due."""
    _decide("approve", token, comment, url, key)


@review.command(epilog="Example: mighub review reject TOKEN --comment 'The year is wrong.'")
@click.argument("token")
@click.option("--comment", required=True, help="Tells the sender why.")
@URL
@KEY
def reject(token: str, comment: str, url: str | None, key: str | None) -> None:
    """End the submission TOKEN."""
    _decide("reject", token, comment, url, key)


def _decide(what: str, token: str, comment: str, url: str | None, key: str | None) -> None:
    if url:
        answer = Remote(url, key).ask("POST", f"submissions/{token}/{what}", {"comment": comment})
        click.echo(f"{token}  {answer['state']}")
        return
    from hub import intake  # noqa: PLC0415
    from hub.intake import reviews  # noqa: PLC0415

    with _hub() as hub:
        getattr(reviews, what)(hub, token, actor=local_actor(), comment=comment)
        click.echo(f"{token}  {intake.process(hub, token).state}")


@click.command(epilog="Example: mighub undo 5b0c6a2e-...")
@click.argument("token")
@URL
@KEY
def undo(token: str, url: str | None, key: str | None) -> None:
    """Take back the release of the submission TOKEN, by another release.

    Where a later release changed the same observations nothing is done.
    """
    if url:
        answer = Remote(url, key).ask("DELETE", f"submissions/{token}")
        click.echo(f"{answer['token']}  {answer['state']}")
        return
    from hub.intake.undo import undo as take_back  # noqa: PLC0415

    with _hub() as hub:
        done = take_back(hub, token, actor=local_actor())
        click.echo(f"{done.token}  {done.state}")


@click.command(
    epilog=examples(
        "mighub policies",
        "mighub policies 'MIGHUB:DF_MIG_BORDER(1.0.0)' --review",
        "mighub policies 'MIGHUB:DF_MIG_BORDER(1.0.0)' --remove",
    )
)
@click.argument("subject", required=False, metavar="[AGENCY:ID(VERSION)]")
@click.option("--agreement", is_flag=True, help="It is a provision agreement, not a dataflow.")
@click.option("--review/--no-review", default=False, help="A second person has to approve.")
@click.option("--embargo-until", metavar="TIME", help="As 2026-12-01T09:00:00Z.")
@click.option("--embargo-delay", metavar="DURATION", help="After receipt, as P7D or PT12H.")
@click.option("--remove", is_flag=True, help="Let nothing hold any more.")
@URL
@KEY
@HOW
def policies(
    subject: str | None,
    *,
    agreement: bool,
    review: bool,
    embargo_until: str | None,
    embargo_delay: str | None,
    remove: bool,
    url: str | None,
    key: str | None,
    how: str,
) -> None:
    """Show or set what stands between valid data and its release."""
    kind = "agreement" if agreement else "dataflow"
    content = {
        "review": review, "embargo_until": embargo_until, "embargo_delay": embargo_delay,
    }  # fmt: skip
    if url:
        remote = Remote(url, key)
        if subject is not None:
            method = "DELETE" if remove else "PUT"
            remote.ask(method, f"policies/{kind}/{subject}", None if remove else content)
        rows = remote.get("policies")["policies"]
    else:
        rows = _policies_here(kind, subject, content, remove=remove)
    if how == "json":
        show_json(rows)
        return
    for row in rows:
        embargo = row["embargo_until"] or row["embargo_delay"] or "none"
        click.echo(f"{row['kind']} {row['subject']}  review {row['review']}  embargo {embargo}")


def _policies_here(
    kind: str, subject: str | None, content: dict[str, Any], *, remove: bool
) -> list[dict[str, Any]]:
    from hub.intake.policies import Policy, all_policies, remove_policy, set_policy  # noqa: PLC0415
    from hub.model.schema import StructureRef  # noqa: PLC0415

    with _hub() as hub:
        if subject is not None:
            try:
                ref = StructureRef.parse(subject)
                until = content["embargo_until"]
                when = None if until is None else datetime.fromisoformat(until)
            except ValueError as error:
                raise RequestSyntaxError(f"{error}.") from None
            if remove:
                remove_policy(hub, kind, ref, actor=local_actor())
            else:
                policy = Policy(kind, ref, content["review"], when, content["embargo_delay"])
                set_policy(hub, policy, actor=local_actor())
        return [one.to_dict() for one in all_policies(hub)]


def _row(one: Submission) -> dict[str, Any]:
    return {
        "token": one.token,
        "received_at": one.received_at.astimezone(UTC).isoformat(timespec="seconds"),
        "filename": one.filename,
        "counts": dict(one.counts or {}),
    }
