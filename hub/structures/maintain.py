"""Maintenance of structures: what a set of changes makes of a set of artefacts.

Pure functions: the caller stores the outcome, or does not (a dry run). Each change stands for
itself: those that break no rule are done, the others are refused with the reason. The rules:

* a stable artefact (by its version, or final) never changes and is never deleted;
* what is referred to must be there; nothing that is referred to goes, items included;
* a new version is as far from its neighbours as its content is (patch, minor, major);
* a stable artefact does not rest on a draft;
* the structure of a dataflow with observations keeps its dimensions, measures and attributes.

Sources: SDMX REST 2.2 ``maintenance.md``, SDMX 2.1 Section 5, SDMX 3.0 Section 6.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hub.errors import Conflict, HubError, NotFound, RequestSyntaxError
from hub.model.schema import StructureRef
from hub.structures.diff import diff, differs
from hub.structures.kinds import Artefact, Key, key_of
from hub.structures.maintain_checks import Check
from hub.structures.maintain_names import check_names
from hub.structures.merge import added, has_items, merged, without_item
from hub.structures.repository import StructureSet
from hub.structures.submission import Change, Outcome, Status, StructureAction, SubmissionResult
from hub.structures.versioning import is_stable

__all__ = ["apply"]

#: What may be said differently of an artefact that is the same.
_SAME = ("isFinal", "isPartial", "isExternalReference", "serviceURL", "structureURL")


@dataclass(frozen=True, slots=True)
class _Plan:
    """A change with what it would do: put an artefact, remove one, or nothing."""

    change: Change
    result: SubmissionResult
    put: Artefact | None = None
    removed: bool = False


def apply(
    structures: StructureSet,
    changes: Sequence[Change],
    *,
    protected: Mapping[Key, str] | None = None,
    in_use: Collection[StructureRef] = (),
) -> Outcome:
    """Apply ``changes`` to ``structures``, in their order, as far as the rules allow.

    ``protected`` are artefacts that may not be deleted, each with the reason; ``in_use`` are the
    dataflows with observations.
    """
    plans = [_plan(structures, change, protected or {}) for change in changes]
    plans = list(_once(plans))
    while True:
        put = {p.change.key: p.put for p in plans if p.put is not None}
        removed = {p.change.key for p in plans if p.removed}
        check = Check(structures, put, removed, in_use)
        faults = {
            n: texts
            for n, p in enumerate(plans)
            if (p.put is not None or p.removed) and (texts := check.faults(p.change.key))
        }
        if not faults:
            break
        plans = [
            _refused(p.change, 409, faults[n]) if n in faults else p for n, p in enumerate(plans)
        ]
    plans = [_warned(p, check) for p in plans]
    return Outcome(
        tuple(p.result for p in plans), check.after, tuple(put.values()), tuple(sorted(removed))
    )


def _once(plans: Iterable[_Plan]) -> Iterable[_Plan]:
    """The plans, with every plan for an artefact but the first refused."""
    seen: set[Key] = set()
    for plan in plans:
        if plan.change.key in seen and plan.result.ok:
            yield _refused(plan.change, 422, ["The submission has this artefact more than once."])
        else:
            yield plan
        seen.add(plan.change.key)


def _plan(structures: StructureSet, change: Change, protected: Mapping[Key, str]) -> _Plan:
    stored = structures.by_key.get(change.key)
    try:
        if change.action is StructureAction.DELETE:
            return _delete(stored, change, protected)
        assert change.artefact is not None
        if change.artefact.is_external_reference:
            text = "It is only named here (an external reference): nothing was stored."
            return _Plan(change, _result(change, Status.WARNING, 200, [text]))
        check_names(change.artefact)
        return _put(stored, change, change.artefact)
    except RequestSyntaxError as error:  # of one artefact, not of the message
        return _refused(change, 422, [error.message])
    except HubError as error:
        return _refused(change, error.http_status, [error.message])


def _put(stored: Artefact | None, change: Change, given: Artefact) -> _Plan:
    name = _name(change.key)
    if change.action is StructureAction.INFORMATION:
        return _Plan(change, _result(change, Status.SUCCESS, 200, ["Nothing was asked for."]))
    if stored is None:
        return _Plan(change, _result(change, Status.SUCCESS, 201, [f"{name} was created."]), given)
    wanted = _combined(stored, given, change.action)
    if not differs(stored, wanted, but=_SAME if is_stable(stored) else ()):
        same = f"{name} is already as submitted."
        return _Plan(change, _result(change, Status.SUCCESS, 200, [same]))
    if is_stable(stored):
        found = diff(stored, wanted)
        raise Conflict(
            f"{name} is stable and never changes. Submit the change as version "
            f"{found.suggested} ({found.impact.word})."
        )
    return _Plan(change, _result(change, Status.SUCCESS, 200, [f"{name} was updated."]), wanted)


def _combined(stored: Artefact, given: Artefact, action: StructureAction) -> Artefact:
    """What the stored artefact becomes when nothing forbids it."""
    if action is StructureAction.APPEND:
        return _appended(stored, given)
    partial = action is StructureAction.MERGE or bool(getattr(given, "is_partial", False))
    return merged(stored, given) if partial and has_items(stored) else given


def _appended(stored: Artefact, given: Artefact) -> Artefact:
    """``stored`` and what ``given`` adds; ``Conflict`` when it says anything else differently."""
    if has_items(stored):
        grown = added(stored, given)
        rows = [r for r in diff(grown, merged(stored, given)).rows if r.path]
        if not rows:
            return grown
        what = f"the {rows[0].part} {rows[0].path}"
    elif not differs(stored, given, but=_SAME):
        return stored
    else:
        what = "it"
    raise Conflict(
        f"{_name(key_of(stored))} is there and has {what} differently; the action Append changes "
        "nothing that is there. Use Replace."
    )


def _delete(stored: Artefact | None, change: Change, protected: Mapping[Key, str]) -> _Plan:
    name = _name(change.key)
    if stored is None:
        raise NotFound(f"The hub has no {name}.")
    if change.item:
        left = without_item(stored, change.item)
        if is_stable(stored):
            raise Conflict(f"{name} is stable: its items stay.")
        done = _result(change, Status.SUCCESS, 200, [f"{change.item} of {name} was deleted."])
        return _Plan(change, done, left)
    if is_stable(stored):
        raise Conflict(f"{name} is stable and stays.")
    if change.key in protected:
        raise Conflict(f"{name} stays: {protected[change.key]}.")
    done = _result(change, Status.SUCCESS, 200, [f"{name} was deleted."])
    return _Plan(change, done, removed=True)


def _name(key: Key) -> str:
    return f"{key.kind} {key.ref}"


def _result(change: Change, status: Status, code: int, texts: Iterable[str]) -> SubmissionResult:
    return SubmissionResult(change.key, change.action, status, code, tuple(texts), change.item)


def _refused(change: Change, code: int, texts: Iterable[str]) -> _Plan:
    return _Plan(change, _result(change, Status.FAILURE, code, texts))


def _warned(plan: _Plan, check: Check) -> _Plan:
    """The plan with what the sender should know although it was done."""
    notes = check.notes(plan.change.key) if plan.put is not None else []
    if not notes:
        return plan
    result = replace(plan.result, status=Status.WARNING, texts=(*plan.result.texts, *notes))
    return replace(plan, result=result)
