"""``mighub connectors new``: a working skeleton of a connector, from a file of the publisher."""

from __future__ import annotations

import re
from pathlib import Path

import click

from connectors.framework.scaffold import Kind, Plan, make
from connectors.framework.suite import left_to_do
from hub.commands.options import structures_in_use
from hub.errors import NotFound, RequestSyntaxError
from hub.structures.kinds import key_of
from hub.terminal import console, examples

__all__ = ["new"]

_SHOWN = 20


@click.command(
    epilog=examples(
        "mighub connectors new MEX inm_entries --kind listing --from entries.csv "
        "--dataflow DF_MIG_BORDER --provider MEX_INM --fix MEASURE=ENTRIES --fix UNIT_MEASURE=EV",
    )
)
@click.argument("country", metavar="ISO3")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice([each.value for each in Kind]),
    required=True,
    help="Shape of the table.",
)
@click.option(
    "--from", "file", required=True, help="A file of the publisher.",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@click.option("--dataflow", required=True, help="Id of the dataflow, such as DF_MIG_BORDER.")
@click.option("--provider", required=True, help="Id of the data provider, such as MEX_INM.")
@click.option(
    "--fix", "fixes", multiple=True, metavar="COMPONENT=CODE",
    help="A code that all figures have; may be repeated. What is needed is said.",
)  # fmt: skip
@click.option("--encoding", default="utf-8-sig", show_default=True, help="Of a CSV file.")
@click.option("--delimiter", default=",", show_default=True, help="Of a CSV file.")
@click.option(
    "--root", default=".", show_default=True, help="Folder in which to make it.",
    type=click.Path(path_type=Path, file_okay=False),
)  # fmt: skip
def new(
    country: str,
    name: str,
    *,
    kind: str,
    file: Path,
    dataflow: str,
    provider: str,
    fixes: tuple[str, ...],
    encoding: str,
    delimiter: str,
    root: Path,
) -> None:
    """Make a connector for a new source: record, maps, sample, code and test, in one go.

    Kinds: listing (a record a line) and crosstab (labels down the side, figures beside them). The
    maps are empty: each label is listed until a person says what it means; `suggest` proposes.
    """
    if not re.fullmatch(r"[A-Za-z]{3}", country) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise click.UsageError("ISO3 is three letters; the name has small letters, digits and _.")
    structures = structures_in_use()
    schema = structures.dataflow(None, dataflow, None)
    agreements = structures.agreements(provider=provider, dataflow=schema.dataflow)
    if not agreements:
        raise NotFound(f"{provider} has no provision agreement on {dataflow}.")
    id_ = f"{country.lower()}/{name}"
    plan = Plan(
        id_, Kind(kind), provider, key_of(agreements[0]).ref, schema, file, _fixed(fixes),
        encoding, delimiter,
    )  # fmt: skip
    files = make(plan, root)
    out = console()
    for path in files:
        out.print(path.relative_to(root), markup=False)
    left = left_to_do(root, id_)
    out.print(f"\n{len(left)} things are left to do." if left else "\nIt reads its sample.")
    for line in left[:_SHOWN]:
        out.print(f"  {line}", markup=False)
    if len(left) > _SHOWN:
        out.print(f"  ... and {len(left) - _SHOWN} more")
    sample = next(path for path in files if path.parent.name == "sample" and path.suffix != ".md")
    out.print(f"\nNext: mighub connectors suggest {id_} {sample} --root {root} -o proposals.csv")
    out.print(f"Then: python -m pytest {files[-1]}", markup=False)


def _fixed(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    wrong = [name for name, sign, code in pairs if not (name and sign and code)]
    if wrong:
        raise RequestSyntaxError("--fix is COMPONENT=CODE, such as MEASURE=ENTRIES.")
    return {name: code for name, _, code in pairs}
