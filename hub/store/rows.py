"""The rows that readers see of a dataset at some releases, stored or computed.

The rows of a stored dataflow are those of the Parquet files of a pinned table version. Those of a
computed one (:mod:`hub.views`) are made by its view from such rows of its inputs. A hub that was
given observations of a computed dataflow answers with these: somebody else has computed them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from hub import views
from hub.errors import SemanticError
from hub.model.schema import DataSchema, StructureRef
from hub.query.model import Api, DataQuery
from hub.store import kept
from hub.store.engine import Engine
from hub.store.engines import engine, files_of
from hub.store.observations import PROVIDER
from hub.store.pruned import pruned
from hub.store.releases import Pointer, ReleaseItem
from hub.store.resolve import Part
from hub.store.sql import quoted
from hub.store.statement import instants, none, stored
from hub.views import Relation, View
from hub.views.families import Family
from hub.views.mapped import Compiled, MappedView, questions

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = [
    "Change",
    "Pointers",
    "changes",
    "compiled_for",
    "difference",
    "inputs_of",
    "keeping",
    "pinned",
    "pointers_at",
    "refuse_computed",
    "rows",
    "seen",
    "sources",
]

#: What readers see of dataflows at one instant.
Pointers = Mapping[StructureRef, Pointer]


@dataclass(frozen=True, slots=True)
class Change:
    """What one release changed in a dataset: rows only in the later, only in the earlier state."""

    released_at: datetime
    new: Relation | None
    old: Relation | None


def sources(flows: Iterable[StructureRef]) -> set[StructureRef]:
    """The dataflows whose releases an answer about ``flows`` depends on."""
    found = set(flows)
    for view in map(views.find, tuple(found)):
        found.update(view.inputs if view is not None else ())
    return found


def pointers_at(
    hub: Hub, flows: Iterable[StructureRef], instant: datetime | None
) -> dict[StructureRef, Pointer]:
    """What readers see of ``flows``, and of what they are computed from, at one instant."""
    wanted = sources(flows)
    if instant is None:
        return {ref: p for ref, p in hub.releases.pointers().items() if ref in wanted}
    found = ((ref, hub.releases.as_of(ref, instant)) for ref in wanted)
    return {ref: pointer for ref, pointer in found if pointer is not None}


def seen(hub: Hub, dataflow: StructureRef) -> Pointer | None:
    """The newest release that readers see something of in a dataflow, stored or computed."""
    pointers = pointers_at(hub, [dataflow], None)
    return max(pointers.values(), key=lambda p: p.release, default=None)


def refuse_computed(hub: Hub, dataflow: StructureRef) -> None:
    """Raise ``SemanticError`` when this hub computes the dataflow itself.

    It does where it has observations of an input and was never given any of the dataflow.
    """
    view = views.find(dataflow)
    if view is None:
        return
    pointers = hub.releases.pointers()
    if dataflow not in pointers and any(ref in pointers for ref in view.inputs):
        raise SemanticError(
            f"{dataflow} is computed here from {', '.join(map(str, view.inputs))}. "
            "Submit observations of these, and it follows."
        )


def rows(hub: Hub, part: Part, query: DataQuery, pointers: Pointers) -> Relation | None:
    """The rows of a part at some releases; ``None`` where there are none.

    Of computed dataflows only what ``query`` may select needs to be there.
    """
    listed, computed = _split(part.flows, pointers)
    files = pruned(part.schema, query, _files(hub, listed, pointers))
    found = [stored(part.schema, files)] if files else []
    for view in computed:
        relation = _computed(hub, view, query, pointers)
        if relation is not None:
            found.append(relation)
    return _union(part.schema, found)


def pinned(hub: Hub, dataflow: StructureRef) -> Relation | None:
    """All rows that readers see of a dataflow now; ``None`` where there are none.

    Those of a computed one are kept: who wants all of them, as a page does, asks more than once.
    """
    schema = hub.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    pointers = pointers_at(hub, [dataflow], None)
    listed, computed = _split([dataflow], pointers)
    files = _files(hub, listed, pointers)
    if files:
        return stored(schema, files)
    if not computed or not any(ref in pointers for ref in computed[0].inputs):
        return None
    inputs = inputs_of(hub, computed[0], pointers)
    if engine(hub).reads_here:
        return _kept(hub, computed[0], schema, inputs)
    return _made(hub, computed[0], DataQuery(Api.V2), inputs)


def difference(
    hub: Hub, part: Part, query: DataQuery, now: Pointers, before: Pointers
) -> tuple[Relation | None, Relation | None]:
    """Rows of a part to compare: of ``now`` and of ``before``, without those known to be the same.

    Files that two versions of a table both have hold the same rows.
    """
    flows_now, computed_now = _split(part.flows, now)
    flows_before, computed_before = _split(part.flows, before)
    files, old_files = _files(hub, flows_now, now), _files(hub, flows_before, before)
    same = set(files) & set(old_files)
    sides: list[list[Relation]] = []
    for listed, computed, pointers in (
        (files, computed_now, now),
        (old_files, computed_before, before),
    ):
        only = sorted(set(listed) - same)
        side = [stored(part.schema, only)] if only else []
        for view in computed:
            if _releases(view, now) != _releases(view, before):
                relation = _computed(hub, view, query, pointers)
                side += [relation] if relation is not None else []
        sides.append(side)
    return _union(part.schema, sides[0]), _union(part.schema, sides[1])


def changes(hub: Hub, part: Part, query: DataQuery) -> Iterator[Change]:
    """What each release within the bounds of ``query`` changed in a part, in their order."""
    items = [
        item
        for ref in sources(part.flows)
        for item in hub.releases.items(ref, after=query.updated_after, until=query.as_of)
    ]
    items.sort(key=lambda item: item.release)
    known: dict[StructureRef, Pointer] = {}
    if query.updated_after is not None:
        known = pointers_at(hub, part.flows, query.updated_after)
    for _, of_release in groupby(items, key=lambda item: item.release):
        pointers = [_pointer(item) for item in of_release]
        after = known | {p.dataflow: p for p in pointers}
        new, old = difference(hub, part, query, after, known)
        known = after
        yield Change(pointers[0].released_at, new, old)


def _pointer(item: ReleaseItem) -> Pointer:
    change = item.change
    return Pointer(change.dataflow, change.version_after, item.release, item.released_at)


def _split(
    flows: Iterable[StructureRef], pointers: Pointers
) -> tuple[list[StructureRef], list[View]]:
    """The dataflows that are stored at these releases, and the views of the others."""
    listed, computed = [], []
    for ref in flows:
        if ref in pointers:
            listed.append(ref)
        elif (view := views.find(ref)) is not None:
            computed.append(view)
    return listed, computed


def _computed(hub: Hub, view: View, query: DataQuery, pointers: Pointers) -> Relation | None:
    if not any(ref in pointers for ref in view.inputs):
        return None
    inputs = inputs_of(hub, view, pointers)
    return kept.find(hub, view.dataflow, hub.structures, inputs) or _made(hub, view, query, inputs)


def _made(
    hub: Hub, view: View, query: DataQuery, inputs: Mapping[StructureRef, Relation]
) -> Relation:
    structures = hub.structures
    if isinstance(view, MappedView):
        return view.relation(structures, query, inputs, compiled_for(hub, view, inputs))
    return view.relation(structures, query, inputs)


def keeping(hub: Hub, part: Part, pointers: Pointers) -> Callable[[], Relation] | None:
    """What keeps all rows of a part that is computed (:mod:`hub.store.kept`); ``None`` for others.

    It returns them as they are kept.
    """
    stored_, computed = _split(part.flows, pointers)
    if stored_ or len(computed) != 1 or not engine(hub).reads_here:
        return None
    (view,) = computed
    inputs = inputs_of(hub, view, pointers)
    return lambda: _kept(hub, view, part.schema, inputs)


def _kept(
    hub: Hub, view: View, schema: DataSchema, inputs: Mapping[StructureRef, Relation]
) -> Relation:
    """All rows of a computed dataflow, from now on kept."""
    known = kept.find(hub, view.dataflow, hub.structures, inputs)
    if known is not None:
        return known
    return kept.keep(hub, schema, inputs, _made(hub, view, DataQuery(Api.V2), inputs))


def compiled_for(hub: Hub, view: MappedView, inputs: Mapping[StructureRef, Relation]) -> Compiled:
    """A consumer's rules, as far as the rows of these inputs need them."""
    compiled = view.compiled(hub.structures)
    families = [
        family
        for ref, rows in inputs.items()
        if not rows.empty
        for family in _needed(engine(hub), compiled, ref, rows)
    ]
    return replace(compiled, families=sorted(families, key=lambda family: family.ranks))


