"""The rows and columns of tables: areas in groups, bands, border posts, periods and sexes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from codelists.text_yaml import read_yaml
from connectors.reporting.form import Codes, Head
from connectors.reporting.names import Names
from connectors.reporting.offices import Office

__all__ = ["Heads"]

_AREAS = Path(__file__).resolve().parent / "areas.yaml"


@cache
def _areas() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(_AREAS, ("groups", "rest"))
    return found


@dataclass(frozen=True)
class Heads:
    """Makes the heads of tables for one office; ``nationals`` is the heading above its own."""

    names: Names
    office: Office
    nationals: str

    def rows(self, given: Mapping[str, Any]) -> Iterator[Head]:
        """The rows of a table, from the entry ``rows`` of its layout."""
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
        language, country = self.names.language, self.office.country
        groups = dict(_areas()["groups"])
        if own:
            yield Head("group", self.nationals)
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
        codelist = self.names.schema.by_id["BORDER_POINT"].codelist
        assert codelist is not None
        item = self.names.structures.get("codelist", codelist).items[post]
        said = {a.id: str(a.title) for a in item.annotations}
        return said.get("TRANSPORT_MODE", "_U")

    def _senders(self, component: str) -> Iterator[Head]:
        for code in self.office.senders:
            yield self._head("entry", ((component, code),))

    def columns(self, periods: Sequence[str], *, sex: bool) -> Iterator[Head]:
        """A column for each period, or with ``sex`` one for each sex and their total."""
        assert self.names.schema.time is not None
        for period in periods:
            over = self.names.period(period)
            when = (self.names.schema.time.id, period)
            if not sex:
                yield Head("entry", self.names.label("SEX", "_T"), (when, ("SEX", "_T")), over)
                continue
            for code in ("F", "M", "_U", "_T"):
                kind = "total" if code == "_T" else "entry"
                yield Head(kind, self.names.label("SEX", code), (when, ("SEX", code)), over)

    def _head(self, kind: str, codes: Codes) -> Head:
        shown = [(c, code) for c, code in codes if c != "TRANSPORT_MODE"]
        if kind == "total":
            shown = shown[:1]
        # Adults have no condition of travel, and what is not known is said once.
        said = [self.names.code(c, code) for c, code in shown if len(shown) == 1 or code != "_Z"]
        names = " · ".join(dict.fromkeys(said))
        return Head(kind, f"{names} ({', '.join(code for _, code in shown)})", codes)
