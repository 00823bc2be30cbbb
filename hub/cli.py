"""The command line, ``mighub``.

Each command is of a module of ``hub.commands`` or comes with an installed package (entry points of
group ``mighub.commands``: the registry's ``serve`` and ``demo``, the connectors' ``connectors``).
Exit codes: 0 fine, 1 findings or a refused request, 2 usage.
"""

from __future__ import annotations

import click

from hub.plugins import commands
from hub.terminal import LaterGroup, examples

__all__ = ["main"]

#: Name, place and summary of the commands of ``hub.commands``.
_OWN = {
    "init": (
        "init:init",
        "Make the hub in HUB_HOME: folders, catalogue, shipped structures, first key.",
    ),
    "validate": ("validate:validate", "Check FILE and say what is wrong, where, and what to do."),
    "submit": ("submit:submit", "Hand FILE in, wait, and say what became of it."),
    "status": ("submit:status", "Say how far the submission with TOKEN has come."),
    "query": ("query:query", "Print what FLOW holds under KEY, as SDMX REST 1.5 spells both."),
    "convert": ("convert:convert", "Write FILE in another format."),
    "structures": (
        "structures:structures",
        "Codelists, concepts, data structures, dataflows, providers, agreements, constraints.",
    ),
    "review": ("review:review", "Decide on submissions that wait for a second person."),
    "undo": ("review:undo", "Take back the release of the submission TOKEN, by another release."),
    "policies": ("review:policies", "Show or set what stands between valid data and its release."),
    "disclosure": (
        "disclosure:disclosure",
        "Show or set whose small counts are protected before a release, and how.",
    ),
    "people": ("people:people", "Who has an account, and what they may do."),
    "keys": ("people:keys", "API keys: who uses the hub without a browser."),
    "audit": ("audit:audit", "Who did what: a trail that shows when it was changed."),
    "calendar": (
        "calendar:calendar",
        "What is due from whom, when it came, how late, and what is next.",
    ),
    "backup": (
        "operations:backup",
        "Back the hub in HUB_HOME up to DESTINATION, a folder or s3://bucket/folder.",
    ),
    "restore": (
        "operations:restore",
        "Make a hub from a backup in SOURCE, a folder or s3://bucket/folder.",
    ),
    "doctor": (
        "operations:doctor",
        "Examine the hub in HUB_HOME and say what to do about what is wrong.",
    ),
    "migrate": ("operations:migrate", "Bring the tables of the catalogue up to this program."),
    "events": (
        "events:events",
        "Notifications to subscribers: what was sent, waits or was given up.",
    ),
    "deliver": (
        "deliver:deliver",
        "Make a pack for CONSUMER: its messages, manifest, structures, checks, and what changed.",
    ),
    "workbook": (
        "workbook:workbook",
        "Fill in the workbook that CONSUMER asks a country for, from published figures.",
    ),
    "coverage": (
        "coverage:coverage",
        "What became of each observation that a consumer's DATAFLOW may be made from.",
    ),
    "derive": ("derive:derive", "Compute the hub's own indicators anew and publish what changed."),
}


class _Commands(LaterGroup):
    """The hub's own commands, and those of installed packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.later, *(name for name, _ in commands())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for name, load in commands():
            if name == cmd_name and name not in self.later:
                command = load()
                assert isinstance(command, click.Command)
                return command
        return super().get_command(ctx, cmd_name)

    def summary(self, ctx: click.Context, name: str) -> str:
        if name in self.later:
            return super().summary(ctx, name)
        command = self.get_command(ctx, name)
        return "" if command is None else command.get_short_help_str(200)


@click.group(
    cls=_Commands,
    later={n: (f"hub.commands.{place}", told) for n, (place, told) in _OWN.items()},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "mighub demo                                          load the samples and serve them",
        "mighub connectors run mex/upm_air_entries -i FILE -o out.xml",
        "mighub validate out.xml",
        "mighub submit out.xml",
        "mighub query DF_MIG_BORDER --last 1 --format sdmx-csv-2.0",
        head="Start here",
    )
    + "\n\nDocumentation: docs/ in the project, /docs on a running hub.",
)
@click.version_option(package_name="mighub")
def cli() -> None:
    """Migration Statistics Exchange Hub: national migration data as SDMX."""


def main() -> None:
    """Run the command line."""
    cli()
