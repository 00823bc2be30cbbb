"""Over HTTP: what changed since T, applied to what a client had at T, is what there is now.

The same sequences as in the store's tests, handed in and asked for as clients do, in CSV on REST 2
and in SDMX-ML on REST 1. ``MIGHUB_SEQUENCES`` asks for more.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from lxml import etree
from office import Cells, Office, Row, applied, sequences
from released import settings_of

from hub import intake
from hub.model.dataset import Action
from hub.store.home import Hub
from registry.app import create_app

SEQUENCES = max(4, int(os.environ.get("MIGHUB_SEQUENCES") or 0) // 10)

_COLUMNS = ("REF_AREA", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COMMENT_OBS", "SOURCE")
_LETTERS = {"R": Action.REPLACE, "D": Action.DELETE, "A": Action.MERGE, "M": Action.MERGE}
_KEY = {"X-API-Key": "test-admin-key-0123456789"}

#: Datasets of an answer in their order: what to do with which rows.
Datasets = list[tuple[Action, list[Row]]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, FlaskClient]]:
    with Hub.init(settings_of(tmp_path_factory.mktemp("hub"))) as hub:
        client = create_app(hub).test_client()

        def hand_in(message: bytes) -> str:
            answer = client.post(
                "/api/submissions?filename=m.csv&format=sdmx-csv-2.0", data=message, headers=_KEY
            )
            assert answer.status_code == 202, answer.text
            return intake.process(hub, answer.json["token"]).token

        yield Office(hub, hand_in), client


def _row(values: dict[str, str]) -> Row:
    found = [values.get(c) or "" for c in _COLUMNS]
    return found[0], found[1], found[2], found[3], found[4], found[5]


def _query(parameters: dict[str, str]) -> str:
    return "&".join(f"{k}={quote(v)}" for k, v in parameters.items())


def rest_2(client: FlaskClient, parameters: dict[str, str]) -> Datasets:
    """SDMX-CSV 2.1: an action for each line."""
    answer = client.get(
        f"/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0?{_query(parameters)}",
        headers={"Accept": "application/vnd.sdmx.data+csv;version=2.1.0"},
    )
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.text
    lines = csv.DictReader(io.StringIO(answer.text, newline=""))
    return [(_LETTERS[line["ACTION"]], [_row(line)]) for line in lines]


def rest_1(client: FlaskClient, parameters: dict[str, str]) -> Datasets:
    """SDMX-ML 2.1: an action for each dataset; a series without observations stands for itself."""
    answer = client.get(
        f"/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,1.0.0?{_query(parameters)}",
        headers={"Accept": "application/vnd.sdmx.structurespecificdata+xml;version=2.1"},
    )
    if answer.status_code == 404:
        return []
    assert answer.status_code == 200, answer.text
    found: Datasets = []
    for dataset in etree.fromstring(answer.data).iter("{*}DataSet"):
        name = next(str(v) for k, v in dataset.attrib.items() if str(k).endswith("action"))
        rows = []
        for series in dataset.iter("Series"):
            head = {str(k): str(v) for k, v in series.attrib.items()}
            observations = [head | {str(k): str(v) for k, v in o.attrib.items()} for o in series]
            rows += [_row(one) for one in observations or [head]]
        found.append((_LETTERS[name[0]], rows))
    return found


def after(asked: Datasets, cells: Cells) -> Cells:
    for action, rows in asked:
        cells = applied(cells, action, rows)
    return cells


@settings(
    max_examples=SEQUENCES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=sequences)
@pytest.mark.conformance(
    "v1.data.updated_after",
    "v1.data.updated_after.deletions",
    "v2.data.updated_after_whole",
    "v2.data.as_of",
)
def test_changes_over_http_lead_from_any_copy_to_the_present(
    office: tuple[Office, FlaskClient], sequence: list[tuple[str, object, str]]
) -> None:
    made, client = office
    for step in sequence:
        made.do(step)
    for ask in (rest_1, rest_2):
        assert after(ask(client, {}), {}) == made.now
    for instant, copy in made.seen[-len(sequence) - 1 :]:
        then = instant.isoformat()
        for ask in (rest_1, rest_2):
            assert after(ask(client, {"updatedAfter": then}), copy) == made.now
        assert after(rest_2(client, {"asOf": then}), {}) == copy
