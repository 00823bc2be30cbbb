"""The words of the pages: complete and alike in every language, and all of them used."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import registry.pages
from hub.intake.differences import Kind as Change
from hub.intake.returned import PARTS
from hub.messages.formats import Kind, formats
from hub.model.findings import Severity
from hub.model.schema import Level, Role
from hub.store.rights import Role as Grantee
from hub.store.submissions import State
from hub.structures.kinds import kind_of
from hub.structures.repository import StructureSet
from registry.pages.figures import figure, moment, period_name
from registry.pages.i18n import LANGUAGES, messages, words
from registry.pages.names import collation, format_name

PAGES = Path(registry.pages.__file__).parent
TEMPLATES = sorted((PAGES / "templates" / "pages").glob("*.html"))
SOURCES = [*TEMPLATES, *sorted(PAGES.glob("*.py")), PAGES.parent / "feeds.py"]

#: Keys that are made at run time, and the values they are made of.
MADE = {
    *(f"submission.state.{s}" for s in State),
    *(f"submission.say.{s}" for s in State),
    *(f"submission.{part}" for part in ("sheet", "row", "column", "cell", "line")),
    *(f"submission.decision.{d}" for d in ("approved", "rejected", "withdrawn")),
    *(f"submission.part.{name}" for name in PARTS),
    *(f"submission.kind.{kind}" for kind in Change),
    *(f"submission.{what}{say}" for what in ("undo", "withdraw") for say in ("", "_say")),
    *(f"severity.{s}" for s in Severity),
    *(f"structures.{n}.{kind_of(a).name}" for n in ("kind", "one") for a in StructureSet.shipped()),
    *(f"structure.role_name.{r}" for r in Role),
    *(f"structure.level.{v}" for v in Level),
    *(f"provenance.kind.{change}" for change in ("new", "changed", "withdrawn")),
    *(f"role.{r}{part}" for r in Grantee for part in ("", "_may")),
}
#: Beginnings of keys that a page asks for only when they exist.
OPTIONAL = ("error.", "rule.", "submission.stage.", "structure.text_type.", "format.",
            "structures.kind.", "structures.one.")  # fmt: skip


def used() -> set[str]:
    """Keys that templates and views name."""
    found: set[str] = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        found.update(re.findall(r"""\b(?:t|words|say\(\))\(\s*["']([a-z_0-9.]+)["']""", text))
        for key in re.findall(r"""\.count\(\s*["']([a-z_0-9.]+)["']""", text):
            found |= {f"{key}.one", f"{key}.other"}
        found.update(
            re.findall(r"""["']((?:site|data|upload|chart|admin|sign)\.[a-z_0-9.]+)["']""", text)
        )
    return {k for k in found if "." in k and not k.endswith(".")}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_language_has_every_message_with_the_same_places(language: str) -> None:
    english, other = messages("en"), messages(language)
    assert set(english) == set(other)
    assert [k for k in english if places(english[k]) != places(other[k])] == []
    assert [k for k, text in other.items() if not text.strip()] == []


def test_every_message_a_page_asks_for_exists() -> None:
    asked = {k for k in used() | MADE if f"{k}.one" not in messages("en")}
    assert sorted(asked - set(messages("en"))) == []


def test_every_message_is_asked_for() -> None:
    left = set(messages("en")) - used() - MADE
    assert sorted(k for k in left if not k.startswith(OPTIONAL)) == []


def test_longer_texts_have_the_same_parts_in_every_language() -> None:
    def parts(language: str) -> list[str]:
        text = (PAGES / "templates" / "pages" / f"docs_{language}.html").read_text("utf-8")
        return re.findall(r"<(h\d|pre|table|tr)\b|id=\"(\w+)\"|(<code>[^<]*</code></th>)", text)  # type: ignore[return-value]

    assert parts("es") == parts("en")


def test_every_format_has_a_name_people_know() -> None:
    for language in LANGUAGES:
        names = [format_name(f.name, words(language)) for f in formats(Kind.DATA)]
        assert len(set(names)) == len(names)
        assert all(n[0].isupper() and "sdmx" not in n for n in names)
    assert format_name("sdmx-json-9.9", words("en")) == "SDMX-JSON 9.9"


def test_the_sentence_of_a_missing_message_is_not_made_up() -> None:
    with pytest.raises(KeyError):
        words("es")("site.no_such_message")


@pytest.mark.parametrize(
    ("text", "english", "spanish"),
    [
        ("2020", "2020", "2020"),
        ("2025-01", "Jan 2025", "ene 2025"),
        ("2025-M03", "Mar 2025", "mar 2025"),
        ("2025-Q2", "Q2 2025", "T2 2025"),
        ("2026-01-01/P5M", "Jan\u2013May 2026", "ene\u2013may 2026"),
        ("2025-11-01/P3M", "Nov 2025\u2013Jan 2026", "nov 2025\u2013ene 2026"),
        ("2025-03-04", "4 Mar 2025", "4 mar 2025"),
    ],
)
def test_periods_are_named_as_people_say_them(text: str, english: str, spanish: str) -> None:
    assert period_name(text, words("en").locale) == english
    assert period_name(text, words("es").locale) == spanish


@pytest.mark.parametrize(
    ("value", "shown", "exact"),
    [
        ("13169132", "13,169,132", None),
        ("0", "0", None),
        ("12.50", "12.50", None),
        ("884.389", "884.4", "884.389"),
        ("878398.0166666671", "878,398", "878398.0166666671"),
        ("0.0123456", "0.01235", "0.0123456"),
        ("-1234.5", "-1,234.5", None),
        ("1E3", "1,000", None),
        ("NaN", "NaN", None),
        ("n.d.", "n.d.", None),
    ],
)
def test_a_value_is_shown_rounded_only_when_its_full_text_is_kept(
    value: str, shown: str, exact: str | None
) -> None:
    for language in LANGUAGES:  # Latin American Spanish groups as English does
        found = figure(value, words(language).locale)
        assert (found.shown, found.exact) == (shown, exact)


def test_an_instant_names_its_zone() -> None:
    from datetime import datetime, timedelta, timezone

    when = datetime(2026, 1, 2, 20, 30, tzinfo=timezone(timedelta(hours=-6)))
    assert moment(when, words("en").locale) == "3 Jan 2026, 02:30 UTC"


def test_names_sort_without_regard_to_accents() -> None:
    assert sorted(["Zimbabwe", "África", "Angola"], key=collation) == [
        "África",
        "Angola",
        "Zimbabwe",
    ]
