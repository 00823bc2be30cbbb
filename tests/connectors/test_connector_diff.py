"""``mighub connectors run --diff``: what another edition of a file changes in a hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tidy_csv import lines, repeated, write

from connectors import catalogue
from connectors.cli import connectors
from hub.intake import returned, run_pending, submit
from hub.query import data_v2
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.select import select
from hub.store.submissions import Mode

CONNECTOR = "mex/iom_irregular_nationality"
VINTAGES = "iom-gdidata/vintages/irreg_mexico_nat_{}.csv"
#: Codes of the publisher's own.
RECODED = {"STL": "XXA", "OOO": "_U"}
Shared = Callable[[str], Path]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    with Hub.init(Settings.load()) as opened:
        yield opened


def publish(hub: Hub, path: Path, connector: str = CONNECTOR, mode: Mode = Mode.ALL) -> None:
    token = submit(hub, path, path.name, connector=connector, mode=mode)
    run_pending(hub)
    assert hub.submissions.get(token).state == "published"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(connectors, ["run", *(str(a) for a in arguments)])


def diff(path: Path, connector: str = CONNECTOR, exit_code: int = 0) -> dict[str, Any]:
    result = call(connector, "--input", path, "--diff", "--report", "json")
    assert result.exit_code == exit_code, result.output
    (found,) = json.loads(result.stdout)["diff"]
    return dict(found)


def year_of(found: dict[str, Any], year: str) -> dict[str, dict[str, float]]:
    (one,) = (each for each in found["years"] if each["year"] == year)
    return dict(one)


def printed(path: Path, year: str) -> int:
    return sum(int(float(x["n"])) for x in lines(path) if x["t"].startswith(year))


def single(path: Path) -> dict[tuple[str, str], str]:
    """Figures of a vintage by month and nationality, without what it gives twice."""
    twice = repeated(path, "t", "nat")
    records = lines(path)
    return {(x["t"], x["nat"]): x["n"] for x in records if (x["t"], x["nat"]) not in twice}


def test_the_vintages_of_mexico_show_the_revision_of_2024(hub: Hub, shared_data: Shared) -> None:
    """925,085 to 1,231,320 as printed; what each gives twice is given back and told beside."""
    first, second = (shared_data(VINTAGES.format(v)) for v in ("1267fd3", "96990bc"))
    publish(hub, first, mode=Mode.VALID)
    found = diff(second, exit_code=1)
    told = year_of(found, "2024")
    assert told["published"]["sum"] + told["returned"]["sum"] == 925085
    assert told["given"]["sum"] + told["refused"]["sum"] == 1231320
    for year in ("2023", "2024", "2025"):
        told = year_of(found, year)
        before = told["published"]["sum"] + told["returned"]["sum"]
        assert before == printed(first, year)
        assert told["given"]["sum"] + told["refused"]["sum"] == printed(second, year)
        rows = sum(x["t"].startswith(year) for x in lines(second))
        assert told["given"]["observations"] + told["refused"]["observations"] == rows
    old, new = single(first), single(second)
    months = {month for month, _ in new}
    given_back = set(repeated(second, "t", "nat"))
    gone = old.keys() - new.keys() - given_back
    assert found["counts"] == {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[key] != new[key] for key in old.keys() & new.keys()),
        "withdrawn": sum(month in months for month, _ in gone),
        "same": sum(old[key] == new[key] for key in old.keys() & new.keys()),
        "absent": sum(month not in months for month, _ in gone) + len(old.keys() & given_back),
    }
    shown = call(CONNECTOR, "-i", second, "--diff")
    assert shown.exit_code == 1
    assert "DUPLICATE_LABEL" in shown.stderr
    assert "could not be published" in shown.stderr
    (line,) = (x for x in shown.stdout.splitlines() if x.startswith("2024"))
    assert line.split()[-3:] == ["925,085", "1,231,320", "+306,235"]


def test_as_of_returns_each_vintage_of_mexico(hub: Hub, shared_data: Shared) -> None:
    told = []
    for version in ("1267fd3", "96990bc"):
        path = shared_data(VINTAGES.format(version))
        publish(hub, path, mode=Mode.VALID)
        pointer = hub.releases.current(catalogue.record(CONNECTOR).dataflow)
        assert pointer is not None
        told.append((pointer.released_at, path))
    for instant, path in told:
        query = data_v2.parse("dataflow/MIGHUB/DF_MIG_IRREGULAR/1.0.0", "")
        blocks = select(hub, replace(query, as_of=instant)).blocks()
        rows = [row for block in blocks for row in block.batch.to_pylist()]
        found = {(r["TIME_PERIOD"], r["CITIZENSHIP"]): int(r["OBS_VALUE"]) for r in rows}
        wanted = {(t, RECODED.get(n, n)): int(float(v)) for (t, n), v in single(path).items()}
        assert found == wanted


@pytest.mark.parametrize("version", ["ce8f9c0", "13362fb"])
def test_a_vintage_of_honduras_is_published_without_what_is_wrong(
    version: str, hub: Hub, shared_data: Shared
) -> None:
    connector = "hnd/iom_irregular_nationality"
    path = shared_data(f"iom-gdidata/vintages/irreg_honduras_nat_{version}.csv")
    publish(hub, path, connector, Mode.VALID)
    rows = [
        row
        for block in select(
            hub, data_v2.parse("dataflow/MIGHUB/DF_MIG_IRREGULAR/1.0.0", "")
        ).blocks()
        for row in block.batch.to_pylist()
    ]
    # The older one names areas, and what it names twice is added up; the newer gives codes twice.
    named = [x["n"] for x in lines(path)]
    coded = [n for key, n in single(path).items() if key[1] != "TWN"]
    sound = named if version == "ce8f9c0" else coded
    assert sum(int(r["OBS_VALUE"]) for r in rows) == sum(int(float(n)) for n in sound)


def test_what_is_given_back_is_not_withdrawn(hub: Hub, tmp_path: Path) -> None:
    """A key that the next edition gives twice keeps the figure it had, and is in the part
    given back with both of its rows and the rule."""
    sample = catalogue.samples(CONNECTOR)[0]
    publish(hub, sample)
    records = lines(sample)
    twice = {**records[0], "n": "5"}
    gone = records.pop(1)
    path = write([*records, twice], tmp_path / "x.csv")
    token = submit(hub, path, path.name, connector=CONNECTOR, mode=Mode.VALID)
    run_pending(hub)
    done = hub.submissions.get(token)
    assert done.state == "published"
    assert dict(done.counts or {}) == {
        "observations": len(records) - 1, "inserted": 0, "updated": 0, "deleted": 1,
    }  # fmt: skip
    blocks = select(hub, data_v2.parse("dataflow/MIGHUB/DF_MIG_IRREGULAR/1.0.0", "")).blocks()
    rows = [row for block in blocks for row in block.batch.to_pylist()]
    found = {(r["TIME_PERIOD"], r["CITIZENSHIP"]): r["OBS_VALUE"] for r in rows}
    assert found[records[0]["t"], records[0]["nat"]] == records[0]["n"]
    assert (gone["t"], gone["nat"]) not in found
    told, _ = returned.part(hub, token, "rules")
    back = lines(told)
    assert sorted(r["OBS_VALUE"] for r in back) == sorted([records[0]["n"], "5"])
    assert {r["RULES"] for r in back} == {"DUPLICATE_LABEL"}


def test_a_fault_of_the_whole_file_gives_nothing_back(hub: Hub, tmp_path: Path) -> None:
    """A nationality that nobody knows: which observation it was cannot be told."""
    sample = catalogue.samples(CONNECTOR)[0]
    records = lines(sample)
    path = write([*records, records[0], {**records[1], "nat": "QQQ"}], tmp_path / "x.csv")
    token = submit(hub, path, path.name, connector=CONNECTOR, mode=Mode.VALID)
    run_pending(hub)
    assert hub.submissions.get(token).state == "refused"
    assert returned.summary(hub, token) is None


def test_a_dry_run_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    sample = catalogue.samples(CONNECTOR)[0]
    publish(hub, sample)
    ref = catalogue.record(CONNECTOR).dataflow
    pointer = hub.releases.current(ref)
    changed = lines(sample)
    changed[0]["n"] = "99"
    diff(write(changed, tmp_path / "x.csv"))
    assert hub.releases.current(ref) == pointer
    assert list((hub.settings.home / "tmp").glob("*")) == []


def test_each_kind_of_difference_is_told_apart(hub: Hub, tmp_path: Path) -> None:
    sample = catalogue.samples(CONNECTOR)[0]
    publish(hub, sample)
    records = lines(sample)
    old = records[0]["n"]
    records[0]["n"] = str(int(old) + 7)
    gone = records.pop(1)
    records.append({"t": "2018-03", "nat": "NAM", "n": "4"})
    found = diff(write(records, tmp_path / "x.csv"))
    assert found["counts"] == {
        "new": 1, "changed": 1, "withdrawn": 1, "same": len(records) - 2, "absent": 0,
    }  # fmt: skip
    rows = {row["kind"]: row for row in found["rows"]}
    assert rows["changed"]["changes"] == {"OBS_VALUE": {"old": old, "new": str(int(old) + 7)}}
    assert rows["changed"]["key"]["CITIZENSHIP"] == records[0]["nat"]
    assert rows["new"]["key"]["CITIZENSHIP"] == "NAM"
    withdrawn = rows["withdrawn"]
    assert withdrawn["key"]["CITIZENSHIP"] == gone["nat"]
    assert withdrawn["changes"]["OBS_VALUE"] == {"old": gone["n"], "new": None}
    (year,) = found["years"]
    difference = year["given"]["sum"] - year["published"]["sum"]
    assert difference == 7 + 4 - int(gone["n"])


def test_a_month_that_is_not_printed_at_all_stays(hub: Hub, tmp_path: Path) -> None:
    sample = catalogue.samples(CONNECTOR)[0]
    publish(hub, sample)
    records = lines(sample)
    left = [record for record in records if record["t"] != "2018-02"]
    assert 0 < len(left) < len(records)
    found = diff(write(left, tmp_path / "x.csv"))
    lacking = len(records) - len(left)
    assert found["counts"] == {
        "new": 0, "changed": 0, "withdrawn": 0, "same": len(left), "absent": lacking,
    }  # fmt: skip
    (absent, *_) = found["absent"]
    assert absent["key"]["TIME_PERIOD"] == "2018-02"


def test_data_of_another_measure_or_area_are_no_part_of_it(hub: Hub) -> None:
    other = "hnd/iom_irregular_nationality"
    publish(hub, catalogue.samples(other)[0], other)
    found = diff(catalogue.samples(CONNECTOR)[0])
    assert found["counts"]["absent"] == 0
    assert all(year["published"]["observations"] == 0 for year in found["years"])


def test_annual_and_monthly_figures_are_not_added(hub: Hub) -> None:
    connector = "pan/iom_darien_nationality"
    publish(hub, catalogue.samples(connector)[0], connector)
    years = diff(catalogue.samples(connector)[0], connector)["years"]
    assert [(y["year"], y["freq"]) for y in years] == [
        ("2010", "A"), ("2011", "A"), ("2013", "A"), ("2020", "M"),
    ]  # fmt: skip


def test_the_table_names_what_differs(hub: Hub, tmp_path: Path) -> None:
    sample = catalogue.samples(CONNECTOR)[0]
    publish(hub, sample)
    records = lines(sample)
    records[0]["n"] = "1234567"
    result = call(CONNECTOR, "-i", write(records, tmp_path / "x.csv"), "--diff")
    assert "1 changed" in result.stdout
    (line,) = (x for x in result.stdout.splitlines() if x.startswith("changed"))
    old = lines(sample)[0]
    assert line.split() == ["changed", old["nat"], old["t"], old["n"], "1234567"]


def test_diff_and_output_exclude_each_other(hub: Hub, tmp_path: Path) -> None:
    sample = catalogue.samples(CONNECTOR)[0]
    assert call(CONNECTOR, "-i", sample).exit_code == 2
    assert call(CONNECTOR, "-i", sample, "--diff", "-o", tmp_path / "x").exit_code == 2


def test_without_a_hub_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "nothing"))
    result = call(CONNECTOR, "-i", catalogue.samples(CONNECTOR)[0], "--diff")
    assert result.exit_code == 1
    assert "mighub init" in result.output
