"""Running one measurement in a process of its own, on a file that is made once."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import cube
from bench.operations import PEERS, Run
from hub.messages.formats import by_name
from hub.structures import ml21_write
from hub.structures.repository import StructureSet

__all__ = [
    "OUT",
    "NeverServed",
    "answering",
    "environment",
    "execute",
    "free_port",
    "message",
    "run_script",
    "serving_script",
    "structure",
]

HERE = Path(__file__).parent
OUT = HERE / "out"
WARM = 2_000


def execute(run: Run, observations: int) -> dict:
    """Run one script; an ``error`` is reported, never hidden."""
    places = {
        "file": message(run.format, observations),
        "warm": message(run.format, WARM),
        "structure": structure(),
        "out": OUT / "written",
        "n": observations,
    }
    arguments = (a.format(**places) for a in run.arguments)
    one = run_script(run.script, run.peer, arguments)
    if "error" in one:
        return one
    expected = cube.total(observations)
    if one["observations"] != observations or one["total"] not in (None, expected):
        return {"error": f"{one['observations']} observations, sum {one['total']}"}
    return one


def run_script(script: str, peer: str | None, arguments: Iterable[str]) -> dict:
    """What a script of ``bench/runs`` prints; ``peer`` names its environment, if not this one."""
    paths = [str(HERE)] if peer else [str(HERE), str(HERE.parent)]
    try:
        python = sys.executable if peer is None else environment(peer)
        done = subprocess.run(
            [python, str(HERE / "runs" / script), *arguments],
            capture_output=True, text=True, check=False, timeout=1800,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        return {"error": str(error)[:200]}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1][:200]}
    found: dict = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@contextmanager
def serving_script(
    script: str, peer: str | None = None, arguments: Sequence[str] = ()
) -> Iterator[int]:
    """Run a server of ``bench/runs`` that takes its port first; gives the port once it answers."""
    port = free_port()
    python = sys.executable if peer is None else environment(peer)
    process = subprocess.Popen(
        [python, str(HERE / "runs" / script), str(port), *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with answering(process, port):
        yield port


class NeverServed(OSError):
    """A server ended, or did not answer, before it served."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def answering(process: subprocess.Popen[bytes], port: int) -> Iterator[None]:
    """Wait until a server answers, and stop it in the end; raises ``NeverServed``."""
    try:
        end = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise NeverServed("the server does not serve")
            time.sleep(0.01)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def message(format_: str, observations: int) -> Path:
    """The cube as a message, made once."""
    suffix = by_name(format_).extension
    path = OUT / f"cube_{format_}_{observations}.{suffix}"
    if not path.exists():
        part = path.with_suffix(".part")
        cube.write(part, format_, observations)
        part.replace(path)
    return path


def structure() -> Path:
    """The structures of the cube as a message, for those who need them to read or check."""
    path = OUT / "structure.xml"
    if not path.exists():
        shipped = StructureSet.shipped()
        flow = shipped.get("dataflow", cube.schema().dataflow)
        needed = [flow, *shipped.closure([flow], ["descendants"])]
        path.write_bytes(ml21_write.write(needed, cube.HEADER))
    return path


def environment(peer: str) -> str:
    """Python of a peer's own environment."""
    folder = OUT / "envs" / peer
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        subprocess.run([_newest_python(), "-m", "venv", "--clear", folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *PEERS[peer].split()], check=True
        )
        (folder / ".ready").touch()
    return str(python)


def _newest_python() -> str:
    """Python for a peer's environment: that of the hub, or 3.12 where that is too old for one.

    (tidysdmx wants 3.11.9.)
    """
    if sys.version_info >= (3, 11, 9):
        return sys.executable
    for name in ("python3.12", "python3.13"):
        found = shutil.which(name)
        if found and not subprocess.run([found, "-V"], capture_output=True, check=False).returncode:
            return found
    return sys.executable
