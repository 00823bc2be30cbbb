"""Which of the formats of :mod:`hub.messages.formats` an answer takes.

``format=`` (and ``formatVersion=``) of the URL win over ``Accept``. Clients differ in what they
send, so this is liberal: versions may be short (``2.0`` is ``2.0.0``), missing (the newest of the
generation the interface belongs to), or ranges (``2.3+.1``); spaces and parameters nobody knows
are fine. Sources: SDMX REST 1.5 section 4.8, REST 2.2 ``doc/extend.md``, RFC 9110 section 12.5.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.errors import NotAcceptable, RequestSyntaxError
from hub.messages.formats import Format, Kind, by_name, formats
from hub.query.model import Api

__all__ = ["Chosen", "MediaRange", "accepted", "choose", "language", "offers", "without"]

#: Formats of each interface, the preferred first: the first one a range matches is taken.
_PREFERRED: Mapping[tuple[Api, Kind], tuple[str, ...]] = {
    (Api.V1, Kind.DATA): (
        "sdmx-ml-2.1-generic", "sdmx-ml-2.1", "sdmx-json-1.0", "sdmx-csv-1.0",
    ),
    (Api.V2, Kind.DATA): (
        "sdmx-json-2.1", "sdmx-ml-3.1", "sdmx-csv-2.1",
        "sdmx-json-2.0", "sdmx-ml-3.0", "sdmx-csv-2.0",
    ),
    (Api.V1, Kind.METADATA): ("sdmx-ml-2.1-metadata-generic", "sdmx-ml-2.1-metadata"),
    (Api.V2, Kind.METADATA): (
        "sdmx-json-2.1-metadata", "sdmx-ml-3.1-metadata", "sdmx-csv-2.1-metadata",
        "sdmx-json-2.0-metadata", "sdmx-ml-3.0-metadata", "sdmx-csv-2.0-metadata",
    ),
    (Api.V1, Kind.STRUCTURE): ("sdmx-ml-2.1-structure", "sdmx-json-1.0-structure"),
    (Api.V2, Kind.STRUCTURE): (
        "sdmx-json-2.1-structure", "sdmx-json-2.0-structure", "sdmx-ml-3.1-structure",
        "sdmx-ml-3.0-structure",
    ),
}  # fmt: skip

#: Media types that are not SDMX's own, and the subtype endings they stand for.
_PLAIN = {
    "application/xml": "+xml",
    "text/xml": "+xml",
    "application/json": "+json",
    "text/json": "+json",
    "text/csv": "+csv",
    "application/csv": "+csv",
}

#: Values of ``format=`` of .Stat's clients: the format, and parameters of the media type.
_STAT = {
    "csvfile": ("sdmx-csv-2.0", {"file": "true"}),
    "csvfilewithlabels": ("sdmx-csv-2.0", {"file": "true", "labels": "name"}),
}

#: Parameters of SDMX media types that shape the answer, and the values they take.
_SHAPING = {
    "labels": ("id", "name", "both"),
    "timeformat": ("original", "normalized"),
    "keys": ("none", "obs", "series", "both"),
    "file": ("true", "false"),
}


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One entry of an ``Accept`` header; ``order`` is its place."""

    type: str
    subtype: str
    parameters: Mapping[str, str]
    quality: float
    order: int

    @property
    def specificity(self) -> tuple[int, int]:
        """How exactly it names a type: only the most exact entry that fits a format counts."""
        exact = (self.type != "*") + (self.subtype != "*")
        return exact, "version" in self.parameters


@dataclass(frozen=True, slots=True)
class Chosen:
    """The format of an answer with the parameters that shape it, names in lower case."""

    format: Format
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """The exact value of the Content-Type header."""
        shown = "".join(
            f";{name}={self.parameters[name.lower()]}"
            for name in self.format.parameters
            if name.lower() in self.parameters
        )
        return self.format.media_type + shown


def offers(api: Api, kind: Kind) -> list[Format]:
    """Formats an interface writes, in its order of preference."""
    first = [by_name(name) for name in _PREFERRED.get((api, kind), ())]
    rest = [f for f in formats(kind) if f not in first]
    if api is Api.V2:
        rest.reverse()  # newest first
    return [f for f in (*first, *rest) if f.writer is not None]


def without(offered: Sequence[Format], chosen: Chosen) -> list[Format]:
    """What is offered besides a format that cannot carry an answer."""
    return [one for one in offered if one != chosen.format]


def choose(offered: Sequence[Format], accept: str | None, parameters: Mapping[str, str]) -> Chosen:
    """The format for a request.

    ``parameters`` are those of the URL (decoded). Raises ``NotAcceptable`` when no format fits
    and ``RequestSyntaxError`` when a parameter of the URL has a value it cannot have.
    """
    in_url = {k.lower(): v for k, v in parameters.items()}
    shaping = {k: in_url[k].lower() for k in _SHAPING if k in in_url}
    for name, value in shaping.items():
        if value not in _SHAPING[name]:
            raise RequestSyntaxError(f"{name} must be one of {', '.join(_SHAPING[name])}.")
    if "format" in in_url:
        chosen = _by_parameter(offered, in_url["format"], in_url.get("formatversion"))
    else:
        chosen = _by_header(offered, accept)
    return Chosen(chosen.format, {**chosen.parameters, **shaping})


