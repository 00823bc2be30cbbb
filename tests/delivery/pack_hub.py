"""Where hubs of these tests are, and how they take data in."""

from __future__ import annotations

from pathlib import Path

from hub import intake
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.submissions import State

KEY = "test-admin-key-0123456789"


def settings_at(home: Path) -> Settings:
    return Settings.load({"HUB_HOME": str(home), "HUB_ADMIN_KEY": KEY})


def hand_in(hub: Hub, path: Path, **how: str) -> State:
    """Take a file through the real intake."""
    token = intake.submit(hub, path, path.name, **how)  # type: ignore[arg-type]
    return intake.process(hub, token).state
