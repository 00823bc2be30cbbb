"""Eurostat's datasets over REST: what its own files said, read by the connectors, is said again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from flask.testing import FlaskClient
from released import settings_of

import connectors
from hub import intake
from hub.store.home import Hub
from registry.app import create_app

SAMPLES = Path(connectors.__file__).parent / "int"
CSV1 = "application/vnd.sdmx.data+csv;version=1.0.0"
CSV2 = "application/vnd.sdmx.data+csv;version=2.0.0"
FORMATS = [
    CSV1,
    CSV2,
    "application/vnd.sdmx.data+json;version=1.0.0",
    "application/vnd.sdmx.data+json;version=2.0.0",
    "application/vnd.sdmx.genericdata+xml;version=2.1",
    "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
    "application/vnd.sdmx.data+xml;version=3.0.0",
]

#: Dataset, its key, and the sample that is read; what is not answered of it, by column.
FILES = {
    "MIGR_IMM1CTZ": (
        "freq citizen agedef age unit sex geo", "eurostat_flows/sample/migr_imm1ctz.csv",
        {"agedef": ["REACH"], "citizen": ["EU27_2020_FOR"]},
    ),
    "MIGR_POP1CTZ": (
        "freq citizen age unit sex geo", "eurostat_stock/sample/migr_pop1ctz.csv",
        {"citizen": ["FOR_STLS"]},
    ),
    "MIGR_RESFIRST": (
        "freq reason citizen duration unit geo", "eurostat_permits/sample/migr_resfirst.csv",
        {"duration": ["M3-5", "M6-11", "M_GE12", "M3-11"], "reason": ["OTH"],
         "citizen": ["EU27_2020_FOR"]},
    ),
}  # fmt: skip

#: First applications and one that is not of a whole year.
ASYLUM = """DATAFLOW,FREQ,REF_AREA,MEASURE,POPULATION_TYPE,COUNTRY_ORIGIN,LOCATION,REASON,SEX,AGE,\
UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS
MIGHUB:DF_MIG_DISPLACEMENT(1.0.0),A,MEX,ASYLUM_APPLIED_FIRST,ASY,HND,_T,_T,F,Y18T34,PS,2022,7,P
MIGHUB:DF_MIG_DISPLACEMENT(1.0.0),A,MEX,ASYLUM_APPLIED,ASY,XXA,_T,_T,_T,_T,PS,2022,9,A
MIGHUB:DF_MIG_DISPLACEMENT(1.0.0),M,MEX,ASYLUM_APPLIED_FIRST,ASY,CUB,_T,_T,_T,_T,PS,2022-01,5,A
"""


def send(hub: Hub, body: bytes, name: str, **how: str) -> None:
    done = intake.process(hub, intake.submit(hub, io.BytesIO(body), name, **how))
    assert done.state == intake.State.PUBLISHED, intake.report(hub, done.token)["findings"][:3]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with Hub.init(settings_of(tmp_path_factory.mktemp("hub"))) as hub:
        for _, path, _ in FILES.values():
            sample = SAMPLES / path
            send(hub, sample.read_bytes(), sample.name, connector=f"int/{path.split('/')[0]}")
        send(hub, ASYLUM.encode(), "asylum.csv")
        yield create_app(hub).test_client()


def answered(client: FlaskClient, path: str) -> list[dict[str, str]]:
    answer = client.get(path, headers={"Accept": CSV1 if "/v1/" in path else CSV2})
    assert answer.status_code == 200, answer.text[:300]
    return list(csv.DictReader(io.StringIO(answer.text)))


def told(path: str, left: dict[str, list[str]]) -> pd.DataFrame:
    """The figures of a sample that the dataset answers."""
    frame = pd.read_csv(SAMPLES / path, dtype=str, keep_default_na=False)
    frame = frame[~frame["OBS_VALUE"].isin(["", ":"])]
    for column, codes in left.items():
        frame = frame[~frame[column].isin(codes)]
    return frame


@pytest.mark.parametrize("dataset", FILES)
@pytest.mark.parametrize(
    "path", ["/sdmx/v1/data/ESTAT,{},1.0/all", "/sdmx/v2/data/dataflow/ESTAT/{}/1.0/*"]
)
def test_what_eurostat_said_is_said_again(client: FlaskClient, dataset: str, path: str) -> None:
    """Key by key and value by value; a flag is the one that weighs most of those given."""
    key, sample, left = FILES[dataset]
    columns = [*key.split(), "TIME_PERIOD"]
    found = answered(client, path.format(dataset))
    assert list(found[0])[-len(columns) - 3 :] == [*columns, "OBS_VALUE", "OBS_FLAG", "CONF_STATUS"]
    ours = {tuple(row[c] for c in columns): row for row in found}
    theirs = {tuple(row[c] for c in columns): row for row in told(sample, left).to_dict("records")}
    assert len(ours) == len(found)
    assert {k: r["OBS_VALUE"] for k, r in ours.items()} == {
        k: r["OBS_VALUE"] for k, r in theirs.items()
    }
    for cell, row in theirs.items():
        flag = ours[cell]["OBS_FLAG"]
        by_rule = dataset == "MIGR_RESFIRST" and row["reason"] != "TOTAL"
        assert flag == ("d" if by_rule else row["OBS_FLAG"][:1]), cell


def test_asylum_applicants(client: FlaskClient) -> None:
    found = answered(client, "/sdmx/v1/data/ESTAT,MIGR_ASYAPPCTZA,1.0/A.PER.....MX")
    rows = {(r["citizen"], r["sex"], r["applicant"], r["age"], r["OBS_VALUE"], r["OBS_FLAG"])
            for r in found}  # fmt: skip
    assert rows == {
        ("HN", "F", "FRST", "Y18-34", "7", "p"),
        ("STLS", "T", "ASY_APP", "TOTAL", "9", ""),
    }


def test_nobody_said_anything_of_emigration(client: FlaskClient) -> None:
    assert client.get("/sdmx/v1/data/ESTAT,MIGR_EMI1CTZ,1.0/all").status_code == 404


@pytest.mark.parametrize("accept", FORMATS)
def test_every_format(client: FlaskClient, accept: str) -> None:
    version = "v2" if "3.0" in accept or "2.0.0" in accept else "v1"
    path = {"v1": "ESTAT,MIGR_IMM1CTZ,1.0/all", "v2": "dataflow/ESTAT/MIGR_IMM1CTZ/1.0/*"}[version]
    answer = client.get(f"/sdmx/{version}/data/{path}", headers={"Accept": accept})
    assert answer.status_code == 200, answer.text[:300]
    assert accept.split(";")[0] in answer.headers["Content-Type"]


def test_availability_and_coverage(client: FlaskClient) -> None:
    """Availability says the codes that there are; coverage counts each observation once."""
    answer = client.get("/sdmx/v2/availability/dataflow/ESTAT/MIGR_RESFIRST/1.0/*/*")
    assert answer.status_code == 200
    assert '"FAM"' in answer.text or ">FAM<" in answer.text
    assert '"OTH"' not in answer.text and ">OTH<" not in answer.text
    report = client.get("/api/coverage/ESTAT/MIGR_RESFIRST/1.0").json
    assert report is not None
    assert sum(row["observations"] for row in report["counts"]) == report["observations"]
    used = sum(row["observations"] for row in report["counts"] if row["used"])
    assert used == len(told(*FILES["MIGR_RESFIRST"][1:]))
