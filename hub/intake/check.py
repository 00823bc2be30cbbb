"""Checking bytes as the intake would, without keeping or publishing anything."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO

from hub.errors import HubError
from hub.intake.receive import _copied, _how, _plain_name
from hub.intake.unpack import unpack
from hub.messages.api import read_data
from hub.model.findings import Finding, Report
from hub.plugins import connector_catalogue
from hub.store.home import Hub
from hub.validation import validate

__all__ = ["check"]


def check(
    hub: Hub,
    source: Path | BinaryIO,
    filename: str,
    *,
    format_: str | None = None,
    connector: str | None = None,
) -> Report:
    """Read and validate ``source``; returns the report that a submission of it would get.

    Parameters and errors are those of :func:`hub.intake.receive.receive`. What is wrong with the
    data is in the report, never raised.
    """
    name = _plain_name(filename)
    limit = hub.settings.max_upload
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as folder:
        scratch = Path(folder)
        with _copied(source, scratch, limit) as (path, _, _):
            chosen = _how(hub, path, format_, connector)
            body = unpack(path, scratch / "body", hub.settings.max_inflated)
            try:
                if chosen is not None:
                    message = read_data(body, chosen, hub.structures)
                else:  # then a connector is named
                    message = connector_catalogue().read(str(connector), body, hub.structures)
                return validate(message, workspace=scratch, file=name)
            except HubError as error:
                if error.http_status >= 500:
                    raise
                report = Report()
                rule = "STRUCTURE_UNKNOWN" if error.http_status == 404 else "MESSAGE_SYNTAX"
                report.add(Finding(rule, error.message, file=name, found=error.message))
                return report
