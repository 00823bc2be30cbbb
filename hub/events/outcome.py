"""What became of one attempt to tell a subscriber."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``status`` is that of HTTP or SMTP, where there was an answer; ``error`` a sentence.

    ``retry_after`` are the seconds the subscriber asked for; ``gone`` that it wants no more.
    """

    ok: bool
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    gone: bool = False
