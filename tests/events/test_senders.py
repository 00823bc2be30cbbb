"""Several senders on one queue, and senders that are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from listeners import Listener, Received, listening
from released import border, release
from sqlalchemy import update

from hub.events.sender import Sender
from hub.intake.worker import spawn
from hub.settings import Settings
from hub.store.events import DeliveryState
from hub.store.home import Hub
from hub.store.subscribers import Kind, Wanted
from hub.store.tables_events import event_delivery

SUBSCRIBERS, RELEASES = 3, 6


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, settings: Settings) -> Iterator[tuple[Settings, Hub]]:
    """A hub on each database."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").database()
        settings = replace(settings, database_url=url)
    with Hub.init(settings) as hub:
        yield settings, hub


@contextlib.contextmanager
def nodes(settings: Settings, count: int) -> Iterator[None]:
    """So many nodes that send, each with connections of its own."""
    stop = threading.Event()
    hubs = [Hub.open(settings) for _ in range(count)]
    threads = [threading.Thread(target=Sender(hub).work, args=(stop,)) for hub in hubs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
        for hub in hubs:
            hub.close()


def test_nodes_share_a_queue_and_each_event_comes_once_and_in_order(
    shared: tuple[Settings, Hub], listener: Listener
) -> None:
    settings, hub = shared
    for n in range(SUBSCRIBERS):
        hub.subscribers.add(Kind.WEBHOOK, f"{listener.url}/{n}", Wanted(), owner="me")
    with nodes(settings, 3):
        for n in range(RELEASES):
            release(hub, [border(f"2025-{n + 1:02}", "1")])
        total = SUBSCRIBERS * RELEASES
        assert until(lambda: hub.events.counts()["delivered"] == total), hub.events.deliveries()
    told: dict[str, list[int]] = {}
    for one in listener.received:
        told.setdefault(one.path, []).append(orjson.loads(one.body)["data"]["release"])
    numbers = [item.release for item in hub.releases.latest()][::-1]
    assert list(told.values()) == [numbers] * SUBSCRIBERS


def test_a_sender_killed_at_each_moment_loses_nothing(settings: Settings, hub: Hub) -> None:
    """Killed while the subscriber answers: the worst moment, as it has the event by then."""
    worker = None

    def kill(_: Received) -> tuple[int, dict[str, str]]:
        assert worker is not None
        os.kill(worker.pid, signal.SIGKILL)
        return 200, {}

    with listening() as listener:
        hub.subscribers.add(Kind.WEBHOOK, listener.url, Wanted(), owner="me")
        release(hub, [border("2025-01", "1")])
        release(hub, [border("2025-02", "1")])
        listener.answer = kill
        worker = spawn(settings)
        try:
            worker.wait(60)
            assert len(listener.received) == 1
            assert hub.events.counts()["delivered"] == 0
            listener.answer = lambda _: (200, {})
            with hub.catalogue.write() as connection:  # the lease ends
                now = datetime.now(UTC)
                connection.execute(update(event_delivery).values(lease_until=now))
            worker = spawn(settings)
            assert until(lambda: hub.events.counts()["delivered"] == 2, 60)
        finally:
            worker.kill()
            worker.wait(20)
    first, second = dict.fromkeys(listener.ids)
    # The one in flight came again under its id, the other came once.
    assert Counter(listener.ids) == {first: 2, second: 1}
    assert hub.events.counts()[DeliveryState.WAITING] == 0


def test_who_hangs_holds_up_nobody(settings: Settings, hub: Hub) -> None:
    leave = threading.Event()

    def hang(_: Received) -> tuple[int, dict[str, str]]:
        leave.wait(20)
        return 200, {}

    with listening() as slow, listening() as quick:
        slow.answer = hang
        for url in (slow.url, quick.url):
            hub.subscribers.add(Kind.WEBHOOK, url, Wanted(), owner="me")
        with nodes(settings, 1):
            for n in range(4):
                release(hub, [border(f"2025-{n + 1:02}", "1")])
            assert until(lambda: len(quick.received) == 4, 15)
            assert len(slow.received) == 1
            leave.set()
            assert until(lambda: len(slow.received) == 4, 15)
