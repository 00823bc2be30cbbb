"""What ``make bench`` measures: each operation, who does it, and how its script is called."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LARGE", "PEERS", "RUNS", "TARGETS", "Run"]

#: Peers and the version each is measured with, in an environment of its own.
PEERS = {
    "sdmx1": "sdmx1==2.28.0",
    "pysdmx": "pysdmx[all]==1.21.0",
    "sdmxthon": "sdmxthon==2.6.11",
    "tidysdmx": "tidysdmx==0.10.0 pysdmx[xml]==1.21.0",
    "dsss": "dsss==1.3.0 uvicorn==0.54.0",
}

ML, GENERIC, ML3 = "sdmx-ml-2.1", "sdmx-ml-2.1-generic", "sdmx-ml-3.0"
CSV, CSV2, JSON, JSON2 = "sdmx-csv-1.0", "sdmx-csv-2.0", "sdmx-json-1.0", "sdmx-json-2.0"


@dataclass(frozen=True)
class Run:
    """One thing to measure.

    ``arguments`` may name {file} and {warm} (the message in ``format``, whole and small),
    {structure}, {out} and {n}. ``floor`` marks what bounds every implementation from above.
    """

    operation: str
    who: str
    script: str
    arguments: tuple[str, ...]
    format: str = ML
    peer: str | None = None
    once: bool = False
    floor: bool = False


def _reads(name: str, format_: str) -> Run:
    arguments = ("{file}", "{structure}", format_, "{warm}")
    return Run(f"read {name}", "mighub", "hub_read.py", arguments, format_)


def _writes(name: str, format_: str) -> Run:
    return Run(f"write {name}", "mighub", "hub_write.py", ("{out}", "{n}", format_), format_)


def _peer_reads(name: str, format_: str, peer: str) -> Run:
    arguments = ("{file}", "{structure}", format_, "{warm}")
    script = f"{peer}_read.py"
    return Run(f"read {name}", peer, script, arguments, format_, peer, once=True)


_WRITE = ("{file}", "{structure}", "{out}", "{warm}")

RUNS = (
    _reads("ML", ML),
    Run("read ML", "libxml2 SAX", "sax.py", ("{file}", "{structure}", "{n}"), floor=True),
    _peer_reads("ML", ML, "sdmxthon"),
    _peer_reads("ML", ML, "pysdmx"),
    _peer_reads("ML", ML, "sdmx1"),
    _reads("ML 3.0", ML3),
    _peer_reads("ML 3.0", ML3, "pysdmx"),
    _reads("generic", GENERIC),
    Run("read generic", "libxml2 SAX", "sax.py", ("{file}", "{structure}", "{n}"), GENERIC,
        floor=True),
    _peer_reads("generic", GENERIC, "sdmxthon"),
    _peer_reads("generic", GENERIC, "pysdmx"),
    Run("read CSV, codes checked", "mighub", "hub_check.py",
        ("{file}", "{structure}", CSV, "{warm}"), CSV),
    Run("read CSV, codes checked", "pyarrow.csv, nothing checked", "arrow_csv.py",
        ("{file}", "{warm}"), CSV, floor=True),
    _peer_reads("CSV, codes checked", CSV, "pysdmx"),
    _peer_reads("CSV, codes checked", CSV, "sdmxthon"),
    _reads("JSON", JSON),
    Run("read JSON", "orjson.loads", "orjson_loads.py", ("{file}", "{n}"), JSON, floor=True),
    _writes("ML", ML),
    Run("write ML", "bare Arrow join", "arrow_join.py", ("{out}", "{n}"), floor=True),
    Run("write ML", "sdmxthon", "sdmxthon_write.py", _WRITE, peer="sdmxthon", once=True),
    Run("write ML", "pysdmx (observations)", "pysdmx_write.py", (*_WRITE, ML, "AllDimensions"),
        peer="pysdmx", once=True),
    Run("write ML", "pysdmx (series)", "pysdmx_write.py", (*_WRITE, ML, "TIME_PERIOD"),
        peer="pysdmx", once=True),
    Run("write ML", "sdmx1", "sdmx1_write.py", _WRITE, peer="sdmx1", once=True),
    _writes("generic", GENERIC),
    _writes("CSV", CSV),
    Run("write CSV", "pysdmx", "pysdmx_write.py", (*_WRITE, CSV, ""), CSV, "pysdmx", once=True),
    _writes("CSV 2.0", CSV2),
    _writes("JSON", JSON),
    _writes("JSON 2.0", JSON2),
    Run("read, check, store ML", "mighub", "hub_ingest.py", ("{file}", "{n}", ML, "{warm}")),
    Run("read, check, store CSV", "mighub", "hub_ingest.py", ("{file}", "{n}", CSV, "{warm}"), CSV),
    Run("records", "mighub", "hub_records.py", ("{out}", "{n}"), once=True),
)  # fmt: skip

#: Measured on ten times as many observations, once.
LARGE = (
    *(_reads(f"{name} 10 M", format_)
      for name, format_ in (("ML", ML), ("generic", GENERIC), ("CSV", CSV), ("JSON", JSON))),
    *(_writes(f"{name} 10 M", format_)
      for name, format_ in (("ML", ML), ("generic", GENERIC), ("CSV", CSV), ("JSON", JSON))),
    Run("read, check, store ML 10 M", "mighub", "hub_ingest.py", ("{file}", "{n}", ML, "{warm}")),
)  # fmt: skip

#: What is aimed at, by operation: times the best peer, share of the floor, and thousands of
#: observations per CPU second.
TARGETS: dict[str, dict[str, float]] = {
    "read ML": {"peer": 9, "floor": 0.30},
    "read generic": {"peer": 15},
    "read CSV, codes checked": {"floor": 0.70},
    "read JSON": {"floor": 0.45},
    "write ML": {"peer": 25, "floor": 0.50},
    "write CSV": {"peer": 10},
    "write JSON": {"kobs": 3000},
    "read, check, store ML": {"kobs": 600},
}
