"""The hub's structures: data files, and the loader that makes sdmx1 artefacts of them.

``concepts.yaml``, ``structures/*.yaml``, ``dataflows.yaml``, ``organisations.yaml`` and
``categories.yaml`` are read by people as well; :func:`load` makes one list of everything.
"""

from dsd.loader import load

__all__ = ["load"]
