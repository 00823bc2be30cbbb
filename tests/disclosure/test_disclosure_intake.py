"""The step before a release: what is withheld is nowhere, and the ledger says what was done."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest
from attacker import Attack, sums_of

from hub import intake
from hub.disclosure import Method, Rule
from hub.errors import HubError, NotFound, RequestSyntaxError
from hub.intake import reviews
from hub.intake.check import check
from hub.intake.disclosure import (
    DisclosurePolicy,
    all_rules,
    records,
    remove_rule,
    set_rule,
)
from hub.intake.policies import Policy, set_policy
from hub.intake.waiting import preview_of
from hub.model.schema import StructureRef
from hub.store.audit import entries
from hub.store.home import Hub
from hub.store.submissions import State

FLOW = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
AGREEMENT = StructureRef("MIGHUB", "PA_LCA_DOI_MIG_BORDER", "1.0.0")
FIVE = Rule(Method.SUPPRESS, 5)
COLUMNS = (
    "DATAFLOW", "FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP", "COUNTRY_RESIDENCE",
    "COUNTRY_COUNTERPART", "BORDER_POINT", "TRANSPORT_MODE", "PERMIT_CATEGORY",
    "TRAVEL_CONDITION", "SEX", "AGE", "UNIT_MEASURE", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS",
)  # fmt: skip
#: By citizenship and month; the total is theirs.
TABLE = {
    "2024-01": {"_T": 7043, "BRB": 3, "JAM": 1040, "USA": 6000},
    "2024-02": {"_T": 8000, "BRB": 1000, "JAM": 1500, "USA": 5500},
}


def body(table: dict[str, dict[str, int]], area: str = "LCA") -> bytes:
    rows = [
        [str(FLOW), "M" if "-" in time else "A", area, "ENTRIES", who, "_T", "_T", "_T", "AIR",
         "_T", "_T", "_T", "_T", "EV", time, str(value), "A"]
        for time, line in table.items() for who, value in line.items()
    ]  # fmt: skip
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])
    return out.getvalue().encode()


def send(hub: Hub, table: dict[str, dict[str, int]], **how: object) -> intake.Submission:
    token = intake.submit(hub, io.BytesIO(body(table)), "lca.csv", **how)  # type: ignore[arg-type]
    return intake.process(hub, token)


def protect_lca(hub: Hub, rule: Rule = FIVE) -> None:
    set_rule(hub, DisclosurePolicy("agreement", AGREEMENT, rule), actor="admin")


def stored(hub: Hub) -> dict[tuple[str, str], tuple[str | None, str, str | None]]:
    pointer = hub.releases.current(FLOW)
    if pointer is None:
        return {}
    files = hub.observations.files(FLOW, pointer.version)
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT CITIZENSHIP, TIME_PERIOD, OBS_VALUE, OBS_STATUS, CONF_STATUS "
            f"FROM read_parquet({files!r}, union_by_name = true)"
        ).fetchall()
    return {(who, time): (v, s, c) for who, time, v, s, c in rows}


def rules(hub: Hub, token: str) -> list[str]:
    return [f["rule"] for f in intake.report(hub, token)["findings"] if "DISCL" in f["rule"]]


def test_without_a_policy_everything_is_published(hub: Hub) -> None:
    done = send(hub, TABLE)
    assert done.state is State.PUBLISHED
    assert stored(hub)["BRB", "2024-01"] == ("3", "A", None)
    assert rules(hub, done.token) == []


def test_a_small_count_is_nowhere_and_the_ledger_says_how_many(hub: Hub) -> None:
    protect_lca(hub)
    done = send(hub, TABLE)
    assert done.state is State.PUBLISHED
    found = stored(hub)
    assert found["BRB", "2024-01"] == (None, "Q", "A")
    assert [found[who, "2024-01"] for who in ("JAM", "USA", "_T")].count((None, "Q", "S")) == 1
    assert found["BRB", "2024-02"] == ("1000", "A", None)
    assert len(found) == 8
    assert rules(hub, done.token) == ["DISCLOSURE_SMALL", "DISCLOSURE_SECONDARY"]
    (entry,) = records(hub, done.id)
    assert entry["counts"] == {"primary": 1, "secondary": 1, "rounded": 0}
    assert entry["policy"]["subject"] == str(AGREEMENT)
    (line,) = [e for e in entries(hub.catalogue) if e.action == "disclosure"]
    assert line.subject == done.token


def test_the_store_does_not_hold_the_value(hub: Hub, tmp_path: Path) -> None:
    protect_lca(hub)
    send(hub, {"2024-01": {"_T": 87654, "BRB": 3, "JAM": 27182, "USA": 60469}})
    shown = {value for value, _, _ in stored(hub).values()}
    hidden = next(v for v in ("27182", "60469", "87654") if v not in shown)
    for path in (hub.settings.home / "store").rglob("*.parquet"):
        with duckdb.connect() as connection:
            (held,) = connection.execute(
                f"SELECT list(DISTINCT OBS_VALUE) FROM read_parquet('{path}')"
            ).fetchall()[0]
        assert not {"3", hidden} & set(held)


def test_the_same_again_changes_nothing(hub: Hub) -> None:
    protect_lca(hub)
    send(hub, TABLE)
    again = {**TABLE, "2024-03": {}}  # other bytes would be another submission
    token = intake.submit(hub, io.BytesIO(body(again) + b"\n"), "again.csv")
    assert intake.process(hub, token).state is State.UNCHANGED


def test_a_revision_does_not_give_away_what_was_withheld(hub: Hub) -> None:
    protect_lca(hub)
    send(hub, TABLE)
    one = stored(hub)
    partner = next(w for w in ("JAM", "USA", "_T") if one[w, "2024-01"][0] is None)
    # BRB grows: neither it nor its partner comes out, as the total of January did not change.
    revised = {"2024-01": {**TABLE["2024-01"], "BRB": 500}}
    if partner != "_T":
        revised["2024-01"]["_T"] += 497
    assert send(hub, revised).state is State.PUBLISHED
    two = stored(hub)
    assert two["BRB", "2024-01"][0] is None
    assert two[partner, "2024-01"][0] is None


def test_a_year_that_comes_later_does_not_tell_a_withheld_month(hub: Hub) -> None:
    protect_lca(hub)
    months = {f"2024-{m:02d}": {"_T": 1000 + m, "BRB": 50 + m} for m in range(1, 13)}
    months["2024-05"]["BRB"] = 2
    send(hub, months)
    year = {"2024": {k: sum(line[k] for line in months.values()) for k in ("_T", "BRB")}}
    done = send(hub, year)
    found = stored(hub)
    true = {(who, t): v for t, line in {**months, **year}.items() for who, v in line.items()}
    attack = Attack()
    attack.read(
        {k: (None if v is None else int(v), c) for k, (v, _, c) in found.items()}, 4,
        sums_of(true, [{}, {"2024": list(months)}]),
    )  # fmt: skip
    assert done.state is State.PUBLISHED
    assert attack.bounds(("BRB", "2024-05")) == (1, 4)


def test_what_is_published_already_cannot_be_undone_and_nothing_is_released(hub: Hub) -> None:
    total = {"2024-01": {"_T": 1043, "_FOR": 1040}}
    send(hub, total)
    protect_lca(hub)
    before = stored(hub)
    done = send(hub, {"2024-01": {"LCA": 3}})
    assert done.state is State.REFUSED
    assert rules(hub, done.token) == ["DISCLOSURE_UNPROTECTED"]
    assert stored(hub) == before


def test_the_reviewer_sees_what_would_be_published(hub: Hub) -> None:
    protect_lca(hub)
    set_policy(hub, Policy("dataflow", FLOW, review=True), actor="admin")
    sent = send(hub, TABLE, submitted_by="office")
    assert sent.state is State.AWAITING_REVIEW
    shown = {
        (c["key"]["CITIZENSHIP"], c["key"]["TIME_PERIOD"]): c["changes"]
        for c in preview_of(hub, sent.token)["changes"]
    }
    assert "OBS_VALUE" not in shown["BRB", "2024-01"]
    assert shown["BRB", "2024-01"]["CONF_STATUS"] == {"old": None, "new": "A"}
    assert records(hub, sent.id) == []
    reviews.approve(hub, sent.token, actor="reviewer", comment="")
    assert intake.process(hub, sent.token).state is State.PUBLISHED
    assert len(records(hub, sent.id)) == 1
    diff = intake.diff(hub, sent.token)
    assert all(r.changes.get("OBS_VALUE", (None, None))[1] != "3" for r in diff)


def test_a_dry_run_tells_what_would_be_withheld(hub: Hub) -> None:
    protect_lca(hub)
    report = check(hub, io.BytesIO(body(TABLE)), "lca.csv")
    told = {f.rule: f.message for f in report if f.rule.startswith("DISCLOSURE")}
    assert told["DISCLOSURE_SMALL"] == "1 figures below 5 are withheld."
    assert stored(hub) == {}


def test_other_areas_and_other_senders_are_left_alone(hub: Hub) -> None:
    protect_lca(hub)
    token = intake.submit(hub, io.BytesIO(body(TABLE, "MEX")), "mex.csv")
    intake.process(hub, token)
    assert stored(hub)["BRB", "2024-01"] == ("3", "A", None)


def test_rounded_figures_add_up_in_the_store(hub: Hub) -> None:
    protect_lca(hub, Rule(Method.ROUND, 5))
    done = send(hub, TABLE)
    found = {k: int(v[0] or -1) for k, v in stored(hub).items()}
    assert all(v % 5 == 0 for v in found.values())
    for month in TABLE:
        assert found["_T", month] == sum(found[w, month] for w in ("BRB", "JAM", "USA"))
    assert rules(hub, done.token) == ["DISCLOSURE_ROUNDED"]


def test_policies_are_set_declared_and_removed(hub: Hub) -> None:
    folder = hub.folder("disclosure")
    declared = f"- kind: dataflow\n  subject: {FLOW}\n  method: round\n  number: 10\n"
    (folder / "ours.yaml").write_text(declared, "utf-8")
    protect_lca(hub)
    assert [(p.kind, p.rule.number, p.declared) for p in all_rules(hub)] == [
        ("agreement", 5, False), ("dataflow", 10, True),
    ]  # fmt: skip
    remove_rule(hub, "agreement", AGREEMENT, actor="admin")
    with pytest.raises(NotFound):
        remove_rule(hub, "agreement", AGREEMENT, actor="admin")
    (folder / "ours.yaml").write_text(declared.replace("round", "guess"), "utf-8")
    with pytest.raises(HubError, match=r"ours\.yaml"):
        all_rules(hub)


@pytest.mark.parametrize("number", [0, 2, 5000])
def test_a_rule_that_protects_nothing_is_refused(number: int) -> None:
    with pytest.raises(RequestSyntaxError):
        Rule(Method.SUPPRESS, number)
