"""A running hub, by its API: handing in, at once or in parts, and following what becomes of it."""

from __future__ import annotations

import base64
import getpass
import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hub.errors import HubError

__all__ = ["PART", "Remote", "local_actor"]

#: Bytes of a part; a file that is larger is uploaded in parts.
PART = 8 * 1024 * 1024
#: Times a part is tried again, and seconds before the first time; each pause is twice the last.
_TRIES, _PAUSE_S = 8, 0.5
#: States in which nothing happens until a person or a time says so, or at all.
_RESTING = frozenset(
    {"published", "unchanged", "refused", "failed", "rejected", "undone", "awaiting_review",
     "embargoed"}
)  # fmt: skip


def local_actor() -> str:
    """Who acts on a hub of this machine, for its journal."""
    return f"command line: {getpass.getuser()}"


class Remote:
    """A running hub.

    Every call raises ``HubError`` with what the hub says when it refuses.
    """

    def __init__(self, url: str, key: str | None) -> None:
        import requests  # noqa: PLC0415 - a third of a second, only for who needs it

        self.base = f"{url.rstrip('/')}/api"
        self.session = requests.Session()
        self._broken = (requests.ConnectionError, requests.Timeout)
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def submit(
        self, path: Path, parameters: Mapping[str, str | None], say: Callable[[str], None]
    ) -> str:
        """Hand a file in; returns the token. A large one goes in parts."""
        given = {k: v for k, v in parameters.items() if v}
        if path.stat().st_size > PART:
            return self._in_parts(path, given, say)
        with path.open("rb") as body:
            answer = self.session.post(
                f"{self.base}/submissions",
                data=body,
                params=given,
                headers={"Content-Type": "application/octet-stream"},
                timeout=600,
            )
        return str(self._read(answer)["token"])

    def _in_parts(self, path: Path, given: Mapping[str, str], say: Callable[[str], None]) -> str:
        """The tus protocol: what arrived before a connection broke is not sent again."""
        tus = {"Tus-Resumable": "1.0.0"}
        length = path.stat().st_size
        coded = {k: base64.b64encode(v.encode()).decode() for k, v in given.items()}
        metadata = ",".join(f"{k} {v}" for k, v in coded.items())
        begun = self.session.post(
            f"{self.base}/uploads",
            headers={**tus, "Upload-Length": str(length), "Upload-Metadata": metadata},
            timeout=60,
        )
        self._read(begun)
        url = self.base.removesuffix("/api") + begun.headers["Location"]
        offset, tries = 0, 0
        with path.open("rb") as file:
            while tries <= _TRIES:
                file.seek(offset)
                try:
                    # After a fault the hub is asked where it stands, before anything is sent.
                    answer = (
                        self.session.head(url, headers=tus, timeout=60)
                        if tries
                        else self._part(url, offset, file.read(PART))
                    )
                except self._broken:
                    answer = None
                if answer is None or answer.status_code in (409, 460) or answer.status_code >= 500:
                    tries += 1
                    time.sleep(_PAUSE_S * 2 ** (tries - 1))
                    continue
                self._read(answer)
                tries, offset = 0, int(answer.headers["Upload-Offset"])
                say(f"Sent {100 * offset // length} % ...")
                if token := answer.headers.get("Upload-Submission"):
                    return str(token)
        raise HubError("The connection to the hub broke off too often. Try again later.")

    def _part(self, url: str, offset: int, part: bytes) -> Any:
        digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
        return self.session.patch(
            url,
            data=part,
            timeout=600,
            headers={
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(offset),
                "Upload-Checksum": f"sha256 {digest}",
                "Content-Type": "application/offset+octet-stream",
            },
        )

    def state(self, token: str) -> dict[str, Any]:
        """How far a submission came."""
        return self.get(f"submissions/{token}")

    def report(self, token: str) -> dict[str, Any] | None:
        """The report of a submission, ``None`` while there is none."""
        answer = self.session.get(f"{self.base}/submissions/{token}/report", timeout=60)
        return None if answer.status_code == 404 else self._read(answer)

    def wait(self, token: str, say: Callable[[str], None]) -> dict[str, Any]:
        """Follow a submission until it is finished, or waits for a person or a time."""
        pause = 0.1
        while (state := self.state(token))["state"] not in _RESTING:
            ahead = state.get("ahead")
            say(f"{state['state']}{f', {ahead} before it' if ahead else ''} ...")
            time.sleep(pause)
            pause = min(pause * 1.5, 3)
        return state

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Read something of the API."""
        answer = self.session.get(f"{self.base}/{path}", params=parameters, timeout=60)
        return self._read(answer)

    def ask(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        """Change something by the API."""
        answer = self.session.request(method, f"{self.base}/{path}", json=content, timeout=600)
        return self._read(answer)

    @staticmethod
    def _read(answer: Any) -> dict[str, Any]:
        try:
            read: dict[str, Any] = answer.json()
        except ValueError:
            read = {}
        if not answer.ok:
            errors = read.get("errors") or [{}]
            raise HubError(
                f"The hub answered {answer.status_code}: {errors[0].get('detail', answer.reason)}"
            )
        return read
