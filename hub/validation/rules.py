"""The catalogue of rules: id, severity and words, in English and Spanish.

Everything that names a rule reads it here: the checks, the report, its pages in other languages,
``docs/rules.md``. A message template may use ``{found}``, ``{component}``, ``{expected}``,
``{key}`` and, where a reader wrote the sentence, ``{message}``; a suggestion follows as a sentence
of its own. Rules of reading national files (``file_rules.yaml``) hold the sentences that connectors
write: a stored finding is recognised by its English sentence and told in another language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from codelists.text_yaml import plain_yaml
from hub.model.findings import Finding, Severity
from hub.validation.error_sentences import told_error
from hub.validation.file_sentences import retold
from hub.validation.phrases import LANGUAGES, Phrases, translate

__all__ = [
    "RULES",
    "Rule",
    "add_rule",
    "file_rules",
    "render",
    "sentence",
    "structural_rules",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of fault. The texts are mappings from language to text.

    ``sentences`` are those that connectors write under the rule; there ``message`` is what is said
    in another language of a sentence that is not among them.
    """

    id: str
    severity: Severity
    title: Mapping[str, str]
    explanation: Mapping[str, str]
    fix: Mapping[str, str]
    message: Mapping[str, str]
    sentences: Phrases | None = None


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

    A finding whose rule is not in the catalogue (one of somebody else's connector) keeps its own
    message. Raises ``ValueError`` when the language is not one of ``LANGUAGES``.
    """
    if language not in LANGUAGES:
        raise ValueError(f"findings are not written in {language!r}")
    if (told := retold(finding.rule, finding.message, language)) is not None:
        return told
    if language == LANGUAGES[0] or finding.rule not in RULES:
        return finding.message
    if finding.message == finding.found and (told := told_error(finding.message, language)):
        return told
    sentences = RULES[finding.rule].sentences
    told = None if sentences is None else sentences.translate(finding.message, language)
    if told is not None:
        hint = "" if finding.suggestion is None else _SUGGEST[language]
        return told + _FIELD.sub(lambda _: finding.suggestion or "", hint)
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


def _load(name: str) -> dict[str, Rule]:
    text = files("hub.validation").joinpath(name).read_text("utf-8")
    read: dict[str, dict[str, Any]] = plain_yaml(text)
    return {id_: _rule(id_, entry) for id_, entry in read.items()}


def _rule(id_: str, entry: dict[str, Any]) -> Rule:
    severity = Severity(entry.pop("severity"))
    if "sentences" in entry:
        said = [tuple(each[language] for language in LANGUAGES) for each in entry["sentences"]]
        entry["sentences"] = Phrases(dict(enumerate(said)), lists={"names"}, nested={"column"})
        entry["message"] = {LANGUAGES[0]: "{message}"} | {
            language: entry["fix"][language] for language in LANGUAGES[1:]
        }
    return Rule(id=id_, severity=severity, **entry)


_KNOWN: dict[str, Rule] = _load("rules.yaml")
_STRUCTURAL = frozenset(_KNOWN)
_KNOWN |= _load("file_rules.yaml")
_FILES = frozenset(_KNOWN) - _STRUCTURAL

#: All rules, by id, in the order of the documentation; rules of the field follow when they are
#: loaded (:func:`hub.validation.field.shipped_rules`).
RULES: Mapping[str, Rule] = MappingProxyType(_KNOWN)


def structural_rules() -> frozenset[str]:
    """Ids of the rules of structural validation: those of ``rules.yaml``."""
    return _STRUCTURAL


def file_rules() -> frozenset[str]:
    """Ids of the rules of reading national files: those of ``file_rules.yaml``."""
    return _FILES


def add_rule(rule: Rule) -> None:
    """Enter a rule that comes from elsewhere (a rule file); the same one again is nothing new.

    A rule that connectors find by themselves too keeps their sentences.
    """
    known = _KNOWN.get(rule.id)
    _KNOWN[rule.id] = rule if known is None else replace(rule, sentences=known.sentences)
