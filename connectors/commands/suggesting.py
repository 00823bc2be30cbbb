"""``mighub connectors suggest``, ``adopt``: codes for new labels, a person's word on them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from codelists.text_yaml import DataFileError
from connectors.commands.roots import connector_in
from connectors.framework.discovery import Connector, Connectors
from connectors.framework.labels import LabelMap
from connectors.framework.run import read_file
from connectors.framework.suggest import Name, names_of, propose
from connectors.framework.text import normalise
from hub.commands.options import structures_in_use
from hub.errors import HubError, RequestSyntaxError
from hub.messages.api import SchemaResolver
from hub.model.findings import Finding
from hub.terminal import console, examples, source_file, write_whole

__all__ = ["adopt", "suggest"]

_UNKNOWN = "LABEL_UNKNOWN"
_FIRST = ("accept", "map", "label", "found_in", "kind")
_LAST = ("score", "reason")
_ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of connectors that are not the shipped ones.",
)


@click.command(
    epilog=examples(
        "mighub connectors suggest mex/upm_air_entries cuadro131.xls",
        "mighub connectors suggest mex/upm_air_entries cuadro131.xls --output proposals.csv",
    )
)
@click.argument("connector")
@click.argument("file")
@click.option("--output", "-o", "target", help="Write the proposals as CSV; - is stdout.")
@_ROOT
def suggest(connector: str, file: str, target: str | None, root: Path | None) -> None:
    """Propose codes for the labels of a file that nobody has mapped yet.

    Each proposal has a score (100 is the very name) and says where the name is written. Nothing is
    applied: write "yes" in the column accept of the rows that are right, correct codes where they
    are not, and give the CSV to `mighub connectors adopt`.
    """
    found = connector_in(root, connector)
    with source_file(file) as path:
        message = read_file(found, path, structures_in_use())
    unknown = [f for f in message.findings if f.rule == _UNKNOWN]
    rows = list(_proposed(found, unknown, structures_in_use()))
    if target is not None:
        write_whole([_as_csv(rows)], target)
    else:
        _show(rows)
    proposed = {(row["map"], row["label"]) for row in rows if row["score"]}
    said = f"{len(unknown)} labels without a code, {len(proposed)} of them with proposals."
    console(err=target == "-").print(said)


def _proposed(
    connector: Connector, unknown: list[Finding], resolver: SchemaResolver
) -> Iterator[dict[str, str]]:
    """Rows of the CSV; a label nothing is near to has one without codes."""
    ref = connector.record.dataflow
    components = resolver.dataflow(ref.agency, ref.id, ref.version).by_id
    everywhere = Connectors()
    names: dict[str, list[Name]] = {}
    for finding in unknown:
        labels = _map_of(connector, finding)
        if labels is None or finding.found is None:
            continue  # a column nobody knows: what it is has to be said in the record
        first = {
            "accept": "", "map": labels.name, "label": finding.found,
            "found_in": f"{finding.sheet or ''}!{finding.row or ''}",
        }  # fmt: skip
        if labels.name not in names:
            names[labels.name] = names_of(labels, components, everywhere)
        found = propose(finding.found, names[labels.name])
        blank = dict.fromkeys(labels.components, "")
        for one in found:
            yield {
                **first, "kind": "area", **blank, **one.codes, "score": str(one.score),
                "reason": one.reason,
            }  # fmt: skip
        if not found:
            yield {**first, "kind": "", **blank, "score": "", "reason": "nothing is near"}


def _map_of(connector: Connector, finding: Finding) -> LabelMap | None:
    name = (finding.expected or "").removeprefix("a label of ")
    return next((m for m in connector.maps.values() if m.name == name), None)


def _as_csv(rows: list[dict[str, str]]) -> bytes:
    codes = dict.fromkeys(key for row in rows for key in row if key.isupper())
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*_FIRST, *codes, *_LAST], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _show(rows: list[dict[str, str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for header in ("Map", "Label", "Codes", "Score", "Reason"):
        table.add_column(header, overflow="fold")
    for row in rows:
        codes = " ".join(f"{key}={row[key]}" for key in row if key.isupper() and row[key])
        cells = (row["map"], row["label"], codes, row["score"], row["reason"])
        table.add_row(*map(escape, cells))
    console().print(table)


@click.command(
    epilog=examples(
        "mighub connectors adopt mex/upm_air_entries proposals.csv",
    )
)
@click.argument("connector")
@click.argument("proposals", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_ROOT
def adopt(connector: str, proposals: Path, root: Path | None) -> None:
    """Add the rows of a CSV of proposals that a person accepted to the maps of a connector.

    A row is accepted when its column accept says yes. Either all are added or none.
    """
    found = connector_in(root, connector)
    with proposals.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if normalise(row.get("accept") or "") == "yes"]
    if not rows:
        raise RequestSyntaxError(f"No row of {proposals.name} says yes in the column accept.")
    by_map: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        by_map.setdefault(row.get("map", ""), []).append(row)
    before: dict[Path, bytes] = {}
    try:
        for name, accepted in by_map.items():
            path = found.folder / name
            if Path(name).name != name or not path.exists():
                raise RequestSyntaxError(f"{connector} has no map {name!r}.")
            before[path] = path.read_bytes()
            _append(path, accepted)
            LabelMap.read(path)
    except (DataFileError, HubError) as error:
        for path, content in before.items():
            path.write_bytes(content)
        raise RequestSyntaxError(f"{error} Nothing was added.") from error
    console().print(f"{len(rows)} labels added to {', '.join(by_map)}; look at them and commit.")


def _append(path: Path, rows: list[Mapping[str, str]]) -> None:
    text = path.read_text("utf-8")
    header = next(csv.reader(io.StringIO(text)))
    added = io.StringIO(newline="")
    writer = csv.writer(added, lineterminator="\n")
    for row in rows:
        if not any(row.get(name) for name in header if name.isupper()):
            raise RequestSyntaxError(f"The row of {row['label']!r} has no code.")
        beyond = [key for key in row if key and key.isupper() and row[key] and key not in header]
        if beyond:
            raise RequestSyntaxError(f"{path.name} decides no {beyond[0]}.")
        writer.writerow([row.get(name) or "" for name in header])
    path.write_text(text.rstrip("\n") + "\n" + added.getvalue(), "utf-8", newline="\n")
