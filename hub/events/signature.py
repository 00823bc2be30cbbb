"""Signatures of webhooks, as Standard Webhooks 1.0 spells them.

What is signed is ``id.timestamp.body``, so neither can be changed and an old message can be told;
``webhook-signature`` holds one signature for each secret, ``v1,`` and the HMAC-SHA256 in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

__all__ = ["headers", "sign"]


def sign(secret: str, id_: str, timestamp: int, body: bytes) -> str:
    """One signature; ``secret`` is ``whsec_`` and the key in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(made.digest()).decode()


def headers(secrets: Iterable[str], id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent at an instant (aware)."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(s, id_, timestamp, body) for s in secrets),
    }
