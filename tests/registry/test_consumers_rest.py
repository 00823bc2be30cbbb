"""OECD's dataflows as its officer gets them: over a real connection, with the tools there are."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sdmx
from released import settings_of
from werkzeug.serving import make_server

import connectors
from hub import intake
from hub.store.home import Hub
from registry.app import create_app

SAMPLE = Path(connectors.__file__).parent / "int/oecd_flows/sample/df_mig_b11_mex_cri.csv"
FLOW = "OECD.ELS.IMD,DSD_MIG@DF_MIG,1.0"
KEY = "MEX+CRI..A.B11...."
COLUMNS = (
    "FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_BIRTH,COUNTRY_PREV_NEXT,SEX,AGE,REASON,UNIT_MEASURE"
)


def flows(*rows: str) -> bytes:
    """SDMX-CSV 2.0 of our own flows; a row is area, measure, citizenship, sex, year, value."""
    lines = [f"STRUCTURE,STRUCTURE_ID,ACTION,{COLUMNS},TIME_PERIOD,OBS_VALUE,OBS_STATUS"]
    for row in rows:
        area, measure, citizen, sex, year, value = row.split()
        lines.append(
            f"dataflow,MIGHUB:DF_MIG_FLOW(1.0.0),M,A,{area},{measure},{citizen},_T,_T,{sex},_T,_T,"
            f"PS,{year},{value},A"
        )
    return "\n".join([*lines, ""]).encode()


OWN = flows(
    "MEX IMMIGRATION GTM _T 2021 4312",
    "MEX IMMIGRATION GTM F 2021 2001",
    "MEX IMMIGRATION GTM M 2021 2311",
    "MEX IMMIGRATION MEX _T 2021 9999",
    "MEX IMMIGRATION ANT _T 2021 3",
    "CRI EMIGRATION NIC _T 2021 812",
    "CRI NET_MIGRATION _T _T 2021 1",
)


def send(hub: Hub, body: bytes | Path, **how: Any) -> None:
    source = body if isinstance(body, Path) else io.BytesIO(body)
    name = body.name if isinstance(body, Path) else "flows.csv"
    done = intake.process(hub, intake.submit(hub, source, name, **how))
    assert done.state == intake.State.PUBLISHED, intake.report(hub, done.token)["findings"][:3]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with Hub.init(settings_of(tmp_path_factory.mktemp("hub"))) as made:
        send(made, SAMPLE, connector="int/oecd_flows")
        send(made, OWN)
        yield made


@pytest.fixture(scope="module")
def url(hub: Hub) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(hub), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def client(url: str) -> sdmx.Client:
    sdmx.add_source({"id": "MIGHUB", "name": "hub", "url": f"{url}/sdmx/v1"}, override=True)
    return sdmx.Client("MIGHUB")


def curl(*arguments: str) -> str:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail", "--globoff", *arguments],
        capture_output=True, check=True, text=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def wanted() -> dict[tuple[str, str, str, str], str]:
    """Cells of B11 for Mexico and Costa Rica, from the two files by hand."""
    frame = pd.read_csv(SAMPLE, dtype=str, keep_default_na=False)
    frame = frame[frame["MEASURE"].eq("B11") & frame["REF_AREA"].isin(["MEX", "CRI"])]
    frame = frame[frame["OBS_VALUE"].ne("")]
    columns = ("REF_AREA", "CITIZENSHIP", "SEX", "TIME_PERIOD")
    found = {tuple(row[c] for c in columns): row["OBS_VALUE"] for row in frame.to_dict("records")}
    own = {
        ("MEX", "GTM", "_T", "2021"): "4312", ("MEX", "GTM", "F", "2021"): "2001",
        ("MEX", "ANT_F", "_T", "2021"): "3",
    }  # fmt: skip
    return {**found, **own}  # type: ignore[dict-item]


def cells(text: str) -> dict[tuple[str, ...], str]:
    columns = ("REF_AREA", "CITIZENSHIP", "SEX", "TIME_PERIOD")
    rows = list(csv.DictReader(io.StringIO(text)))
    found = {tuple(row[c] for c in columns): row["OBS_VALUE"] for row in rows}
    assert len(found) == len(rows)
    return found


def test_curl_gets_the_table_with_labels(url: str, shared_data: Any) -> None:
    """The header is that of OECD's own file; the cells are those of the two files."""
    text = curl(f"{url}/sdmx/v1/data/{FLOW}/{KEY}?format=csvfilewithlabels")
    own = shared_data("oecd-dsd-mig/DF_MIG_B11_World_2012_2022.csv").read_text("utf-8")
    assert text.splitlines()[0] == own.splitlines()[0]
    assert cells(text) == wanted()
    theirs = {r["REF_AREA"]: r for r in csv.DictReader(io.StringIO(own))}
    labels = [c for c in own.splitlines()[0].split(",") if " " in c or c in ("Measure", "Sex")]
    for row in csv.DictReader(io.StringIO(text)):
        if row["CITIZENSHIP"] == "W":
            assert {c: row[c] for c in labels} == {c: theirs[row["REF_AREA"]][c] for c in labels}


