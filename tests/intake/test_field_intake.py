"""The rules of the field in the intake: published values, agreements, own rule files."""

from __future__ import annotations

from intake_hub import message, row, send

from hub import intake
from hub.intake.field import rules_in_use
from hub.store.home import Hub
from hub.store.submissions import State

RULE = """
dataflows: [MIGHUB:DF_MIG_BORDER]
rules:
  BORDER_BIG:
    kind: cells
    severity: error
    component: OBS_VALUE
    codes: {REF_AREA: [BLZ]}
    value: positive
    title: {en: Big, es: Grande}
    explanation: {en: Too big., es: Demasiado grande.}
    fix: {en: Less., es: Menos.}
    message: {en: "{found} is too big.", es: "{found} es demasiado grande."}
"""


def rules_of(hub: Hub, token: str) -> list[tuple[str, int | None]]:
    return [(f["rule"], f["row"]) for f in intake.report(hub, token)["findings"]]


def test_a_jump_is_seen_against_what_is_published(hub: Hub) -> None:
    year = [row("HND", f"2024-{n:02}", 5000 + n) for n in range(1, 13)]
    assert rules_of(hub, send(hub, message(year)).token) == []
    sent = send(hub, message([row("HND", "2025-01", 5100), row("HND", "2025-02", 99000)]))
    assert sent.state is State.PUBLISHED  # a warning asks for a look
    assert rules_of(hub, sent.token) == [("VALUE_JUMP", 3)]
    # A correction replaces the published value: the series then is in proportion again.
    assert rules_of(hub, send(hub, message([row("HND", "2025-02", 5200)])).token) == []


def test_a_cumulative_figure_is_seen_to_fall_against_what_is_published(hub: Hub) -> None:
    def to(months: int, value: int) -> str:
        return row("HND", f"2026-01-01/P{months}M", value).replace(",M,HND", ",_U,HND")

    assert rules_of(hub, send(hub, message([to(4, 900)])).token) == []
    assert rules_of(hub, send(hub, message([to(5, 800)])).token) == [("CUMULATIVE_FALLS", 2)]


def test_a_sender_cannot_report_another_area(hub: Hub) -> None:
    body = message([row("HND", "2024-01", 1), row("GTM", "2024-01", 2)])
    refused = send(hub, body, provider="HND_INM")
    assert refused.state is State.REFUSED
    assert rules_of(hub, refused.token) == [("SENDER_AREA", 3)]
    assert send(hub, body, provider=None).state is State.PUBLISHED


def test_a_rule_file_in_the_home_folder_holds_from_then_on(hub: Hub) -> None:
    body = message([row("BLZ", "2024-01", 7)])
    (hub.settings.home / "rules").mkdir()
    (hub.settings.home / "rules" / "own.yaml").write_text(RULE, "utf-8")
    assert rules_in_use(hub)[-1].id == "BORDER_BIG"
    refused = send(hub, body)
    assert refused.state is State.REFUSED
    assert rules_of(hub, refused.token) == [("BORDER_BIG", 2)]
    changed = RULE.replace("severity: error", "severity: note")
    (hub.settings.home / "rules" / "own.yaml").write_text(changed, "utf-8")
    assert send(hub, message([row("BLZ", "2024-03", 7)])).state is State.PUBLISHED
    (hub.settings.home / "rules" / "own.yaml").write_text("rules: 1", "utf-8")
    failed = send(hub, message([row("BLZ", "2024-02", 7)]))
    assert failed.state is State.FAILED
    assert failed.error is not None and "own.yaml" in failed.error
