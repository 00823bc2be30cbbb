"""``mighub query``: observations of the hub in HUB_HOME, in any format."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

import click

from hub.commands.options import NAMES, WRITABLE
from hub.settings import Settings
from hub.terminal import examples, write_whole

__all__ = ["query"]


@click.command(
    epilog=examples(
        "mighub query DF_MIG_BORDER .MEX..USA --format sdmx-csv-2.0",
        "mighub query MIGHUB,DF_MIG_STOCK,1.0.0 --start 2015 --output stock.xml",
        "mighub query DF_MIG_STOCK --as-of 2026-01-31T12:00:00Z",
    )
)
@click.argument("flow")
@click.argument("key", default="all")
@click.option("--start", help="First period, inclusive: 2020, 2020-05, 2020-Q2 ...")
@click.option("--end", help="Last period, inclusive.")
@click.option("--first", type=click.IntRange(1), help="Only the first N observations of a series.")
@click.option("--last", type=click.IntRange(1), help="Only the last N observations of a series.")
@click.option(
    "--detail", type=click.Choice(["full", "dataonly", "serieskeysonly", "nodata"]), default="full"
)
@click.option("--as-of", help="What was published then: 2026-05-15T14:15:00Z, or a date.")
@click.option("--updated-after", help="Only what has changed since then, deletions too.")
@click.option("--at", help="Dimension at the observation, or AllDimensions.")
@click.option("--labels", type=click.Choice(["id", "name", "both"]), default="id")
@click.option("--lang", type=NAMES, default="en", help="Language of names.")
@click.option("--format", "format_", type=click.Choice(WRITABLE), default="sdmx-csv-2.0")
@click.option("--output", "-o", default="-", help="File to write; - is standard output.")
def query(  # noqa: PLR0917 - one parameter an option
    flow: str,
    key: str,
    start: str | None,
    end: str | None,
    first: int | None,
    last: int | None,
    detail: str,
    as_of: str | None,
    updated_after: str | None,
    at: str | None,
    labels: str,
    lang: str,
    format_: str,
    output: str,
) -> None:
    """Print what FLOW holds under KEY, as SDMX REST 1.5 spells both.

    FLOW is [AGENCY,]ID[,VERSION]; KEY is codes in the order of the dimensions, joined by dots,
    where nothing is "any" and + is "or".
    """
    from hub.messages.api import WriteOptions, write_data  # noqa: PLC0415
    from hub.model.dataset import Header  # noqa: PLC0415
    from hub.query import data_v1, raw  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415
    from hub.store.labels import Labels  # noqa: PLC0415
    from hub.store.select import select  # noqa: PLC0415

    given = {
        "startPeriod": start,
        "endPeriod": end,
        "firstNObservations": first,
        "lastNObservations": last,
        "detail": detail,
        "updatedAfter": updated_after,
        "dimensionAtObservation": at,
    }
    asked = data_v1.parse(f"{flow}/{key}", urlencode({k: v for k, v in given.items() if v}))
    if as_of is not None:  # as in REST 2.2; 1.5 has no word for it
        then = raw.date_time("--as-of", as_of)
        asked = replace(asked, as_of=then)
        if asked.updated_after is not None and asked.updated_after > then:
            raise click.UsageError("--updated-after is later than --as-of.")
    with Hub.open(Settings.load()) as hub:
        selection = select(hub, asked)
        options = WriteOptions(
            dimension_at_observation=selection.dimension_at_observation,
            labels=labels,
            label_source=Labels(hub.structures, lang),
            attributes=selection.attributes,
            measures=selection.measures,
            series_keys_only=selection.series_only,
            schemas=selection.schemas,
        )
        header = Header(f"DATA-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
        write_whole(write_data(selection.blocks(), format_, header, options), output)