@lru_cache(maxsize=256)  # files never change
def _needed(
    engine_: Engine, compiled: Compiled, input_: StructureRef, rows_: Relation
) -> tuple[Family, ...]:
    found = []
    for family in compiled.families:
        if family.input == input_:
            # One by one: the engine keeps all that a statement asks in memory.
            asked = questions(family, rows_)
            ((*answers,),) = engine_.rows(asked.sql, asked.values)
            found.append(family.known(answers))
    return tuple(family for family in found if family is not None)


def inputs_of(hub: Hub, view: View, pointers: Pointers) -> dict[StructureRef, Relation]:
    """The rows of each input of a view; none where it has no pointer."""
    inputs, structures = {}, hub.structures
    for ref in view.inputs:
        schema = structures.dataflow(ref.agency, ref.id, ref.version)
        files = _files(hub, [ref], pointers) if ref in pointers else []
        inputs[ref] = stored(schema, files) if files else none(schema)
    return inputs


def _releases(view: View, pointers: Pointers) -> list[int | None]:
    return [pointers[ref].release if ref in pointers else None for ref in view.inputs]


def _files(hub: Hub, flows: Iterable[StructureRef], pointers: Pointers) -> list[str]:
    pins = [pointers[ref] for ref in flows]
    return [f for p in pins for f in files_of(hub, p.dataflow, p.version)]


def _union(schema: DataSchema, found: Sequence[Relation]) -> Relation | None:
    if len(found) < 2:
        return found[0] if found else None
    columns = ", ".join(quoted(c) for c in (*schema.columns, PROVIDER, *instants(schema)))
    sql = " UNION ALL ".join(f"SELECT {columns} FROM {one.sql}" for one in found)
    return Relation(f"({sql})", tuple(v for one in found for v in one.values))
