"""All of a dataflow straight from its files: the same rows in the same order as the engine's."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub import intake
from hub.model.schema import StructureRef
from hub.model.stored import reading_order
from hub.query import data_v2
from hub.settings import Settings
from hub.store import merged, whole
from hub.store.home import Hub
from hub.store.select import select

FLOW = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,COMMENT_OBS"
)
#: Out of order; the two ranges begin on the same day, and the longer one has the lesser text.
PERIODS = (
    ("M", "2025-03"), ("M", "2025-01"), ("A", "2024"), ("A", "2025"),
    ("_U", "2025-01-01/P5M"), ("_U", "2025-01-01/P10M"),
)  # fmt: skip
#: Rows of an area in a message.
PER_AREA = 3 * len(PERIODS)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path / "home")})) as opened:
        yield opened


def publish(hub: Hub, areas: Sequence[str], value: str = "7", comment: str = "") -> None:
    lines = [
        f"{FLOW},{freq},{area},ENTRIES,{who},_T,_T,_T,AIR,_T,_T,_T,_T,EV,{period},{value},A,{comment}"
        for area, who, (freq, period) in itertools.product(areas, ("USA", "GTM", "_T"), PERIODS)
    ]
    path = hub.folder("tmp") / "message.csv"
    path.write_text("\n".join([HEADER, *lines, ""]), "utf-8")
    done = intake.process(hub, intake.submit(hub, path, path.name, format="sdmx-csv-1.0"))
    assert done.state is intake.State.PUBLISHED, intake.report(hub, done.token)


def answer(hub: Hub, parameters: str = "") -> list[dict[str, str | None]]:
    path = f"dataflow/{FLOW.agency}/{FLOW.id}/{FLOW.version}"
    blocks = select(hub, data_v2.parse(path, parameters)).blocks()
    return [row for block in blocks for row in block.batch.to_pylist()]


def both_ways(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, parameters: str = ""
) -> tuple[int, list[dict[str, str | None]], list[dict[str, str | None]]]:
    """How often files were read as they are, that answer, and the engine's."""
    used = []
    read = whole.read
    with monkeypatch.context() as patch:
        patch.setattr(whole, "read", lambda *a, **k: used.append(a) or read(*a, **k))
        found = answer(hub, parameters)
        patch.setattr(whole, "in_order", lambda *_: None)
        return len(used), found, answer(hub, parameters)


def test_a_dataflow_of_one_release(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(hub, ["PAN", "MEX"], comment="provisional")
    used, found, engines = both_ways(hub, monkeypatch)
    assert used == 1
    assert found == engines
    assert [r["TIME_PERIOD"] for r in found if r["FREQ"] == "_U"][:2] == [
        "2025-01-01/P5M", "2025-01-01/P10M",
    ]  # fmt: skip
    assert {r["COMMENT_OBS"] for r in found} == {"provisional"}
    assert {r["CONF_STATUS"] for r in found} == {None}


@pytest.mark.parametrize("parameters", ["attributes=none", "measures=none&attributes=series"])
def test_only_some_columns(hub: Hub, monkeypatch: pytest.MonkeyPatch, parameters: str) -> None:
    publish(hub, ["PAN", "MEX"])
    _, found, engines = both_ways(hub, monkeypatch, parameters)
    assert found == engines
    assert found


def test_files_that_interleave_are_merged(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Annual, monthly and other series interleave by area, so areas alone do not part the files."""
    publish(hub, ["PAN"])
    publish(hub, ["BLZ"])
    used, found, engines = both_ways(hub, monkeypatch)
    assert used == 1
    assert found == engines


@pytest.mark.parametrize("seed", range(6))
def test_small_files_go_between_the_rows_of_large_ones(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Many messages on top of a large one, each with some areas or a revision of some."""
    chance = random.Random(seed)
    areas = ["BLZ", "CRI", "GTM", "HND", "JAM", "MEX", "PAN", "SLV", "SUR"]
    monkeypatch.setattr(whole, "FILE_ROWS", 4 * PER_AREA)
    if seed % 3:  # one batch holds less than a file, so that the merge goes on over several
        monkeypatch.setattr(merged, "BATCH_ROWS", 5)
        monkeypatch.setattr(whole, "read", partial(whole.read, rows=7))
    publish(hub, chance.sample(areas, 5))
    for number in range(8):
        publish(hub, chance.sample(areas, chance.randint(1, 2)), f"{number}.50", f"c{number % 3}")
    found = answer(hub)
    monkeypatch.setattr(whole, "in_order", lambda *_: None)
    assert found == answer(hub)
    assert len(found) % PER_AREA == 0


def test_large_files_that_overlap_are_the_engines(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "FILE_ROWS", 2)
    publish(hub, ["PAN", "MEX"])
    publish(hub, ["BLZ", "NIC"])
    used, found, engines = both_ways(hub, monkeypatch)
    assert (used, found) == (0, engines)


def test_more_small_files_than_are_held_are_the_engines(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "_HELD", 2 * PER_AREA - 1)
    publish(hub, ["PAN"])
    publish(hub, ["BLZ"])
    used, found, engines = both_ways(hub, monkeypatch)
    assert (used, found) == (0, engines)


def test_a_revision_is_seen(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(hub, ["MEX", "PAN"])
    publish(hub, ["MEX"], "8")
    _, found, engines = both_ways(hub, monkeypatch)
    assert found == engines
    assert {r["OBS_VALUE"] for r in found if r["REF_AREA"] == "MEX"} == {"8"}
    assert {r["OBS_VALUE"] for r in found if r["REF_AREA"] == "PAN"} == {"7"}


@pytest.mark.parametrize(
    "parameters",
    ["c[REF_AREA]=MEX", "c[TIME_PERIOD]=ge:2025-01", "lastNObservations=1", "limit=3",
     "offset=2", "sort=TIME_PERIOD", "dimensionAtObservation=REF_AREA"],
)  # fmt: skip
def test_what_asks_for_less_or_another_order_is_the_engines(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, parameters: str
) -> None:
    publish(hub, ["PAN", "MEX"])
    used, found, engines = both_ways(hub, monkeypatch, parameters)
    assert used == 0
    assert found == engines


def test_files_say_what_they_are_sorted_by(hub: Hub) -> None:
    publish(hub, ["PAN", "MEX"])
    schema = hub.structures.dataflow(FLOW.agency, FLOW.id, FLOW.version)
    pointer = hub.releases.current(FLOW)
    assert pointer is not None
    for path in hub.observations.files(FLOW, pointer.version):
        order = list(reading_order(schema))
        rows = pq.read_table(path, columns=order).to_pylist()
        keys = [tuple(row[name] for name in order) for row in rows]
        assert keys == sorted(keys)
        assert whole.order_of(pq.read_metadata(path)) == tuple(order)


def test_a_file_that_says_nothing_is_left_to_the_engine(tmp_path: Path, hub: Hub) -> None:
    publish(hub, ["PAN", "MEX"])
    pointer = hub.releases.current(FLOW)
    assert pointer is not None
    (path,) = hub.observations.files(FLOW, pointer.version)
    silent = tmp_path / "silent.parquet"
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), silent)
    schema = hub.structures.dataflow(FLOW.agency, FLOW.id, FLOW.version)
    files = whole.Files((str(silent),), ())
    assert whole.in_order(files, reading_order(schema)) is None
    assert whole.in_order(whole.Files((path,), ()), reading_order(schema)) == whole.Lying((path,))
