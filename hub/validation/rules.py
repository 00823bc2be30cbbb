"""The catalogue of rules: id, severity and words, in English and Spanish.

Everything that names a rule reads it here: the checks, the report, its pages in other languages,
``docs/rules.md``. A message template may use ``{found}``, ``{component}``, ``{expected}``,
``{key}`` and, where a reader wrote the sentence, ``{message}``; a suggestion follows as a sentence
of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from hub.model.findings import Finding, Severity
from hub.validation.phrases import LANGUAGES, translate

__all__ = ["RULES", "Rule", "add_rule", "render", "sentence", "structural_rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of fault. The texts are mappings from language to text."""

    id: str
    severity: Severity
    title: Mapping[str, str]
    explanation: Mapping[str, str]
    fix: Mapping[str, str]
    message: Mapping[str, str]


_SUGGEST = {"en": " Did you mean {suggestion}?", "es": " ¿Quiso decir {suggestion}?"}
_FIELD = re.compile(r"\{(\w+)\}")


def sentence(
    rule: str,
    *,
    component: str | None,
    found: str | None,
    expected: str | None,
    key: str | None = None,
    suggestion: str | None = None,
    message: str | None = None,
    language: str = "en",
) -> str:
    """The sentence of a finding.

    Raises ``KeyError`` when the catalogue has no such rule or a template no such language.
    """
    template = RULES[rule].message[language]
    if suggestion is not None:
        template += _SUGGEST[language]
    fields = {
        "component": component or "",
        "found": found or "",
        "expected": translate(expected or "", language),
        "key": key or "",
        "suggestion": suggestion or "",
        "message": message or "",
    }
    return _FIELD.sub(lambda m: fields[m[1]], template)


def render(finding: Finding, language: str) -> str:
    """The message of a finding in another language.

    A finding whose rule is not in the catalogue (one of a connector) keeps its own message.
    Raises ``ValueError`` when the language is not one of ``LANGUAGES``.
    """
    if language not in LANGUAGES:
        raise ValueError(f"findings are not written in {language!r}")
    if language == LANGUAGES[0] or finding.rule not in RULES:
        return finding.message
    return sentence(
        finding.rule,
        component=finding.component,
        found=finding.found,
        expected=finding.expected,
        key=finding.key,
        suggestion=finding.suggestion,
        message=finding.message,
        language=language,
    )


def _load() -> dict[str, Rule]:
    text = files("hub.validation").joinpath("rules.yaml").read_text("utf-8")
    read: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return {
        id_: Rule(id=id_, severity=Severity(entry.pop("severity")), **entry)
        for id_, entry in read.items()
    }


_KNOWN: dict[str, Rule] = _load()
_STRUCTURAL = frozenset(_KNOWN)

#: All rules, by id, in the order of the documentation; rules of the field follow when they are
#: loaded (:func:`hub.validation.field.shipped_rules`).
RULES: Mapping[str, Rule] = MappingProxyType(_KNOWN)


def structural_rules() -> frozenset[str]:
    """Ids of the rules of structural validation: those of ``rules.yaml``."""
    return _STRUCTURAL


def add_rule(rule: Rule) -> None:
    """Enter a rule that comes from elsewhere (a rule file); the same one again is nothing new."""
    _KNOWN[rule.id] = rule
