"""Metadata sets from their providers: POST, PUT and DELETE under ``/sdmx/v2/metadata``.

==========================================================  ======================================
``POST /sdmx/v2/metadata``                                  enter metadata sets, or replace drafts
``PUT /sdmx/v2/metadata/metadataset/{provider}/{id}/{v}``   the same for one set
``DELETE`` of the same path                                 delete a draft
==========================================================  ======================================

The standard has no such resource; these follow its maintenance of structures. The body is a
metadata message in any format the hub reads. ``?dryRun=true`` answers as if, and changes nothing.
The answer is JSON, a result for each set with its own code and its findings. Who may: providers
for themselves, and administrators.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import orjson
from flask import Blueprint, Response, request

from hub.errors import RequestSyntaxError
from hub.metadata.message import read_sets
from hub.metadata.model import MetadataSet
from hub.model.schema import StructureRef
from hub.query.raw import check_id
from hub.query.versions import version_key
from hub.store.home import Hub
from hub.validation import render
from hub.validation.metadata_submission import Verdict, judge, judge_deletion
from hub.validation.phrases import LANGUAGES
from registry.auth import Right, Subject, authenticate, require
from registry.context import current_hub
from registry.rest.http import raw_path
from registry.rest.maintenance import body_path, dry_run
from registry.rest.negotiation import language

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_metadata_maintenance", __name__)

_PREFIX = "/sdmx/v2/metadata"
_ONE = f"{_PREFIX}/metadataset/<rest:tail>"


@blueprint.post(_PREFIX)
def submit() -> Response:
    """Enter the metadata sets of a message."""
    hub = current_hub()
    authenticate(hub, request, Right.SUBMIT)
    return _store(hub, _read(hub))


@blueprint.put(_ONE)
def replace(tail: str) -> Response:
    """Enter or replace one metadata set."""
    hub, ref = current_hub(), _target()
    authenticate(hub, request, Right.SUBMIT, _subject(ref))
    sets = _read(hub)
    if [one.ref for one in sets] != [ref]:
        verdict = Verdict(
            MetadataSet({"agencyID": ref.agency, "id": ref.id, "version": ref.version}), 422,
            "The message has to hold this metadata set, and nothing else.",
        )  # fmt: skip
        return _answer(hub, [verdict])
    return _store(hub, sets)


@blueprint.delete(_ONE)
def remove(tail: str) -> Response:
    """Delete one metadata set."""
    hub, ref = current_hub(), _target()
    who = authenticate(hub, request, Right.SUBMIT, _subject(ref))
    verdict = judge_deletion(ref, hub.metadata.find)
    if verdict.ok and not dry_run():
        hub.metadata.remove(ref, actor=who.id)
    return _answer(hub, [verdict])


def _read(hub: Hub) -> list[MetadataSet]:
    with body_path(hub) as path:
        sets = read_sets(path, request.headers.get("Content-Type"))
    if not sets:
        raise RequestSyntaxError("The message has no metadata set.")
    return sets


def _store(hub: Hub, sets: list[MetadataSet]) -> Response:
    """Store what can be stored; whose it is was not known before the body was read."""
    who = authenticate(hub, request, Right.SUBMIT)
    for one in sets:
        require(who, Right.SUBMIT, _subject(one.ref))
    verdicts = judge(sets, hub.structures, hub.metadata.find)
    if not dry_run():
        hub.metadata.put([v.one for v in verdicts if v.ok and not v.delete], actor=who.id)
        for verdict in verdicts:
            if verdict.ok and verdict.delete:
                hub.metadata.remove(verdict.one.ref, actor=who.id)
    return _answer(hub, verdicts)


def _subject(ref: StructureRef) -> Subject:
    return Subject(providers=frozenset({ref.agency}))


def _target() -> StructureRef:
    parts = [unquote(p) for p in raw_path(f"{_PREFIX}/metadataset/").rstrip("/").split("/")]
    if len(parts) != 3 or not all(parts):
        raise RequestSyntaxError("Name one set: /metadata/metadataset/{provider}/{id}/{version}.")
    check_id(parts[0], "a metadata provider", nested=True)
    check_id(parts[1], "the id of a metadata set")
    try:
        version_key(parts[2])
    except ValueError as error:
        raise RequestSyntaxError(f"{error}.") from None
    return StructureRef(*parts)


def _answer(hub: Hub, verdicts: list[Verdict]) -> Response:
    spoken = language(request.headers.get("Accept-Language"), LANGUAGES, LANGUAGES[0])
    results = [_result(verdict, spoken) for verdict in verdicts]
    body = orjson.dumps({"dryRun": dry_run(), "results": results})
    response = Response(body, _status(verdicts), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = spoken
    return response


def _status(verdicts: list[Verdict]) -> int:
    codes = {verdict.code for verdict in verdicts}
    if len(codes) == 1:
        return codes.pop()
    return 201 if all(verdict.ok for verdict in verdicts) else 207


def _result(verdict: Verdict, spoken: str) -> dict[str, Any]:
    findings = [{**f.to_dict(), "message": render(f, spoken)} for f in verdict.findings]
    return {
        "urn": verdict.one.urn,
        "code": verdict.code,
        "action": "delete" if verdict.delete else "replace",
        "text": verdict.text,
        "findings": findings,
    }
