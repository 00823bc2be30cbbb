"""What stops a file before there is a report, told in the reader's language.

Errors are raised in English. Like the findings of connectors, each is recognised by its English
sentence (``error_sentences.yaml``) and told in another language from its text alone.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from codelists.text_yaml import plain_yaml
from hub.validation.phrases import LANGUAGES, Phrases

__all__ = ["told_error"]


@cache
def _sentences() -> Phrases:
    text = files("hub.validation").joinpath("error_sentences.yaml").read_text("utf-8")
    said = [tuple(each[language] for language in LANGUAGES) for each in plain_yaml(text)]
    return Phrases(dict(enumerate(said)))


def told_error(message: str, language: str) -> str | None:
    """The sentence of an error in a language; ``None`` where nobody has written it in that one.

    Raises ``ValueError`` when the language is not one of ``LANGUAGES``.
    """
    if language == LANGUAGES[0]:
        return message
    return _sentences().translate(message, language)
