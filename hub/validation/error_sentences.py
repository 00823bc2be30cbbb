"""What stops a file before there is a report, told in the reader's language.

Errors are raised in English. Like the findings of connectors, each is recognised by its English
sentence and told in another language from its text alone: ``error_sentences.yaml`` has those of the
intake, of opening files and of pages, ``reader_sentences.yaml`` those of readers of messages.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from codelists.text_yaml import plain_yaml
from hub.validation.phrases import LANGUAGES, Phrases

__all__ = ["told_error"]


@cache
def _sentences() -> Phrases:
    said = [
        tuple(each[language] for language in LANGUAGES)
        for name in ("error_sentences.yaml", "reader_sentences.yaml")
        for each in plain_yaml(files("hub.validation").joinpath(name).read_text("utf-8"))
    ]
    return Phrases(dict(enumerate(said)), nested={"reason"})


def told_error(message: str, language: str) -> str | None:
    """The sentence of an error in a language; ``None`` where nobody has written it in that one.

    Raises ``ValueError`` when the language is not one of ``LANGUAGES``.
    """
    if language == LANGUAGES[0]:
        return message
    return _sentences().translate(message, language)
