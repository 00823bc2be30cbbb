r"""Structure maps and representation maps of a consumer (SDMX 3.0 Section 2, chapter 10).

``maps.yaml``::

    representation_maps: {REFERENCE: {names, sources: [REFERENCE of a codelist], targets: [...],
                          file: NAME.csv, or rows: [[SOURCE ..., TARGET ...], ...]}}
    structure_maps:      {REFERENCE: {names, source: REFERENCE, target: REFERENCE of a dataflow,
                          components: {TARGET: SOURCE, or {from: [...], by: REFERENCE, to: [...]}},
                          fixed: {TARGET: VALUE}, given: {SOURCE: VALUE},
                          year: TIME COMPONENT whose periods become years}}

The columns of a file are ``source`` (``source1``, ``source2`` ... of several), ``target`` likewise,
and may be ``valid_from``, ``valid_to`` (dates, both included) and ``regex`` (``yes``: the source
values are regular expressions, and ``\1`` in a target is what their first group found).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from codelists.text_yaml import DataFileError, read_yaml
from dsd.consumers.trees import Tree, head, urn

__all__ = ["maps"]

_OTHERS = {"valid_from", "valid_to", "regex", "note"}


def maps(folder: Path) -> list[tuple[str, Tree]]:
    """The maps of a consumer's folder; raises ``DataFileError`` when a file is wrong."""
    data = read_yaml(folder / "maps.yaml", ("representation_maps", "structure_maps"))
    found: list[tuple[str, Tree]] = []
    for reference, given in data["representation_maps"].items():
        rows = list(_rows(folder, reference, given))
        tree: Tree = {
            **head(reference, given),
            "source": [{"codelist": urn("codelist.Codelist", one)} for one in given["sources"]],
            "target": [{"codelist": urn("codelist.Codelist", one)} for one in given["targets"]],
            "representationMappings": rows,
        }
        found.append(("representationmap", tree))
    known = data["representation_maps"]
    for reference, given in data["structure_maps"].items():
        found.append(("structuremap", _structure_map(reference, given, known)))
    return found


def _rows(folder: Path, reference: str, given: Mapping[str, Any]) -> Iterator[Tree]:
    many, made = len(given["sources"]), len(given["targets"])
    if "rows" in given:
        for row in given["rows"]:
            if len(row) != many + made:
                raise DataFileError(f"{reference}: {row} has not {many + made} values")
            yield _row(row[:many], row[many:], {})
        return
    path = folder / "maps" / given["file"]
    sources = ["source"] if many == 1 else [f"source{i}" for i in range(1, many + 1)]
    targets = ["target"] if made == 1 else [f"target{i}" for i in range(1, made + 1)]
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, restkey="", strict=True)
        columns = set(rows.fieldnames or ())
        if not {*sources, *targets} <= columns <= {*sources, *targets, *_OTHERS}:
            raise DataFileError(f"{path.name}: needs the columns {sources} and {targets}")
        for row in rows:
            if "" in row or None in row.values() or not all(row[c] for c in sources + targets):
                raise DataFileError(f"{path.name}, row {rows.line_num}: a value is missing")
            yield _row([row[c] for c in sources], [row[c] for c in targets], row)


def _row(sources: list[str], targets: list[str], row: Mapping[str, str]) -> Tree:
    values: list[Tree] = [{"value": value} for value in sources]
    if row.get("regex") == "yes":
        values = [{**value, "isRegEx": True} for value in values]
    tree: Tree = {"sourceValues": values, "targetValues": targets}
    for column, key in (("valid_from", "validFrom"), ("valid_to", "validTo")):
        if row.get(column):
            tree[key] = row[column]
    return tree


def _structure_map(reference: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> Tree:
    components: list[Tree] = []
    for target, origin in given["components"].items():
        if isinstance(origin, str):
            components.append({"source": [origin], "target": [target]})
            continue
        if origin["by"] not in known:
            raise DataFileError(f"{reference}: there is no representation map {origin['by']}")
        components.append(
            {
                "source": list(origin["from"]),
                "target": list(origin.get("to", [target])),
                "representationMap": urn("structuremapping.RepresentationMap", origin["by"]),
            }
        )
    fixed = [{"target": id_, "values": [v]} for id_, v in given.get("fixed", {}).items()]
    fixed += [{"source": id_, "values": [v]} for id_, v in given.get("given", {}).items()]
    tree: Tree = {
        **head(reference, given),
        "source": urn("datastructure.Dataflow", given["source"]),
        "target": urn("datastructure.Dataflow", given["target"]),
        "componentMaps": components,
        "fixedValueMaps": fixed,
    }
    if "year" in given:
        time = given["year"]
        tree["datePatternMaps"] = [
            {
                "id": "YEAR",
                "mappedComponents": [{"source": time, "target": time}],
                "sourcePattern": "yyyy",
                "locale": "en",
                "targetFrequencyID": "A",
                "resolvePeriod": "startOfPeriod",
            }
        ]
    return tree