def test_curl_gets_it_by_rest_2(url: str) -> None:
    text = curl(
        "--header", "Accept: application/vnd.sdmx.data+csv;version=2.0.0",
        f"{url}/sdmx/v2/data/dataflow/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0/MEX.*.A.B11?c[SEX]=F",
    )  # fmt: skip
    assert cells(text) == {k: v for k, v in wanted().items() if k[0] == "MEX" and k[2] == "F"}


def test_json_and_ml_hold_the_same(url: str) -> None:
    where = f"{url}/sdmx/v1/data/{FLOW}/{KEY}"
    tree = json.loads(curl("--header", "Accept: application/vnd.sdmx.data+json", where))
    series = tree["data"]["dataSets"][0]["series"]
    many = sum(len(one["observations"]) for one in series.values())
    assert many == len(wanted())
    for media in ("genericdata+xml;version=2.1", "structurespecificdata+xml;version=2.1"):
        body = curl("--header", f"Accept: application/vnd.sdmx.{media}", where)
        message = sdmx.read_sdmx(io.BytesIO(body.encode()))
        values = sorted(str(o.value) for d in message.data for o in d.obs)
        assert values == sorted(wanted().values())


def test_sdmx1_gets_structure_and_data(client: sdmx.Client) -> None:
    flow = client.dataflow("DSD_MIG@DF_MIG", agency_id="OECD.ELS.IMD", version="1.0")
    structure = flow.structure["DSD_MIG"]
    assert [d.id for d in structure.dimensions] == [
        "REF_AREA", "CITIZENSHIP", "FREQ", "MEASURE", "SEX", "BIRTH_PLACE", "EDUCATION_LEV",
        "UNIT_MEASURE", "TIME_PERIOD",
    ]  # fmt: skip
    data = client.data("OECD.ELS.IMD,DSD_MIG@DF_MIG,1.0", key=KEY)
    frame = sdmx.to_pandas(data.data[0]).reset_index()
    columns = ["REF_AREA", "CITIZENSHIP", "SEX", "TIME_PERIOD"]
    found = {tuple(r[c] for c in columns): f"{r['value']:g}" for r in frame.to_dict("records")}
    assert found == {k: f"{float(v):g}" for k, v in wanted().items()}


def test_what_is_available(url: str) -> None:
    body = curl(f"{url}/sdmx/v1/availableconstraint/{FLOW}/{KEY}")
    message = sdmx.read_sdmx(io.BytesIO(body.encode()))
    (constraint,) = message.constraint.values()
    region = constraint.data_content_region[0].member.items()
    values = {d.id: {v.value for v in s.values if hasattr(v, "value")} for d, s in region}
    assert values["REF_AREA"] == {"MEX", "CRI"}
    assert values["CITIZENSHIP"] == {k[1] for k in wanted()}
    assert values["MEASURE"] == {"B11"}


def test_the_registry_has_what_the_dataflow_is_made_of(url: str) -> None:
    """The consumer's structures, and the maps by which the hub fills them, in SDMX 3.0."""
    where = f"{url}/sdmx/v1/dataflow/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0?references=descendants"
    message = sdmx.read_sdmx(io.BytesIO(curl(where).encode()))
    assert {"CL_AREA", "CL_MEASURE_MIG"} <= {c.id for c in message.codelist.values()}
    assert [c.id for c in message.concept_scheme.values()] == ["CS_MIG"]
    tree = json.loads(
        curl(
            "--header", "Accept: application/vnd.sdmx.structure+json;version=2.0.0",
            f"{url}/sdmx/v2/structure/structuremap/MIGHUB/*/~?references=children",
        )
    )["data"]  # fmt: skip
    maps = {one["id"]: one for one in tree["structureMaps"]}
    assert maps["SM_OECD_FLOWS"]["target"].endswith("Dataflow=OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0)")
    assert "RM_OECD_FOREIGN" in {one["id"] for one in tree["representationMaps"]}


