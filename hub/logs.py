"""The log: one event a line, as JSON or as text, with what the event belongs to.

Modules log with :mod:`logging` as usual. What was bound for the present request or submission
(:func:`bound`) stands in every line that is written meanwhile, in ``request`` and ``submission``.
"""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager
from typing import Any, cast

import orjson
import structlog
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.stdlib import BoundLogger, ExtraAdder, ProcessorFormatter, add_log_level
from structlog.stdlib import add_logger_name as add_name
from structlog.typing import EventDict, WrappedLogger

__all__ = ["bound", "configure", "current_request", "logger"]

_TIME = structlog.processors.TimeStamper(fmt="iso", utc=True)

#: What every line gets, whoever wrote it.
_SHARED: list[Any] = [merge_contextvars, add_log_level, add_name, _TIME]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=BoundLogger,
    cache_logger_on_first_use=True,
)


def configure(style: str, level: str) -> None:
    """Write the log of this process to stderr.

    ``style`` is ``json``, ``text`` or ``auto``, ``level`` the least severity that is written.
    """
    as_text = style == "text" or (style == "auto" and sys.stderr.isatty())
    ending: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if as_text
        else [structlog.processors.format_exc_info, _ordered, _json]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, ExtraAdder()],
            processors=[ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # What it says of its own parts is of use to nobody who runs a hub.
    logging.getLogger("alembic").setLevel(max(logging.WARNING, logging.getLogger().level))


def bound(**facts: str | None) -> AbstractContextManager[None]:
    """Put facts into every line that is written within the block; those that are ``None`` not."""
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return cast(AbstractContextManager[None], bound_contextvars(**known))


def current_request() -> str | None:
    """Id of the request that is being answered; ``None`` where there is none."""
    return cast("str | None", get_contextvars().get("request"))


def logger(name: str) -> BoundLogger:
    """A logger whose events take facts: ``log.info("request", status=200)``."""
    found: BoundLogger = structlog.stdlib.get_logger(name)
    return found


def _ordered(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """When, how severe, who and what come first."""
    first = {
        "time": event.pop("timestamp", None),
        "level": event.pop("level", None),
        "logger": event.pop("logger", None),
        "event": event.pop("event", None),
    }
    return first | dict(event)


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str).decode()
