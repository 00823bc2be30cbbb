"""Reading SDMX-JSON data of any version, once the file is loaded.

Understood: series and flat layouts; dimensions at dataset, series or observation level;
attributes by number or as they are, with nulls at the end left out, and their defaults;
attributes of dimension groups; the draft of 1.0 that has no ``data`` object. A place in such a
file is the number of an observation, counted from 1 in the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hub.errors import RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.messages.columns import slice_batch
from hub.messages.json_cube import dataset_batches
from hub.messages.json_load import Loaded, load
from hub.messages.json_parts import Structure, expect
from hub.messages.json_reference import header
from hub.model.dataset import BATCH_ROWS, Action, Block, DataMessage, Location
from hub.model.findings import Finding

__all__ = ["read_message"]

_ACTIONS = {
    "Information": Action.MERGE,
    "Append": Action.MERGE,
    "Merge": Action.MERGE,
    "Replace": Action.REPLACE,
    "Delete": Action.DELETE,
}


def read_message(path: Path, resolver: SchemaResolver, *, version1: bool) -> DataMessage:
    """Open the SDMX-JSON message at ``path``.

    Raises ``RequestSyntaxError`` when it is no such message, ``NotFound`` for an unknown dataflow.
    """
    loaded = load(path)
    document = loaded.frame
    data = document.get("data", document)
    if not isinstance(data, dict) or "dataSets" not in data:
        raise RequestSyntaxError(_no_data(document))
    if version1 and "structures" in data:
        raise RequestSyntaxError("The message has 'structures': it is SDMX-JSON 2.x, not 1.0.")
    datasets = [
        expect(d, dict, "Each of dataSets") for d in expect(data["dataSets"], list, "dataSets")
    ]
    findings: list[Finding] = []
    structures = _structures(data, datasets, resolver, findings)
    owners = [_owner(d, n, structures, data.get("structures")) for n, d in enumerate(datasets)]
    for dataset in datasets:
        if dataset.get("action", "Append") not in _ACTIONS:
            raise RequestSyntaxError(f"{dataset['action']!r} is no action of a dataset.")
    found = header(document.get("meta", document.get("header")))
    return DataMessage(found, _blocks(loaded, datasets, owners, findings), _locate, findings)


def _structures(
    data: dict[str, Any],
    datasets: list[dict[str, Any]],
    resolver: SchemaResolver,
    findings: list[Finding],
) -> list[Structure]:
    if "structures" in data:
        listed = expect(data["structures"], list, "structures")
    elif "structure" in data:
        listed = [data["structure"]]
    else:
        listed = []
    if datasets and not listed:
        raise RequestSyntaxError("The message has datasets, but no structure that explains them.")
    other = datasets[0] if datasets else None
    return [Structure.of(expect(s, dict, "structure"), resolver, other, findings) for s in listed]


def _owner(dataset: dict[str, Any], place: int, structures: list[Structure], raw: Any) -> Structure:
    """The structure of a dataset: its own word, else the structure's, else the first."""
    number = dataset.get("structure")
    if number is None and isinstance(raw, list):
        claims = [n for n, s in enumerate(raw) if place in (s.get("dataSets") or [])]
        number = claims[0] if claims else None
    number = 0 if number is None else expect(number, int, "dataSets[].structure")
    if not 0 <= number < len(structures):
        raise RequestSyntaxError(f"Dataset {place} names the structure {number}; there is none.")
    return structures[number]


def _blocks(
    loaded: Loaded,
    datasets: list[dict[str, Any]],
    owners: list[Structure],
    findings: list[Finding],
) -> Iterator[Block]:
    ordinal = 0
    for place, (dataset, structure) in enumerate(zip(datasets, owners, strict=True)):
        action = _ACTIONS[dataset.get("action", "Append")]
        members = {name: loaded.members(place, name) for name in ("series", "observations")}
        for batch in dataset_batches(dataset, members, structure, action, findings):
            for start in range(0, batch.num_rows, BATCH_ROWS):
                part = slice_batch(batch, start, min(start + BATCH_ROWS, batch.num_rows))
                yield Block(structure.schema, action, part, ordinal)
                ordinal += part.num_rows


def _locate(ordinals: Sequence[int], component: str | None) -> list[Location]:
    return [Location(row=ordinal + 1, column=component) for ordinal in ordinals]


def _no_data(document: dict[str, Any]) -> str:
    """Why a document that holds no datasets is refused."""
    errors = document.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        said = errors[0].get("title") or errors[0].get("detail") or errors[0].get("code")
        return f"The message carries no data but an error: {said}."
    return "The file is JSON, but no SDMX-JSON data message: it has no dataSets."
