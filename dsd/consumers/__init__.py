"""Consumers: agencies that the hub answers in their own structures, as data.

One folder per consumer::

    consumer.yaml     who it is, its agencies, what is delivered to it
    structures.yaml   its concept schemes, data structures and dataflows with what they allow
    codelists/        its codelists, in the form of the package ``codelists``
    maps.yaml         structure maps from our dataflows to its own, and representation maps
    maps/*.csv        the rows of representation maps
    rules.yaml        which observations may be used for which of its dataflows
    tables.yaml       the tables of a workbook that is filled in for it, where it wants one

Only facts stand here: ids, codes, names. ``docs/consumers.md`` tells how to add one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sdmx.model.common import Codelist

import codelists
from codelists.text_yaml import DataFileError, read_yaml
from dsd.consumers import maps, structures, tables
from dsd.consumers.trees import Tree

__all__ = ["artefacts", "consumers", "lists", "rules", "workbooks"]

_ROOT = Path(__file__).resolve().parent
_CONSUMER = ("names", "agencies", "deliver")
_RULES = ("dataflow", "inputs", "rules", "otherwise")


def folders() -> list[Path]:
    """Folders of the consumers, by name."""
    return sorted(path.parent for path in _ROOT.glob("*/consumer.yaml"))


def consumers() -> dict[str, Mapping[str, Any]]:
    """What ``consumer.yaml`` says of each consumer, by the name of its folder."""
    return {f.name: read_yaml(f / "consumer.yaml", _CONSUMER, ("web",)) for f in folders()}


def lists() -> list[Codelist]:
    """The codelists of all consumers; raises ``DataFileError`` when a file is wrong."""
    return [
        codelists.read(path.parent)
        for folder in folders()
        for path in sorted(folder.glob("codelists/*/codelist.yaml"))
    ]


def artefacts() -> list[tuple[str, Tree]]:
    """Kind and tree of everything else that the consumers have and the hub has for them.

    Raises ``DataFileError`` when a file is wrong.
    """
    found: list[tuple[str, Tree]] = []
    for folder in folders():
        found += structures.agencies(read_yaml(folder / "consumer.yaml", _CONSUMER, ("web",)))
        found += structures.structures(folder / "structures.yaml")
        found += maps.maps(folder)
    return found


def rules() -> list[Mapping[str, Any]]:
    """The rules of each dataflow of each consumer, with ``consumer``, the name of its folder.

    Raises ``DataFileError`` when a rule has neither or both of ``use`` and ``leave_out``, or no
    sentence in English or Spanish.
    """
    return [
        {**flow, "consumer": folder.name}
        for folder in folders()
        for flow in _flows(folder / "rules.yaml")
    ]


def workbooks() -> dict[str, Mapping[str, Any]]:
    """The layouts of the workbooks that consumers want, by the name of their folder.

    Raises ``DataFileError`` when a file is wrong.
    """
    paths = ((folder.name, folder / "tables.yaml") for folder in folders())
    return {name: tables.read(path) for name, path in paths if path.exists()}


def _flows(path: Path) -> Iterator[Mapping[str, Any]]:
    for flow in read_yaml(path, ("dataflows",))["dataflows"]:
        where = f"{path.parent.name}/{path.name}"
        known = {*_RULES, "uncoded", "defaults", "wants", "lacks"}
        if not set(_RULES) <= flow.keys() <= known:
            raise DataFileError(f"{where}: a dataflow needs {_RULES} and has {sorted(flow)}")
        for id_, rule in flow["rules"].items():
            if rule.keys() - {"inputs", "when", "use", "why"} or "why" not in rule:
                raise DataFileError(f"{where}: {id_} has keys nobody knows, or no reason")
            _bilingual(f"{where}: {id_}", rule["why"])
            used = rule.get("use", {})
            if used.keys() - {"map", "status", "sum"} or ("use" in rule and "map" not in used):
                raise DataFileError(f"{where}: {id_} does not say how it is used")
        _bilingual(f"{where}: otherwise", flow["otherwise"])
        for component, sentence in flow.get("uncoded", {}).items():
            _bilingual(f"{where}: uncoded, {component}", sentence)
        for sentence in flow.get("lacks", ()):
            _bilingual(f"{where}: lacks", sentence)
        yield flow


def _bilingual(where: str, sentence: Mapping[str, str]) -> None:
    if not {"en", "es"} <= sentence.keys():
        raise DataFileError(f"{where}: the sentence must be in English and Spanish")
