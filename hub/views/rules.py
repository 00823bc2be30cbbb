"""Eligibility rules of a consumer's dataflow, as plain values.

Each stored observation of an input is taken by the first rule that fits it. A rule either leaves
it out, with a sentence that says why, or uses it: by a structure map, with a status of its own
where definitions differ, or as a month of a year that is whole. Rules are data
(``dsd/consumers/<consumer>/rules.yaml``); :mod:`dsd.consumers` describes the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.mapping.pieces import Piece, among, any_of, column
from hub.model.schema import DataSchema, StructureRef
from hub.model.stored import END, START
from hub.structures.kinds import Key

__all__ = ["NOT_ASKED", "FlowRules", "Rule", "Test", "Use", "disjoint", "parse_rules"]

#: Id of what no rule takes.
NOT_ASKED = "NOT_ASKED"


@dataclass(frozen=True, slots=True)
class Test:
    """One condition on a source component.

    ``kind`` is ``in``, ``not_in`` (with ``codes``), ``missing``, ``given``, ``same`` or
    ``not_same`` (as the component ``other``), or ``year`` (the period is a calendar year).
    """

    component: str
    kind: str
    codes: tuple[str, ...] = ()
    other: str = ""

    def condition(self) -> Piece:
        """The test on the columns of a relation with the alias ``r``; null counts as no."""
        name = column(self.component)
        match self.kind:
            case "in":
                return among(name, self.codes)
            case "not_in":
                return among(name, self.codes).put(f"({name} IS NULL OR NOT ({{}}))")
        return Piece(_SIMPLE[self.kind].format(name, column(self.other)))


_START, _END = column(START), column(END)

#: Tests without values, by kind.
_SIMPLE = {
    "missing": "{0} IS NULL",
    "given": "{0} IS NOT NULL",
    "same": "{0} IS NOT DISTINCT FROM {1}",
    "not_same": "{0} IS DISTINCT FROM {1}",
    "year": f"coalesce({_START} = year_start({_START}) AND {_END} = year_end({_START}), false)",
}


@dataclass(frozen=True, slots=True)
class Use:
    """How a rule uses what it takes.

    ``map`` is the structure map. ``status`` replaces the status of the observations. ``yearly``:
    the observations are months, and a year is the sum of its twelve.
    """

    map: Key
    status: str | None = None
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; without ``use`` it leaves out. ``why`` is a sentence by language.

    ``tests`` are alternatives: all tests of one of them must hold.
    """

    id: str
    inputs: tuple[StructureRef, ...]
    tests: tuple[tuple[Test, ...], ...]
    use: Use | None
    why: Mapping[str, str]

    def condition(self, but: Rule | None = None) -> Piece:
        """What a row must meet to be taken, if no earlier rule takes it.

        Alternatives that no row meets which fits the rule ``but`` may be left out.
        """
        sides = [
            Piece.all_of(test.condition() for test in tests)
            for tests in self.tests
            if but is None or not all(_apart(tests, others) for others in but.tests)
        ]
        return any_of(sides)

    @property
    def missed(self) -> str:
        """The component whose code is why it leaves out, where it has no other test; else empty."""
        alone = self.use is None and len(self.tests) == 1 and len(self.tests[0]) == 1
        test = self.tests[0][0] if alone else None
        return test.component if test is not None and test.kind == "not_in" else ""

    @property
    def sure(self) -> tuple[Test, ...]:
        """The tests that hold for whatever it takes."""
        return self.tests[0] if len(self.tests) == 1 else ()


