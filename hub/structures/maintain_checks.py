"""What must hold after a change of the structures; see :mod:`hub.structures.maintain`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import replace

from hub.errors import HubError, NotImplementedByHub
from hub.model.schema import DataSchema, StructureRef
from hub.structures.counterparts import PAIRED
from hub.structures.diff import Diff, diff
from hub.structures.integrity import Link, Shelf, alike, links_of
from hub.structures.kinds import Artefact, Key
from hub.structures.repository import StructureSet
from hub.structures.versioning import Version, is_range, neighbours, resolve

__all__ = ["Check"]

#: Referrers named in one sentence.
_NAMED = 5
#: Kinds that what may be in a dataflow depends on.
_SHAPING = frozenset({"datastructure", "dataflow", "provisionagreement", "contentconstraint"})


class Check:
    """One state that changes would lead to: ``put`` and ``removed`` applied to ``before``."""

    def __init__(
        self,
        before: StructureSet,
        put: Mapping[Key, Artefact],
        removed: Set[Key],
        in_use: Collection[StructureRef],
    ) -> None:
        self.before = before
        self._put = put
        self._in_use = in_use
        changed = bool(put or removed)
        self.after = before.with_artefacts(put.values(), removed) if changed else before
        self._shelf = Shelf(self.after.with_counterparts)

    def faults(self, key: Key) -> list[str]:
        """Why the change of an artefact cannot be made; empty when it can."""
        artefact = self._put.get(key)
        found = list(self._broken(key))
        if artefact is not None:
            found += [f"It refers to {link}, which is not there." for link in
                      self._shelf.missing(artefact)]  # fmt: skip
            found += [f"It is stable and refers to the draft {link}." for link in
                      self._shelf.unstable(artefact)]  # fmt: skip
            if self._shelf.twice(key):
                found.append("An artefact of another kind has the same URN.")
            elif key not in self.before.by_key:
                found += self._version_faults(key, artefact)
        if not found:
            found += self._data_faults(key)
        if not found and artefact is not None:
            found += [text for kind, text in self._schemas(key) if kind == "fault"]
        return found

    def notes(self, key: Key) -> list[str]:
        """What the sender of an artefact should know although it was stored."""
        return [text for kind, text in self._schemas(key) if kind == "note"]

    def _version_faults(self, key: Key, artefact: Artefact) -> Iterator[str]:
        """Whether the number of a new stable version says as much as its content."""
        if not Version.parse(key.ref.version).stable:
            return
        left, right = neighbours(key.ref.version, self._shelf.versions(key))
        if left is not None:
            before = self._shelf.by_key[Key(key.kind, replace(key.ref, version=left))]
            yield from _too_near(diff(before, artefact))
        later = right and self.before.by_key.get(Key(key.kind, replace(key.ref, version=right)))
        if later:
            yield from _too_near(diff(artefact, later))

    def _broken(self, key: Key) -> Iterator[str]:
        """References of others that the change would break, as sentences."""
        broken: dict[Link, list[Key]] = {}
        for parent in self._referrers(key):
            artefact = self._shelf.by_key.get(parent)
            if artefact is None or parent in self._put:
                continue  # it goes too, or answers for itself
            for link in links_of(artefact):
                if _means(link.target, key) and not self._shelf.holds(link):
                    broken.setdefault(link, []).append(parent)
        for link, parents in broken.items():
            named = ", ".join(f"{p.kind} {p.ref}" for p in parents[:_NAMED])
            more = f" and {len(parents) - _NAMED} more" if len(parents) > _NAMED else ""
            yield f"{link} is referred to by {named}{more}."

    def _referrers(self, key: Key) -> list[Key]:
        if key not in self.before.by_key:
            return []
        parents = self.before.graph.parents
        found = dict.fromkeys(parents.get(key, ()))
        if key.kind in PAIRED:  # what it was in the other generation goes with it
            for gone in self.before.with_counterparts.keys() - self.after.with_counterparts.keys():
                found.update(dict.fromkeys(parents.get(gone, ())))
        for target, listed in parents.items():
            other = is_range(target.ref.version) or key.kind != alike(key.kind)
            if other and target != key and _means(target, key):
                found.update(dict.fromkeys(listed))
        return list(found)

    def _data_faults(self, key: Key) -> Iterator[str]:
        """What the change would do to observations there are."""
        if key.kind not in {"datastructure", "dataflow"}:
            return
        for ref in self._in_use:
            flow = Key("dataflow", ref)
            old = self._schema(self.before, flow)
            if old is None or key not in {flow, Key("datastructure", old.structure)}:
                continue
            new = self._schema(self.after, flow)
            if new is None:
                yield f"The dataflow {ref} has observations and would have no structure."
            elif lost := _lost(old, new):
                yield f"The dataflow {ref} has observations: {lost}."

    def _schema(self, structures: StructureSet, flow: Key) -> DataSchema | None:
        try:
            return structures.dataflow(flow.ref.agency, flow.ref.id, flow.ref.version)
        except HubError:
            return None

    def _schemas(self, key: Key) -> Iterator[tuple[str, str]]:
        """Whether what may be in the dataflows that the change touches can still be told."""
        if key.kind not in _SHAPING:
            return
        flows = [key] if key.kind != "contentconstraint" else list(self.after.graph.children[key])
        for flow in flows:
            find = {
                "datastructure": self.after.structure,
                "dataflow": self.after.dataflow,
                "provisionagreement": self.after.agreement,
            }.get(flow.kind)
            if find is None or flow not in self.after.by_key:
                continue
            try:
                find(flow.ref.agency, flow.ref.id, flow.ref.version)
            except NotImplementedByHub as error:
                yield "note", error.message
            except HubError as error:
                yield "fault", error.message


def _too_near(found: Diff) -> Iterator[str]:
    if found.respected:
        return
    row = next(r for r in found.rows if r.impact is found.impact)
    where = f"{row.part} {row.path}".strip() + (f", {row.fact}" if row.fact else "")
    yield (
        f"From version {found.left.ref.version} to {found.right.ref.version} there is a "
        f"{found.impact.word} change ({row.change} {where}: {row.reason}), which needs version "
        f"{found.suggested} or later."
    )


def _means(target: Key, key: Key) -> bool:
    """Whether a reference to ``target`` may mean ``key``."""
    name = (alike(key.kind), key.ref.agency, key.ref.id)
    if (alike(target.kind), target.ref.agency, target.ref.id) != name:
        return False
    return bool(resolve(target.ref.version, [key.ref.version]))


def _lost(old: DataSchema, new: DataSchema) -> str:
    """What of a schema is no longer there, or stands elsewhere; empty when nothing."""
    before, after = [d.id for d in old.dimensions], [d.id for d in new.dimensions]
    if before != after:
        return f"its dimensions stay {', '.join(before)}"
    if (old.time is None) != (new.time is None):
        return "its time dimension stays as it is"
    gone = [c for c in old.columns if c not in new.columns]
    return f"it would lose {', '.join(gone)}" if gone else ""
