"""From rule files to rules.

A file holds ``structures`` (``AGENCY:ID`` of data structures, ``*`` for any) or ``dataflows``, and
``rules``. A
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

from hub.model.findings import Severity
from hub.model.schema import DataSchema
from hub.validation.field.kinds import Kind, Scope
from hub.validation.field.reading import Where, codes_of, read_file, read_kind, texts_of
from hub.validation.phrases import LANGUAGES
from hub.validation.rules import Rule, add_rule, structural_rules

__all__ = ["FieldRule", "learn", "load_rules", "shipped_rules"]

_WORDS = ("title", "explanation", "fix", "message")
_OWN = {"kind", "severity", "structures", "dataflows", "where", "unless", "told_by", *_WORDS}


_NOWHERE = Where("", 1)


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
    place: Where = _NOWHERE

    @property
    def id(self) -> str:
        """Id of the rule, as findings name it."""
        return self.words.id

    def applies(self, schema: DataSchema) -> bool:
        """Whether the rule is about a dataflow (for any structure: one that has what it names).

        Raises ``RuleFileError`` when it is and the structure lacks a component it names.
        """
        flow, structure = schema.dataflow, schema.structure
        named = (*self.scope.components, *self.kind.components)
        absent = sorted({c for c in named if c not in schema.by_id})
        if absent and "*" in self.structures:
            return False
        if (
            not {"*", f"{structure.agency}:{structure.id}"} & set(self.structures)
            and f"{flow.agency}:{flow.id}" not in self.dataflows
        ):
            return False
        if absent:
            raise self.place.wrong(
                f"the rule names {', '.join(absent)}, which {structure} does not have"
            )
        return True


def load_rules(folder: Path) -> tuple[FieldRule, ...]:
    """The rules of all ``*.yaml`` files of a folder, by file name; none where there is no folder.

    Raises ``RuleFileError`` naming file and rule when a file is wrong.
    """
    rules = [rule for path in sorted(folder.glob("*.yaml")) for rule in _file(path)]
    first: dict[str, FieldRule] = {}
    for rule in rules:
        before = first.setdefault(rule.id, rule)
        if before is not rule:
            at = f"{before.place.file}, line {before.place.line}"
            raise rule.place.wrong(f"there is another rule of this id in {at}")
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
            raise rule.place.wrong("there is another rule of this id")
        add_rule(rule.words)
    return known


def _file(path: Path) -> Iterable[FieldRule]:
    read, places = read_file(path)
    for id_, entry in read["rules"].items():
        yield _rule(str(id_), entry, read, places[str(id_)])


def _rule(id_: str, entry: Any, file: Mapping[str, Any], where: Where) -> FieldRule:
    if not isinstance(entry, dict) or not id_.replace("_", "").isalnum() or id_ != id_.upper():
        raise where.wrong("a rule has an id such as SEX_TOTAL and keys")
    own = {key: entry[key] for key in entry.keys() & _OWN}
    targets = [
        texts_of(own.get(key, file.get(key) if not own.keys() & {"structures", "dataflows"} else [])
                 or [], where, key)
        for key in ("structures", "dataflows")
    ]  # fmt: skip
    if not any(targets):
        raise where.wrong("structures or dataflows say what the rule is about")
    words: dict[str, Any] = {}
    for part in _WORDS:
        texts = own.get(part)
        if not isinstance(texts, dict) or set(texts) != set(LANGUAGES):
            raise where.wrong(f"{part} is wanted in {', '.join(LANGUAGES)}", part)
        words[part] = {language: str(text) for language, text in texts.items()}
    try:
        severity = Severity(str(own.get("severity")))
    except ValueError:
        raise where.wrong("severity is error, warning or note", "severity") from None
    given = {key: value for key, value in entry.items() if key not in _OWN}
    return FieldRule(
        Rule(id=id_, severity=severity, **words),
        targets[0],
        targets[1],
        Scope(
            codes_of(own.get("where", {}), where, "where"),
            codes_of(own.get("unless", {}), where, "unless"),
        ),
        read_kind(str(own.get("kind")), given, where),
        texts_of(own.get("told_by", []), where, "told_by"),
        where,
    )
