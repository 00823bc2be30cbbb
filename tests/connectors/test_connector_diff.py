"""``mighub connectors run --diff``: what another edition of a file changes in a hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tidy_csv import Line, lines, repeated, without, write

from connectors import catalogue
from connectors.cli import connectors
from hub.intake import run_pending, submit
from hub.query import data_v2
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.select import select

CONNECTOR = "mex/iom_irregular_nationality"
VINTAGES = "iom-gdidata/vintages/irreg_mexico_nat_{}.csv"
Shared = Callable[[str], Path]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    with Hub.init(Settings.load()) as opened:
        yield opened


def publish(hub: Hub, path: Path, connector: str = CONNECTOR) -> None:
    token = submit(hub, path, path.name, connector=connector)
    run_pending(hub)
    assert hub.submissions.get(token).state == "published"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(connectors, ["run", *(str(a) for a in arguments)])


def diff(path: Path, connector: str = CONNECTOR) -> dict[str, dict[str, object]]:
    result = call(connector, "--input", path, "--diff", "--report", "json")
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.stdout)["diff"]
    return dict(found)


def edition(version: str, shared_data: Shared, folder: Path) -> tuple[Path, dict[str, int]]:
    """A vintage without the records whose key stands twice, and its sums by year."""
    path = shared_data(VINTAGES.format(version))
    twice = repeated(path, "t", "nat")
    sound = without(path, folder / f"{version}.csv", lambda x: (x["t"], x["nat"]) in twice)
    return sound, sums(lines(sound))


def sums(records: list[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for record in records:
        year = record["t"][:4]
        found[year] = found.get(year, 0) + int(float(record["n"]))
    return found


def test_the_revision_of_2024_is_shown_before_it_is_made(
    hub: Hub, shared_data: Shared, tmp_path: Path
) -> None:
    """925,085 to 1,231,320 as published, less what is refused for its doubtful nationality."""
    assert sums(lines(shared_data(VINTAGES.format("1267fd3"))))["2024"] == 925085
    assert sums(lines(shared_data(VINTAGES.format("96990bc"))))["2024"] == 1231320
    first, before = edition("1267fd3", shared_data, tmp_path)
    second, after = edition("96990bc", shared_data, tmp_path)
    publish(hub, first)
    found = diff(second)
    years = {year["year"]: year for year in found["years"]}
    assert years["2024"]["published"]["sum"] == before["2024"]
    assert years["2024"]["given"]["sum"] == after["2024"]
    assert years["2025"]["published"] == {"observations": 0, "sum": 0}
    assert years["2023"]["published"] == years["2023"]["given"]
    old = {(x["t"], x["nat"]): x["n"] for x in lines(first)}
    new = {(x["t"], x["nat"]): x["n"] for x in lines(second)}
    gone = old.keys() - new.keys()
    printed = {month for month, _ in new}
    assert any(month in printed for month, _ in gone)
    assert found["counts"] == {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[key] != new[key] for key in old.keys() & new.keys()),
        "withdrawn": sum(month in printed for month, _ in gone),
        "same": sum(old[key] == new[key] for key in old.keys() & new.keys()),
        "absent": sum(month not in printed for month, _ in gone),
    }


def test_as_of_returns_each_vintage(hub: Hub, shared_data: Shared, tmp_path: Path) -> None:
    first, before = edition("1267fd3", shared_data, tmp_path)
    second, after = edition("96990bc", shared_data, tmp_path)
    published = []
    for path in (first, second):
        publish(hub, path)
        pointer = hub.releases.current(catalogue.record(CONNECTOR).dataflow)
        assert pointer is not None
        published.append(pointer.released_at)

    def year(as_of: datetime) -> int:
        query = replace(data_v2.parse("dataflow/MIGHUB/DF_MIG_IRREGULAR/1.0.0", ""), as_of=as_of)
        rows = [row for block in select(hub, query).blocks() for row in block.batch.to_pylist()]
        return sum(int(r["OBS_VALUE"]) for r in rows if r["TIME_PERIOD"].startswith("2024"))

    assert year(published[0]) == before["2024"]
    assert year(published[1]) == after["2024"] > before["2024"]


def test_a_dry_run_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    (sample,) = catalogue.samples(CONNECTOR)
    publish(hub, sample)
    ref = catalogue.record(CONNECTOR).dataflow
    pointer = hub.releases.current(ref)
    changed = lines(sample)
    changed[0]["n"] = "99"
    diff(write(changed, tmp_path / "x.csv"))
    assert hub.releases.current(ref) == pointer
    assert list((hub.settings.home / "tmp").glob("*")) == []


def test_each_kind_of_difference_is_told_apart(hub: Hub, tmp_path: Path) -> None:
    (sample,) = catalogue.samples(CONNECTOR)
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
    (sample,) = catalogue.samples(CONNECTOR)
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


def test_a_file_with_errors_is_compared_and_exits_with_1(
    hub: Hub, shared_data: Shared, tmp_path: Path
) -> None:
    publish(hub, edition("1267fd3", shared_data, tmp_path)[0])
    result = call(CONNECTOR, "-i", shared_data(VINTAGES.format("96990bc")), "--diff")
    assert result.exit_code == 1
    assert "DUPLICATE_LABEL" in result.stderr
    assert "could not be published" in result.stderr
    assert "published and not in the file" in result.stdout


def test_the_table_names_what_differs(hub: Hub, tmp_path: Path) -> None:
    (sample,) = catalogue.samples(CONNECTOR)
    publish(hub, sample)
    records = lines(sample)
    records[0]["n"] = "1234567"
    result = call(CONNECTOR, "-i", write(records, tmp_path / "x.csv"), "--diff")
    assert "1 changed" in result.stdout
    (line,) = (x for x in result.stdout.splitlines() if x.startswith("changed"))
    old = lines(sample)[0]
    assert line.split() == ["changed", old["nat"], old["t"], old["n"], "1234567"]


def test_diff_and_output_exclude_each_other(hub: Hub, tmp_path: Path) -> None:
    (sample,) = catalogue.samples(CONNECTOR)
    assert call(CONNECTOR, "-i", sample).exit_code == 2
    assert call(CONNECTOR, "-i", sample, "--diff", "-o", tmp_path / "x").exit_code == 2


def test_without_a_hub_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "nothing"))
    result = call(CONNECTOR, "-i", catalogue.samples(CONNECTOR)[0], "--diff")
    assert result.exit_code == 1
    assert "mighub init" in result.output
