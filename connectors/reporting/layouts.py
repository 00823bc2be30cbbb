"""From a dataflow, a country and a period to the form of a workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from codelists.text_yaml import read_yaml
from connectors.reporting.form import Form, Table
from connectors.reporting.heads import Heads
from connectors.reporting.names import Names
from connectors.reporting.offices import Office, office
from connectors.reporting.texts import Texts, texts
from hub.errors import NotFound, RequestSyntaxError
from hub.model.schema import DataSchema, StructureRef
from hub.structures.kinds import key_of
from hub.structures.repository import StructureSet
from hub.structures.schema import allowed_codes

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
    names = Names(structures, schema, say.language)
    heads = Heads(names, who, say("nationals"))
    made = _Builder(names, heads, who, say, _layouts()[dataflow], period)
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
    """The codes of a component that the constraints leave, in the order of its list."""
    left = allowed_codes(schema, component) or frozenset()
    return [code for code in schema.by_id[component].codes or () if code in left]


@dataclass(frozen=True)
class _Builder:
    names: Names
    heads: Heads
    office: Office
    say: Texts
    layout: Mapping[str, Any]
    period: str

    @property
    def schema(self) -> DataSchema:
        return self.names.schema

    def form(self, agreement: StructureRef, provider: str) -> Form:
        say, names, year = self.say, self.names, self.period[:4]
        periods = _periods(self.period, self.layout["freq"])
        tables = tuple(
            self._table(number, id_, given, periods)
            for number, (id_, given) in enumerate(self.layout["tables"].items(), start=1)
        )
        about = {period: names.period(period) for period in periods}
        about["BLANK"] = say("blank_question")
        lists: dict[str, Mapping[str, str]] = {}
        for component, key in (("DEFINITION", "definitions"), ("COLLECTION", "collections")):
            if key in self.layout:
                about[component] = names.concept(component)
                codes = [self._word(code) for code in self.layout[key]]
                lists[component] = names.choices(component, dict.fromkeys(codes))
        about["SOURCE"] = names.concept("SOURCE")
        lists["OBS_STATUS"] = names.choices("OBS_STATUS", STATUSES)
        lists["BLANK"] = {"NONE": say("blank_none"), "ZERO": say("blank_zero")}
        other = {}
        for dimension in self.schema.dimensions:
            if dimension.id not in {"FREQ", "REF_AREA"}:
                other[dimension.id] = names.concept(dimension.id)
                lists[dimension.id] = names.choices(
                    dimension.id, _allowed(self.schema, dimension.id)
                )
        assert self.schema.time is not None
        time = self.schema.time.id
        lists[time] = {p: f"{names.period(p)} ({p})" for p in dict.fromkeys((*periods, year))}
        for component in (time, self.schema.primary_measure.id, "OBS_STATUS", "COMMENT_OBS"):
            other[component] = names.concept(component)
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
        rows = tuple(self.heads.rows(given["rows"]))
        columns = tuple(self.heads.columns(periods, sex=given["sex"]))
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
            corner=self.names.concept(given["rows"]["component"]),
            fixed=tuple((fixed | rest).items()),
            counts=fixed["UNIT_MEASURE"] in _COUNTS,
            rows=rows,
            columns=columns,
        )

    def _word(self, code: str) -> str:
        return self.office.words[code[1:]] if code.startswith("$") else code
