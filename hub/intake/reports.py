"""Reports of submissions, as JSON files in the home folder."""

from __future__ import annotations

from typing import Any, cast

import orjson

from hub.errors import NotFound
from hub.model.findings import Report
from hub.store.durable import write_durably
from hub.store.home import Hub

__all__ = ["load", "save"]


def save(hub: Hub, token: str, report: Report) -> str:
    """Keep the report of a submission; returns its name in the home folder."""
    name = f"reports/{token}.json"
    write_durably(hub.settings.home / name, orjson.dumps(report.to_dict()))
    return name


def load(hub: Hub, token: str) -> dict[str, Any]:
    """The JSON report of a submission.

    Raises ``NotFound`` when there is no such submission, or no report of it yet.
    """
    submission = hub.submissions.get(token)
    if submission.report is None:
        raise NotFound("There is no report yet: the submission is still being read")
    return cast(dict[str, Any], orjson.loads((hub.settings.home / submission.report).read_bytes()))
