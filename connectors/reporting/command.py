"""``mighub connectors workbook``: a blank reporting workbook for an office."""

from __future__ import annotations

import click

from connectors.reporting.layouts import dataflows
from connectors.reporting.offices import countries
from connectors.reporting.texts import LANGUAGES
from hub.commands.options import hub_in_use
from hub.structures.repository import StructureSet
from hub.terminal import examples, write_made

__all__ = ["workbook"]


@click.command(
    epilog=examples(
        "mighub connectors workbook --country LCA --dataflow DF_MIG_BORDER --period 2026 -o l.xlsx",
        "mighub connectors workbook --country SUR --dataflow DF_MIG_STOCK --period 2025 --lang en",
    )
)
@click.option("--country", required=True, type=click.Choice(countries()), help="Who reports.")
@click.option("--dataflow", required=True, type=click.Choice(dataflows()), help="What about.")
@click.option(
    "--period", required=True, help="A year, a quarter or a month: 2026, 2026-Q1, 2026-03."
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Usually that of the country.")
@click.option("--language", "old", type=click.Choice(LANGUAGES), hidden=True)
@click.option("--provider", help="The reporting institution, where it is another than usual.")
@click.option("--output", "-o", "target", help="File to write; - is standard output.")
def workbook(
    country: str,
    dataflow: str,
    period: str,
    lang: str | None,
    old: str | None,
    provider: str | None,
    target: str | None,
) -> None:
    """Make a blank workbook for an office to fill; hand it in with `mighub submit FILE`.

    Figures of the year before that the hub in HUB_HOME publishes are shown in it to compare with.
    """
    from connectors import catalogue  # noqa: PLC0415
    from hub.store.figures import figures  # noqa: PLC0415

    with hub_in_use() as hub:
        name, content = catalogue.workbook(
            StructureSet.shipped() if hub is None else hub.structures,
            country,
            dataflow,
            period,
            language=lang or old,
            provider=provider,
            published=None if hub is None else lambda *asked: figures(hub, *asked),
        )
    write_made(content, target or name)
