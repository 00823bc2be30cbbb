"""What metadata are about: URNs of structures, which may have wildcards.

``urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=MIGHUB:*(*)`` is every dataflow of an agency.
Source: ``WildcardUrnType`` of ``SDMXCommonReferences.xsd``, SDMX 3.0.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hub.structures.kinds import KINDS, Key

__all__ = ["matches", "matches_pattern", "urn_key"]

_URN = re.compile(
    r"^urn:sdmx:org\.sdmx\.infomodel\.(?P<class>[A-Za-z]+\.[A-Za-z]+)="
    r"(?P<agency>[\w.*-]+):(?P<id>[\w@$*-]+)\((?P<version>[\w.+*-]+)\)(?P<path>(?:\.[\w@$*.-]+)?)$",
    re.ASCII,
)
#: Classes of artefacts and of their items, to the kind of the artefact.
_KINDS = {
    f"{kind.package}.{name}": kind.name
    for kind in reversed(KINDS.values())
    for name in (kind.item, kind.type_in_urn, kind.type_in_urn3)
    if name
}


@lru_cache(maxsize=1024)
def urn_key(urn: str) -> tuple[str, str, str, str, str] | None:
    """Kind, agency, id, version and path of an item in a URN, wildcards as ``*``.

    ``None`` for what is no URN of a structure.
    """
    match = _URN.match(urn)
    kind = _KINDS.get(match["class"]) if match else None
    if match is None or kind is None:
        return None
    return kind, match["agency"], match["id"], match["version"], match["path"]


def matches(target: str, key: Key) -> bool:
    """Whether a target is, or is in, the artefact with a key."""
    found = urn_key(target)
    if found is None or found[0] != key.kind:
        return False
    named = (key.ref.agency, key.ref.id, key.ref.version)
    return all(_fits(a, b) for a, b in zip(found[1:4], named, strict=True))


def matches_pattern(pattern: str, target: str) -> bool:
    """Whether a target lies within what a URN with wildcards names."""
    wide, narrow = urn_key(pattern), urn_key(target)
    if wide is None or narrow is None or wide[0] != narrow[0]:
        return False
    named = all(_fits(a, b) for a, b in zip(wide[1:4], narrow[1:4], strict=True))
    return named and (wide[4] in ("", narrow[4]) or "*" in wide[4])


def _fits(wanted: str, given: str) -> bool:
    if "+" in wanted:  # a version from which on: x.y+.z
        return _from(wanted, given)
    return wanted in ("*", given)


def _from(wanted: str, given: str) -> bool:
    numbers = [re.sub(r"\D", "", part) for part in wanted.split(".")]
    others = given.partition("-")[0].split(".")
    grows = next(n for n, part in enumerate(wanted.split(".")) if "+" in part)
    if not all(part.isdigit() for part in others) or len(others) != len(numbers):
        return False
    floor, have = [int(n) for n in numbers], [int(n) for n in others]
    return have[:grows] == floor[:grows] and have[grows:] >= floor[grows:]
