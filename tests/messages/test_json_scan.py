"""A JSON file read in pieces is the file read whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import RequestSyntaxError
from hub.messages import json_scan
from hub.messages.json_load import load

# Texts that a scanner which does not know JSON would stumble over.
NASTY = st.text(alphabet='a"\\{}[],: \n\u00e9/0', max_size=6)
CELL = st.one_of(st.none(), st.integers(-5, 5), NASTY, st.lists(NASTY, max_size=2))
OBSERVATIONS = st.dictionaries(NASTY, st.lists(CELL, max_size=3), max_size=4)
SERIES = st.dictionaries(
    NASTY, st.fixed_dictionaries({"observations": OBSERVATIONS, "x": CELL}), max_size=4
)
DATASET = st.fixed_dictionaries(
    {}, optional={"series": SERIES, "note": CELL, "observations": OBSERVATIONS, "z": SERIES}
)
DATA = st.fixed_dictionaries({"a": CELL, "dataSets": st.lists(DATASET, max_size=3), "b": SERIES})
DOCUMENT = st.one_of(DATA, st.fixed_dictionaries({"meta": SERIES, "data": DATA}))
TIGHT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_scan, "PIECE", 5)
    monkeypatch.setattr(json_scan, "_CHUNK", 7)


def whole(path: Path) -> Any:
    """The document, put together again from its pieces."""
    loaded = load(path)
    for place, dataset in enumerate(loaded.frame.get("data", loaded.frame).get("dataSets", [])):
        for name in ("series", "observations"):
            for members in loaded.members(place, name):
                assert not members.keys() & dataset[name].keys()
                dataset[name].update(members)
    return loaded.frame


@TIGHT
@given(DOCUMENT, st.sampled_from([None, 1]), st.booleans())
def test_pieces_make_the_document(
    tmp_path: Path, document: Any, indent: int | None, ascii_: bool
) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document, indent=indent, ensure_ascii=ascii_), "utf-8")
    assert whole(path) == document


@TIGHT
@given(DOCUMENT, st.data())
def test_what_is_no_json_is_never_read(tmp_path: Path, document: Any, data: st.DataObject) -> None:
    text = json.dumps(document).encode()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([b"", b",", b"}", b"{", b'"', b"\\", b"1", b"]", b"\xff"]))
    broken = text[:place] + other + text[place + 1 :]
    try:
        orjson.loads(broken)
    except ValueError:
        path = tmp_path / "d.json"
        path.write_bytes(broken)
        with pytest.raises(RequestSyntaxError):
            whole(path)


def test_a_member_that_is_missing_between_two_pieces_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    for body in ('"a":[1],,"b":[2]', '"a":[1] "b":[2]', '"a":[1],"b":[2],', ',"a":[1]'):
        path.write_text('{"data":{"dataSets":[{"observations":{' + body + "}}]}}")
        with pytest.raises(RequestSyntaxError):
            whole(path)


def test_memory_is_that_of_a_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    path = tmp_path / "d.json"
    members = ",".join(f'"{n}":[{n},0]' for n in range(400_000))
    path.write_text('{"data":{"dataSets":[{"observations":{' + members + "}}]}}")
    pieces = list(load(path).members(0, "observations"))
    assert len(pieces) == path.stat().st_size // json_scan.PIECE + 1
    assert sum(map(len, pieces)) == 400_000
