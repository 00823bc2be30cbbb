"""The command line, ``mighub``.

Each command is a module of ``hub.commands`` or comes with an installed package (entry points of
group ``mighub.commands``: the registry's ``serve`` and ``demo``, the connectors' ``connectors``).
Exit codes: 0 fine, 1 findings or a refused request, 2 usage.
"""

from __future__ import annotations

from importlib import import_module

import click

from hub.plugins import commands
from hub.terminal import HubGroup, examples

__all__ = ["main"]

#: Command name to ``module:attribute`` under ``hub.commands``, imported when it is used.
_OWN = {
    "init": "init:init",
    "validate": "validate:validate",
    "submit": "submit:submit",
    "status": "submit:status",
    "query": "query:query",
    "convert": "convert:convert",
    "structures": "structures:structures",
    "review": "review:review",
    "undo": "review:undo",
    "policies": "review:policies",
    "disclosure": "disclosure:disclosure",
    "people": "people:people",
    "keys": "people:keys",
    "audit": "audit:audit",
    "calendar": "calendar:calendar",
    "backup": "operations:backup",
    "restore": "operations:restore",
    "doctor": "operations:doctor",
    "migrate": "operations:migrate",
    "events": "events:events",
    "deliver": "deliver:deliver",
    "workbook": "workbook:workbook",
    "coverage": "coverage:coverage",
    "derive": "derive:derive",
}


class _Commands(HubGroup):
    """A group that imports a command when it is asked for, so that help comes at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_OWN, *(name for name, _ in commands())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _OWN:
            module, attribute = _OWN[cmd_name].split(":")
            found = getattr(import_module(f"hub.commands.{module}"), attribute)
            assert isinstance(found, click.Command)
            return found
        for name, load in commands():
            if name == cmd_name:
                command = load()
                assert isinstance(command, click.Command)
                return command
        return None


@click.group(
    cls=_Commands,
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
