"""Proposals for labels that no map knows: which codes they may stand for, how sure, and why.

A proposal is for a person to accept or not. Nothing here is ever used while a file is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale
from rapidfuzz import fuzz

import codelists
from connectors.framework.discovery import Connectors
from connectors.framework.labels import LabelMap
from connectors.framework.text import normalise
from hub.model.schema import Component, StructureRef

__all__ = ["Name", "Proposal", "names_of", "propose"]

_LANGUAGES = ("es", "en", "fr", "nl")
#: Points below which two names have too little in common to be worth a look.
_LEAST = 72
#: Points of two names that are the same once brackets, commas and short forms are written out,
#: and most of names that are only alike.
_REWRITTEN, _ALIKE = 96, 94
_SMALL = frozenset(
    {
        "a", "an", "and", "d", "da", "das", "de", "del", "den", "der", "des", "di", "do", "dos",
        "du", "e", "el", "en", "et", "het", "in", "l", "la", "las", "le", "les", "los", "of",
        "the", "van", "von", "y",
    }
)  # fmt: skip
_SHORT = {
    "rep": "republica", "dem": "democratica", "pop": "popular", "fed": "federacion",
    "is": "islas", "isl": "islas", "st": "saint", "sta": "santa", "sto": "santo",
    "r": "reino", "gral": "general", "int": "internacional", "uk": "united kingdom",
    "us": "united states", "usa": "united states", "eeuu": "estados unidos",
    "ee.uu": "estados unidos", "uae": "united arab emirates", "rd": "republica dominicana",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Name:
    """A name of codes, and where it is written so."""

    text: str
    codes: tuple[tuple[str, str], ...]
    written: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Codes for a label: ``score`` is 100 for the very name; ``reason`` says where it stands."""

    label: str
    codes: Mapping[str, str]
    score: int
    reason: str


def propose(label: str, names: Iterable[Name], most: int = 3) -> list[Proposal]:
    """The best proposals for a label, each set of codes once; none when nothing is near."""
    wanted, words = normalise(label), _words(label)
    best: dict[tuple[tuple[str, str], ...], Proposal] = {}
    for name in names:
        score, how = _compare(wanted, words, name.text)
        if score < _LEAST:
            continue
        known = best.get(name.codes)
        if known is None or score > known.score:
            reason = f"{how} {name.text!r}, {name.written}"
            best[name.codes] = Proposal(label, dict(name.codes), score, reason)
    ranked = sorted(best.values(), key=lambda one: (-one.score, sorted(one.codes.items())))
    return ranked[:most]


def names_of(
    labels: LabelMap, components: Mapping[str, Component], connectors: Connectors
) -> list[Name]:
    """All names for the codes of a map: of its lists, of CLDR, and of maps of all connectors.

    ``components`` are those of the dataflow; the map's own labels come with all that they decide.
    """
    return [
        *_mapped(labels, "in this map"),
        *_elsewhere(labels, connectors),
        *_listed(labels, components),
    ]


def _mapped(labels: LabelMap, written: str) -> Iterator[Name]:
    for entry in labels.entries:
        if entry.codes and entry.valid == (None, None):
            yield Name(entry.label, tuple(sorted(entry.codes.items())), written)


def _elsewhere(labels: LabelMap, connectors: Connectors) -> Iterator[Name]:
    own = set(labels.components)
    for id_ in connectors.ids():
        for other in connectors.get(id_).maps.values():
            if own and set(other.components) == own:
                yield from _mapped(other, f"in {other.name} of {id_}")


def _listed(labels: LabelMap, components: Mapping[str, Component]) -> Iterator[Name]:
    """Names in the codelists, for maps that decide one coded component."""
    coded = [c for c in labels.components if c in components and components[c].codelist]
    if len(coded) != 1:
        return
    (component,) = coded
    codelist = components[component].codelist
    assert codelist is not None
    allowed = components[component].codes
    for code, text, written in _texts(codelist):
        if allowed is None or code in allowed:
            yield Name(text, ((component, code),), written)


@cache
def _texts(codelist: StructureRef) -> tuple[tuple[str, str, str], ...]:
    """Code, name and where it is written, for a shipped codelist; areas also as CLDR has them."""
    found: list[tuple[str, str, str]] = []
    folder = next((path for path in codelists.folders() if path.name == codelist.id), None)
    if folder is None:
        return ()
    for code in codelists.read(folder):
        found += [
            (code.id, name, f"in {codelist.id} ({language})")
            for language, name in code.name.localizations.items()
        ]
        alpha2 = next((str(n.title) for n in code.annotations if n.id == "ISO2"), None)
        for language in _LANGUAGES if alpha2 else ():
            name = Locale(language).territories.get(str(alpha2))
            if name is not None:
                found.append((code.id, str(name), f"in CLDR ({language})"))
    return tuple(found)


def _compare(wanted: str, words: Sequence[str], name: str) -> tuple[int, str]:
    if wanted == normalise(name):
        return 100, "the same as"
    others = _words(name)
    if not words or not others:
        return 0, ""
    if sorted(words) == sorted(others):
        return _REWRITTEN, "the same words as"
    one, other = " ".join(sorted(words)), " ".join(sorted(others))
    # Words in common count as much as how much of the whole they are: Guinea is not Equatorial
    # Guinea.
    shared, whole = fuzz.token_set_ratio(one, other), fuzz.ratio(one, other)
    spelled = fuzz.ratio(wanted, normalise(name))
    score = max((shared + whole) / 2, spelled)
    return min(round(score), _ALIKE), "like"


@cache
def _words(text: str) -> tuple[str, ...]:
    """The words that matter, short forms written out, in whatever order they stand.

    "Corea, Rep. (Sur)" has the words of "República Corea Sur".
    """
    found = (_SHORT.get(word, word) for word in _WORD.findall(normalise(text)))
    return tuple(word for each in found for word in each.split() if word not in _SMALL)