def test_a_release_of_an_input_changes_the_answer(hub: Hub, url: str) -> None:
    """Entity tags, ``updatedAfter``, ``asOf`` and history follow the releases of the inputs."""
    where = f"{url}/sdmx/v2/data/dataflow/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0/CRI.NIC.A.B12"
    table = ("--header", "Accept: application/vnd.sdmx.data+csv;version=2.0.0")
    before = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    tag = curl("--head", *table, where).lower().split("etag: ")[1].split("\r")[0]
    send(hub, flows("CRI EMIGRATION NIC _T 2021 815"))
    assert cells(curl(*table, where)) == {("CRI", "NIC", "_T", "2021"): "815"}
    assert curl("--head", *table, where).lower().split("etag: ")[1].split("\r")[0] != tag
    assert cells(curl(*table, f"{where}?asOf={before}"))["CRI", "NIC", "_T", "2021"] == "812"
    every = f"{url}/sdmx/v2/data/dataflow/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0/*"
    changed = cells(curl(*table, f"{every}?updatedAfter={before}"))
    assert changed == {("CRI", "NIC", "_T", "2021"): "815"}
    history = curl(*table, f"{where}?includeHistory=true")
    assert [row["OBS_VALUE"] for row in csv.DictReader(io.StringIO(history))] == ["812", "815"]


def test_nothing_is_submitted_to_a_computed_dataflow(hub: Hub) -> None:
    body = (
        "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,CITIZENSHIP,FREQ,MEASURE,SEX,BIRTH_PLACE,"
        "EDUCATION_LEV,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT,DECIMALS\n"
        "dataflow,OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0),I,MEX,W,A,B11,_T,_Z,_Z,PS,2020,5,A,0,0\n"
    )
    done = intake.process(hub, intake.submit(hub, io.BytesIO(body.encode()), "m.csv"))
    assert done.state == intake.State.REFUSED
    assert "is computed here from MIGHUB:DF_MIG_FLOW" in str(intake.report(hub, done.token))


def test_the_coverage_report(url: str) -> None:
    report = json.loads(curl(f"{url}/api/coverage/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0"))
    sample = pd.read_csv(SAMPLE, dtype=str, keep_default_na=False)
    used = len(sample[sample["OBS_VALUE"].ne("") & sample["REF_AREA"].isin(["MEX", "CRI"])])
    why = {(one["rule"], one["subject"]): one["observations"] for one in report["outcomes"]
           if not one["used"]}  # fmt: skip
    assert why["FLOW_NATIONALS", None] == 1
    assert why["FLOW", "SEX"] == 1
    assert why["FLOW_OTHER_MEASURE", "NET_MIGRATION"] == 1
    assert report["used"] == used + 4 == report["cells"]
    assert report["observations"] == report["used"] + sum(why.values())
    table = curl(f"{url}/api/coverage/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0?format=csv&lang=es")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert sum(int(row["observations"]) for row in rows) == report["observations"]
    assert {row["used"] for row in rows} == {"yes", "no"}
    lacking = [w["codes"] for w in report["wanted"] if not w["years"]]
    assert {"MEASURE": "B13", "SEX": "_T", "REF_AREA": "MEX"} in lacking


def test_the_words_of_the_coverage_report(url: str) -> None:
    """What was left out is named, in the reader's language; `lang` wins over Accept-Language."""
    where = f"{url}/api/coverage/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0"

    def why(*arguments: str) -> dict[tuple[str, str], str]:
        report = json.loads(curl(*arguments))
        return {(one["rule"], one["subject"]): one["why"] for one in report["outcomes"]}

    english, spanish = why(where), why("-H", "Accept-Language: es-MX", where)
    net = ("FLOW_OTHER_MEASURE", "NET_MIGRATION")
    assert english[net] == "Net migration (NET_MIGRATION): The consumer has no measure for it."
    assert spanish[net].startswith("Migración neta (NET_MIGRATION): ")
    assert "the figures of men are the total less those of women" in english["FLOW", "SEX"]
    assert "las cifras de hombres son" in spanish["FLOW", "SEX"]
    assert why("-H", "Accept-Language: es", f"{where}?lang=en") == english
    head = curl("-i", "-H", "Accept-Language: es", f"{url}/api/coverage").lower()
    assert "content-language: es" in head
    assert "lang is one of en, es" in curl("--no-fail", f"{where}?lang=zz")
