"""Passwords: argon2id hashes, and what a password has to be."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import SemanticError

__all__ = ["LEAST", "MOST", "check_new", "hashed", "is_right", "is_weak_hash"]

#: Characters of a password. Length is what counts, so nothing else is asked for.
LEAST, MOST = 12, 256

_HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory (64 MiB)

#: Each hash takes 64 MiB: many at once would be an easy way to exhaust a machine.
_AT_ONCE = threading.BoundedSemaphore(2)


@cache  # no process pays for it before somebody signs in
def _nobody() -> str:
    """Compared with where there is no account, so that it takes as long as a wrong password."""
    return PasswordHasher().hash("nobody has this password")


def check_new(password: str, *about: str) -> None:
    """Raise ``SemanticError`` unless this may become a password of somebody called ``about``."""
    if not LEAST <= len(password) <= MOST:
        raise SemanticError(f"A password has {LEAST} to {MOST} characters.")
    known = [text.casefold() for text in about if len(text) > 3]
    if any(text in password.casefold() for text in known):
        raise SemanticError("A password does not contain the name of its owner.")
    if len(set(password)) < 5:
        raise SemanticError("A password has at least five different characters.")


def hashed(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Whether the hash is that of the password; takes as long without a hash (``None``)."""
    with _AT_ONCE:
        try:
            right = _HASHER.verify(kept or _nobody(), password[: MOST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None


def is_weak_hash(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)
