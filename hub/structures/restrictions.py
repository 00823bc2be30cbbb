"""What a data constraint lets in, for the data path: regions with time limits, and keys.

Read from the tree of the constraint, where nothing of SDMX 3.x is lost. Values that cascade are
resolved here. Source: SDMX 3.0 Section 2 (Constraint), ``SDMXStructureConstraint.xsd``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product

from hub.errors import NotImplementedByHub
from hub.model.periods import Period, PeriodError, parse
from hub.model.schema import CubeRegion, DataSchema, KeySet, StructureRef, TimeLimit
from hub.structures.extension import with_prefix
from hub.structures.items import ItemTable
from hub.structures.kinds import Artefact, key_of
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["Restrictions", "key_sets_of", "regions_of"]


class Restrictions:
    """What a constraint is read with: the schema it restricts, and the codelists of components.

    ``lists`` are the codelists of coded components, with what they inherit.
    """

    def __init__(self, schema: DataSchema, lists: Mapping[str, Artefact]) -> None:
        self.schema = schema
        self.lists = lists

    def check(self, source: StructureRef, member: Tree) -> None:
        """Raise ``NotImplementedByHub`` for what a component of a constraint cannot say here."""
        component = member["id"]
        if component not in self.schema.by_id:
            raise NotImplementedByHub(
                f"The constraint {source} restricts {component}, which {self.schema.structure} "
                "lacks."
            )

    def codes(self, member: Tree, value: str) -> set[str]:
        """The codes a value stands for; with ``removePrefix`` it is without their prefix."""
        list_ = self.lists.get(member["id"])
        if list_ is None or not member.get("removePrefix"):
            return {value}
        return with_prefix(list_, value)


def regions_of(constraint: Artefact, known: Restrictions) -> Iterator[CubeRegion]:
    """The cube regions of a constraint that restricts; none of an actual one.

    Keys that say more than codes of dimensions (values of attributes, or a time for which they
    are meant) are regions too: included ones are alternatives, as are regions of one constraint.
    """
    tree = tree_of(constraint)
    if tree.get("role") == "Actual":
        return
    source = key_of(constraint).ref
    for region in tree.get("cubeRegions", ()):
        yield _region(source, region, known, included=region.get("include", True))
    as_regions = _as_regions(tree)
    if True in as_regions and any(r.get("include", True) for r in tree.get("cubeRegions", ())):
        raise NotImplementedByHub(
            f"The constraint {source} has a cube region and keys with attributes or a validity; "
            "put the keys into a constraint of their own."
        )
    for listed in tree.get("dataKeySets", ()):
        included = listed.get("isIncluded", True)
        for key in listed.get("keys", ()) if included in as_regions else ():
            members = [{**one, "values": [one]} for one in key.get("keyValues", ())]
            _check_key(source, key)
            yield _region(source, {**key, "keyValues": members}, known, included=included)


def _as_regions(tree: Tree) -> set[bool]:
    """Whether the included, and the excluded, keys of a constraint say more than codes."""
    return {
        listed.get("isIncluded", True)
        for listed in tree.get("dataKeySets", ())
        for key in listed.get("keys", ())
        if key.get("components") or key.get("validFrom") or key.get("validTo")
    }


def _region(
    source: StructureRef, region: Tree, known: Restrictions, *, included: bool
) -> CubeRegion:
    values, times, valid = [], [], []
    limit = _validity(source, region)
    time = known.schema.time
    if limit is not None and time is None:
        raise NotImplementedByHub(
            f"The constraint {source} holds for a time only, and {known.schema.structure} has none."
        )
    if limit is not None and time is not None:
        times.append((time.id, limit))
    for member in (*region.get("keyValues", ()), *region.get("components", ())):
        known.check(source, member)
        if "timeRange" in member:
            times.append((member["id"], _limit(source, member)))
        else:
            selected, limits = _selected(source, member, known)
            values.append((member["id"], selected))
            valid += [(member["id"], code, limit) for code, limit in limits.items()]
    return CubeRegion(source, tuple(values), included, tuple(times), tuple(valid))


def _selected(
    source: StructureRef, member: Tree, known: Restrictions
) -> tuple[frozenset[str], dict[str, TimeLimit]]:
    """The values a member selection stands for, and those that are valid for a time only."""
    component = known.schema.by_id[member["id"]]
    values: set[str] = set()
    limits: dict[str, TimeLimit] = {}
    for value in member.get("values", ()):
        cascade = value.get("cascadeValues", False)
        roots = known.codes(member, str(value["value"]))
        named = set() if cascade == "excluderoot" else set(roots)
        if cascade and component.id in known.lists:
            table = ItemTable.of(known.lists[component.id])
            named = named.union(*(table.below(root) for root in roots))
        values |= named
        limit = _validity(source, value) or _validity(source, member)
        if limit is not None:
            limits |= dict.fromkeys(named, limit)
    if member.get("include") is False:
        if component.codes is None:
            raise NotImplementedByHub(
                f"The constraint {source} excludes values of {component.id}, which has no codelist."
            )
        if limits:
            raise NotImplementedByHub(
                f"The constraint {source} excludes values of {component.id} for a time only; "
                "exclude them in a region that is not included."
            )
        return frozenset(component.codes) - values, {}
    return frozenset(values), limits


def _validity(source: StructureRef, tree: Tree) -> TimeLimit | None:
    """The time for which a value, or all values of a component, are meant."""
    first, last = tree.get("validFrom"), tree.get("validTo")
    if first is None and last is None:
        return None
    start = _period(source, first).start if first else None
    end = _period(source, last).end if last else None
    return TimeLimit(start, end, f"{first or '…'} – {last or '…'}")


def _limit(source: StructureRef, member: Tree) -> TimeLimit:
    """The span of a time range."""
    tree = member["timeRange"]
    if member.get("include") is False or _validity(source, tree) or _validity(source, member):
        raise NotImplementedByHub(
            f"The constraint {source} limits {member['id']} to a time range that is excluded or "
            "valid for a time only; state the range that is allowed."
        )
    first = tree.get("startPeriod") or tree.get("afterPeriod")
    last = tree.get("endPeriod") or tree.get("beforePeriod")
    start: datetime | None = None
    end: datetime | None = None
    if first is not None:
        period = _period(source, first["period"])
        start = period.start if first.get("isInclusive", True) else period.end
    if last is not None:
        period = _period(source, last["period"])
        end = period.end if last.get("isInclusive", True) else period.start
    text = f"{_told(first, '>=', '>')} {_told(last, '<=', '<')}".strip()
    return TimeLimit(start, end, text)


def _told(bound: Tree | None, inclusive: str, exclusive: str) -> str:
    if bound is None:
        return ""
    return f"{inclusive if bound.get('isInclusive', True) else exclusive} {bound['period']}"


def _period(source: StructureRef, text: str) -> Period:
    try:
        return parse(text)
    except PeriodError:
        raise NotImplementedByHub(
            f"The constraint {source} has a bound that is no period: {text}."
        ) from None


def key_sets_of(constraint: Artefact, known: Restrictions) -> Iterator[KeySet]:
    """The key sets of a constraint that restricts; none of an actual one.

    All included keys of a constraint together are what it allows, and all excluded ones what it
    forbids, whatever sets they stand in. Those that are regions (:func:`regions_of`) are left out.
    """
    tree = tree_of(constraint)
    if tree.get("role") == "Actual":
        return
    source = key_of(constraint).ref
    as_regions = _as_regions(tree)
    for included in (True, False):
        groups: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
        sets = [s for s in tree.get("dataKeySets", ()) if s.get("isIncluded", True) is included]
        if not sets or included in as_regions:
            continue
        for key in (key for one in sets for key in one.get("keys", ())):
            _check_key(source, key)
            named = _named(source, key, known)
            groups[tuple(named)].update(product(*named.values()))
        found = tuple((ids, frozenset(keys)) for ids, keys in groups.items())
        yield KeySet(source, found, included)


def _check_key(source: StructureRef, key: Tree) -> None:
    """Keys are included or not with their set: the standard fixes this for the key itself."""
    if any(one.get("include") is False for one in (key, *key.get("keyValues", ()))):
        raise NotImplementedByHub(
            f"A key of the constraint {source}, or a value in it, is said to be not included: "
            "list it in a key set that is not included."
        )


def _named(source: StructureRef, key: Tree, known: Restrictions) -> dict[str, list[str]]:
    """The codes of one key, in the order of the dimensions; several only without a prefix."""
    told: dict[str, list[str]] = {}
    for one in key.get("keyValues", ()):
        known.check(source, one)
        told[one["id"]] = sorted(known.codes(one, str(one["value"])))
    return {id_: told[id_] for id_ in known.schema.columns if id_ in told}
