"""Disclosure policies: whose small counts are protected before a release, and how.

A policy is about a dataflow, or about a provision agreement and then goes before that of the
dataflow. There is none by default. Beside those that people set (:func:`set_rule`) a hub may have
declared ones: files ``disclosure/*.yaml`` in its home folder, each a list of ``kind``, ``subject``,
``method`` and ``number``. What was set goes before what is declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml
from sqlalchemy import delete, insert, select

from hub.disclosure import Rule
from hub.errors import HubError, NotFound, RequestSyntaxError
from hub.intake.policies import KINDS
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.tables_disclosure import disclosure_policy as table
from hub.store.tables_disclosure import disclosure_record as ledger

__all__ = ["DisclosurePolicy", "all_rules", "record", "records", "remove_rule", "set_rule"]

#: Folder of the home folder that holds declared policies.
FOLDER = "disclosure"
_NEEDED = ("OBS_STATUS", "CONF_STATUS")


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """The rule that holds for a dataflow or agreement; ``declared``: by a file."""

    kind: str
    subject: StructureRef
    rule: Rule
    declared: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The policy as JSON states it."""
        return {
            "kind": self.kind,
            "subject": str(self.subject),
            **self.rule.to_dict(),
            "declared": self.declared,
        }


def set_rule(hub: Hub, policy: DisclosurePolicy, *, actor: str) -> None:
    """Let ``policy`` hold from now on, in place of an earlier one for the same subject.

    What is published already is not changed. Raises ``NotFound`` when there is no such dataflow or
    agreement, ``RequestSyntaxError`` when its structure cannot say that a figure is withheld.
    """
    _check(hub, policy)
    ref = policy.subject
    with hub.catalogue.write() as connection:
        connection.execute(
            delete(table).where(table.c.kind == policy.kind, table.c.subject == str(ref))
        )
        connection.execute(
            insert(table).values(
                kind=policy.kind, subject=str(ref), method=policy.rule.method.value,
                number=policy.rule.number, changed_at=datetime.now(UTC), changed_by=actor,
            )
        )  # fmt: skip
    hub.audit(actor, "disclosure-policy", str(ref), policy.to_dict())


def remove_rule(hub: Hub, kind: str, subject: StructureRef, *, actor: str) -> None:
    """Let nothing that was set hold any more; ``NotFound`` when nothing was."""
    with hub.catalogue.write() as connection:
        done = connection.execute(
            delete(table).where(table.c.kind == kind, table.c.subject == str(subject))
        )
        if done.rowcount == 0:
            raise NotFound("No disclosure policy was set for this.")
    hub.audit(actor, "disclosure-policy-removed", str(subject), {"kind": kind})


def all_rules(hub: Hub) -> list[DisclosurePolicy]:
    """All policies, by kind (agreements first) and subject.

    Raises ``HubError`` when a declared one is wrong.
    """
    with hub.catalogue.read() as connection:
        rows = connection.execute(select(table)).all()
    found = {(p.kind, p.subject): p for p in _declared(hub)}
    for row in rows:
        subject = StructureRef.parse(row.subject)
        rule = Rule.parse({"method": row.method, "number": row.number})
        found[row.kind, subject] = DisclosurePolicy(row.kind, subject, rule)
    return [found[key] for key in sorted(found)]


def _declared(hub: Hub) -> list[DisclosurePolicy]:
    found = []
    for path in sorted((hub.settings.home / FOLDER).glob("*.yaml")):
        try:
            for given in yaml.safe_load(path.read_text("utf-8")) or ():
                kind, subject = given.pop("kind"), StructureRef.parse(given.pop("subject"))
                policy = DisclosurePolicy(kind, subject, Rule.parse(given), declared=True)
                _check(hub, policy)
                found.append(policy)
        except (yaml.YAMLError, KeyError, ValueError, AttributeError, TypeError, HubError) as error:
            raise HubError(f"{FOLDER}/{path.name} is no list of policies: {error}") from error
    return found


def _check(hub: Hub, policy: DisclosurePolicy) -> None:
    if policy.kind not in KINDS:
        raise RequestSyntaxError(f"kind is one of {', '.join(KINDS)}, not {policy.kind!r}.")
    find = hub.structures.dataflow if policy.kind == "dataflow" else hub.structures.agreement
    schema = find(policy.subject.agency, policy.subject.id, policy.subject.version)
    lacking = [name for name in _NEEDED if name not in schema.by_id]
    if lacking:
        raise RequestSyntaxError(
            f"{schema.dataflow} has no {' and no '.join(lacking)}: it cannot say that a figure is "
            "withheld."
        )


def record(
    hub: Hub, submission: int, token: str, done: Sequence[tuple[StructureRef, Mapping[str, Any]]]
) -> None:
    """Note in the ledger and the audit trail what the rules did to a submission, once."""
    entries = [
        {"dataflow": str(ref), "policy": what["policy"], "counts": what["counts"]}
        for ref, what in done
    ]
    if not entries or records(hub, submission) == entries:
        return  # taken up again after an interruption
    with hub.catalogue.write() as connection:
        for entry in entries:
            connection.execute(
                insert(ledger).values(submission=submission, at=datetime.now(UTC), **entry)
            )
    hub.audit("intake", "disclosure", token, {"done": entries})


def records(hub: Hub, submission: int) -> list[dict[str, Any]]:
    """What the ledger holds of a submission."""
    query = select(ledger).where(ledger.c.submission == submission).order_by(ledger.c.id)
    with hub.catalogue.read() as connection:
        rows = connection.execute(query).all()
    return [{"dataflow": r.dataflow, "policy": r.policy, "counts": r.counts} for r in rows]
