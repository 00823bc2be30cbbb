"""Maintenance of structures in a hub: all or nothing, one after the other, on record."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sdmx.model.common import Agency, Code, Codelist
from sqlalchemy import select

from hub.settings import Settings
from hub.store import tables
from hub.store.home import Hub
from hub.structures.kinds import Key, key_of
from hub.structures.maintain import apply as pure_apply
from hub.structures.submission import Change, StructureAction

A = StructureAction


def codelist(codes: str, version: str = "1.0", **more: Any) -> Codelist[Code]:
    return Codelist(
        id="CL_TEST", version=version, maintainer=Agency(id="TST"), name={"en": "Test"},
        items={c: Code(id=c, name={"en": c}) for c in codes},
        is_final=False, is_external_reference=False, **more,
    )  # fmt: skip


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path)})) as made:
        yield made


def codes(hub: Hub) -> set[str]:
    return set(hub.structures.find("codelist", "TST", "CL_TEST").items)


def everything(hub: Hub) -> list[Any]:
    with hub.catalogue.read() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table))]
            for table in tables.METADATA.sorted_tables
        ]


def test_what_is_submitted_is_there_at_once_for_other_processes(hub: Hub, tmp_path: Path) -> None:
    with Hub.open(Settings.load({"HUB_HOME": str(tmp_path)})) as other:
        assert len(other.structures) > 0
        outcome = hub.maintain([Change.of(codelist("AB"), A.REPLACE)], actor="me")
        assert outcome.results[0].code == 201
        assert codes(other) == codes(hub) == {"A", "B"}
        hub.maintain([Change(A.DELETE, outcome.results[0].key)], actor="me")
        assert outcome.results[0].key not in other.structures.by_key


def test_a_dry_run_changes_nothing(hub: Hub) -> None:
    hub.maintain([Change.of(codelist("AB"), A.REPLACE)], actor="me")
    before = everything(hub)
    for change in (
        Change.of(codelist("ABC"), A.REPLACE),
        Change.of(codelist("A", "2.0"), A.REPLACE),
        Change(A.DELETE, key_of(codelist("A"))),
    ):
        outcome = hub.maintain([change], actor="me", dry_run=True)
        assert outcome.changed
        assert outcome.results[0].ok
    assert everything(hub) == before
    assert codes(hub) == {"A", "B"}


def test_a_refused_change_changes_nothing(hub: Hub) -> None:
    hub.maintain([Change.of(codelist("AB", "1.0.0"), A.REPLACE)], actor="me")
    before = everything(hub)
    outcome = hub.maintain([Change.of(codelist("A", "1.0.0"), A.REPLACE)], actor="me")
    assert outcome.results[0].code == 409
    assert everything(hub) == before


def test_shipped_structures_are_not_deleted(hub: Hub) -> None:
    key = next(k for k in hub.structures.by_key if k.kind == "agencyscheme")
    result = hub.maintain([Change(A.DELETE, key)], actor="me").results[0]
    assert result.code == 409
    assert "comes with the hub" in result.texts[0]


def test_shipped_schemes_that_may_change_keep_what_was_added(hub: Hub) -> None:
    shipped = next(a for a in hub.structures if key_of(a).kind == "agencyscheme")
    more = type(shipped)(
        id=shipped.id, version=shipped.version, maintainer=shipped.maintainer, is_partial=True,
        items={"NEW": Agency(id="NEW", name={"en": "New"})}, is_external_reference=False,
    )  # fmt: skip
    assert hub.maintain([Change.of(more, A.REPLACE)], actor="me").results[0].ok
    hub.artefacts.load_shipped()
    found = hub.structures.get(*key_of(shipped))
    assert {"NEW", *shipped.items} == set(found.items)


def test_every_change_is_on_record(hub: Hub) -> None:
    hub.maintain(
        [Change.of(codelist("AB"), A.REPLACE), Change.of(codelist("A", "x"), A.REPLACE)],
        actor="Ana",
    )
    with hub.catalogue.read() as connection:
        rows = connection.execute(
            select(tables.audit).where(tables.audit.c.action.like("structure.%"))
        ).all()
    assert [(r.actor, r.action, r.subject) for r in rows] == [
        ("Ana", "structure.replace",
         "urn:sdmx:org.sdmx.infomodel.codelist.Codelist=TST:CL_TEST(1.0)"),
    ]  # fmt: skip


def test_submitters_at_the_same_time_lose_nothing(hub: Hub, tmp_path: Path) -> None:
    """Each adds codes of its own to one codelist: a lost update would lose a code."""
    hub.maintain([Change.of(codelist("_"), A.REPLACE)], actor="me")
    failures: list[Any] = []

    def work(name: str) -> None:
        with Hub.open(Settings.load({"HUB_HOME": str(tmp_path)})) as own:
            for n in range(4):
                more = codelist("", is_partial=True)
                more.append(Code(id=f"{name}{n}", name={"en": name}))
                result = own.maintain([Change.of(more, A.REPLACE)], actor=name).results[0]
                if not result.ok:
                    failures.append(result)

    threads = [threading.Thread(target=work, args=(name,)) for name in "PQRS"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert codes(hub) == {"_", *(f"{name}{n}" for name in "PQRS" for n in range(4))}


def test_rules_are_tried_again_when_another_change_came_between(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone makes the artefact stable after the rules were tried and before the transaction."""
    hub.maintain([Change.of(codelist("A"), A.REPLACE)], actor="me")
    stable = codelist("A")
    stable.is_final = True
    meanwhile = [Change.of(stable, A.REPLACE)]

    def slow(*args: Any, **more: Any) -> Any:
        outcome = pure_apply(*args, **more)
        if meanwhile:
            hub.maintain([meanwhile.pop()], actor="other")
        return outcome

    monkeypatch.setattr("hub.store.artefacts.apply", slow)
    result = hub.maintain([Change.of(codelist("AB"), A.REPLACE)], actor="me").results[0]
    assert result.code == 409
    assert codes(hub) == {"A"}


def test_all_or_nothing_when_the_transaction_fails(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(hub)

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(hub.subscriptions, "notify_structures", fail)
    with pytest.raises(RuntimeError):
        hub.maintain([Change.of(codelist("AB"), A.REPLACE)], actor="me")
    assert everything(hub) == before
    assert Key("codelist", key_of(codelist("A")).ref) not in hub.structures.by_key
