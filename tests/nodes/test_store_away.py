"""The object store goes away: what is on a node's disk is answered, all else is asked to wait."""

from __future__ import annotations

import http.client

from node_cluster import HEADER, Node, cells, data, expected, message
from postgresql_server import Server
from s3_server import S3Server


def refused(node: Node, method: str, path: str, body: bytes | None = None, **headers: str) -> None:
    """The node says that it cannot now, and when to come back."""
    answer = node.ask(method, path, body, **headers)
    assert answer.status == 503, (path, answer.status, answer.body[:300])
    assert int(str(answer.headers["Retry-After"])) > 0
    assert b"again" in answer.body
    assert b"127.0.0.1" not in answer.body, "where the store is concerns nobody"


LONG = "DF_MIG_TRANSIT"
AREAS, CITIZENS = ("MEX", "PAN", "CRI", "HND", "GTM"), ("VEN", "HTI", "CUB", "COL", "ECU", "BRA")
MONTHS = [f"{year}-{month:02d}" for year in range(1900, 2000) for month in range(1, 13)]


def long_message() -> bytes:
    """More than the buffers between a server and its client hold."""
    rows = [
        f"MIGHUB:{LONG}(1.0.0),M,{area},TRANSIT,{citizen},_T,_T,_T,LAND,_T,_T,_T,_T,EV,{month},7,A"
        for area in AREAS
        for citizen in CITIZENS
        for month in MONTHS
    ]
    return "\n".join([HEADER, *rows, ""]).encode()


def begun(node: Node) -> tuple[http.client.HTTPResponse, bytes]:
    """A long answer, and its beginning: only that was read."""
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
    connection.request("GET", data(LONG))
    response = connection.getresponse()
    assert response.status == 200
    return response, response.read(1000)


def test_while_the_store_is_away(nodes: list[Node], s3_server: S3Server) -> None:
    here, there = nodes
    first, *others = (here.post(body) for body in (message(1), message(2), long_message()))
    assert {here.finished(token)["state"] for token in (first, *others)} == {"published"}
    # One node has read the border; nobody has read the returns.
    assert here.cells("DF_MIG_BORDER") == expected(2)
    answer, head = begun(here)
    s3_server.stop()
    try:
        assert here.cells("DF_MIG_BORDER") == expected(2)
        lines = (head + answer.read()).splitlines()
        assert len(lines) == 1 + len(AREAS) * len(CITIZENS) * len(MONTHS)
        etag = str(here.get(data("DF_MIG_BORDER")).headers["ETag"])
        again = here.ask("GET", data("DF_MIG_BORDER"), If_None_Match=etag)
        assert again.status == 304
        for node, flow in ((there, "DF_MIG_BORDER"), (there, "DF_MIG_RETURNS")):
            refused(node, "GET", data(flow))
        refused(there, "GET", f"/api/submissions/{first}/report")
        refused(there, "GET", f"/api/submissions/{first}/diff")
        csv = {"Content_Type": "application/octet-stream"}
        refused(here, "POST", "/api/submissions?filename=m.csv", message(3), **csv)
        # What only needs the catalogue goes on.
        assert there.state(first)["state"] == "published"
        assert there.get("/sdmx/v1/dataflow/MIGHUB").status == 200
    finally:
        s3_server.start()
    assert there.cells("DF_MIG_BORDER") == expected(2)
    assert there.cells("DF_MIG_RETURNS") == expected(2)


def test_what_was_taken_in_before_is_published_after(
    nodes: list[Node], s3_server: S3Server
) -> None:
    here, there = nodes
    tokens = [here.post(message(number)) for number in (1, 2, 3)]
    s3_server.stop()
    try:
        states = {str(there.state(token)["state"]) for token in tokens}
        assert not states & {"failed", "refused"}
        # An answer is whole or none, whenever the store went.
        for node in nodes:
            answer = node.ask("GET", data("DF_MIG_BORDER"))
            if answer.status != 503:
                assert cells(answer) in [expected(number) for number in (1, 2, 3)]
    finally:
        s3_server.start()
    for token in tokens:
        assert there.finished(token)["state"] in ("published", "unchanged"), there.state(token)
    assert there.cells("DF_MIG_BORDER") == here.cells("DF_MIG_BORDER") == expected(3)


def test_while_the_catalogue_is_away(nodes: list[Node], postgresql: Server) -> None:
    here, there = nodes
    before = here.cells("DF_MIG_BORDER")
    token = here.post(message(4))
    postgresql.stop()
    try:
        for node in nodes:
            refused(node, "GET", data("DF_MIG_BORDER"))
            refused(node, "GET", f"/api/submissions/{token}")
            assert node.ask("GET", "/health").status == 503
    finally:
        postgresql.start()
    assert there.finished(token)["state"] == "published"
    assert here.cells("DF_MIG_BORDER") == there.cells("DF_MIG_BORDER") == before | expected(4)
