"""``offices/<iso3>.yaml``: what a country's workbooks look like, and who fills them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codelists.text_yaml import read_yaml
from hub.errors import NotFound

__all__ = ["Office", "countries", "office"]

_ROOT = Path(__file__).resolve().parent / "offices"
_KEYS = ("language", "region", "ages", "conditions", "posts", "senders", "words", "providers")


@dataclass(frozen=True, slots=True)
class Office:
    """The reporting of one country.

    ``language`` is the usual one of its workbooks; ``region`` the group of areas listed first;
    ``ages`` its bands, ``conditions`` bands with the travel condition of each; ``posts`` its border
    posts; ``senders`` the areas that return people to it. ``words`` are codes that the layouts
    leave to the country, ``providers`` who reports each dataflow.
    """

    country: str
    language: str
    region: str
    ages: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...]
    posts: tuple[str, ...]
    senders: tuple[str, ...]
    words: Mapping[str, str]
    providers: Mapping[str, str]


def countries() -> tuple[str, ...]:
    """Codes of the countries that have workbooks, sorted."""
    return tuple(sorted(path.stem.upper() for path in _ROOT.glob("*.yaml")))


@cache
def office(country: str) -> Office:
    """The reporting of ``country``. Raises ``NotFound`` when it has no workbooks."""
    if country not in countries():
        raise NotFound(
            f"There is no reporting workbook of {country!r}; there are those of"
            f" {', '.join(countries())}"
        )
    given = read_yaml(_ROOT / f"{country.lower()}.yaml", _KEYS)
    return Office(
        country=country,
        language=given["language"],
        region=given["region"],
        ages=tuple(given["ages"]),
        conditions=tuple((age, condition) for age, condition in given["conditions"]),
        posts=tuple(given["posts"]),
        senders=tuple(given["senders"]),
        words={**given["words"], "country": country},
        providers=given["providers"],
    )
