"""The hub's structures: data files, and the loader that makes sdmx1 artefacts of them.

``concepts.yaml``, ``structures/*.yaml``, ``dataflows.yaml``, ``organisations.yaml`` and
``categories.yaml`` are read by people as well; :func:`load` makes one list of everything.
:data:`CALENDAR` is the file that says when data of which agreement are due.
:mod:`dsd.quality` has what SDMX 3.x adds: metadata structures and metadata sets.
"""

from pathlib import Path

from dsd.loader import load

__all__ = ["CALENDAR", "load"]

CALENDAR = Path(__file__).resolve().parent / "calendar.yaml"
