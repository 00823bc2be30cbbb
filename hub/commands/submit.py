"""``mighub submit`` and ``mighub status``: into a hub of this machine, or over the network."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub.commands.options import READABLE
from hub.commands.remote import Remote, local_actor
from hub.errors import RequestSyntaxError
from hub.model.findings import Finding, Report, Severity
from hub.settings import Settings
from hub.terminal import examples, progress, show_json, show_report, source_file

__all__ = ["HOW", "KEY", "URL", "status", "submit"]

URL = click.option("--url", envvar="HUB_URL", help="Address of a running hub (HUB_URL).")
KEY = click.option("--key", envvar="HUB_KEY", help="API key for it (HUB_KEY).")
HOW = click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")


@click.command(
    epilog=examples(
        "mighub submit out.xml",
        "mighub submit c131.xls --connector mex/upm_air_entries",
        "mighub submit out.xml --url http://127.0.0.1:8080 --key KEY",
    )
)
@click.argument("file")
@click.option("--connector", help="Read FILE as this national source.")
@click.option("--input-format", type=click.Choice(READABLE), help="Instead of finding it out.")
@click.option(
    "--mode",
    type=click.Choice(["all", "valid"]),
    default="all",
    help="valid: publish what is valid and give the rest back.",
)
@click.option("--embargo", metavar="TIME", help="Publish not before, as 2026-12-01T09:00:00Z.")
@click.option("--provider", help="Data provider that hands in.")
@URL
@KEY
@HOW
def submit(
    file: str,
    *,
    connector: str | None,
    input_format: str | None,
    mode: str,
    embargo: str | None,
    provider: str | None,
    url: str | None,
    key: str | None,
    how: str,
) -> None:
    """Hand FILE in, wait, and say what became of it.

    Without --url it goes into the hub in HUB_HOME; over the network a large file goes in parts,
    and goes on where it was when the connection breaks. Exit code 0 when it is published (or holds
    nothing new, or waits for a reviewer or a time), 1 when it is refused, also in part.
    """
    wanted = {
        "connector": connector, "format": input_format, "mode": mode, "embargo": embargo,
        "provider": provider,
    }  # fmt: skip
    with source_file(file) as path, progress() as say:
        name = "stdin" if file == "-" else path.name
        if url:
            remote = Remote(url, key)
            token = remote.submit(path, {"filename": name, **wanted}, say)
            state = remote.wait(token, say)
            report = remote.report(token)
        else:
            state, report = _here(path, name, wanted, say)
    _tell(state, report, how)


@click.command(epilog="Example: mighub status 5b0c6a2e-... --format json")
@click.argument("token")
@URL
@KEY
@HOW
def status(token: str, url: str | None, key: str | None, how: str) -> None:
    """Say how far the submission with TOKEN has come."""
    if url:
        remote = Remote(url, key)
        state = remote.state(token)
        report = remote.report(token)
    else:
        from hub import intake  # noqa: PLC0415
        from hub.store.home import Hub  # noqa: PLC0415

        with Hub.open(Settings.load()) as hub:
            found = intake.status(hub, token)
            state = _state(found)
            report = intake.report(hub, token) if found.report else None
    _tell(state, report, how)


def _here(path: Path, name: str, wanted: dict[str, str | None], say: Any) -> Any:
    from hub import intake  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(Settings.load()) as hub:
        token = intake.submit(
            hub, path, name, format=wanted["format"], connector=wanted["connector"],
            provider=wanted["provider"], submitted_by=local_actor(),
            mode=intake.Mode(wanted["mode"] or "all"), embargo=_time(wanted["embargo"]),
        )  # fmt: skip
        say("Checking and publishing ...")
        done = intake.process(hub, token)
        return _state(done), intake.report(hub, token) if done.report else None


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise RequestSyntaxError(
            f"--embargo is a time with its zone such as 2026-12-01T09:00:00Z, not {text!r}."
        )
    return when


def _state(submission: Any) -> dict[str, Any]:
    return {
        "token": submission.token,
        "state": str(submission.state),
        "counts": dict(submission.counts or {}),
        "error": submission.error,
    }


def _tell(state: dict[str, Any], report: dict[str, Any] | None, how: str) -> None:
    refused = state["state"] in ("refused", "failed", "rejected")
    split = report is not None and not report["valid"] and not refused
    if how == "json":
        show_json({"submission": state, "report": report})
    else:
        if report is not None and report["findings"]:
            show_report(_as_report(report), refused="published in part" if split else "refused")
        click.echo(f"{state['token']}  {state['state']}")
        counts = state.get("counts") or {}
        if counts:
            click.echo(", ".join(f"{value:,} {name}" for name, value in counts.items()))
        if state.get("error"):
            click.echo(state["error"], err=True)
    sys.exit(1 if refused or split else 0)


def _as_report(given: dict[str, Any]) -> Report:
    findings = [Finding(**{**f, "severity": Severity(f["severity"])}) for f in given["findings"]]
    return Report(given["dataflow"], given["observations"], findings, given["counts"])
