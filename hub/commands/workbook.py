"""``mighub workbook``: the tables that a consumer asks a country for, filled in."""

from __future__ import annotations

import click

from hub.settings import Settings
from hub.terminal import examples, write_made

__all__ = ["workbook"]


@click.command(
    epilog=examples(
        "mighub workbook",
        "mighub workbook un_dyb --area MEX --year 2022 -o mexico.xlsx",
        "mighub workbook un_dyb --area MEX --year 2022 --lang es",
    )
)
@click.argument("consumer", required=False)
@click.option("--area", help="Country or area, by its code of CL_AREA.")
@click.option("--year", help="Such as 2022.")
@click.option("--lang", default="en", show_default=True, help="en, es or fr.")
@click.option("--output", "-o", "target", help="File to write; - is standard output.")
def workbook(
    consumer: str | None, area: str | None, year: str | None, lang: str, target: str | None
) -> None:
    """Fill in the workbook that CONSUMER asks a country for, from published figures.

    Without CONSUMER: who wants one. A workbook for an office to fill and send to the hub is
    another thing: `mighub connectors workbook`.
    """
    from hub.delivery.workbook import consumers, make  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    if consumer is None:
        for one in consumers():
            click.echo(one)
        return
    if area is None or year is None:
        raise click.UsageError("Say which country and year: --area MEX --year 2022.")
    with Hub.open(Settings.load()) as hub:
        name, content = make(hub, consumer, area, year, language=lang)
    write_made(content, target or name)
