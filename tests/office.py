"""A hub that receives messages, and a careful reader's own copy of what it must hold.

The copy is kept by the rules of the standard and nothing else, so that the past of the hub (what
``updatedAfter``, ``asOf`` and ``includeHistory`` answer) can be compared with it, in the store and
over HTTP.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

from hypothesis import strategies as st

from hub import intake
from hub.errors import NoResults
from hub.intake.reversal import UndoConflict
from hub.model.dataset import Action, Block
from hub.model.schema import StructureRef
from hub.query.model import DataQuery
from hub.store.home import Hub
from hub.store.select import select
from hub.store.submissions import State

FLOW = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
HEADER = (
    "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,"
    "COUNTRY_COUNTERPART,BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,"
    "UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,COMMENT_OBS,SOURCE"
)

#: Area and month to value, status, comment, source ("" is none).
Cells = dict[tuple[str, str], tuple[str, str, str, str]]

AREAS = ("DOM", "MEX")
MONTHS = ("2025-01", "2025-02", "2025-03")


def line(action: str, area: str, month: str, cell: tuple[str, str, str, str]) -> str:
    return (
        f"dataflow,{FLOW},{action},M,{area},ENTRIES,_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV,{month},"
        + ",".join(cell)
    )


# -- a copy, kept by the rules of the standard and nothing else ----------------------------------

Row = tuple[str, str, str, str, str, str]


def merged(cells: Cells, rows: list[Row], *, whole: bool) -> Cells:
    """Merge, or replace (``whole``): what is not given stays, or goes."""
    after = dict(cells)
    # An attribute of the series is the same for all its observations, and merged in any case.
    sources = {area: cell[3] for (area, _), cell in cells.items()}
    sources |= {area: source for area, *_, source in rows if source}
    for area, month, value, status, comment, _ in rows:
        old = ("", "", "", "") if whole else after.get((area, month), ("", "", "", ""))
        after[area, month] = (value or old[0], status or old[1], comment or old[2], "")
    return {k: (*c[:3], sources.get(k[0], "")) for k, c in after.items()}


def deleted(cells: Cells, rows: list[Row]) -> Cells:
    """Delete: an empty part of the key matches all; a given attribute goes alone."""
    after = dict(cells)
    for area, month, *_, comment, source in rows:
        for key in list(after):
            if area not in ("", key[0]) or month not in ("", key[1]):
                continue
            value, status, old_comment, old_source = after[key]
            if comment or source:
                kept = ("" if comment else old_comment, "" if source else old_source)
                after[key] = (value, status, *kept)
            else:
                del after[key]
    return after


def applied(cells: Cells, action: Action, rows: list[Row]) -> Cells:
    if action is Action.DELETE:
        return deleted(cells, rows)
    return merged(cells, rows, whole=action is Action.REPLACE)


def reverted(cells: Cells, before: Cells, after: Cells) -> Cells:
    """Undo of a release that led from ``before`` to ``after``: its cells are as they were."""
    again = dict(cells)
    for key in touched(before, after):
        again.pop(key, None)
        if key in before:
            again[key] = before[key]
    return again


def touched(before: Cells, after: Cells) -> set[tuple[str, str]]:
    """Cells a release changed."""
    return {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}


# -- what the hub answers ----------------------------------------------------------------------


def rows_of(block: Block) -> list[Row]:
    names = set(block.batch.schema.names)

    def column(name: str) -> list[str]:
        if name not in names:
            return [""] * block.batch.num_rows
        return [v or "" for v in block.batch.column(name).to_pylist()]

    wanted = ("REF_AREA", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COMMENT_OBS", "SOURCE")
    return list(zip(*(column(n) for n in wanted), strict=True))


def blocks(hub: Hub, query: DataQuery) -> list[Block]:
    try:
        return list(select(hub, query).blocks())
    except NoResults:
        return []


def answer(hub: Hub, query: DataQuery, start: Cells | None = None) -> Cells:
    """What a client has that applies the answer to what it had."""
    cells = start or {}
    for block in blocks(hub, query):
        cells = applied(cells, block.action, rows_of(block))
    return cells


cell = st.tuples(
    st.sampled_from(["1", "2", "3"]), st.sampled_from("AE"), st.sampled_from(["", "c", "d"])
)
upsert = st.tuples(
    st.sampled_from("MR"),
    st.dictionaries(
        st.tuples(st.sampled_from(AREAS), st.sampled_from(MONTHS)), cell, min_size=1, max_size=4
    ),
    st.sampled_from(["census", "survey", ""]),
)
#: Area, month, comment and source of what is to go.
gone = st.one_of(
    st.tuples(
        st.sampled_from(AREAS),
        st.sampled_from(["", *MONTHS]),
        st.sampled_from(["", "", "x"]),
        st.just(""),
    ),
    st.tuples(st.sampled_from(AREAS), st.just(""), st.just(""), st.just("x")),
)
delete = st.tuples(st.just("D"), st.lists(gone, min_size=1, max_size=2), st.just(""))
#: Undo of a release, counted from the newest.
take_back = st.tuples(st.just("U"), st.integers(0, 3), st.just(""))
sequences = st.lists(st.one_of(upsert, upsert, delete, take_back), min_size=2, max_size=6)


def rows(step: tuple[str, object, str]) -> list[Row]:
    action, what, source = step
    if action == "D":
        return [(area, month, "", "", comment, gone_) for area, month, comment, gone_ in what]  # type: ignore[attr-defined]
    return [
        (area, month, value, status, comment, source)
        for (area, month), (value, status, comment) in what.items()  # type: ignore[attr-defined]
    ]


#: Sends a message (bytes of SDMX-CSV 2.0) and waits; gives the token of the submission.
Sender = Callable[[bytes], str]


class Office:
    """A hub that lives through all sequences, and what a careful reader wrote down of it."""

    def __init__(self, hub: Hub, sender: Sender | None = None) -> None:
        self.hub = hub
        self.now: Cells = {}
        #: Instant of each release, and what held from then on.
        self.seen: list[tuple[datetime, Cells]] = []
        #: Token of each release, and what held before and after it.
        self.releases: list[tuple[str, Cells, Cells]] = []
        self.undone = self.refused = 0
        self._sender = sender or self._hand_in

    def do(self, step: tuple[str, object, str]) -> None:
        """One step of a sequence."""
        if step[0] == "U":
            self.undo(int(str(step[1])))
        else:
            self.send(step)

    def send(self, step: tuple[str, object, str]) -> None:
        found = rows(step)
        lines = [HEADER, *(line(step[0], area, month, tuple(rest)) for area, month, *rest in found)]  # type: ignore[arg-type]
        token = self._sender("\n".join([*lines, ""]).encode())
        action = {"M": Action.MERGE, "R": Action.REPLACE, "D": Action.DELETE}[step[0]]
        self._note(token, applied(self.now, action, found))

    def undo(self, back: int) -> None:
        """Take back a release, unless a later one stands in the way."""
        states = {t: self.hub.submissions.get(t).state for t, *_ in self.releases}
        places = [i for i, (t, *_) in enumerate(self.releases) if states[t] is State.PUBLISHED]
        if not places:
            return
        place = places[max(0, len(places) - 1 - back)]
        token, before, after = self.releases[place]
        changed = touched(before, after)
        other_now = {k for k in changed if self.now.get(k) != after.get(k)}
        try:
            done = intake.undo(self.hub, token, actor="reader")
        except UndoConflict:
            # A cell is not as the release left it, or the series has others by now whose
            # attributes would no longer be the series'.
            others = {area for area, _ in self.now.keys() - changed}
            assert other_now or {area for area, _ in changed} & others
            self.refused += 1
            return
        assert not other_now
        self.undone += 1
        self._note(done.token, reverted(self.now, before, after))

    def _hand_in(self, message: bytes) -> str:
        token = intake.submit(self.hub, io.BytesIO(message), "m.csv", format="sdmx-csv-2.0")
        return intake.process(self.hub, token).token

    def _note(self, token: str, now: Cells) -> None:
        done = self.hub.submissions.get(token)
        assert done.state in (State.PUBLISHED, State.UNCHANGED), done.error
        before, self.now = self.now, now
        pointer = self.hub.releases.current(FLOW)
        if pointer is not None and done.state is State.PUBLISHED:
            self.seen.append((pointer.released_at, self.now))
            self.releases.append((token, before, self.now))
