"""Two nodes behind one address: whichever is asked, it is one hub."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor

import openpyxl
from node_cluster import ADMIN, FLOWS, HEADER, Node, expected, message, row, until

TUS = {"Tus_Resumable": "1.0.0", "Content_Type": "application/offset+octet-stream"}


def faulty() -> bytes:
    """A message with one row that is wrong among eleven that are not."""
    rows = [row("DF_MIG_BORDER", "PAN", f"2010-{m:02d}", m) for m in range(1, 12)]
    rows.append(row("DF_MIG_BORDER", "PAN", "2010-12", 12, sex="NOBODY"))
    return "\n".join([HEADER, *rows, ""]).encode()


def named(node: Node, filename: str) -> list[str]:
    """Tokens of the submissions whose sender called them so."""
    found = node.get("/api/submissions?limit=200").json()["submissions"]
    return [one["token"] for one in found if one["filename"] == filename]  # type: ignore[attr-defined]


def test_what_one_node_publishes_the_other_shows_at_once(nodes: list[Node]) -> None:
    for number in range(1, 5):
        here, there = nodes if number % 2 else nodes[::-1]
        token = here.post(message(number))
        assert there.finished(token)["state"] == "published"
        for node in (there, here):
            for flow in FLOWS:
                assert node.cells(flow) == expected(number)
        listed = there.get(f"/api/submissions/{token}/diff").json()
        assert listed == here.get(f"/api/submissions/{token}/diff").json()
        assert listed["total"] == 2 * (24 + 12)


def test_reports_and_marked_workbooks_are_on_every_node(nodes: list[Node]) -> None:
    here, there = nodes
    body = faulty()
    token = here.post(body)
    state = here.finished(token)
    assert state["state"] == "refused"
    for format_ in ("json", "html", "csv"):
        path = f"/api/submissions/{token}/report?format={format_}&lang=en"
        assert here.get(path).body == there.get(path).body
    report = there.get(f"/api/submissions/{token}/report").json()
    assert [f["rule"] for f in report["findings"]] == ["CODE_UNKNOWN"]  # type: ignore[index, attr-defined]
    for node in nodes:
        sheet = node.get(f"/api/submissions/{token}/report?format=xlsx").body
        book = openpyxl.load_workbook(io.BytesIO(sheet))
        assert any("NOBODY" in str(cell.value) for page in book for line in page for cell in line)


def test_the_parts_of_a_message_come_from_every_node(nodes: list[Node]) -> None:
    here, there = nodes
    token = here.post(faulty(), "filename=m.csv&mode=valid")
    state = there.finished(token)
    assert state["state"] == "published"
    assert state["returned"]["rejected"]["rows"] == 1  # type: ignore[index]
    for name, lines in (("accepted", 12), ("rejected", 2), ("rules", 2)):
        parts = [node.get(f"/api/submissions/{token}/{name}").body for node in nodes]
        assert parts[0] == parts[1]
        assert len(parts[0].splitlines()) == lines
    assert b"NOBODY" in there.get(f"/api/submissions/{token}/rejected").body


def test_an_upload_begun_on_one_node_ends_on_the_other(nodes: list[Node]) -> None:
    here, there = nodes
    body = message(5)
    half = len(body) // 2
    name = base64.b64encode(b"parts.csv").decode()
    made = here.ask(
        "POST", "/api/uploads", Upload_Length=str(len(body)), Upload_Metadata=f"filename {name}",
        Tus_Resumable="1.0.0",
    )  # fmt: skip
    assert made.status == 201, made.body
    path = str(made.headers["Location"])
    assert here.ask("PATCH", path, body[:half], Upload_Offset="0", **TUS).status == 204
    stands = there.ask("HEAD", path, Tus_Resumable="1.0.0")
    assert stands.headers["Upload-Offset"] == str(half)
    # The sender believes in the first node for a moment longer.
    with ThreadPoolExecutor() as pool:
        parts = [
            pool.submit(n.ask, "PATCH", path, body[half:], Upload_Offset=str(half), **TUS)
            for n in nodes
        ]
    assert {part.result().status for part in parts} <= {204, 409}
    ends = [node.ask("HEAD", path, Tus_Resumable="1.0.0") for node in nodes]
    tokens = {end.headers["Upload-Submission"] for end in ends}
    assert len(tokens) == 1
    token = tokens.pop()
    state = here.finished(str(token))
    assert (state["state"], state["filename"]) == ("published", "parts.csv")
    assert state["sha256"] == hashlib.sha256(body).hexdigest()
    assert named(there, "parts.csv") == [token], "the upload was handed in twice"
    assert there.cells("DF_MIG_BORDER").items() >= expected(5).items()


def test_a_request_sent_to_both_nodes_at_once_is_one_submission(nodes: list[Node]) -> None:
    body, query = message(6), "filename=six.csv"
    with ThreadPoolExecutor() as pool:
        sent = [pool.submit(n.post, body, query, Idempotency_Key="six") for n in (*nodes, *nodes)]
    tokens = {one.result() for one in sent}
    assert len(tokens) == 1
    token = tokens.pop()
    assert nodes[1].finished(token)["state"] == "published"
    assert named(nodes[1], "six.csv") == [token]
    again = nodes[1].ask(
        "POST", f"/api/submissions?{query}", message(7),
        Content_Type="application/octet-stream", Idempotency_Key="six",
    )  # fmt: skip
    assert again.status == 422, "a key stands for one request"


def test_what_waits_on_one_node_is_approved_on_the_other(nodes: list[Node]) -> None:
    here, there = nodes
    subject = "MIGHUB:DF_MIG_TRANSIT(1.0.0)"
    policy = here.ask(
        "PUT", f"/api/policies/dataflow/{subject}", b'{"review": true}',
        Content_Type="application/json",
    )  # fmt: skip
    assert policy.status == 200, policy.body
    key = there.ask(
        "POST", "/api/keys", json.dumps({"label": "Reviewer", "grants": ["admin"]}).encode(),
        Content_Type="application/json",
    )  # fmt: skip
    assert key.status == 201, key.body
    reviewer = str(key.json()["key"])
    line = row("DF_MIG_BORDER", "PAN", "2011-01", 3)
    line = line.replace("DF_MIG_BORDER", "DF_MIG_TRANSIT").replace("ENTRIES", "TRANSIT")
    token = here.post(f"{HEADER}\n{line}\n".encode())
    assert there.finished(token)["state"] == "awaiting_review", there.state(token)
    shown = there.get(f"/api/submissions/{token}/preview").json()
    assert shown == here.get(f"/api/submissions/{token}/preview").json()
    assert shown["total"] == 1
    # A key made on one node and a decision made on it hold on the other.
    done = here.ask(
        "POST", f"/api/submissions/{token}/approve", b"{}",
        Content_Type="application/json", Authorization=f"Bearer {reviewer}",
    )  # fmt: skip
    assert done.status == 200, done.body
    assert there.finished(token)["state"] == "published"


def test_structures_and_keys_changed_on_one_node_hold_on_the_other(nodes: list[Node]) -> None:
    here, there = nodes
    codelist = {
        "data": {
            "codelists": [
                {
                    "id": "CL_NODES", "agencyID": "MIGHUB", "version": "1.0.0",
                    "name": "Of the nodes", "names": {"en": "Of the nodes"},
                    "codes": [{"id": "A", "name": "A", "names": {"en": "A"}}],
                }
            ]
        }
    }  # fmt: skip
    path = "/sdmx/v2/structure/codelist/MIGHUB/CL_NODES/1.0.0"
    assert there.ask("GET", path).status == 404
    made = here.ask(
        "POST", "/sdmx/v2/structure", json.dumps(codelist).encode(),
        Content_Type="application/vnd.sdmx.structure+json;version=2.0.0",
    )  # fmt: skip
    assert made.status in (200, 201), made.body
    assert there.ask("GET", path).status == 200
    assert here.ask("GET", "/api/keys", Authorization="Bearer nobody").status == 401
    assert there.ask("GET", "/api/keys", Authorization=f"Bearer {ADMIN}").status == 200


def test_another_node_takes_over_within_seconds(nodes: list[Node]) -> None:
    """The node that works on a message dies, and is not started again."""
    dies, lives = nodes
    for attempt in range(3):
        numbers = range(300 + 10 * attempt, 306 + 10 * attempt)
        tokens = [dies.post(message(number)) for number in numbers]
        dies.kill()
        killed_at = time.monotonic()
        left = [token for token in tokens if not lives.state(token)["finished"]]
        for token in tokens:
            assert lives.finished(token)["state"] == "published"
        taken = time.monotonic() - killed_at
        dies.start()
        assert until(dies.ready)
        if left:
            break
    assert left, "the node was killed too late"
    assert taken < 60, "the lock of a dead node was not freed"
    assert dies.cells("DF_MIG_BORDER") == lives.cells("DF_MIG_BORDER")
    assert dies.cells("DF_MIG_BORDER")["MEX", "1990-01"] == str(numbers[-1])
