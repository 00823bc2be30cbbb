"""A consumer's dataflow that was asked for whole is kept, and answers as if it were computed."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub import intake
from hub.model.schema import StructureRef
from hub.model.stored import reading_order
from hub.query import data_v1
from hub.query.availability import parse_v1
from hub.query.model import DataQuery
from hub.settings import Settings
from hub.store.available import available
from hub.store.engine import Engine
from hub.store.home import Hub
from hub.store.kept import keep
from hub.store.rows import inputs_of, pointers_at
from hub.store.select import select
from hub.views import Relation, find

MIG = StructureRef("OECD.ELS.IMD", "DSD_MIG@DF_MIG", "1.0")
FLOW = "OECD.ELS.IMD,DSD_MIG@DF_MIG,1.0"
COLUMNS = (
    "FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_BIRTH,COUNTRY_PREV_NEXT,SEX,AGE,REASON,UNIT_MEASURE"
)
AREAS, CITIZENS = ("MEX", "CRI", "GTM"), ("USA", "HND", "SCG", "COL")


def publish(hub: Hub, value: int, years: range = range(2015, 2020)) -> None:
    """Immigrants and emigrants, each ``value`` or a little more."""
    lines = [f"STRUCTURE,STRUCTURE_ID,ACTION,{COLUMNS},TIME_PERIOD,OBS_VALUE,OBS_STATUS"]
    for place, (area, citizen) in enumerate((a, c) for a in AREAS for c in CITIZENS):
        for measure in ("IMMIGRATION", "EMIGRATION"):
            lines += [
                f"dataflow,MIGHUB:DF_MIG_FLOW(1.0.0),M,A,{area},{measure},{citizen},_T,_T,_T,_T,_T,"
                f"PS,{year},{value + place},A"
                for year in years
            ]
    body = io.BytesIO("\n".join([*lines, ""]).encode())
    done = intake.process(hub, intake.submit(hub, body, "flows.csv"))
    assert done.state is intake.State.PUBLISHED, intake.report(hub, done.token)["findings"][:3]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path / "hub")})) as made:
        publish(made, 100)
        yield made


def ask(hub: Hub, key: str = "all", **how: Any) -> list[dict[str, Any]]:
    query = data_v1.parse(f"{FLOW}/{key}", "")
    selection = select(hub, DataQuery(**{**_fields(query), **how}))
    return [row for block in selection.blocks() for row in block.batch.to_pylist()]


def _fields(query: DataQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in DataQuery.__dataclass_fields__}


def kept(hub: Hub) -> list[Path]:
    return sorted((hub.settings.home / "tmp").glob("computed-*/*.parquet"))


def cells(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], str]:
    found = {
        (r["REF_AREA"], r["CITIZENSHIP"], r["MEASURE"], r["TIME_PERIOD"]): r["OBS_VALUE"]
        for r in rows
    }
    assert len(found) == len(rows)
    return found


def test_a_narrow_question_keeps_nothing(hub: Hub) -> None:
    assert ask(hub, "MEX.USA.A.B11....")
    assert not kept(hub)


def test_the_same_is_answered_before_and_after(hub: Hub) -> None:
    keys = ("MEX.USA.A.B11....", "MEX+CRI.......", "..A.B12....", "GTM.HND......")
    before = {key: ask(hub, key) for key in keys}
    whole = ask(hub)
    assert len(kept(hub)) == 1
    assert cells(ask(hub)) == cells(whole)
    for key in keys:
        assert before[key], key
        assert ask(hub, key) == before[key], key
        assert set(cells(before[key]).items()) <= set(cells(whole).items())
    assert len(kept(hub)) == 1


def test_later_questions_read_the_file(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither computing nor, for all of it, the engine has a part in them."""
    whole = ask(hub)
    view = find(MIG)
    monkeypatch.setattr(type(view), "relation", lambda *_: pytest.fail("it was computed again"))
    assert len(ask(hub, "MEX.......")) == len(whole) // len(AREAS)
    monkeypatch.setattr(Engine, "stream", lambda *_, **__: pytest.fail("the engine was asked"))
    assert ask(hub) == whole


def test_all_of_it_is_sorted_by_series_and_time(hub: Hub) -> None:
    schema = hub.structures.dataflow(MIG.agency, MIG.id, MIG.version)
    order = [c for c in reading_order(schema) if c in schema.by_id]
    rows = [tuple(row[c] for c in order) for row in ask(hub)]
    assert rows == sorted(rows)


def test_a_release_of_an_input_is_seen_at_once(hub: Hub) -> None:
    first = ask(hub)
    between = datetime.now(UTC)
    publish(hub, 500)
    second = ask(hub)
    assert {row["OBS_VALUE"] for row in first}.isdisjoint(row["OBS_VALUE"] for row in second)
    assert cells(ask(hub, "CRI.......")).items() <= cells(second).items()
    assert ask(hub, as_of=between) == first
    assert ask(hub) == second


def test_what_is_no_more_current_goes(hub: Hub) -> None:
    """The last is kept, and the one before, which somebody may be about to read."""
    for value in (200, 300, 500, 700):
        publish(hub, value)
        ask(hub)
    assert len(kept(hub)) == 2


def test_many_who_ask_at_once_wait_for_one(hub: Hub) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(hub), range(16)))
    assert all(answer == answers[0] for answer in answers)
    assert len(kept(hub)) == 1


def test_a_statement_that_fails_leaves_no_file(hub: Hub) -> None:
    view = find(MIG)
    assert view is not None
    inputs = inputs_of(hub, view, pointers_at(hub, [MIG], None))
    schema = hub.structures.dataflow(MIG.agency, MIG.id, MIG.version)
    with pytest.raises(Exception, match="no_such_table"):
        keep(hub, schema, inputs, Relation("no_such_table"))
    assert not kept(hub)
    assert ask(hub)


def test_files_of_a_process_that_was_killed_go(hub: Hub) -> None:
    script = (
        "import os, signal, sys\n"
        "from hub.settings import Settings\n"
        "from hub.store.home import Hub\n"
        "from hub.store.select import select\n"
        "from hub.query import data_v1\n"
        "hub = Hub.open(Settings.load({'HUB_HOME': sys.argv[1]}))\n"
        f"list(select(hub, data_v1.parse('{FLOW}/all', '')).blocks())\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(hub.settings.home)], check=False, timeout=120)
    (left,) = kept(hub)
    ask(hub)
    (own,) = kept(hub)
    assert own.parent != left.parent


def test_availability_is_the_same(hub: Hub) -> None:
    query = parse_v1(f"{FLOW}/all/all/all", "")
    before = available(hub, query)
    ask(hub)
    assert available(hub, query) == before
