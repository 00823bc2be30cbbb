"""When the object store does not answer.

Whoever reads is told to come back, and whoever publishes tries again for as long as it takes. Three
libraries speak with the store, each with errors of its own; here they become one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import duckdb
from deltalake.exceptions import DeltaError

from hub.errors import Unavailable

__all__ = ["CONNECT_S", "TABLE_OPTIONS", "StoreAway", "answering", "asks_store"]

#: Seconds until an address that says nothing counts as away.
CONNECT_S = 3.0

#: How long the library of the tables tries before it says that the store is away.
TABLE_OPTIONS = {"max_retries": "3", "retry_timeout": "15s", "connect_timeout": "3s"}

#: What that library calls a store that does not answer, where its error has no class of its own.
_AWAY = ("Generic S3 error", "Error interacting with object store")


class StoreAway(Unavailable):
    """The object store does not answer, or refuses what it normally does."""


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Raise :class:`StoreAway` when the object store fails within the block.

    ``what`` says what went wrong, as in "does not give a file". Errors that are not the store's
    pass, as does ``FileNotFoundError``: it answered.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreAway(f"The object store {what}; try again in a moment") from error
    except (DeltaError, duckdb.Error) as error:
        if not any(words in str(error) for words in _AWAY):
            raise
        raise StoreAway(f"The object store {what}; try again in a moment") from error


class _OfStore(Protocol):
    """What keeps something on an object store, or on this machine."""

    _objects: Any


_Owner = TypeVar("_Owner", bound=_OfStore)
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def asks_store(
    method: Callable[Concatenate[_Owner, _Given], _Result],
) -> Callable[Concatenate[_Owner, _Given], _Result]:
    """A method that asks the object store, if there is one, through another library."""

    @wraps(method)
    def asking(self: _Owner, /, *args: _Given.args, **given: _Given.kwargs) -> _Result:
        if self._objects is None:
            return method(self, *args, **given)
        with answering("does not answer"):
            return method(self, *args, **given)

    return asking
