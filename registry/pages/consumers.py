"""What consumers are answered in their own structures, and what became of each observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template, request

from hub.model.schema import StructureRef
from hub.store.coverage import Count, Coverage, Wish, coverage, covered
from registry.context import current_hub
from registry.pages.names import Names, collation
from registry.pages.selection import page_path
from registry.pages.site import blueprint, say
from registry.pages.workbooks import fillable

__all__ = ["consumer", "consumers"]

#: Sentences of reports exist in these; a page in another language has the first.
_SENTENCES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some observations of an input, and where they are from."""

    input: StructureRef
    rule: str
    used: bool
    why: str
    observations: int
    places: tuple[tuple[str, int, str], ...]  # area, observations, years


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of what the consumer asks for: names of the codes, and the years there are."""

    names: tuple[str, ...]
    years: str


@blueprint.get("/consumers")
def consumers() -> str:
    """The dataflows that are computed for consumers, with how much of ours stands in them."""
    hub = current_hub()
    reports = [coverage(hub, ref) for ref in covered()]
    return render_template(
        "pages/consumers.html",
        reports=reports,
        workbooks=fillable(reports, say().language),
        names={ref: _name(ref) for ref in covered()},
        page_path=page_path,
    )


@blueprint.get("/consumers/<agency>/<id_>/<version>")
def consumer(agency: str, id_: str, version: str) -> str:
    """The coverage report of one dataflow."""
    hub, t = current_hub(), say()
    ref = StructureRef(agency, id_, version)
    found = coverage(hub, ref)
    names = Names(hub.structures, hub.structures.dataflow(agency, id_, version), t.language)
    lang = t.language if t.language in _SENTENCES else _SENTENCES[0]
    areas = _areas(found)
    area = request.args.get("area", "")
    shown = [c for c in found.counts if not area or c.area == area]
    labels = {input_: _labels(input_, t.language) for input_ in found.inputs}
    return render_template(
        "pages/consumer.html",
        found=found,
        name=_name(ref),
        path=page_path(ref),
        page_path=page_path,
        inputs={input_: _name(input_) for input_ in found.inputs},
        used=[o for o in _outcomes(found, shown, labels, lang) if o.used],
        left_out=[o for o in _outcomes(found, shown, labels, lang) if not o.used],
        wanted_heads=[names.component(c) for c in (found.wishes[0].codes if found.wishes else ())],
        wanted=[_asked(wish, names) for wish in found.wishes],
        given=found.given_say(lang),
        notes=[note[lang] for note in found.notes],
        areas=sorted(
            ((code, _label(labels, code)) for code in areas), key=lambda one: collation(one[1])
        ),
        area=area if area in areas else "",
    )


def _name(ref: StructureRef) -> str:
    structures = current_hub().structures
    return structures.name(structures.get("dataflow", ref), say().language)


def _areas(found: Coverage) -> set[str]:
    return {count.area for count in found.counts if count.area}


def _labels(input_: StructureRef, language: str) -> Mapping[str, str]:
    structures = current_hub().structures
    schema = structures.dataflow(input_.agency, input_.id, input_.version)
    codelist = schema.by_id["REF_AREA"].codelist if "REF_AREA" in schema.by_id else None
    return {} if codelist is None else structures.labels(codelist, language)


def _label(labels: Mapping[StructureRef, Mapping[str, str]], code: str) -> str:
    return next((known[code] for known in labels.values() if code in known), code)


def _outcomes(
    found: Coverage,
    counts: list[Count],
    labels: Mapping[StructureRef, Mapping[str, str]],
    lang: str,
) -> list[Outcome]:
    """The counts by what became of them, the most observations of an input first."""
    groups: dict[tuple[StructureRef, str, str, str], list[Count]] = {}
    for one in counts:
        groups.setdefault((one.input, one.rule, one.reason, one.subject), []).append(one)
    outcomes = []
    for (input_, rule, _, _), listed in groups.items():
        places: dict[str, list[Count]] = {}
        for one in listed:
            places.setdefault(one.area, []).append(one)
        rows = [
            (labels[input_].get(area, area), sum(c.observations for c in some), _years(some))
            for area, some in places.items()
        ]
        outcomes.append(
            Outcome(
                input_,
                rule,
                listed[0].used,
                found.why(listed[0], lang),
                sum(c.observations for c in listed),
                tuple(sorted(rows, key=lambda row: collation(row[0]))),
            )
        )
    order = {input_: place for place, input_ in enumerate(found.inputs)}
    return sorted(outcomes, key=lambda o: (order[o.input], -o.observations))


def _years(counts: list[Count]) -> str:
    return _spans(sorted({c.year for c in counts if c.year}))


def _spans(years: list[str]) -> str:
    """Years as spans: ``2012–2014, 2020``."""
    spans: list[list[str]] = []
    for year in years:
        if spans and int(year) == int(spans[-1][-1]) + 1:
            spans[-1] = [spans[-1][0], year]
        else:
            spans.append([year])
    return ", ".join("–".join(span) for span in spans)


def _asked(wish: Wish, names: Names) -> Asked:
    return Asked(
        tuple(names.code(component, code) for component, code in wish.codes.items()),
        _spans(list(wish.years)),
    )
