"""What waits for a review, a time or a correction is nowhere to be seen.

Every public address is asked in every format before such data are there and again afterwards. The
answers have to be the same, byte by byte, with their validators and cache headers.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import page_site
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient

from hub import intake
from hub.intake.policies import Policy, remove_policy, set_policy
from hub.messages.formats import Kind, formats
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.keys import Role
from hub.store.submissions import State
from registry.app import create_app

FLOW = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
ADMIN, FOREIGN = "unreleased-admin-key-0123456789", "unreleased-foreign-key-0123456789"

#: Values, a country and a year that nothing released has.
SECRETS = ("98765431", "98765432", "98765433", "98765434", "2031", "XKX")

V1 = "/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,1.0.0"
V2 = "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"

DATA = (
    V1, f"{V1}/all", f"{V1}/M.MEX.ENTRIES.......AIR...", f"{V1}/all?includeHistory=true",
    f"{V1}/all?updatedAfter=2020-01-01T00:00:00Z", f"{V1}/all?detail=serieskeysonly",
    f"{V1}/all?startPeriod=2031", f"{V1}/all?lastNObservations=1", f"{V1}/all/MEX_INM",
    V2, f"{V2}/*", f"{V2}?c[TIME_PERIOD]=ge:2031-01", f"{V2}?includeHistory=true",
    f"{V2}?updatedAfter=2020-01-01T00:00:00Z", f"{V2}?asOf=2035-01-01T00:00:00Z",
    f"{V2}?c[CITIZENSHIP]=XKX", f"{V2}?lastNObservations=1", f"{V2}?attributes=none",
    "/sdmx/v2/data/*/*/*/*", "/sdmx/v2/data/provisionagreement/MIGHUB/PA_MEX_INM_MIG_BORDER/1.0.0",
)  # fmt: skip
OTHERS = (
    "/sdmx/v1/availableconstraint/MIGHUB,DF_MIG_BORDER,1.0.0",
    "/sdmx/v1/availableconstraint/MIGHUB,DF_MIG_BORDER,1.0.0/all/all/all?mode=exact",
    "/sdmx/v1/contentconstraint/all/all/latest",
    "/sdmx/v1/dataflow/all/all/latest?references=all",
    "/sdmx/v1/schema/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0",
    "/sdmx/v1/metadata/MIGHUB,DF_MIG_BORDER,1.0.0",
    "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0",
    "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0?mode=exact",
    "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*/CITIZENSHIP",
    "/sdmx/v2/structure/dataflow/MIGHUB/*/~?references=all",
    "/sdmx/v2/structure/dataconstraint/*/*/~",
    "/sdmx/v2/schema/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0",
    "/sdmx/v2/registration/provider", "/sdmx/v2/registration/provider/MIGHUB/MEX_INM",
    "/sdmx/v2/metadata/structure/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0",
    "/", "/?q=border", "/data/MIGHUB/DF_MIG_BORDER/1.0.0",
    "/data/MIGHUB/DF_MIG_BORDER/1.0.0?c[CITIZENSHIP]=XKX",
    "/data/MIGHUB/DF_MIG_BORDER/1.0.0?from=2031", "/structures",
    "/structures/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0", "/upload", "/docs", "/health",
    "/openapi.json", "/api/submissions", "/api/policies", "/admin/audit", "/nowhere",
)  # fmt: skip

#: What differs from one answer to the next of the same content: times and ids of messages.
MOVING = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d+)?(?:Z|[+]\d\d:\d\d)?|[0-9a-f]{32}|[0-9a-f]{16}"
)
VALIDATORS = ("ETag", "Last-Modified", "Cache-Control", "Vary", "Content-Type", "Expires")

Answer = tuple[int, tuple[str | None, ...], bytes]


def requests(everything: bool) -> Iterator[tuple[str, str]]:
    """Address and ``Accept`` of what is asked: everything, or each address once."""
    if not everything:
        yield from ((path, "*/*") for path in (*DATA, *OTHERS))
        return
    media = sorted({f.media_type for f in formats(Kind.DATA)} | {"*/*"})
    for path in DATA:
        for accept in media:
            yield path, accept
    for path in OTHERS:
        for accept in ("*/*", "application/json", "application/xml"):
            yield path, accept


def asked(client: FlaskClient, headers: dict[str, str]) -> dict[tuple[str, str], Answer]:
    """Every answer, raw, and without what moves by itself."""
    found = {}
    for path, accept in requests(not headers):
        answer = client.get(path, headers={**headers, "Accept": accept})
        validators = tuple(answer.headers.get(name) for name in VALIDATORS)
        found[path, accept] = (answer.status_code, validators, answer.get_data())
        answer.close()
    return found


def content(answer: Answer) -> object:
    """What an answer says. Packed formats hold the time of their making in other places."""
    status, validators, body = answer
    kind = str(validators[VALIDATORS.index("Content-Type")])
    if status == 200 and "parquet" in kind:
        said: object = pq.read_table(io.BytesIO(body)).to_pylist()
    elif status == 200 and "arrow" in kind:
        said = pa.ipc.open_stream(body).read_all().to_pylist()
    elif body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            said = [(name, MOVING.sub(b"~", book.read(name))) for name in book.namelist()]
    else:
        said = MOVING.sub(b"~", body)
    return status, validators, said


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = tmp_path_factory.mktemp("unreleased")
    with Hub.init(Settings.load({"HUB_HOME": str(home), "HUB_ADMIN_KEY": ADMIN})) as made:
        made.keys.add(FOREIGN, "BCRD", Role.PROVIDER, "DOM_BCRD")
        hand_in(made, message(("USA", "_T", "2025-01", "5"), ("CAN", "_T", "2025-01", "7")))
        yield made


def message(*rows: tuple[str, str, str, str]) -> bytes:
    """A message of forecasts: the year of the secrets lies ahead."""
    sent = page_site.message(*rows)
    assert sent.count(b",A\n") == len(rows)
    return sent.replace(b",A\n", b",F\n")


def hand_in(hub: Hub, body: bytes, **more: object) -> State:
    path = hub.settings.home / "body.csv"
    path.write_bytes(body)
    token = intake.submit(hub, path, "a.csv", provider="MEX_INM", submitted_by="somebody", **more)  # type: ignore[arg-type]
    return intake.process(hub, token).state


def test_nothing_of_it_is_seen_by_who_may_not(hub: Hub) -> None:
    client = create_app(hub).test_client()
    nobody = asked(client, {})
    foreign = asked(client, {"X-API-Key": FOREIGN})
    assert sum(status == 200 for status, _, _ in nobody.values()) > 150

    set_policy(hub, Policy("dataflow", FLOW, review=True), actor="test")
    row = ("XKX", "_T", "2031-01", SECRETS[0])
    assert hand_in(hub, message(row)) is State.AWAITING_REVIEW
    remove_policy(hub, "dataflow", FLOW, actor="test")
    later = datetime.now(UTC) + timedelta(days=2)
    row = ("XKX", "_T", "2031-02", SECRETS[1])
    assert hand_in(hub, message(row), embargo=later) is State.EMBARGOED
    assert hand_in(hub, message(("XKX", "NO", "2031-03", SECRETS[2]))) is State.REFUSED
    body = hub.settings.home / "waits.csv"
    body.write_bytes(message(("XKX", "_T", "2031-04", SECRETS[3])))
    intake.submit(hub, body, "b.csv", provider="MEX_INM")  # received, and nobody has read it

    for headers, before in (({}, nobody), ({"X-API-Key": FOREIGN}, foreign)):
        after = asked(create_app(hub).test_client(), headers)
        changed = [k for k in before if content(before[k]) != content(after[k])]
        assert changed == []
        for (path, accept), (status, _, body_) in after.items():
            if status >= 300 or path in ("/openapi.json",):
                continue  # an error repeats what was asked for
            for secret in SECRETS[:4]:
                assert secret.encode() not in body_, (path, accept, secret)


def test_it_is_seen_by_who_may_and_once_released_by_all(hub: Hub) -> None:
    """So that the test above is no test of an empty hub."""
    client = create_app(hub).test_client()
    listed = client.get("/api/submissions?limit=200", headers={"X-API-Key": ADMIN}).json
    states = {one["state"] for one in listed["submissions"]}
    assert {"awaiting_review", "embargoed", "refused", "received"} <= states
    assert hand_in(hub, message(("XKX", "_T", "2031-05", "98765435"))) is State.PUBLISHED
    assert b"98765435" in client.get(V2, headers={"Accept": "text/csv"}).get_data()
