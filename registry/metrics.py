"""``/metrics``: what the hub counts and holds, in the text format of Prometheus.

What processes count (:mod:`hub.telemetry`) is added up over all processes of this server. What the
catalogue knows is looked up when asked for, and is the same from every node of a hub.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from hub import telemetry
from hub.store import tables
from hub.store.home import Hub
from hub.store.submissions import State
from registry.context import current_hub

__all__ = ["blueprint"]

blueprint = Blueprint("metrics", __name__)

_LOG = logging.getLogger("registry")

#: Version 0.0.4 of the text format, which every scraper reads.
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@blueprint.get("/metrics")
def metrics() -> Response:
    """All metrics. They are there even when the catalogue is not: ``mighub_catalogue_up`` is 0."""
    held = CollectorRegistry()
    held.register(_Held(current_hub()))
    response = Response(generate_latest(telemetry.collected()) + generate_latest(held))
    response.headers["Content-Type"] = _TYPE
    response.headers["Cache-Control"] = "no-store"
    return response


class _Held(Collector):
    """What the catalogue says at the moment."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics."""
        about = GaugeMetricFamily("mighub_info", "Always 1.", labels=["version"])
        about.add_metric([version("mighub")], 1)
        yield about
        try:
            found = list(self._of_catalogue())
        except SQLAlchemyError:
            _LOG.exception("the catalogue gives no metrics")
            found = []
        up = 1 if found else 0
        yield GaugeMetricFamily("mighub_catalogue_up", "Whether the catalogue answers.", value=up)
        yield from found

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: to be registered must not ask the catalogue."""
        yield from ()

    def _of_catalogue(self) -> Iterator[GaugeMetricFamily]:
        hub = self._hub
        now = datetime.now(UTC)
        pending = hub.submissions.pending(now)
        state = tables.submission.c.state
        with hub.catalogue.read() as connection:
            counted: dict[str, int] = dict(
                connection.execute(select(state, func.count()).group_by(state)).all()
            )
        by_state = GaugeMetricFamily("mighub_submissions", "Submissions.", labels=["state"])
        for one in State:
            by_state.add_metric([one.value], counted.get(one.value, 0))
        yield by_state
        told = GaugeMetricFamily(
            "mighub_notifications", "Notifications to subscribers.", labels=["state"]
        )
        for name, count in hub.events.counts().items():
            told.add_metric([name], count)
        yield told
        yield GaugeMetricFamily(
            "mighub_intake_queue_length",
            "Submissions that the intake has still to take on.",
            value=len(pending),
        )
        since = min((s.due or s.received_at for s in pending), default=now)
        yield GaugeMetricFamily(
            "mighub_intake_oldest_seconds",
            "Seconds that the first of them has been waiting; 0 where there is none.",
            value=max(0.0, (now - since).total_seconds()),
        )
        released = GaugeMetricFamily(
            "mighub_last_release_timestamp_seconds",
            "When the newest release of a dataflow was made.",
            labels=["dataflow"],
        )
        for dataflow, pointer in sorted(hub.releases.pointers().items()):
            released.add_metric([str(dataflow)], pointer.released_at.timestamp())
        yield released
