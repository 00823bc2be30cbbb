"""Sentences of ``file_rules.yaml`` that have a name: those that speak the language of a file.

The reporting workbook is in English, Spanish or Dutch, and so are the findings about it. A finding
keeps its sentence; whoever reads it in another language is told the same sentence there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from codelists.text_yaml import plain_yaml

__all__ = ["LANGUAGES", "retold", "rule_of", "tell"]

#: Languages of the named sentences.
LANGUAGES = ("en", "es", "nl")
_FIELD = re.compile(r"\{(\w+)\}")


@cache
def _named() -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """By name: the rule, and the templates by language."""
    text = files("hub.validation").joinpath("file_rules.yaml").read_text("utf-8")
    return {
        sentence["id"]: (rule, {language: sentence[language] for language in LANGUAGES})
        for rule, entry in plain_yaml(text).items()
        for sentence in entry.get("sentences", ())
        if "id" in sentence
    }


def rule_of(name: str) -> str:
    """The rule of a named sentence. Raises ``KeyError`` when there is none."""
    return _named()[name][0]


def tell(name: str, language: str, **fields: object) -> str:
    """A named sentence. Raises ``KeyError`` when there is none, or a field of it is not given."""
    return _filled(_named()[name][1][language], fields)


def _filled(template: str, fields: Mapping[str, object]) -> str:
    return _FIELD.sub(lambda m: str(fields[m[1]]), template)


def retold(rule: str, message: str, language: str) -> str | None:
    """A sentence of a rule in another language; ``None`` when it is none of the named ones."""
    for said, pattern, templates in _patterns().get(rule, ()):
        match = pattern.fullmatch(message)
        if match is not None and language in templates:
            if said == language:
                return message
            return _filled(templates[language], match.groupdict())
    return None


@cache
def _patterns() -> Mapping[str, list[tuple[str, re.Pattern[str], Mapping[str, str]]]]:
    """By rule: each template with its language, and what recognises it, the most literal first."""
    found: dict[str, list[tuple[int, str, re.Pattern[str], Mapping[str, str]]]] = {}
    for rule, templates in _named().values():
        for language, template in templates.items():
            pieces = _FIELD.split(template)
            seen: set[str] = set()
            source = ""
            for i, piece in enumerate(pieces):
                if i % 2 == 0:
                    source += re.escape(piece)
                else:
                    source += f"(?P={piece})" if piece in seen else f"(?P<{piece}>.*)"
                    seen.add(piece)
            literal = sum(map(len, pieces[::2]))
            pattern = re.compile(source, re.DOTALL)
            found.setdefault(rule, []).append((-literal, language, pattern, templates))
    return {
        rule: [each[1:] for each in sorted(entries, key=lambda each: each[0])]
        for rule, entries in found.items()
    }
