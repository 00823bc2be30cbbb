"""The bytes of a source file exactly as they were received."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["Snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as received: its bytes, their SHA-256 and its name.

    ``modified`` is when the file was last written, in UTC to the second. Messages made from the
    file state it as their time of preparation, so a second run writes the same bytes.
    """

    filename: str
    content: bytes
    sha256: str
    modified: datetime

    @classmethod
    def take(cls, path: Path) -> Snapshot:
        """Read ``path`` once. Raises ``OSError`` when it cannot be read."""
        content = path.read_bytes()
        modified = datetime.fromtimestamp(int(path.stat().st_mtime), tz=UTC)
        return cls(path.name, content, hashlib.sha256(content).hexdigest(), modified)
