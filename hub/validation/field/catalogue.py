"""From rule files to rules.

A file holds ``structures`` (``AGENCY:ID`` of data structures) or ``dataflows``, and ``rules``. A
rule has ``kind``, ``severity`` and its words (``title``, ``explanation``, ``fix``, ``message``,
each in every language), may have ``structures`` or ``dataflows`` of its own, ``where`` and
``unless`` (component to codes) and ``told_by`` (rules of readers that say the same), and what its
kind takes (:mod:`hub.validation.field.kinds`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hub.model.findings import Severity
from hub.model.schema import DataSchema
from hub.validation.field.kinds import Kind, RuleFileError, Scope, codes_of, read_kind
from hub.validation.phrases import LANGUAGES
from hub.validation.rules import Rule, add_rule, structural_rules

__all__ = ["FieldRule", "learn", "load_rules", "shipped_rules"]

_WORDS = ("title", "explanation", "fix", "message")
_OWN = {"kind", "severity", "structures", "dataflows", "where", "unless", "told_by", *_WORDS}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One rule: its words and severity, what it is about, and what must hold.

    ``structures`` and ``dataflows`` are ``AGENCY:ID``, of any version. ``told_by`` are rules of
    readers: where one of them has spoken about a message, this one is silent.
    """

    words: Rule
    structures: tuple[str, ...]
    dataflows: tuple[str, ...]
    scope: Scope
    kind: Kind
    told_by: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Id of the rule, as findings name it."""
        return self.words.id

    def applies(self, schema: DataSchema) -> bool:
        """Whether the rule is about a dataflow.

        Raises ``RuleFileError`` when it is and the structure lacks a component it names.
        """
        flow, structure = schema.dataflow, schema.structure
        if (
            f"{structure.agency}:{structure.id}" not in self.structures
            and f"{flow.agency}:{flow.id}" not in self.dataflows
        ):
            return False
        named = (*self.scope.components, *self.kind.components)
        if absent := sorted({c for c in named if c not in schema.by_id}):
            raise RuleFileError(
                f"The rule {self.id} names {', '.join(absent)}, which {structure} does not have."
            )
        return True


def load_rules(folder: Path) -> tuple[FieldRule, ...]:
    """The rules of all ``*.yaml`` files of a folder, by file name; none where there is no folder.

    Raises ``RuleFileError`` naming file and rule when a file is wrong.
    """
    rules = [rule for path in sorted(folder.glob("*.yaml")) for rule in _file(path)]
    ids = [rule.id for rule in rules]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise RuleFileError(f"{folder.name}: {', '.join(twice)} stands twice")
    return tuple(rules)


@cache
def shipped_rules() -> tuple[FieldRule, ...]:
    """The rules of the distribution, known to the catalogue of rules."""
    return _enter(load_rules(Path(__file__).with_name("rules")), structural_rules())


def learn(rules: Iterable[FieldRule]) -> tuple[FieldRule, ...]:
    """Enter rules of a hub's own into the catalogue of rules, so that their findings can be told.

    A rule that was changed takes the place of what it was. Raises ``RuleFileError`` when a rule of
    the distribution has the id of one.
    """
    return _enter(rules, structural_rules() | {rule.id for rule in shipped_rules()})


def _enter(rules: Iterable[FieldRule], taken: Collection[str]) -> tuple[FieldRule, ...]:
    known = tuple(rules)
    for rule in known:
        if rule.id in taken:
            raise RuleFileError(f"{rule.id}: there is another rule of this id")
        add_rule(rule.words)
    return known


def _file(path: Path) -> Iterable[FieldRule]:
    try:
        read = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleFileError(f"{path.name}: {error}") from None
    if not isinstance(read, dict) or not isinstance(read.get("rules"), dict):
        raise RuleFileError(f"{path.name}: a rule file holds rules by id")
    if unknown := read.keys() - {"structures", "dataflows", "rules"}:
        raise RuleFileError(f"{path.name}: unknown {', '.join(map(str, unknown))}")
    for id_, entry in read["rules"].items():
        yield _rule(str(id_), entry, read, f"{path.name}, {id_}")


def _rule(id_: str, entry: Any, file: Mapping[str, Any], where: str) -> FieldRule:
    if not isinstance(entry, dict) or not id_.replace("_", "").isalnum() or id_ != id_.upper():
        raise RuleFileError(f"{where}: a rule has an id such as SEX_TOTAL and keys")
    own = {key: entry[key] for key in entry.keys() & _OWN}
    targets = [
        tuple(own.get(key, file.get(key) if not own.keys() & {"structures", "dataflows"} else ())
              or ())
        for key in ("structures", "dataflows")
    ]  # fmt: skip
    if not any(targets):
        raise RuleFileError(f"{where}: structures or dataflows say what the rule is about")
    words = {}
    for part in _WORDS:
        texts = own.get(part)
        if not isinstance(texts, dict) or set(texts) != set(LANGUAGES):
            raise RuleFileError(f"{where}: {part} is wanted in {', '.join(LANGUAGES)}")
        words[part] = texts
    try:
        severity = Severity(str(own.get("severity")))
    except ValueError:
        raise RuleFileError(f"{where}: severity is error, warning or note") from None
    given = {key: value for key, value in entry.items() if key not in _OWN}
    return FieldRule(
        Rule(id=id_, severity=severity, **words),
        targets[0],
        targets[1],
        Scope(codes_of(own.get("where", {}), where), codes_of(own.get("unless", {}), where)),
        read_kind(str(own.get("kind")), given, where),
        tuple(own.get("told_by", ())),
    )
