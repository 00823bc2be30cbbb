"""A hub whose events are sent by hand, at a time the test tells."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from listeners import Clock, Listener, Mailbox, free_port, listening, mail_server

from hub.events.sender import Sender
from hub.settings import Settings
from hub.store.home import Hub

sys.path.append(str(Path(__file__).parents[1] / "registry"))  # released.py


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("empty") / "hub"
    Hub.init(Settings.load({"HUB_HOME": str(home), "HUB_ADMIN_KEY": "k" * 24})).close()
    return home


@pytest.fixture
def mail_port() -> int:
    return free_port()


@pytest.fixture
def settings(tmp_path: Path, empty_home: Path, mail_port: int) -> Settings:
    home = tmp_path / "hub"
    shutil.copytree(empty_home, home)
    return Settings.load(
        {
            "HUB_HOME": str(home), "HUB_ADMIN_KEY": "k" * 24, "HUB_WEBHOOK_PRIVATE": "1",
            "HUB_PUBLIC_URL": "https://stats.example.org", "HUB_MAIL_FROM": "hub@example.org",
            "HUB_SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
        }
    )  # fmt: skip


@pytest.fixture
def hub(settings: Settings) -> Iterator[Hub]:
    with Hub.open(settings) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(hub: Hub, clock: Clock) -> Sender:
    return Sender(hub, clock)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def mailbox(mail_port: int) -> Iterator[Mailbox]:
    found = Mailbox()
    with mail_server(mail_port, found):
        yield found


@pytest.fixture
def sends(sender: Sender, clock: Clock) -> Callable[[], int]:
    """Send what is due now."""

    def run() -> int:
        clock.at = max(clock.at, datetime.now(UTC))
        return sender.run_due()

    return run
