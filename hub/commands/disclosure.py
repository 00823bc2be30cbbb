"""``mighub disclosure``: the protection of small counts before a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.commands.remote import Remote, local_actor
from hub.commands.submit import HOW, KEY, URL
from hub.errors import RequestSyntaxError
from hub.settings import Settings
from hub.terminal import examples, show_json

if TYPE_CHECKING:
    from hub.model.schema import StructureRef
    from hub.store.home import Hub

__all__ = ["disclosure"]


@click.command(
    epilog=examples(
        "mighub disclosure",
        "mighub disclosure 'MIGHUB:PA_LCA_DOI_MIG_BORDER(1.0.0)' --agreement --suppress 5",
        "mighub disclosure 'MIGHUB:DF_MIG_BORDER(1.0.0)' --remove",
    )
)
@click.argument("subject", required=False, metavar="[AGENCY:ID(VERSION)]")
@click.option("--agreement", is_flag=True, help="It is a provision agreement, not a dataflow.")
@click.option("--suppress", type=int, metavar="N", help="Withhold counts below N.")
@click.option("--round", "base", type=int, metavar="N", help="Publish multiples of N only.")
@click.option("--remove", is_flag=True, help="Protect nothing any more.")
@URL
@KEY
@HOW
def disclosure(
    subject: str | None,
    *,
    agreement: bool,
    suppress: int | None,
    base: int | None,
    remove: bool,
    url: str | None,
    key: str | None,
    how: str,
) -> None:
    """Show or set whose small counts are protected before a release, and how.

    What is published already is not changed. `mighub validate` and a dry run tell what would be
    withheld of a file.
    """
    kind = "agreement" if agreement else "dataflow"
    if subject is not None and (suppress is not None) + (base is not None) + remove != 1:
        raise click.UsageError("Give one of --suppress, --round and --remove.")
    content = None if remove else {
        "method": "suppress" if base is None else "round",
        "number": suppress if base is None else base,
    }  # fmt: skip
    if url:
        remote = Remote(url, key)
        if subject is not None:
            remote.ask("DELETE" if remove else "PUT", f"disclosure/{kind}/{subject}", content)
        rows = remote.get("disclosure")["policies"]
    else:
        rows = _here(kind, subject, content)
    if how == "json":
        show_json(rows)
        return
    for row in rows:
        declared = "  declared by a file" if row["declared"] else ""
        click.echo(f"{row['kind']} {row['subject']}  {row['method']} {row['number']}{declared}")


def _here(kind: str, subject: str | None, content: dict[str, Any] | None) -> list[dict[str, Any]]:
    from hub.intake.disclosure import all_rules  # noqa: PLC0415
    from hub.model.schema import StructureRef  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(Settings.load()) as hub:
        if subject is not None:
            try:
                ref = StructureRef.parse(subject)
            except ValueError as error:
                raise RequestSyntaxError(f"{error}.") from None
            _change(hub, kind, ref, content)
        return [one.to_dict() for one in all_rules(hub)]


def _change(hub: Hub, kind: str, ref: StructureRef, content: dict[str, Any] | None) -> None:
    from hub.disclosure import Rule  # noqa: PLC0415
    from hub.intake.disclosure import DisclosurePolicy, remove_rule, set_rule  # noqa: PLC0415

    if content is None:
        remove_rule(hub, kind, ref, actor=local_actor())
    else:
        policy = DisclosurePolicy(kind, ref, Rule.parse(content))
        set_rule(hub, policy, actor=local_actor())
