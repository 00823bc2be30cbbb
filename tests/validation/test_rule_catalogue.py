"""The catalogue of rules: complete, in both languages, and documented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from corpus import PLANTS, clean, message
from hypothesis import given
from hypothesis import strategies as st

from hub.model.findings import Finding, Severity
from hub.validation import RULES, render, validate
from hub.validation.document import markdown
from hub.validation.phrases import LANGUAGES, say, translate

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_rules_is_current() -> None:
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert page == markdown(), "run: python -m hub.validation.document > docs/rules.md"


def test_the_page_of_the_report_names_every_field() -> None:
    page = (ROOT / "docs" / "report.md").read_text("utf-8")
    report = validate(message({**clean(), "FOO": ["1"] * 480})).to_dict()
    for field in [*report, *report["findings"][0], *report["counts"]]:
        assert f"`{field}`" in page, field


def test_the_example_of_the_report_is_a_report() -> None:
    page = (ROOT / "docs" / "report.md").read_text("utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example is not None
    shown = json.loads(example[1])
    columns = clean()
    columns["SEX"][15] = "X"
    made = validate(message(columns), file="entries.csv").to_dict()
    assert shown == json.loads(json.dumps(made))


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_speaks_both_languages(rule: object) -> None:
    for part in ("title", "explanation", "fix", "message"):
        texts = getattr(rule, part)
        assert set(texts) == set(LANGUAGES)
        assert all(isinstance(text, str) and text.strip() for text in texts.values())


def test_every_rule_that_readers_name_is_in_the_catalogue() -> None:
    named = set()
    for folder in ("messages", "structures", "validation"):
        for path in (ROOT / "hub" / folder).glob("*.py"):
            for call in re.findall(r"Finding\((.{0,120})", path.read_text("utf-8"), re.DOTALL):
                named |= set(re.findall(r"\"([A-Z]+(?:_[A-Z]+)*)\"", call.split("message")[0]))
    assert len(named) > 8
    assert named - {"AGENCY", "STRUCTURE", "ACTION", "DATAFLOW"} <= set(RULES)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: f"{p.rule}-{p.name or p.found}")
def test_findings_can_be_shown_in_spanish(plant: object) -> None:
    columns = clean()
    plant.plant(columns, 300)  # type: ignore[attr-defined]
    finding = validate(message(columns)).findings[0]
    spanish = render(finding, "es")
    assert render(finding, "en") == finding.message
    assert spanish != finding.message
    assert "{" not in spanish.replace(finding.found or "", "")
    if finding.expected is not None:  # what is expected is translated inside the sentence
        assert translate(finding.expected, "es") in spanish
        assert translate(finding.expected, "es") != finding.expected
    if finding.suggestion is not None:
        assert f"¿Quiso decir {finding.suggestion}?" in spanish


def test_a_finding_of_no_known_rule_keeps_its_words() -> None:
    finding = Finding("OF_SOMEBODY", "The total differs.", Severity.WARNING)
    assert render(finding, "es") == "The total differs."
    with pytest.raises(ValueError, match="'xx'"):
        render(finding, "xx")


@given(st.text(max_size=40), st.text(max_size=40))
def test_values_of_strangers_do_not_disturb_the_words(value: str, sheet: str) -> None:
    text = say("same", value=value, place=say("sheet_row", number=3, sheet=sheet))
    spanish = translate(text, "es")
    assert value in spanish
    assert sheet in spanish


def test_a_sentence_quotes_braces_as_they_stand() -> None:
    columns = clean()
    columns["SEX"][3] = "{key}{0}"
    finding = validate(message(columns)).findings[0]
    assert '"{key}{0}"' in finding.message
    assert "«{key}{0}»" in render(finding, "es")


def test_a_long_value_is_quoted_in_part() -> None:
    columns = clean()
    columns["SEX"][3] = "X" * 100_000
    finding = validate(message(columns)).findings[0]
    assert finding.found is not None
    assert len(finding.found) == 201
    assert len(finding.message) < 400
