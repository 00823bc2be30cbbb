"""A pytest plugin (``-p tests.conformance.collected``): which tests prove which rows.

The file named by ``MIGHUB_CONFORMANCE_MARKS`` gets a JSON list of ``[row, test, parameters]``, in
the order of collection.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

__all__ = ["TARGET", "pytest_collection_finish"]

#: The environment variable that names the file.
TARGET = "MIGHUB_CONFORMANCE_MARKS"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write what was collected; a test that is expected to fail proves nothing."""
    proofs = [
        [row, test, parameters.rstrip("]")]
        for item in session.items
        if item.get_closest_marker("xfail") is None and item.get_closest_marker("skip") is None
        for mark in item.iter_markers("conformance")
        for row in mark.args
        for test, _, parameters in [item.nodeid.partition("[")]
    ]
    Path(os.environ[TARGET]).write_text(json.dumps(proofs), encoding="utf-8")
