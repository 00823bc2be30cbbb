"""``source.yaml``: who publishes a source, what it is, and what to expect of a file of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codelists.text_yaml import DataFileError, read_yaml
from connectors.framework.addresses import Addresses, read_addresses
from connectors.framework.markers import Markers
from connectors.framework.text import normalise
from hub.model.findings import Severity
from hub.model.schema import StructureRef

__all__ = ["RULES", "Expectations", "Reporter", "Sample", "SourceRecord", "read_record"]

_REQUIRED = (
    "title", "publisher", "provider", "dataflow", "provision_agreement", "licence", "url",
    "coverage", "schedule", "language", "formats", "layouts", "fixed", "status", "tolerance",
    "layout", "expectations", "sample",
)  # fmt: skip
_OPTIONAL = (
    "notes",
    "markers",
    "furniture",
    "csv",
    "ignored_sheets",
    "reporters",
    "maps",
    "rules",
    "fetch",
    "edition",
    "open_file",
    "service",
    "cumulative",
)
#: How the words on a layout begin that nobody has seen a file of.
_DESCRIBED = "described"
#: Rules whose severity a record may state, with their usual one.
RULES: Mapping[str, str] = {
    "AREA_NOT_VALID": "error",
    "CODE_DOUBTFUL": "error",
    "CODE_PRIVATE": "warning",
    "LEVEL_JUMP": "error",
    "NOT_A_COUNT": "error",
    "ORIGIN_IMPOSSIBLE": "error",
    "OWN_NATIONALS": "error",
    "ROWS_MISSING": "warning",
}


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a file must hold to be believed: observations within bounds, labels that must stand.

    Of one figure a row also: ``month_total``, between what the total of a month lies, and
    ``jump``, how many times the month before it may be at most.
    """

    observations: tuple[int, int]
    labels: tuple[str, ...] = ()
    month_total: tuple[int, int] | None = None
    jump: float | None = None


@dataclass(frozen=True, slots=True)
class Reporter:
    """One of several areas that report in one file, under an agreement of its own.

    ``complete`` says that it prints each row every month, zeros included.
    """

    provider: str
    provision_agreement: StructureRef
    month_total: tuple[int, int] | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """The shipped extract of the publisher's file.

    ``note`` says what was cut. A file that carries ``marker`` among its lines is the extract:
    the totals named in ``unchecked`` are then printed without all that they sum. ``invented`` says
    that its figures are nobody's: it shows a layout and is not for publication.
    """

    note: Mapping[str, str]
    marker: str = ""
    unchecked: frozenset[str] = frozenset()
    invented: bool = False


