"""From a dataflow, a country and a period to the form of a workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date

from codelists.text_yaml import read_yaml
from connectors.reporting.form import Codes, Form, Head, Table
from connectors.reporting.offices import Office, office
from connectors.reporting.texts import Texts, texts
from hub.errors import NotFound, RequestSyntaxError
from hub.model.schema import DataSchema, StructureRef
from hub.structures.kinds import key_of
from hub.structures.repository import StructureSet

__all__ = ["STATUSES", "build", "dataflows", "year_before"]

_FOLDER = Path(__file__).resolve().parent
#: OBS_STATUS an office may choose for a period; the first is filled in.
STATUSES = ("P", "A", "E", "B", "D", "U")
#: Units that count, so that figures are whole numbers from 0.
_COUNTS = frozenset({"PS", "EV", "HH", "CASES", "PERMITS", "DEATHS"})
_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@cache
def _layouts() -> Mapping[str, Any]:
    path = _FOLDER / "layouts.yaml"
    found: Mapping[str, Any] = read_yaml(path, (), dataflows_in(path))
    return found


def dataflows_in(path: Path) -> tuple[str, ...]:
    """Ids of the dataflows that a file of layouts describes: its keys."""
    return tuple(re.findall(r"^(\w+):", path.read_text("utf-8"), re.MULTILINE))


@cache
def _areas() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(_FOLDER / "areas.yaml", ("groups", "rest"))
    return found


def dataflows() -> tuple[str, ...]:
    """Ids of the dataflows that have workbooks."""
    return tuple(_layouts())


def build(
    structures: StructureSet,
    country: str,
    dataflow: str,
    period: str,
    *,
    language: str | None = None,
    provider: str | None = None,
) -> Form:
    """The form of a workbook.

    Parameters
    ----------
    structures:
        What the hub knows; names and codes are from here.
    country, dataflow:
        Which workbook.
    period:
        A year, or for dataflows by month also a quarter (``2026-Q1``) or a month (``2026-03``).
    language:
        ``en``, ``es`` or ``nl``; the usual one of the country unless it is given.
    provider:
        Who reports; the institution of the country file unless it is given.

    Raises
    ------
    NotFound
        There is no workbook of the country or the dataflow, or the provider has no agreement.
    RequestSyntaxError
        The period or the language is none a workbook can have.

    """
    who = office(country)
    if dataflow not in _layouts():
        raise NotFound(
            f"There is no reporting workbook of {dataflow!r}; there are those of"
            f" {', '.join(dataflows())}"
        )
    provider = provider or who.providers[dataflow]
    flow = key_of(structures.find("dataflow", "MIGHUB", dataflow)).ref
    agreements = [
        ref
        for agreement in structures.agreements(provider=provider, dataflow=flow)
        for ref in (key_of(agreement).ref,)
        if country in _allowed(structures.agreement(ref.agency, ref.id, ref.version), "REF_AREA")
    ]
    if not agreements:
        raise NotFound(f"{provider!r} has no provision agreement for {dataflow} of {country}")
    schema = structures.dataflow(flow.agency, flow.id, flow.version)
    say = texts(language or who.language)
    made = _Builder(structures, schema, who, say, _layouts()[dataflow], period)
    return made.form(agreements[0], provider)


def year_before(period: str) -> str:
    """The same period of the year before: ``2025-03`` for ``2026-03``."""
    return f"{int(period[:4]) - 1:04}{period[4:]}"


def _periods(period: str, freq: str) -> tuple[str, ...]:
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise RequestSyntaxError(
            f"A workbook is of a year, a quarter or a month such as 2026, 2026-Q1 or 2026-03, not"
            f" of {period!r}"
        )
    year, quarter, month = found.groups()
    if freq == "A":
        if quarter or month:
            raise RequestSyntaxError(f"This dataflow is reported by year: ask for {year}")
        return (year,)
    if month:
        return (period,)
    first, last = (int(quarter) * 3 - 2, int(quarter) * 3) if quarter else (1, 12)
    return tuple(f"{year}-{each:02}" for each in range(first, last + 1))


def _allowed(schema: DataSchema, component: str) -> list[str]:
    """The codes of a component that every constraint leaves."""
    regions = [dict(region.values) for region in schema.constraints if region.included]
    return [
        code
        for code in schema.by_id[component].codes or ()
        if all(code in region.get(component, (code,)) for region in regions)
    ]


@dataclass(frozen=True)
class _Builder:
    structures: StructureSet
    schema: DataSchema
    office: Office
    say: Texts
    layout: Mapping[str, Any]
    period: str

    def form(self, agreement: StructureRef, provider: str) -> Form:
        say, year = self.say, self.period[:4]
        periods = _periods(self.period, self.layout["freq"])
        tables = tuple(
            self._table(number, id_, given, periods)
            for number, (id_, given) in enumerate(self.layout["tables"].items(), start=1)
        )
        about = {period: self._period(period) for period in periods}
        about["BLANK"] = say("blank_question")
        lists: dict[str, Mapping[str, str]] = {}
        for component, key in (("DEFINITION", "definitions"), ("COLLECTION", "collections")):
            if key in self.layout:
                about[component] = self._concept(component)
                codes = [self._word(code) for code in self.layout[key]]
                lists[component] = self._choices(component, dict.fromkeys(codes))
        about["SOURCE"] = self._concept("SOURCE")
        lists["OBS_STATUS"] = self._choices("OBS_STATUS", STATUSES)
        lists["BLANK"] = {"NONE": say("blank_none"), "ZERO": say("blank_zero")}
        other = {}
        for dimension in self.schema.dimensions:
            if dimension.id not in {"FREQ", "REF_AREA"}:
                other[dimension.id] = self._concept(dimension.id)
                lists[dimension.id] = self._choices(
                    dimension.id, _allowed(self.schema, dimension.id)
                )
        assert self.schema.time is not None
        time = self.schema.time.id
        lists[time] = {p: f"{self._period(p)} ({p})" for p in dict.fromkeys((*periods, year))}
        for component in (time, self.schema.primary_measure.id, "OBS_STATUS", "COMMENT_OBS"):
            other[component] = self._concept(component)
        return Form(
            dataflow=self.schema.dataflow,
            agreement=agreement,
            provider=provider,
            country=self.office.country,
            period=self.period,
            language=say.language,
            sheets={
                "guide": say("sheet_guide"),
                "about": say("sheet_about"),
                "other": say("sheet_other"),
                "before": str(int(year) - 1),
            },
            about=about,
            other=other,
            lists=lists,
            tables=tables,
        )

    def _table(
        self, number: int, id_: str, given: Mapping[str, Any], periods: Sequence[str]
    ) -> Table:
        language = self.say.language
        rows = tuple(self._rows(given["rows"]))
        columns = tuple(self._columns(periods, sex=given["sex"]))
        fixed = {"FREQ": self.layout["freq"], "REF_AREA": self.office.country}
        fixed["UNIT_MEASURE"] = self._word(self.layout["unit"])
        fixed |= {c: self._word(code) for c, code in given["fixed"].items()}
        fixed |= given.get("attributes", {})
        varying = {c for head in (*rows, *columns) for c, _ in head.codes}
        rest = {c: "_T" for c in self.schema.series_key if c not in varying | fixed.keys()}
        return Table(
            id=id_,
            sheet=f"{number} {given['sheet'][language]}",
            title=given["title"][language],
            corner=self._concept(given["rows"]["component"]),
            fixed=tuple((fixed | rest).items()),
            counts=fixed["UNIT_MEASURE"] in _COUNTS,
            rows=rows,
            columns=columns,
        )

    def _rows(self, given: Mapping[str, Any]) -> Iterator[Head]:
        component: str = given["component"]
        total = given.get("total", True)
        if total:
            codes = [(component, "_T")]
            codes += [("TRANSPORT_MODE", "_T")] if given.get("list") == "posts" else []
            codes += [("TRAVEL_CONDITION", "_T")] if given.get("list") == "conditions" else []
            yield self._head("total", tuple(codes))
        if "codes" in given:
            yield from (self._head("entry", ((component, code),)) for code in given["codes"])
            return
        lists: Mapping[str, Callable[[str], Iterator[Head]]] = {
            "areas": lambda c: self._areas(c, own=True),
            "foreigners": lambda c: self._areas(c, own=False),
            "abroad": lambda c: self._areas(c, own=False, people=False),
            "ages": self._ages,
            "conditions": self._conditions,
            "posts": self._posts,
            "senders": self._senders,
        }
        yield from lists[given["list"]](component)

    def _areas(self, component: str, *, own: bool, people: bool = True) -> Iterator[Head]:
        language, country = self.say.language, self.office.country
        groups = dict(_areas()["groups"])
        if own:
            yield Head("group", self.say("nationals"))
            yield self._head("entry", ((component, country),))
        for name in sorted(groups, key=lambda name: name != self.office.region):
            yield Head("group", groups[name]["names"][language])
            heads = [
                self._head("entry", ((component, code),))
                for code in groups[name]["codes"]
                if code != country
            ]
            yield from sorted(heads, key=lambda head: head.label)
        rest = _areas()["rest"]
        yield Head("group", rest["names"][language])
        for code in rest["codes" if people else "areas"]:
            yield self._head("entry", ((component, code),))

    def _ages(self, component: str) -> Iterator[Head]:
        for code in (*self.office.ages, "_U"):
            yield self._head("entry", ((component, code),))

    def _conditions(self, component: str) -> Iterator[Head]:
        for age, condition in (*self.office.conditions, ("_U", "_U")):
            yield self._head("entry", ((component, age), ("TRAVEL_CONDITION", condition)))

    def _posts(self, component: str) -> Iterator[Head]:
        for code in self.office.posts:
            mode = self._mode(code)
            yield self._head("entry", ((component, code), ("TRANSPORT_MODE", mode)))

    def _mode(self, post: str) -> str:
        """How people travel through a border post; it is not known of an unknown one."""
        codelist = self.schema.by_id["BORDER_POINT"].codelist
        assert codelist is not None
        item = self.structures.get("codelist", codelist).items[post]
        said = {a.id: str(a.title) for a in item.annotations}
        return said.get("TRANSPORT_MODE", "_U")

    def _senders(self, component: str) -> Iterator[Head]:
        for code in self.office.senders:
            yield self._head("entry", ((component, code),))

    def _columns(self, periods: Sequence[str], *, sex: bool) -> Iterator[Head]:
        assert self.schema.time is not None
        for period in periods:
            over = self._period(period)
            when = (self.schema.time.id, period)
            if not sex:
                yield Head("entry", self._label("SEX", "_T"), (when, ("SEX", "_T")), over)
                continue
            for code in ("F", "M", "_U", "_T"):
                kind = "total" if code == "_T" else "entry"
                yield Head(kind, self._label("SEX", code), (when, ("SEX", code)), over)

    def _head(self, kind: str, codes: Codes) -> Head:
        shown = [(c, code) for c, code in codes if c != "TRANSPORT_MODE"]
        if kind == "total":
            shown = shown[:1]
        # Adults have no condition of travel, and what is not known is said once.
        said = [self._name(c, code) for c, code in shown if len(shown) == 1 or code != "_Z"]
        names = " · ".join(dict.fromkeys(said))
        return Head(kind, f"{names} ({', '.join(code for _, code in shown)})", codes)

    def _label(self, component: str, code: str) -> str:
        return f"{self._name(component, code)} ({code})"

    def _choices(self, component: str, codes: Any) -> Mapping[str, str]:
        return {code: self._label(component, code) for code in codes}

    def _name(self, component: str, code: str) -> str:
        codelist = self.schema.by_id[component].codelist
        assert codelist is not None
        return self.structures.labels(codelist, self.say.language)[code]

    def _concept(self, component: str) -> str:
        return self.structures.concept_name(self.schema, component, self.say.language)

    def _word(self, code: str) -> str:
        return self.office.words[code[1:]] if code.startswith("$") else code

    def _period(self, period: str) -> str:
        """A year as it is; a month by its name."""
        if len(period) == len("2026"):
            return period
        day = date(int(period[:4]), int(period[5:]), 1)
        name = format_date(day, "LLLL yyyy", locale=self.say.language)
        return name[:1].upper() + name[1:]
