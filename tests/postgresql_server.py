"""A real PostgreSQL server for a test session: own data folder, own socket, gone at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

#: Debian keeps the server's programs out of PATH.
_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_USER = "postgres"


def program(name: str) -> str | None:
    """Path of a program of PostgreSQL, ``None`` where it is not installed."""
    found = shutil.which(name)
    return found or next((str(b / name) for b in _DEBIAN if (b / name).exists()), None)


class Server:
    """A server that listens on a socket in its own folder and on nothing else."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mighub-pg-"))
        self._owner = ["runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
        if self._owner:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, _USER)
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self.folder / "data"), "-U", _USER, "-A", "trust", "-N")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [
            *self._owner, str(program("postgres")), "-D", str(self.folder / "data"),
            "-k", str(self.folder), "-c", "listen_addresses=", "-c", "max_connections=200",
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        ready = [str(program("pg_isready")), "-h", str(self.folder), "-q"]
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server as a power cut would; ``start`` brings it back with what it had."""
        self._run("pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", "immediate", "-w")
        if self._process is not None:
            self._process.wait(timeout=30)

    def remove(self) -> None:
        """Stop the server and take its folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self) -> str:
        """SQLAlchemy URL of a new, empty database."""
        name = f"t{uuid.uuid4().hex}"
        self._run("createdb", "-h", str(self.folder), "-U", _USER, name)
        return f"postgresql+psycopg://{_USER}@/{name}?host={self.folder}"

    def _run(self, name: str, *arguments: str) -> None:
        command = [*self._owner, str(program(name)), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/")
