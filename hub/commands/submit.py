"""``mighub submit`` and ``mighub status``: into a hub of this machine, or over the network."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from hub.commands.options import READABLE
from hub.errors import HubError
from hub.model.findings import Finding, Report, Severity
from hub.settings import Settings
from hub.terminal import progress, show_json, show_report, source_file

__all__ = ["status", "submit"]

_FINAL = ("published", "unchanged", "refused", "failed")
_URL = click.option("--url", envvar="HUB_URL", help="Address of a running hub (HUB_URL).")
_KEY = click.option("--key", envvar="HUB_KEY", help="API key for it (HUB_KEY).")
_HOW = click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")


@click.command(
    epilog="Examples: mighub submit out.xml | mighub submit c131.xls --connector "
    "mex/upm_air_entries | mighub submit out.xml --url http://127.0.0.1:8080 --key KEY"
)
@click.argument("file")
@click.option("--connector", help="Read FILE as this national source.")
@click.option("--input-format", type=click.Choice(READABLE), help="Instead of finding it out.")
@_URL
@_KEY
@_HOW
def submit(
    file: str,
    connector: str | None,
    input_format: str | None,
    url: str | None,
    key: str | None,
    how: str,
) -> None:
    """Hand FILE in, wait, and say what became of it.

    Without --url it goes into the hub in HUB_HOME. Exit code 0 when it is published (or holds
    nothing new), 1 when it is refused.
    """
    with source_file(file) as path, progress() as say:
        name = "stdin" if file == "-" else path.name
        if url:
            token = _Remote(url, key).submit(path, name, connector, input_format)
            state = _Remote(url, key).wait(token, say)
            report = _Remote(url, key).report(token)
        else:
            state, report = _here(path, name, connector, input_format, say)
    _tell(state, report, how)


@click.command(epilog="Example: mighub status 5b0c6a2e-... --format json")
@click.argument("token")
@_URL
@_KEY
@_HOW
def status(token: str, url: str | None, key: str | None, how: str) -> None:
    """Say how far the submission with TOKEN has come."""
    if url:
        remote = _Remote(url, key)
        state = remote.state(token)
        report = remote.report(token) if state["state"] in _FINAL else None
    else:
        from hub import intake  # noqa: PLC0415
        from hub.store.home import Hub  # noqa: PLC0415

        with Hub.open(Settings.load()) as hub:
            found = intake.status(hub, token)
            state = _state(found)
            report = intake.report(hub, token) if found.report else None
    _tell(state, report, how)


def _here(path: Path, name: str, connector: str | None, format_: str | None, say: Any) -> Any:
    from hub import intake  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(Settings.load()) as hub:
        token = intake.submit(
            hub, path, name, format=format_, connector=connector, submitted_by="command line"
        )
        say("Checking and publishing ...")
        done = intake.process(hub, token)
        return _state(done), intake.report(hub, token) if done.report else None


def _state(submission: Any) -> dict[str, Any]:
    return {
        "token": submission.token,
        "state": str(submission.state),
        "counts": dict(submission.counts or {}),
        "error": submission.error,
    }


def _tell(state: dict[str, Any], report: dict[str, Any] | None, how: str) -> None:
    refused = state["state"] in ("refused", "failed")
    if how == "json":
        show_json({"submission": state, "report": report})
    else:
        if report is not None and report["findings"]:
            show_report(_as_report(report), refused="refused")
        click.echo(f"{state['token']}  {state['state']}")
        counts = state.get("counts") or {}
        if counts:
            click.echo(", ".join(f"{value:,} {name}" for name, value in counts.items()))
        if state.get("error"):
            click.echo(state["error"], err=True)
    sys.exit(1 if refused else 0)


def _as_report(given: dict[str, Any]) -> Report:
    findings = [Finding(**{**f, "severity": Severity(f["severity"])}) for f in given["findings"]]
    return Report(given["dataflow"], given["observations"], findings, given["counts"])


class _Remote:
    """A running hub, by its API."""

    def __init__(self, url: str, key: str | None) -> None:
        import requests  # noqa: PLC0415

        self.base = f"{url.rstrip('/')}/api/submissions"
        self.session = requests.Session()
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def submit(self, path: Path, name: str, connector: str | None, format_: str | None) -> str:
        parameters = {"filename": name, "connector": connector, "format": format_}
        with path.open("rb") as body:
            answer = self.session.post(
                self.base,
                data=body,
                params={k: v for k, v in parameters.items() if v},
                headers={"Content-Type": "application/octet-stream"},
                timeout=600,
            )
        return str(self._read(answer)["token"])

    def state(self, token: str) -> dict[str, Any]:
        return self._read(self.session.get(f"{self.base}/{token}", timeout=60))

    def report(self, token: str) -> dict[str, Any] | None:
        answer = self.session.get(f"{self.base}/{token}/report", timeout=60)
        return None if answer.status_code == 404 else self._read(answer)

    def wait(self, token: str, say: Any) -> dict[str, Any]:
        pause = 0.1
        while (state := self.state(token))["state"] not in _FINAL:
            say(f"{state['state']} ...")
            time.sleep(pause)
            pause = min(pause * 1.5, 3)
        return state

    @staticmethod
    def _read(answer: Any) -> dict[str, Any]:
        try:
            read: dict[str, Any] = answer.json()
        except ValueError:
            read = {}
        if not answer.ok:
            message = read.get("message") or read.get("error") or answer.reason
            raise HubError(f"The hub answered {answer.status_code}: {message}")
        return read
