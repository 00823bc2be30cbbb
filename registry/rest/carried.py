"""Listings that hold an artefact which the format of the answer cannot carry.

SDMX 2.1 has no words for much that SDMX 3 can say of a codelist or a structure. One such artefact
must not keep a client from the list of all of them: it stands there as an external reference, with
the address where it is whole. Only an artefact that the query names is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from hub.errors import NotImplementedByHub
from hub.structures.kinds import Artefact
from hub.structures.views import stub

__all__ = ["written"]


def written(
    write: Callable[[list[Artefact]], Iterator[bytes]],
    artefacts: Sequence[Artefact],
    named: frozenset[str] | None,
    address: Callable[[Artefact], str],
) -> Iterator[bytes]:
    """The blocks of a message with ``artefacts``.

    ``write`` makes one, ``named`` are the ids that were asked for (``None``: all) and ``address``
    says where an artefact is whole. Raises ``NotImplementedByHub``.
    """
    try:
        return _begun(write(list(artefacts)))
    except NotImplementedByHub:
        carried = [_carried(write, one, named, address) for one in artefacts]
    return _begun(write(carried))


def _carried(
    write: Callable[[list[Artefact]], Iterator[bytes]],
    artefact: Artefact,
    named: frozenset[str] | None,
    address: Callable[[Artefact], str],
) -> Artefact:
    try:
        _begun(write([artefact]))
    except NotImplementedByHub:
        if named is not None and artefact.id in named:
            raise
        made = stub(artefact)
        made.structure_url = address(artefact)
        return made
    return artefact


def _begun(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks; what is wrong with the message is raised now."""
    return chain((next(blocks, b""),), blocks)
