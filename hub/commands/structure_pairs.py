"""Which artefacts a comparison means: out of files, or of the hub."""

from __future__ import annotations

from pathlib import Path

import click

from hub.commands.options import structures_in_use
from hub.messages.structures_read import read_structures
from hub.model.schema import StructureRef
from hub.structures.diff import Diff, diff
from hub.structures.kinds import Artefact, key_of, parse_urn
from hub.structures.repository import StructureSet

__all__ = ["pairs"]


def pairs(left: str, right: str) -> tuple[list[Diff], list[str]]:
    """The comparisons of two sides, and what is on one side only.

    Raises ``click.UsageError`` for what is neither a file nor an artefact of the hub.
    """
    before, after = _side(left), _side(right)
    if len(before) == len(after) == 1 and key_of(before[0]).kind == key_of(after[0]).kind:
        return [diff(before[0], after[0])], []
    one, other = _by_name(before), _by_name(after)
    found = [diff(one[name], other[name]) for name in one if name in other]
    alone = [key_of(a) for name, a in (one | other).items() if (name in one) != (name in other)]
    return found, [f"{key.kind} {key.ref}" for key in alone]


def _by_name(artefacts: list[Artefact]) -> dict[tuple[str, ...], Artefact]:
    """Artefacts by all but their version, which is given where a side has several."""
    found: dict[tuple[str, ...], Artefact] = {}
    names = [(k.kind, k.ref.agency, k.ref.id) for k in map(key_of, artefacts)]
    for name, artefact in zip(names, artefacts, strict=True):
        several = names.count(name) > 1
        found[(*name, key_of(artefact).ref.version) if several else name] = artefact
    return found


def _side(text: str) -> list[Artefact]:
    path = Path(text)
    if path.is_file():
        return [a for a in read_structures(path) if not a.is_external_reference]
    known = structures_in_use()
    assert isinstance(known, StructureSet)
    try:
        if text.startswith("urn:"):
            return [known.by_key[parse_urn(text)[0]]]
        ref = StructureRef.parse(text)
    except (ValueError, KeyError):
        raise click.UsageError(f"{text!r} is no file, and no artefact of the hub.") from None
    named = [a for key, a in known.by_key.items() if key.ref == ref]
    if len(named) != 1:
        many = "no artefact" if not named else "several artefacts"
        raise click.UsageError(f"The hub has {many} {text}. Give a file or a URN.")
    return named