@dataclass(frozen=True)
class SourceRecord:
    """All that is known about a source without opening a file of it.

    ``layouts`` describes the layouts met so far; ``layout`` holds what ``connector.py`` looks for
    (header texts, names of sheets). ``fixed`` are codes that every observation has. ``statuses``
    gives the OBS_STATUS that a line of the file's notes announces, ``status`` the one without it.
    ``furniture`` are beginnings of lines that are neither rows nor notes. ``reporters`` are the
    areas of a file in which several report, by the words of the file. ``rules`` holds the severity
    of the rules of :data:`RULES` (``None``: the rule does not hold for the source); a record
    without ``rules`` has none of them. ``maps`` are label maps that go on with the map of another
    source, or with names of areas (see :func:`connectors.framework.area_names.completed`).
    ``edition`` are the components within which a file is all that the source has to say, so that
    what an earlier one gave there and it does not is withdrawn; ``None``: nothing ever is.
    ``service`` says what to ask an SDMX service for (see :mod:`connectors.framework.harvest`).
    ``open_file`` says that the publisher offers the file to everybody, so its cells may be shown.
    ``cumulative`` says that figures count from January to the month of the file, so that the
    difference of two files is what came in between.
    """

    id: str
    folder: Path
    title: Mapping[str, str]
    publisher: Mapping[str, str]
    provider: str
    dataflow: StructureRef
    provision_agreement: StructureRef
    licence: str
    url: str
    coverage: Mapping[str, str]
    schedule: str
    language: str
    formats: tuple[str, ...]
    layouts: tuple[str, ...]
    fixed: Mapping[str, str]
    status: str
    statuses: Mapping[str, str]
    markers: Markers
    tolerance: float
    furniture: tuple[str, ...]
    ignored_sheets: Mapping[str, str]
    csv: Mapping[str, str]
    layout: Mapping[str, Any]
    expectations: Expectations
    sample: Sample
    notes: Mapping[str, str] = field(default_factory=dict)
    reporters: Mapping[str, Reporter] = field(default_factory=dict)
    rules: Mapping[str, Severity | None] = field(default_factory=dict)
    fetch: Addresses | None = None
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    edition: tuple[str, ...] | None = None
    open_file: bool = False
    service: Mapping[str, Any] = field(default_factory=dict)
    cumulative: bool = False

    @property
    def seen(self) -> bool:
        """Whether a file of the layout has been seen, or it is only described."""
        return not all(text.startswith(_DESCRIBED) for text in self.layouts)

    @property
    def invented(self) -> bool:
        """Whether the figures of the samples are nobody's."""
        return self.sample.invented

    @property
    def institution(self) -> str:
        """Whose figures they are: the provider, and who publishes them where that is another."""
        acronym = self.publisher["acronym"]
        if self.publisher.get("official") == "yes":
            return acronym
        named = ", ".join(provider.replace("_", " ") for provider in self.providers)
        own = not self.reporters and self.provider == f"INT_{acronym}"
        return acronym if own else f"{named} (by {acronym})"

    @property
    def providers(self) -> tuple[str, ...]:
        """Ids of the data providers whose figures a file holds: its reporters, or its one."""
        reporting = dict.fromkeys(each.provider for each in self.reporters.values())
        return tuple(reporting) or (self.provider,)

    def text(self, key: str) -> str:
        """A text of ``layout``; ``KeyError`` when the record has none."""
        value = self.layout[key]
        if not isinstance(value, str):
            raise TypeError(f"layout.{key} of {self.id} is not a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts of ``layout``; ``KeyError`` when the record has none."""
        return tuple(self.layout[key])

    def samples(self) -> list[Path]:
        """The shipped extracts, sorted by name."""
        folder = self.folder / "sample"
        return sorted(p for p in folder.glob("*") if p.suffix[1:] in {*self.formats, "csv"})

    def summary(self) -> dict[str, Any]:
        """The record as JSON can state it."""
        return {
            "id": self.id,
            "title": dict(self.title),
            "publisher": dict(self.publisher),
            "provider": self.provider,
            "dataflow": str(self.dataflow),
            "provision_agreement": str(self.provision_agreement),
            "licence": self.licence,
            "url": self.url,
            "coverage": dict(self.coverage),
            "schedule": self.schedule,
            "language": self.language,
            "formats": list(self.formats),
            "layouts": list(self.layouts),
            "layout": "seen" if self.seen else "described",
            "open_file": self.open_file,
            "edition": None if self.edition is None else list(self.edition),
            "cumulative": self.cumulative,
            "institution": self.institution,
            "fixed": dict(self.fixed),
            "reporters": {
                words: {
                    "provider": reporter.provider,
                    "provision_agreement": str(reporter.provision_agreement),
                }
                for words, reporter in self.reporters.items()
            },
            "sample": {
                "note": dict(self.sample.note),
                "files": [path.name for path in self.samples()],
            },
            "notes": dict(self.notes),
        }


def read_record(folder: Path) -> SourceRecord:
    """The record of the source in ``folder`` (``<iso3>/<source>``).

    Raises ``DataFileError`` naming the file and what is wrong with it; a key nobody knows is
    wrong.
    """
    path = folder / "source.yaml"
    given = read_yaml(path, _REQUIRED, _OPTIONAL)
    source = f"{folder.parent.name}/{folder.name}"
    try:
        return SourceRecord(
            id=source,
            folder=folder,
            title=given["title"],
            publisher=given["publisher"],
            provider=given["provider"],
            dataflow=StructureRef.parse(given["dataflow"]),
            provision_agreement=StructureRef.parse(given["provision_agreement"]),
            licence=given["licence"],
            url=given["url"],
            coverage=given["coverage"],
            schedule=given["schedule"],
            language=given["language"],
            formats=tuple(given["formats"]),
            layouts=tuple(given["layouts"]),
            fixed=given["fixed"],
            status=given["status"]["default"],
            statuses=_normal(given["status"].get("announced") or {}),
            markers=Markers.from_record(given.get("markers") or {}),
            tolerance=float(given["tolerance"]),
            furniture=tuple(normalise(text) for text in given.get("furniture") or ()),
            ignored_sheets=_normal(given.get("ignored_sheets") or {}),
            csv=given.get("csv") or {},
            layout=given["layout"],
            expectations=_expectations(given["expectations"]),
            sample=_sample(given["sample"]),
            notes=given.get("notes") or {},
            reporters={w: _reporter(g) for w, g in (given.get("reporters") or {}).items()},
            rules=_rules(given["rules"] or {}) if "rules" in given else {},
            edition=tuple(given["edition"] or ()) if "edition" in given else None,
            open_file=_yes(given.get("open_file", "no")),
            cumulative=_yes(given.get("cumulative", "no")),
            maps=_maps(given.get("maps") or {}),
            fetch=read_addresses(given["fetch"]) if "fetch" in given else None,
            service=given.get("service") or {},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataFileError(f"{source}/source.yaml: {error!r}") from error


def _yes(word: str) -> bool:
    if word not in ("yes", "no"):
        raise ValueError(f"'yes' or 'no' is due, not {word!r}")
    return word == "yes"


def _normal(mapping: Mapping[str, str]) -> dict[str, str]:
    return {normalise(key): value for key, value in mapping.items()}


def _expectations(given: Mapping[str, Any]) -> Expectations:
    jump = given.get("jump")
    return Expectations(
        _bounds(given["observations"]),
        tuple(given.get("labels") or ()),
        _bounds(given["month_total"]) if "month_total" in given else None,
        float(jump) if jump else None,
    )


def _bounds(given: Sequence[str]) -> tuple[int, int]:
    least, most = (int(bound) for bound in given)
    return least, most


def _reporter(given: Mapping[str, Any]) -> Reporter:
    unknown = given.keys() - {"provider", "provision_agreement", "month_total", "complete"}
    if unknown:
        raise ValueError(f"keys of a reporter nobody knows: {sorted(unknown)}")
    return Reporter(
        given["provider"],
        StructureRef.parse(given["provision_agreement"]),
        _bounds(given["month_total"]) if "month_total" in given else None,
        given.get("complete") == "yes",
    )


def _rules(given: Mapping[str, str]) -> dict[str, Severity | None]:
    unknown = given.keys() - RULES.keys()
    if unknown:
        raise ValueError(f"rules whose severity cannot be set: {sorted(unknown)}")
    return {
        rule: None if (said := given.get(rule, usual)) == "off" else Severity(said)
        for rule, usual in RULES.items()
    }


def _maps(given: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    for name, each in given.items():
        if {key for key in each if not key.isupper()} not in ({"from"}, {"areas", "component"}):
            raise ValueError(f"the map {name!r} needs from, or areas and component")
    return given


def _sample(given: Mapping[str, Any]) -> Sample:
    return Sample(
        note=given["note"],
        marker=normalise(given.get("marker") or ""),
        unchecked=frozenset(normalise(label) for label in given.get("unchecked") or ()),
        invented=given.get("invented") == "yes",
    )
