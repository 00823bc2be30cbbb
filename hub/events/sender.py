"""The sender: takes what is queued to subscribers until each has it, once.

A delivery that failed is tried again after a pause that doubles up to an hour and is never the
same twice; after some days it is given up, and its subscriber is paused. What is marked delivered
is never sent again. Where a process dies, or an answer is lost, between the subscriber's 2xx and
the mark, the same bytes go out again under the same id.
"""

from __future__ import annotations

import logging
import random
import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hub.events.mail import deliver
from hub.events.outcome import Outcome
from hub.events.post import post
from hub.events.signature import headers
from hub.events.spread import spread
from hub.events.words import mail_of
from hub.settings import Settings
from hub.store.events import Task
from hub.store.home import Hub
from hub.store.subscribers import Kind

__all__ = ["Sender", "attempt", "pause_after", "sending"]

_POLL_S = 0.5
#: Deliveries under way at once: a subscriber that hangs holds up nobody.
_AT_ONCE = 8
_LONGEST_PAUSE = timedelta(hours=1)
#: Days for which it can be looked up that a delivery came through.
_REMEMBERED = timedelta(days=90)

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def attempt(
    settings: Settings, task: Task, now: datetime, context: ssl.SSLContext | None = None
) -> Outcome:
    """Tell a subscriber, once. ``context`` is for certificates of an authority of one's own."""
    subscriber = task.subscriber
    if subscriber.kind.by_mail:
        if not settings.smtp_url:
            return Outcome(False, error="This hub has no mail server (HUB_SMTP_URL).")
        return deliver(settings, mail_of(settings, task), context)
    is_sdmx = subscriber.kind is Kind.SDMX_HTTP
    told = {"Content-Type": "application/xml" if is_sdmx else "application/json"}
    told |= headers(subscriber.secrets(now), task.event.uid, now, task.body)
    private = bool(settings.webhook_private)
    return post(subscriber.address, task.body, told, private=private, context=context)


def pause_after(
    attempts: int, first: timedelta, chance: Callable[[], float] = random.random
) -> timedelta:
    """How long to wait after so many attempts failed; between a half and all of the doubled time.

    ``chance`` gives numbers in [0, 1).
    """
    whole = min(first * (1 << min(attempts - 1, 20)), _LONGEST_PAUSE)
    return whole * (0.5 + chance() / 2)


@dataclass
class Sender:
    """Sends what is due. ``now`` tells the time, aware; ``context`` is as in :func:`attempt`."""

    hub: Hub
    now: Callable[[], datetime] = utc_now
    context: ssl.SSLContext | None = None
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}-{uuid.uuid4().hex}")

    def run_due(self) -> int:
        """Send all that is due now, one after the other; returns the number of attempts."""
        spread(self.hub, self.now())
        done = 0
        while tasks := self.hub.events.claim(self.name, self.now(), 1):
            for task in tasks:
                self.one(task)
                done += 1
        return done

    def one(self, task: Task) -> Outcome:
        """Make one attempt and note what became of it."""
        at = self.now()
        outcome = attempt(self.hub.settings, task, at, self.context)
        if not self._settle(task, outcome, at):
            _log.warning("%s for %s was taken over", task.event.uid, task.subscriber.id)
        return outcome

    def _settle(self, task: Task, outcome: Outcome, at: datetime) -> bool:
        settings, now = self.hub.settings, self.now()
        if outcome.ok:
            return self.hub.events.settle(
                task, self.name, delivered_at=now, status=outcome.status, first_at=at
            )
        _log.info("%s for %s failed: %s", task.event.uid, task.subscriber.id, outcome.error)
        first = task.first_at or at
        if outcome.gone or now - first >= timedelta(days=settings.event_days):
            days = f"For {settings.event_days} days nothing came through"
            why = "The subscriber wants no more (410)" if outcome.gone else days
            return self.hub.events.settle(
                task, self.name, status=outcome.status, error=outcome.error, first_at=at,
                pause=f"{why}. {outcome.error}",
            )  # fmt: skip
        pause = pause_after(task.attempts + 1, timedelta(seconds=settings.event_retry_seconds))
        if outcome.retry_after is not None:
            asked = timedelta(seconds=min(outcome.retry_after, 86_400))
            pause = max(pause, asked)
        return self.hub.events.settle(
            task, self.name, status=outcome.status, error=outcome.error, first_at=at,
            next_at=now + pause,
        )  # fmt: skip

    def work(self, stop: threading.Event) -> None:
        """Send until ``stop`` is set; what goes wrong in the hub itself is logged."""
        running: set[Future[Outcome]] = set()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sender") as pool:
            while not stop.is_set():
                running = {one for one in running if not one.done()}
                try:
                    spread(self.hub, self.now())
                    due = self.hub.events.claim(self.name, self.now(), _AT_ONCE - len(running))
                    running |= {pool.submit(self._guarded, task) for task in due}
                except Exception:
                    _log.exception("events could not be sent; it goes on")
                    stop.wait(10 * _POLL_S)
                if running:
                    wait(running, _POLL_S, FIRST_COMPLETED)
                else:
                    stop.wait(_POLL_S)

    def _guarded(self, task: Task) -> Outcome:
        try:
            return self.one(task)
        except Exception:  # the lease ends by itself
            _log.exception("%s could not be sent", task.event.uid)
            return Outcome(False)


@contextmanager
def sending(hub: Hub) -> Iterator[None]:
    """Send events in a thread while the block runs."""
    stop = threading.Event()
    hub.events.forget(utc_now() - _REMEMBERED)
    thread = threading.Thread(target=Sender(hub).work, args=(stop,), name="sender", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