def _by_parameter(offered: Sequence[Format], name: str, version: str | None) -> Chosen:
    wanted = name.strip().lower()
    if wanted in _STAT:
        known, extra = _STAT[wanted]
        return Chosen(by_name(known), dict(extra))
    for one in offered:
        if one.name == wanted:
            return Chosen(one)
    types = {f.base_type for f in offered if wanted in f.aliases}
    types |= {_BARE[wanted]} if wanted in _BARE else set()
    for one in offered:
        if one.base_type in types and (version is None or _version_fits(version, one.version)):
            return Chosen(one)
    raise NotAcceptable(
        f"There is no format {name!r}{f' in version {version}' if version else ''} here. "
        f"format is one of {', '.join(_words(offered))}, "
        f"or, with its version, of {', '.join(f.name for f in offered)}."
    )


def _words(offered: Sequence[Format]) -> list[str]:
    """Values of ``format=`` that name no version."""
    types = {f.base_type for f in offered}
    words = {alias for f in offered for alias in f.aliases}
    words |= {word for word, base_type in _BARE.items() if base_type in types}
    words |= {word for word, (name, _) in _STAT.items() if by_name(name) in offered}
    return sorted(words)


#: Short values of ``format=`` besides the aliases of the table.
_BARE = {
    "json": "application/vnd.sdmx.data+json",
    "xml": "application/vnd.sdmx.data+xml",
    "sdmx-json": "application/vnd.sdmx.data+json",
    "sdmx-csv": "application/vnd.sdmx.data+csv",
}


def _by_header(offered: Sequence[Format], accept: str | None) -> Chosen:
    if accept is None or not accept.strip():
        return Chosen(offered[0])
    ranges = list(accepted(accept))
    best: tuple[float, int, tuple[int, ...], int] | None = None
    chosen: Chosen | None = None
    for place, one in enumerate(offered):
        fitting = [r for r in ranges if _fits(r, one)]
        if not fitting:
            continue
        match = max(fitting, key=lambda r: (r.specificity, -r.order))
        newest = _numbers(one.version) if _says_no_version(match) else ()
        rank = (match.quality, -match.order, newest, -place)
        if match.quality > 0 and (best is None or rank > best):
            best, chosen = rank, Chosen(one, _shaping(match))
    if chosen is None:
        raise NotAcceptable(
            "None of the formats you accept can be produced. "
            f"There are: {', '.join(f.media_type for f in offered)}."
        )
    return chosen


def _shaping(match: MediaRange) -> dict[str, str]:
    found = {}
    for name, values in _SHAPING.items():
        value = match.parameters.get(name, "").lower()
        if value and value not in values:
            raise NotAcceptable(f"{name}={value} cannot be produced: {', '.join(values)} can.")
        if value:
            found[name] = value
    return found


def _fits(range_: MediaRange, one: Format) -> bool:
    full = f"{range_.type}/{range_.subtype}"
    if full in _PLAIN:
        return one.base_type.endswith(_PLAIN[full])
    type_, _, subtype = one.base_type.partition("/")
    if range_.type not in ("*", type_) or range_.subtype not in ("*", subtype):
        return False
    version = range_.parameters.get("version")
    return version is None or _version_fits(version, one.version)


def _says_no_version(match: MediaRange) -> bool:
    """Whether an entry names a type of SDMX without a version: the newest there is, then."""
    return match.subtype.startswith("vnd.sdmx.") and "version" not in match.parameters


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in version.split("."))


#: What the drafts of SDMX-JSON 1.0 that clients still ask for put behind the version.
_DRAFT = re.compile(r"(1\.0\.0)-(?:wd|cts)")
_RANGE = re.compile(r"(\d+)(\+)?(?:\.(\d+)(\+)?)?(?:\.(\d+)(\+)?)?")


def _version_fits(wanted: str, version: str) -> bool:
    """Whether a version meets an expression such as ``2.0``, ``3.0.0+`` or ``2.3+.1``."""
    match = _RANGE.fullmatch(_DRAFT.sub(r"\1", wanted.strip()))
    if match is None:
        return False
    floor = tuple(int(match[i] or 0) for i in (1, 3, 5))
    given = tuple(int(n) for n in (*version.split("."), "0", "0")[:3])
    grows = next((i for i, group in enumerate((2, 4, 6)) if match[group]), None)
    if grows is None:
        return given == floor
    return given[:grows] == floor[:grows] and given >= floor


def accepted(header: str) -> Iterator[MediaRange]:
    """Entries of an ``Accept`` header; those that are no media range are passed over."""
    for order, part in enumerate(header.split(",")):
        name, *rest = (p.strip() for p in part.split(";"))
        type_, slash, subtype = name.lower().partition("/")
        if not (slash and type_ and subtype):
            continue
        parameters = {}
        for one in rest:
            key, _, value = one.partition("=")
            parameters[key.strip().lower()] = value.strip().strip('"')
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            continue
        yield MediaRange(type_, subtype, parameters, min(max(quality, 0.0), 1.0), order)


def language(header: str | None, known: Iterable[str], default: str) -> str:
    """The language among ``known`` that an ``Accept-Language`` header (or ``lang=``) prefers."""
    listed = list(known)
    best, chosen = 0.0, default
    for part in (header or "").split(","):
        name, *rest = (p.strip() for p in part.split(";"))
        weight = next((p[2:] for p in rest if p.startswith("q=")), "1")
        try:
            quality = float(weight)
        except ValueError:
            continue
        primary = name.lower().partition("-")[0]
        if primary in listed and quality > best:
            best, chosen = quality, primary
    return chosen
