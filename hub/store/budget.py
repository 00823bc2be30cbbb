"""What a request may cost the query engine: so many seconds, and only while its client is there.

Statements say that they run (:func:`working`); one thread of the process looks at those that do
and interrupts them when the seconds of their request are spent or nobody waits for the answer any
more. Only the time in which the engine works counts: a client on a slow line may take as long as
it needs. Where nothing was set (:func:`use`), as on the command line, there is no bound.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from hub.errors import HubError, Unavailable

__all__ = ["Abandoned", "Budget", "OutOfTime", "current", "use", "working"]

#: How often running statements are looked at, in seconds.
_TICK = 0.1

_CURRENT: ContextVar[Budget | None] = ContextVar("mighub_budget", default=None)


class OutOfTime(Unavailable):
    """The engine has worked for this request as long as it may."""


class Abandoned(HubError):
    """The client has gone; nobody will see this."""

    sdmx_code, http_status, title = 500, 499, "Client closed request"


class Budget:
    """The seconds of one request; 0 is any number. ``gone()`` tells whether its client left.

    Used by one thread at a time.
    """

    def __init__(self, seconds: float, gone: Callable[[], bool] = lambda: False) -> None:
        self._seconds = seconds
        self._gone = gone
        self._spent = 0.0
        self._since: float | None = None
        self.fault: HubError | None = None

    def begin(self) -> None:
        """The engine works for this request from now on."""
        self._since = time.monotonic()

    def pause(self) -> None:
        """The engine works for it no more."""
        if self._since is not None:
            self._spent += time.monotonic() - self._since
            self._since = None

    def check(self) -> bool:
        """Whether it must end; :attr:`fault` then says why."""
        since = self._since
        spent = self._spent + (0.0 if since is None else time.monotonic() - since)
        if self._seconds and spent > self._seconds:
            self.fault = OutOfTime(
                f"The answer takes more than the {self._seconds:g} seconds that one request may "
                "take. Ask for less: name codes in the key, shorten the period, ask for part of "
                "the observations (limit and offset, or the header Range: values=0-9999), or try "
                "again when less is asked of the service."
            )
        elif self._gone():
            self.fault = Abandoned("The client closed the connection before the answer.")
        return self.fault is not None


def use(budget: Budget | None) -> None:
    """Set the budget of what the present thread does from now on; ``None``: no bound."""
    _CURRENT.set(budget)


def current() -> Budget | None:
    """The budget of what the present thread does."""
    return _CURRENT.get()


@contextmanager
def working(interrupt: Callable[[], object]) -> Iterator[None]:
    """Say that the engine works within the block; ``interrupt()`` makes it give up.

    Raises ``OutOfTime`` or ``Abandoned`` in place of what the interruption raises.
    """
    budget = _CURRENT.get()
    if budget is None:
        yield
        return
    if budget.fault is not None:
        raise budget.fault
    watch = _watch()
    budget.begin()
    watch.add(budget, interrupt)
    try:
        yield
    except Exception:
        if budget.fault is not None:
            raise budget.fault from None
        raise
    finally:
        watch.remove(budget)
        budget.pause()


@dataclass
class _Watch:
    """The statements that run in this process, and the thread that looks at them."""

    pid: int

    def __post_init__(self) -> None:
        self._running: dict[int, tuple[Budget, Callable[[], object]]] = {}
        self._guard = threading.Lock()
        self._any = threading.Event()
        threading.Thread(target=self._look, name="query-watch", daemon=True).start()

    def add(self, budget: Budget, interrupt: Callable[[], object]) -> None:
        with self._guard:
            self._running[id(budget)] = (budget, interrupt)
        if not self._any.is_set():
            self._any.set()

    def remove(self, budget: Budget) -> None:
        with self._guard:  # whoever is here is not interrupted any more
            self._running.pop(id(budget), None)

    def _look(self) -> None:
        while True:
            self._any.wait()
            time.sleep(_TICK)
            self._end_some()

    def _end_some(self) -> None:
        with self._guard:
            for budget, interrupt in self._running.values():
                if budget.check():
                    interrupt()
            if not self._running:
                self._any.clear()


_the_watch: _Watch | None = None
_making = threading.Lock()


def _watch() -> _Watch:
    """The one of this process; a fork takes no threads along."""
    global _the_watch  # noqa: PLW0603
    pid = os.getpid()
    if _the_watch is None or _the_watch.pid != pid:
        with _making:
            if _the_watch is None or _the_watch.pid != pid:
                _the_watch = _Watch(pid)
    return _the_watch
