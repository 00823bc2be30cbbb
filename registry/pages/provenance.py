"""A published number: where it comes from, what it was before, and the cell in the source file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from hub.errors import NoResults, NotFound
from hub.intake import bodies
from hub.model.cells import column_letter, parse_address
from hub.model.schema import DataSchema
from hub.plugins import ConnectorRecord, Traced, connector_catalogue
from hub.query.model import Api, Comparison, Context, DataQuery, Filter, Operator
from hub.query.versions import parse_v2
from hub.store.home import Hub
from hub.store.provenance import Provenance, State, fetched, provenance, reading_of
from hub.store.rights import Principal
from hub.store.submissions import Submission
from registry.context import current_hub
from registry.pages.computed import CELLS, origin_of
from registry.pages.contributions import made_of
from registry.pages.figures import Figure, figure, period_name
from registry.pages.names import Names, providers
from registry.pages.selection import page_path
from registry.pages.site import blueprint, say
from registry.provenance import (
    may_follow,
    may_see,
    page_of,
    states_of,
    submission_of,
    visitor,
)

__all__ = ["observation", "source_file"]


@dataclass(frozen=True, slots=True)
class _Line:
    """A state of an observation as the page tells it."""

    state: State
    kind: str
    figure: Figure | None
    flags: tuple[str, ...]
    provider: str | None
    submission: Submission | None
    follows: bool
    file: str | None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A part of a sheet as shown; ``gap`` is whether rows are left out before a row."""

    name: str
    cell: str
    letters: list[str]
    rows: list[tuple[int, bool, list[_Cell]]]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the sheet as shown; ``mark`` is ``figure``, ``label`` or nothing."""

    text: str
    mark: str


@blueprint.get("/data/<agency>/<ident>/<version>/provenance/<series>")
def observation(agency: str, ident: str, version: str, series: str) -> str | Response:
    """Where one published number comes from."""
    hub, t = current_hub(), say()
    asked = hub.structures.dataflow(agency, ident, version)
    if (elsewhere := made_of(asked, series, request.args.get("time"))) is not None:
        return redirect(elsewhere)
    who = visitor(hub)
    schema, found = _found(hub, agency, ident, version, series)
    names = Names(hub.structures, schema, t.language)
    lines = [_line(hub, who, schema, found, n) for n in range(len(found.states))]
    now = lines[-1]
    traced: Sequence[Traced] = ()
    if now.submission is not None and now.state.row is not None and now.file is not None:
        traced = bodies.trace(hub, now.submission, now.state.row, found.key)
    said = {one.component: one for one in traced}
    record = _record(now.submission)
    return render_template(
        "pages/provenance.html",
        schema=schema,
        name=names.dataflow,
        path=page_path(schema.dataflow),
        period=_period(schema, found.key, t.locale),
        key=[(names.component(c), names.code(c, found.key[c]), found.key[c], said.get(c))
             for c in schema.series_key],
        traced=bool(traced),
        now=now,
        lines=lines[::-1],
        record=record,
        title=record and (record.title.get(t.language) or record.title["en"]),
        reading=now.submission and reading_of(hub, now.submission),
        taken=now.submission and fetched(hub, now.submission),
        provider=_provider_name(hub, schema, now.state.provider, t.language),
        origin=origin_of(hub, who, found),
        cells=CELLS,
    )  # fmt: skip


@blueprint.get("/data/<agency>/<ident>/<version>/provenance/<series>/file")
def source_file(agency: str, ident: str, version: str, series: str) -> str:
    """The source file around the cell that a number was read from."""
    hub, t = current_hub(), say()
    who = visitor(hub)
    schema, found = _found(hub, agency, ident, version, series)
    state = _asked_state(found)
    submission = submission_of(hub, state)
    if submission is None or not may_see(hub, who, state, submission):
        raise NotFound(t("provenance.not_shown"))
    names = Names(hub.structures, schema, t.language)
    shown = range(min(len(state.places), CELLS))
    sheets = [_shown(hub, submission, found, state, n) for n in shown]
    at: int | None = None
    lines: list[bodies.Line] = []
    if not sheets and state.row is not None:
        at, lines = bodies.lines_around(hub, submission, state.row)
    value = (state.values or {}).get(schema.primary_measure.id)
    record = _record(submission)
    return render_template(
        "pages/provenance_file.html",
        name=names.dataflow,
        back=page_of(schema, found.key),
        path=page_path(schema.dataflow),
        submission=submission,
        figure=None if value is None else figure(value, t.locale),
        period=_period(schema, found.key, t.locale),
        sheets=sheets,
        more=len(state.places) - len(sheets),
        at=at,
        lines=lines,
        record=record,
        title=record and (record.title.get(t.language) or record.title["en"]),
    )


def _found(
    hub: Hub, agency: str, ident: str, version: str, series: str
) -> tuple[DataSchema, Provenance]:
    """The one observation of an address; raises ``NotFound``."""
    schema = hub.structures.dataflow(agency, ident, version)
    codes = series.split(".")
    time = request.args.get("time")
    if len(codes) != len(schema.series_key) or (time is None) != (schema.time is None):
        raise NotFound(say()("provenance.no_such"))
    given = list(zip(schema.series_key, codes, strict=True))
    if schema.time is not None and time is not None:
        given.append((schema.time.id, time))
    ref = schema.dataflow
    query = DataQuery(
        api=Api.V2,
        contexts=(Context.DATAFLOW,),
        agencies=(ref.agency,),
        ids=(ref.id,),
        versions=parse_v2(ref.version),
        filters=tuple(_exactly(component, code) for component, code in given),
    )
    try:
        _, found, _ = provenance(hub, query, MANY)
    except NoResults:
        raise NotFound(say()("provenance.no_such")) from None
    wanted = dict(given)
    for one in found:  # a period may be written in several ways
        if dict(one.key) == wanted:
            return schema, one
    raise NotFound(say()("provenance.no_such"))


#: Observations of a series within one period: those of other ways to write it.
MANY = 50


def _exactly(component: str, code: str) -> Filter:
    return Filter(component, ((Comparison(Operator.EQ, code),),))


def _asked_state(found: Provenance) -> State:
    """The state of the release in the address, or the present one."""
    release = request.args.get("release")
    if release is None:
        return found.states[-1]
    for state in found.states:
        if str(state.release) == release:
            return state
    raise NotFound(say()("provenance.no_such"))


def _line(
    hub: Hub, who: Principal | None, schema: DataSchema, found: Provenance, number: int
) -> _Line:
    state, kind = states_of(found)[number]
    values = state.values or {}
    value = values.get(schema.primary_measure.id)
    submission = submission_of(hub, state)
    sees = submission is not None and may_see(hub, who, state, submission)
    file = None
    if sees and (state.places or state.row is not None):
        address = page_of(schema, found.key)
        path, _, time = address.partition("?")
        file = f"{path}/file?{time}{'&' if time else ''}release={state.release}"
    status = values.get("OBS_STATUS")
    return _Line(
        state,
        kind,
        None if value is None else figure(value, say().locale),
        () if status in (None, "A") else (str(status),),
        _provider_name(hub, schema, state.provider, say().language),
        submission,
        submission is not None and may_follow(hub, who, submission),
        file,
    )


def _provider_name(hub: Hub, schema: DataSchema, provider: str | None, language: str) -> str | None:
    known = {p.id: p.name for p in providers(hub.structures, schema.dataflow, language)}
    return None if provider is None else known.get(provider, provider)


def _record(submission: Submission | None) -> ConnectorRecord | None:
    if submission is None or submission.connector is None:
        return None
    try:
        return connector_catalogue().record(submission.connector)
    except NotFound:
        return None


def _period(schema: DataSchema, key: Mapping[str, str], locale: str) -> str | None:
    return None if schema.time is None else period_name(key[schema.time.id], locale)


def _shown(
    hub: Hub, submission: Submission, found: Provenance, state: State, number: int
) -> _Sheet:
    """The sheet around one of the cells of a state, with the words beside it marked."""
    sheet, cell = state.places[number]
    traced = () if state.row is None else bodies.trace(hub, submission, state.row, found.key)
    labels = {
        parse_address(one.cell) for one in traced if one.cell is not None and one.sheet == sheet
    }  # fmt: skip
    target = parse_address(cell)
    grid = bodies.cells_around(hub, submission, sheet, [target, *sorted(labels)])
    rows, before = [], None
    for r, line in zip(grid.rows, grid.cells, strict=True):
        cells = [
            _Cell(text, "figure" if (r, c) == target else "label" if (r, c) in labels else "")
            for c, text in zip(grid.columns, line, strict=True)
        ]
        rows.append((r + 1, before is not None and r != before + 1, cells))
        before = r
    return _Sheet(sheet, cell, [column_letter(c) for c in grid.columns], rows)