@dataclass(frozen=True, slots=True)
class FlowRules:
    """The rules of one dataflow of a consumer.

    ``inputs`` are the dataflows they read. ``defaults`` are values of attributes that a source
    does not state; those in ``whole`` only where the value is a whole number. ``otherwise`` says
    why what no rule takes is left out, ``uncoded`` why what the consumer has no code for in a
    component is. ``wants`` are the codes that the consumer asks to see.
    """

    dataflow: StructureRef
    inputs: tuple[StructureRef, ...]
    rules: tuple[Rule, ...]
    otherwise: Mapping[str, str]
    uncoded: Mapping[str, Mapping[str, str]]
    defaults: Mapping[str, str]
    whole: frozenset[str]
    wants: Mapping[str, tuple[str, ...]]
    lacks: tuple[Mapping[str, str], ...]

    def of(self, input_: StructureRef) -> tuple[Rule, ...]:
        """The rules for an input, in order."""
        return tuple(rule for rule in self.rules if input_ in rule.inputs)


def disjoint(one: Rule, other: Rule) -> bool:
    """Whether no row can fit both rules, as far as their tests tell."""
    return all(_apart(a, b) for a in one.tests for b in other.tests)


def _apart(some: tuple[Test, ...], others: tuple[Test, ...]) -> bool:
    return any(
        _contradict(a, b) or _contradict(b, a)
        for a in some
        for b in others
        if a.component == b.component
    )


def _contradict(one: Test, other: Test) -> bool:
    match one.kind, other.kind:
        case "in", "in":
            return not set(one.codes) & set(other.codes)
        case "in", "not_in":
            return set(one.codes) <= set(other.codes)
        case ("missing", "in") | ("missing", "given"):
            return True
        case "same", "not_same":
            return one.other == other.other
    return False


def parse_rules(tree: Mapping[str, Any], schemas: Mapping[StructureRef, DataSchema]) -> FlowRules:
    """The rules of a dataflow from their file.

    ``schemas`` are those of its inputs. Raises ``ValueError`` for a component or code that an input
    does not have, or an id that is given twice.
    """
    inputs = tuple(StructureRef.parse(text) for text in tree["inputs"])
    rules = []
    for id_, given in tree["rules"].items():
        of = tuple(StructureRef.parse(text) for text in given.get("inputs", tree["inputs"]))
        when = given.get("when", {})
        tests = tuple(tuple(_tests(one)) for one in (when if isinstance(when, list) else [when]))
        for ref in of:
            for test in (t for alternative in tests for t in alternative):
                _check(id_, test, schemas[ref])
        use = None
        if "use" in given:
            used = given["use"]
            use = Use(
                Key("structuremap", StructureRef.parse(used["map"])),
                used.get("status"),
                used.get("sum") == "year",
            )
        rules.append(Rule(id_, of, tests, use, given["why"]))
    defaults = tree.get("defaults", {})
    return FlowRules(
        StructureRef.parse(tree["dataflow"]),
        inputs,
        tuple(rules),
        tree["otherwise"],
        tree.get("uncoded", {}),
        {k: v["whole"] if isinstance(v, Mapping) else v for k, v in defaults.items()},
        frozenset(k for k, v in defaults.items() if isinstance(v, Mapping)),
        {k: tuple(v) for k, v in tree.get("wants", {}).items()},
        tuple(tree.get("lacks", ())),
    )


def _tests(when: Mapping[str, Any]) -> Iterator[Test]:
    for id_, given in when.items():
        if isinstance(given, str) and given in ("missing", "given"):
            yield Test(id_, given)
        elif isinstance(given, Mapping):
            for kind, value in given.items():
                match kind:
                    case "not":
                        yield Test(id_, "not_in", _codes(value))
                    case "same" | "not_same":
                        yield Test(id_, kind, other=value)
                    case "period" if value == "year":
                        yield Test(id_, "year")
                    case _:
                        raise ValueError(f"{id_}: nobody knows the test {kind}: {value}")
        else:
            yield Test(id_, "in", _codes(given))


def _codes(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _check(rule: str, test: Test, schema: DataSchema) -> None:
    for id_ in filter(None, (test.component, test.other)):
        if id_ not in schema.by_id:
            raise ValueError(f"{rule}: {schema.dataflow} has no component {id_}")
    codes = schema.by_id[test.component].codes
    absent = [c for c in test.codes if codes is not None and c not in codes]
    if absent:
        raise ValueError(f"{rule}: {test.component} of {schema.dataflow} has no codes {absent}")
