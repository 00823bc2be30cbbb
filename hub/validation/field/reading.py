"""From the YAML of a rule file to kinds of rules; what is wrong is told with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from codelists.text_yaml import SAFE, plain_yaml
from hub.validation.field.kinds import (
    Accounts,
    Bands,
    Breakdown,
    Cells,
    Cumulative,
    Embargo,
    Future,
    Jump,
    Kind,
    Margins,
    Nil,
    Rivals,
    RuleFileError,
    Sender,
    Side,
    Tolerance,
    Totals,
    Validity,
)

__all__ = ["Where", "codes_of", "read_file", "read_kind", "texts_of"]

_KINDS: Mapping[str, type[Kind]] = {
    "total": Totals, "bands": Bands, "cells": Cells, "validity": Validity, "jump": Jump,
    "cumulative": Cumulative, "future": Future, "sender": Sender, "nil": Nil, "margins": Margins,
    "accounts": Accounts, "rivals": Rivals, "embargo": Embargo,
}  # fmt: skip
_LISTS = {
    "parts", "optional", "residual", "same", "differ", "dimensions", "frequencies", "unless_status",
    "free",
}  # fmt: skip
_CODES = {"codes", "exempt"}
_SIDES = {"stock", "inflow", "outflow"}
_VALUES = ("positive", "negative", "fraction")
_FLOW = re.compile(r"[A-Za-z][\w.-]*:[\w@$-]+")


@dataclass(frozen=True)
class Where:
    """A place in a rule file. ``lines`` are the lines of the keys of a rule, from 1."""

    file: str
    line: int
    rule: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    def wrong(self, what: str, key: str = "") -> RuleFileError:
        """The error that says ``what`` is wrong here, or with a key."""
        rule = f", {self.rule}" if self.rule else ""
        return RuleFileError(f"{self.file}, line {self.lines.get(key, self.line)}{rule}: {what}")


def read_file(path: Path) -> tuple[dict[str, Any], dict[str, Where]]:
    """What a rule file says, and where each of its rules stands.

    Raises ``RuleFileError`` for what is no YAML, no rules by id, or says one thing twice.
    """
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=SAFE)
        read = plain_yaml(text)
    except UnicodeDecodeError as error:
        raise RuleFileError(f"{path.name}: the file is not UTF-8: {error}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 1
        raise Where(path.name, line).wrong(f"this is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise RuleFileError(f"{path.name}: this is no YAML: {error}") from None
    top = Where(path.name, 1, lines=_lines(root, Where(path.name, 1)))
    if root is None or not isinstance(read, dict) or not isinstance(read.get("rules"), dict):
        raise top.wrong("a rule file holds rules by id", "rules")
    if unknown := sorted(map(str, read.keys() - {"structures", "dataflows", "rules"})):
        raise top.wrong(f"unknown {', '.join(unknown)}", unknown[0])
    rules = next(value for key, value in root.value if key.value == "rules")
    places = {}
    _lines(rules, top)
    for key, value in rules.value:
        line = key.start_mark.line + 1
        place = Where(path.name, line, str(key.value))
        places[str(key.value)] = Where(path.name, line, str(key.value), _lines(value, place))
    return read, places


def _lines(node: Any, where: Where) -> dict[str, int]:
    """Lines of the keys of a mapping; a key given twice is an error."""
    found: dict[str, int] = {}
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        line = key.start_mark.line + 1
        if key.value in found:
            raise Where(where.file, line, where.rule).wrong(
                f"{key.value} stands twice, first in line {found[key.value]}"
            )
        if key.value != "<<":
            found[str(key.value)] = line
    return found


def read_kind(name: str, given: Mapping[str, Any], where: Where) -> Kind:
    """The kind ``name`` with what a rule file gives for it.

    Raises ``RuleFileError`` for a kind, key or value that there is not; ``where`` is the rule.
    """
    if name not in _KINDS:
        raise where.wrong(f"kind is one of {', '.join(_KINDS)}, not {name!r}", "kind")
    known = {f.name for f in fields(_KINDS[name])}
    if unknown := sorted(given.keys() - known):
        raise where.wrong(f"a rule of kind {name} has no {', '.join(unknown)}", unknown[0])
    values: dict[str, Any] = {
        key: texts_of(value, where, key)
        if (name, key) == ("embargo", "codes")
        else _value(key, value, where)
        for key, value in given.items()
    }
    if "tolerance" in known:
        values.setdefault("tolerance", Tolerance())
    try:
        kind = _KINDS[name](**values)
    except TypeError as error:
        raise where.wrong(f"{name} lacks {str(error).rpartition(': ')[2]}", "kind") from None
    _consistent(kind, where)
    return kind


def codes_of(given: object, where: Where, key: str) -> dict[str, tuple[str, ...]]:
    """Component to codes, as ``where``, ``unless``, ``codes`` and ``exempt`` state them."""
    if not isinstance(given, Mapping) or not all(isinstance(v, Sequence) for v in given.values()):
        raise where.wrong(f"a component and a list of codes are wanted, not {given!r}", key)
    return {str(k): texts_of(v, where, key) for k, v in given.items()}


def texts_of(value: object, where: Where, key: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise where.wrong(f"a list of texts is wanted, not {value!r} (quote numbers)", key)
    return tuple(value)


def _value(key: str, value: object, where: Where) -> object:
    if key in _LISTS:
        return texts_of(value, where, key)
    if key in _CODES:
        return codes_of(value, where, key)
    if key in _SIDES:
        return _side(key, value, where)
    if key == "breakdowns":
        return _breakdowns(value, where)
    if key == "tolerance":
        known = {"absolute", "relative"}
        if not isinstance(value, Mapping) or value.keys() - known or not all(
            isinstance(v, int | float) and not isinstance(v, bool) and v >= 0
            for v in value.values()
        ):  # fmt: skip
            raise where.wrong("tolerance has absolute and relative, numbers from 0 on", key)
        return Tolerance(**{str(k): float(v) for k, v in value.items()})
    if key in {"factor", "floor", "window", "least", "grace"} and (
        not isinstance(value, int | float) or isinstance(value, bool)
    ):
        raise where.wrong(f"{key} is a number, not {value!r}", key)
    return value


def _side(key: str, value: object, where: Where) -> Side:
    if not isinstance(value, Mapping) or value.keys() != {"dataflow", "where"}:
        raise where.wrong(f"{key} has a dataflow and where", key)
    if not _FLOW.fullmatch(str(value["dataflow"])):
        raise where.wrong(f"{value['dataflow']!r} is not of the form AGENCY:ID", key)
    return Side(str(value["dataflow"]), codes_of(value["where"], where, key))


def _breakdowns(value: object, where: Where) -> dict[str, Breakdown]:
    known = {f.name for f in fields(Breakdown)}
    if not isinstance(value, Mapping) or len(value) < 2 or not all(
        isinstance(v, Mapping) and not v.keys() - known for v in value.values()
    ):  # fmt: skip
        raise where.wrong(
            f"breakdowns has two dimensions or more, each with {', '.join(sorted(known))}",
            "breakdowns",
        )
    found = {str(dimension): _breakdown(given, where) for dimension, given in value.items()}
    for each in found.values():
        if not each.bands:
            _either(each.parts, each.all, where, "breakdowns")
    return found


def _breakdown(given: Mapping[str, Any], where: Where) -> Breakdown:
    lists = {
        key: texts_of(given[key], where, "breakdowns")
        for key in ("parts", "optional", "residual")
        if key in given
    }
    return Breakdown(**lists, all=given.get("all"), bands=bool(given.get("bands", False)))


def _either(parts: tuple[str, ...], pattern: str | None, where: Where, key: str) -> None:
    if bool(parts) == bool(pattern):
        raise where.wrong("a total has either parts or all", key)
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as error:
            raise where.wrong(f"{pattern!r} is no pattern: {error}", key) from None


def _consistent(kind: Kind, where: Where) -> None:
    if isinstance(kind, Totals):
        _either(kind.parts, kind.all, where, "all")
    if isinstance(kind, Cells):
        if any(len(pair) not in (0, 2) for pair in (kind.same, kind.differ)):
            raise where.wrong("same and differ name two components", "same")
        if kind.value is not None and kind.value not in _VALUES:
            raise where.wrong(f"value is one of {', '.join(_VALUES)}", "value")
    if isinstance(kind, Jump) and kind.factor <= 1:
        raise where.wrong("factor is more than 1", "factor")
    if isinstance(kind, Jump | Nil) and kind.least < 1:
        raise where.wrong("least is at least 1", "least")
