"""The examples of docs/intake.md, run as they stand, against a served hub."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import orjson
from live import served, until
from page_site import message
from released import settings_of

from hub.store.home import Hub
from hub.store.keys import Role
from hub.store.submissions import State

DOC = Path(__file__).resolve().parents[2] / "docs" / "intake.md"
KEYS = {name: f"test-{name.lower()}-key-0123456789" for name in ("OFFICE", "REVIEWER", "ADMIN")}
ENTRIES = message(("USA", "_T", "2026-06", "100"), ("CAN", "_T", "2026-06", "7"))
FAULTY = message(("USA", "_T", "2026-07", "100"), ("CAN", "_T", "2026-07", "many"))
REVISED = message(("USA", "_T", "2026-06", "105"))


def keys(hub: Hub) -> None:
    hub.keys.add(KEYS["OFFICE"], "INM", Role.PROVIDER, "MEX_INM")
    hub.keys.add(KEYS["REVIEWER"], "Reviewer", Role.REVIEWER)
    hub.keys.add(KEYS["ADMIN"], "Admin", Role.ADMIN)


def examples() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines()]


def test_the_states_are_all_told() -> None:
    told = set(re.findall(r"^\| `([a-z_]+)` \|", DOC.read_text("utf-8"), re.MULTILINE))
    assert {s.value for s in State} <= told


def test_every_example_does_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "entries.csv").write_bytes(ENTRIES)
    (tmp_path / "faulty.csv").write_bytes(FAULTY)
    (tmp_path / "revised.csv").write_bytes(REVISED)
    home = tmp_path / "home"
    home.mkdir()
    with served(home, keys) as server, Hub.open(settings_of(home)) as hub:
        names = {**os.environ, **KEYS, "HUB": server.url, "LENGTH": str(len(ENTRIES))}

        def run(command: str) -> str:
            done = subprocess.run(command, shell=True, cwd=tmp_path, env=names, text=True,
                                  capture_output=True, timeout=60, check=False)  # fmt: skip
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            return done.stdout

        def follow(answer: str, state: str) -> Any:
            token = str(orjson.loads(answer)["token"])
            assert until(lambda: hub.submissions.get(token).state == state), (
                token, hub.submissions.get(token).state,
            )  # fmt: skip
            return token

        lines = iter(examples())
        first = follow(run(next(lines)), "published")
        follow(run(next(lines)), "unchanged")
        names["TOKEN"] = follow(run(next(lines)), "published")
        rejected, rules = run(next(lines)), run(next(lines))
        assert "many" in rejected and rejected.count("\n") == 2
        assert "VALUE_TYPE" in rules
        assert orjson.loads(run(next(lines)))["review"] is True
        send = examples()[0].replace("entries.csv", "revised.csv")
        names["WAITING"] = follow(run(send), "awaiting_review")
        listed = orjson.loads(run(next(lines)))
        assert [s["token"] for s in listed["submissions"]] == [names["WAITING"]]
        preview = orjson.loads(run(next(lines)))
        assert preview["changes"][0]["changes"] == {"OBS_VALUE": {"old": "100", "new": "105"}}
        follow(run(next(lines)), "published")
        names["PUBLISHED"] = names["WAITING"]
        undone = orjson.loads(run(next(lines)))
        assert undone["undoes"] == names["PUBLISHED"]
        begun = run(next(lines))
        names["UPLOAD"] = re.search(r"Location: (\S+)", begun, re.IGNORECASE)[1]  # type: ignore[index]
        sent = run(next(lines))
        token = re.search(r"Upload-Submission: (\S+)", sent, re.IGNORECASE)[1]  # type: ignore[index]
        assert until(lambda: hub.submissions.get(token).finished)
        assert f"Upload-Offset: {len(ENTRIES)}".lower() in run(next(lines)).lower()
        assert next(lines, None) is None, "an example is left"
        assert hub.submissions.get(first).state is State.PUBLISHED
