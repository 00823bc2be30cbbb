"""What the processes of a hub count of themselves, for Prometheus.

All metrics stand here, so that their names and labels can be read in one place. A label has few
values, all known beforehand: routes and not paths, formats, states, outcomes.

Several processes count together where ``PROMETHEUS_MULTIPROC_DIR`` names a folder before this
module is imported: each then counts in files of its own there, and whoever is asked adds them up.
Otherwise a process counts for itself.
"""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

__all__ = [
    "ENGINE_MEMORY",
    "ENGINE_SECONDS",
    "FILES",
    "HTTP_BYTES",
    "HTTP_OPEN",
    "HTTP_REQUESTS",
    "HTTP_SECONDS",
    "INTAKE_SECONDS",
    "OBSERVATIONS_READ",
    "OBSERVATIONS_SENT",
    "collected",
    "forget",
]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

HTTP_REQUESTS = Counter(
    "mighub_http_requests_total", "Requests answered.", ["method", "route", "status"]
)
HTTP_SECONDS = Histogram(
    "mighub_http_request_seconds",
    "Seconds from a request to the last byte of its answer.",
    ["method", "route"],
    buckets=_SECONDS,
)
HTTP_BYTES = Counter("mighub_http_sent_bytes_total", "Bytes of bodies sent.", ["route"])
HTTP_OPEN = Gauge(
    "mighub_http_requests_open", "Requests being answered.", multiprocess_mode="livesum"
)
OBSERVATIONS_SENT = Counter(
    "mighub_observations_sent_total", "Observations in answers.", ["format"]
)
ENGINE_SECONDS = Histogram(
    "mighub_engine_seconds",
    "Seconds the query engine worked for a statement, by how it ended: done, time (its budget "
    "was spent), memory, left (its client had gone) or failed.",
    ["outcome"],
    buckets=_SECONDS,
)
ENGINE_MEMORY = Gauge(
    "mighub_engine_memory_bytes", "Memory in use by the query engine.", multiprocess_mode="livesum"
)
FILES = Counter(
    "mighub_store_files_total",
    "Files of the object store that were asked for: a local copy was there (hit) or not (miss).",
    ["outcome"],
)
INTAKE_SECONDS = Histogram(
    "mighub_intake_seconds",
    "Seconds to take a submission as far as it goes, by the state it then has.",
    ["state"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
OBSERVATIONS_READ = Counter(
    "mighub_intake_observations_total", "Observations in submissions taken through.", ["state"]
)

#: Whether the metrics above were made to be counted together.
_TOGETHER = "PROMETHEUS_MULTIPROC_DIR" in os.environ


def collected() -> CollectorRegistry:
    """The counts of all processes that count together."""
    if not _TOGETHER:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def forget(pid: int) -> None:
    """A process has ended: what it was doing is no longer being done. Its counts stay."""
    if _TOGETHER:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]
