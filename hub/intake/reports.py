"""Reports of submissions, as JSON files that every node can read."""

from __future__ import annotations

import hashlib
from typing import Any, cast

import orjson

from hub.errors import NotFound
from hub.model.findings import Report
from hub.store.home import Hub

__all__ = ["load", "save"]


def save(hub: Hub, token: str, report: Report) -> str:
    """Keep the report of a submission, whose row names it from now on; returns its key."""
    content = orjson.dumps(report.to_dict())
    key = f"reports/{token}-{hashlib.sha256(content).hexdigest()[:16]}.json"
    hub.blobs.put_bytes(key, content)
    hub.submissions.update(token, report=key)
    return key


def load(hub: Hub, token: str) -> dict[str, Any]:
    """The JSON report of a submission.

    Raises ``NotFound`` when there is no such submission, or no report of it yet.
    """
    submission = hub.submissions.get(token)
    if submission.report is None:
        raise NotFound("There is no report yet: the submission is still being read")
    with hub.blobs.open(submission.report) as file:
        return cast(dict[str, Any], orjson.loads(file.read()))
