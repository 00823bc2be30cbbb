"""The pages' words: one YAML file of messages per language, and which language a reader gets.

``text/<lang>.yaml`` holds nested messages; a key is the path joined with dots. A message may have
``{name}`` places. A message that depends on a number has the forms ``one`` and ``other`` under its
key. A missing key is an error, not an English sentence in a Spanish page; a test compares the
files.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from flask import Request
from markupsafe import Markup

from codelists.text_yaml import plain_yaml

__all__ = ["COOKIE", "LANGUAGES", "Words", "negotiate", "words"]

#: Languages of the pages, in the order of the switch, with their own names.
LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español"}

#: CLDR locales for numbers and dates. Spanish is that of Latin America (1,234.5), not of Spain
#: (1.234,5), where a reader in Mexico would see a thousandth of the number.
LOCALES: Mapping[str, str] = {"en": "en_GB", "es": "es_419"}

COOKIE = "lang"


@cache
def messages(language: str) -> Mapping[str, str]:
    """All messages of a language by dotted key."""
    path = Path(__file__).parent / "text" / f"{language}.yaml"
    return dict(_flat("", plain_yaml(path.read_text("utf-8"))))


def _flat(prefix: str, node: Any) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        return [
            pair
            for key, value in node.items()
            if _is_text(key, prefix)
            for pair in _flat(f"{prefix}.{key}" if prefix else key, value)
        ]
    _is_text(node, prefix)
    return [(prefix, node)]


def _is_text(part: object, where: str) -> bool:
    """YAML reads yes, no and numbers as other things than text: they must be quoted."""
    if not isinstance(part, str):
        raise TypeError(f"{part!r} in message {where!r} is not text. Quote it.")
    return True


class Words:
    """The words and numbers of one language. Called with a key it gives the message."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = LOCALES[language]
        self._messages = messages(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The message ``key`` with its places filled. Raises ``KeyError`` without one."""
        return self._messages[key].format(**values)

    def html(self, key: str, /, **values: object) -> Markup:
        """The same for a message with markup; the values are escaped, the message is ours."""
        return Markup(self._messages[key]).format(**values)  # noqa: S704

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The form of ``key`` for a number, which fills ``{n}``."""
        form = "one" if number == 1 else "other"
        return self(f"{key}.{form}", n=self.number(number), **values)

    def has(self, key: str) -> bool:
        """Whether there is a message ``key``."""
        return key in self._messages

    def has_text(self, text: str) -> bool:
        """Whether a message without places is this text."""
        return text in self._texts

    @cached_property
    def _texts(self) -> frozenset[str]:
        return frozenset(self._messages.values())

    def number(self, number: int) -> str:
        """A whole number with the language's grouping."""
        return str(format_decimal(number, locale=self.locale))


@cache
def words(language: str) -> Words:
    """The :class:`Words` of a language."""
    return Words(language)


def negotiate(request: Request) -> str:
    """The language of an answer: ``?lang=``, else the cookie, else ``Accept-Language``, else en."""
    for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if asked is not None and asked in LANGUAGES:
            return asked
    return request.accept_languages.best_match(list(LANGUAGES), default="en") or "en"
