"""Tables on a real S3 server, read through local copies."""

from __future__ import annotations

import io
import os
from pathlib import Path

import duckdb
import pytest
from s3_server import S3Server

from hub import intake
from hub.errors import HubError, Unavailable
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store import sql
from hub.store.home import Hub
from hub.store.objects import ObjectStore

BORDER = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
)


def message(values: dict[str, int]) -> bytes:
    rows = (
        f"{BORDER},M,MEX,ENTRIES,_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV,{month},{value},A\n"
        for month, value in values.items()
    )
    return (HEADER + "".join(rows)).encode()


def send(hub: Hub, values: dict[str, int]) -> intake.State:
    token = intake.submit(hub, io.BytesIO(message(values)), "m.csv", format="sdmx-csv-1.0")
    return intake.process(hub, token).state


def values(hub: Hub, version: int | None = None) -> dict[str, str]:
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    files = hub.observations.files(BORDER, version or pointer.version)
    query = f"SELECT TIME_PERIOD, OBS_VALUE FROM {sql.parquet(files)}"
    with duckdb.connect() as connection:
        return dict(connection.execute(query).fetchall())


def hub_on(s3: str, home: Path, **more: str) -> Hub:
    return Hub.init(Settings.load({"HUB_HOME": str(home), "HUB_STORE_URL": s3, **more}))


def test_releases_on_s3_are_what_they_are_on_disk(s3: str, tmp_path: Path) -> None:
    with hub_on(s3, tmp_path) as hub:
        assert send(hub, {"2025-01": 1, "2025-02": 2}) is intake.State.PUBLISHED
        first = hub.releases.current(BORDER)
        assert send(hub, {"2025-02": 3, "2025-03": 4}) is intake.State.PUBLISHED
        assert send(hub, {"2025-02": 3}) is intake.State.UNCHANGED
        assert values(hub) == {"2025-01": "1", "2025-02": "3", "2025-03": "4"}
        assert first is not None
        assert values(hub, first.version) == {"2025-01": "1", "2025-02": "2"}
    assert not (tmp_path / "store").exists()


def test_many_small_files_become_one_on_s3_too(s3: str, tmp_path: Path) -> None:
    with hub_on(s3, tmp_path) as hub:
        months = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
        for month in months[:20]:
            assert send(hub, {month: 7}) is intake.State.PUBLISHED
        pointer = hub.releases.current(BORDER)
        assert pointer is not None
        assert len(hub.observations.files(BORDER, pointer.version)) < 17
        assert values(hub) == dict.fromkeys(months[:20], "7")
        assert list((tmp_path / "cache" / "up").iterdir()) == []


def test_a_file_is_fetched_once_and_fetched_again_when_its_copy_went(
    s3: str, tmp_path: Path
) -> None:
    with hub_on(s3, tmp_path) as hub:
        send(hub, {"2025-01": 1})
        pointer = hub.releases.current(BORDER)
        assert pointer is not None
        (copy,) = hub.observations.files(BORDER, pointer.version)
        written = Path(copy).stat().st_ino
        assert hub.observations.files(BORDER, pointer.version) == [copy]
        assert Path(copy).stat().st_ino == written
        Path(copy).unlink()
        assert values(hub) == {"2025-01": "1"}


def test_copies_beyond_the_budget_go_the_longest_unused_first(s3: str, tmp_path: Path) -> None:
    objects = ObjectStore(s3, tmp_path, budget=2000)
    body = tmp_path / "body"
    body.write_bytes(b"x" * 1000)
    uris = [f"{s3}/{n}.parquet" for n in range(4)]
    for uri in uris:
        objects.upload(body, uri)
    paths = [Path(objects.local([uri])[0]) for uri in uris[:3]]
    assert all(p.exists() for p in paths), "copies in use stay, whatever the budget"
    for age, path in zip((5000, 4000, 3000), paths, strict=True):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    objects.local([uris[3]])
    assert [p.exists() for p in paths] == [False, False, True]


def test_an_address_that_is_no_object_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="s3://"):
        ObjectStore("ftp://example.org/x", tmp_path, 0)


def test_a_store_that_is_away_is_said_to_be_away(
    s3: str, s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Unavailable, match="object store"):
        ObjectStore(s3, tmp_path, 0).local([f"{s3}/a.parquet"])
