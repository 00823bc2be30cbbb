"""Maintenance of structures: POST, PUT and DELETE under ``/sdmx/v2/structure``.

==========================================================  ======================================
``POST /sdmx/v2/structure``                                 artefacts of any kind
``POST /sdmx/v2/structure/{type}``                          artefacts of one kind
``PUT /sdmx/v2/structure/{type}/{agency}/{id}/{version}``   replace one artefact
``DELETE`` of the same path                                 delete it
``DELETE`` of the same path ``/{item}``                     delete one item of it
==========================================================  ======================================

The body is a structure message in any format the hub reads, or a ``SubmitStructureRequest``. An
item scheme with ``isPartial`` is merged, everything else replaced. ``?dryRun=true`` answers as if,
and changes nothing. The answer is a ``SubmitStructureResponse`` in SDMX-ML 3.0, or in the version
that ``Accept`` names (``application/vnd.sdmx.registry+xml;version=2.1``). Who may: the keys of
administrators and agencies. Source: SDMX REST 2.2 ``maintenance.md``.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

from flask import Blueprint, Response, request

from hub.errors import Forbidden, RequestSyntaxError
from hub.messages.structures_read import read_structures
from hub.model.dataset import Header
from hub.model.schema import StructureRef
from hub.query.raw import check_id, parameters
from hub.query.versions import version_key
from hub.store.home import Hub
from hub.store.rights import Principal
from hub.structures import registry_read
from hub.structures.kinds import KINDS, Artefact, Key, key_of
from hub.structures.registry_model import Request, StructureRequest
from hub.structures.registry_write import structure_answer
from hub.structures.submission import (
    Change,
    Status,
    StructureAction,
    SubmissionResult,
    http_status,
)
from registry.auth import Right, Subject, authenticate, may
from registry.context import current_hub
from registry.rest.http import raw_path, raw_query
from registry.rest.negotiation import accepted

__all__ = [
    "answer_header",
    "answer_version",
    "blueprint",
    "body_path",
    "changes_of",
    "dry_run",
    "maintain",
    "read_body",
    "registry_response",
]

blueprint = Blueprint("sdmx_maintenance", __name__)

_PREFIX = "/sdmx/v2/structure"
_TYPES = {kind.v2 or kind.name: kind.name for kind in KINDS.values()}
_TYPES |= {kind.name: kind.name for kind in KINDS.values()}
_REGISTRY_TYPE = "application/vnd.sdmx.registry+xml"
_MEDIA = {"2.1": f"{_REGISTRY_TYPE};version=2.1", "3.0": f"{_REGISTRY_TYPE};version=3.0.0",
          "3.1": f"{_REGISTRY_TYPE};version=3.1.0"}  # fmt: skip
_WILD = re.compile(r"[*+~,]|^(?:all|latest)$", re.IGNORECASE)


@blueprint.post(_PREFIX, defaults={"tail": ""})
@blueprint.post(f"{_PREFIX}/<rest:tail>")
def submit(tail: str) -> Response:
    """Add and replace artefacts."""
    hub, who = _who()
    kind = _type_of(tail)
    changes = changes_of(_submitted(hub), StructureAction.REPLACE)
    wrong = [c for c in changes if kind is not None and c.key.kind != kind]
    if wrong:
        text = f"The URL is that of a {kind}; the message has something else: nothing was changed."
        return answer([_refused(c.key, c.action, 422, text) for c in wrong])
    return maintain(hub, who, changes)


@blueprint.put(f"{_PREFIX}/<rest:tail>")
def replace(tail: str) -> Response:
    """Replace one artefact that is there."""
    hub, who = _who()
    target, item = _target()
    if item:
        raise RequestSyntaxError("PUT replaces an artefact, not an item: submit it as partial.")
    changes = [
        c
        for c in changes_of(_submitted(hub), StructureAction.REPLACE)
        if c.artefact is not None and not c.artefact.is_external_reference
    ]
    if [c.key for c in changes] != [target]:
        text = f"The message has to hold {target.kind} {target.ref}, and nothing else."
        return answer([_refused(target, StructureAction.REPLACE, 422, text)])
    if target not in hub.structures.by_key:
        text = f"The hub has no {target.kind} {target.ref}. Use POST to create it."
        return answer([_refused(target, StructureAction.REPLACE, 404, text)])
    return maintain(hub, who, changes)


@blueprint.delete(f"{_PREFIX}/<rest:tail>")
def remove(tail: str) -> Response:
    """Delete one artefact, or one item of it."""
    hub, who = _who()
    target, item = _target()
    return maintain(hub, who, [Change(StructureAction.DELETE, target, item=item)])


def _who() -> tuple[Hub, Principal]:
    """The hub, and who asks: settled before the body is read."""
    hub = current_hub()
    return hub, authenticate(hub, request, Right.MAINTAIN)


def _type_of(tail: str) -> str | None:
    """The kind that the path names, ``None`` for any."""
    name, *rest = [part for part in tail.split("/") if part] or ["*"]
    if rest:
        raise RequestSyntaxError("POST goes to /structure or /structure/{type}.")
    return None if name == "*" else _kind(name)


def _kind(name: str) -> str:
    try:
        return _TYPES[name]
    except KeyError:
        raise RequestSyntaxError(f"There is no artefact type {name!r}.") from None


def _target() -> tuple[Key, str]:
    """The artefact a path names, and the item (else empty); it leaves nothing open."""
    parts = [unquote(part) for part in raw_path(f"{_PREFIX}/").rstrip("/").split("/")]
    if len(parts) not in (4, 5) or not all(parts) or any(_WILD.search(p) for p in parts[1:4]):
        raise RequestSyntaxError(
            "Name one artefact: /structure/{type}/{agency}/{id}/{version}, and for DELETE "
            "optionally /{item}."
        )
    kind, agency, id_, version, *item = parts
    check_id(agency, "an agency", nested=True)
    check_id(id_, "an id")
    if not all(text.isprintable() for text in item):
        raise RequestSyntaxError("The item has a character that no id has.")
    try:
        version_key(version)
    except ValueError as error:
        raise RequestSyntaxError(f"{error}.") from None
    return Key(_kind(kind), StructureRef(agency, id_, version)), "".join(item)


def _submitted(hub: Hub) -> StructureRequest | list[Artefact]:
    found = read_body(hub)
    if isinstance(found, list | StructureRequest):
        return found
    raise RequestSyntaxError("Only structures are submitted here.")


def read_body(hub: Hub) -> Request | list[Artefact]:
    """The body: a message to the registry, or the artefacts of a structure message."""
    with body_path(hub) as path:
        with path.open("rb") as file:
            head = file.read(4096)
        if registry_read.is_registry_message(head):
            return registry_read.read(path)
        return read_structures(path, request.headers.get("Content-Type"))


class body_path:  # noqa: N801 (used like a function)
    """The body of the request as a file, for as long as the block runs."""

    def __init__(self, hub: Hub) -> None:
        self._folder = hub.folder("tmp")

    def __enter__(self) -> Path:
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
            self._path = Path(file.name)
            try:
                while chunk := request.stream.read(1 << 20):
                    file.write(chunk)
            except BaseException:
                self._path.unlink()
                raise
        return self._path

    def __exit__(self, *_: object) -> None:
        self._path.unlink()


def changes_of(
    found: StructureRequest | Iterable[Artefact], action: StructureAction
) -> list[Change]:
    """The changes that a message asks for; it may state other actions than ``action``."""
    if isinstance(found, StructureRequest):
        return [Change.of(a, found.overrides.get(key_of(a), found.action)) for a in found.artefacts]
    return [Change.of(artefact, action) for artefact in found]


def maintain(
    hub: Hub, who: Principal, changes: Sequence[Change], *, version: str | None = None
) -> Response:
    """Apply changes and answer; ``version`` is that of the answer unless ``Accept`` names one."""
    if not changes:
        raise RequestSyntaxError("The message has no artefact.")
    check_agency(who, (c.key for c in changes))
    outcome = hub.maintain(changes, actor=who.id, dry_run=dry_run())
    response = answer(outcome.results, version=version)
    created = [r for r in outcome.results if r.code == 201]
    if len(created) == len(changes) == 1:
        kind, ref = created[0].key
        path = f"{KINDS[kind].v2 or kind}/{ref.agency}/{ref.id}/{ref.version}"
        response.headers["Location"] = f"{request.host_url}{_PREFIX[1:]}/{path}"
    return response


def check_agency(who: Principal, keys: Iterable[Key]) -> None:
    """Raise ``Forbidden`` when somebody touches what another agency maintains."""
    for one in keys:
        if not may(who, Right.MAINTAIN, Subject(agency=one.ref.agency)):
            raise Forbidden(f"This sender does not maintain structures of {one.ref.agency}.")


def dry_run() -> bool:
    """Whether the request only asks what would happen."""
    text = parameters(raw_query()).get("dryRun", "false").lower()
    if text not in {"true", "false"}:
        raise RequestSyntaxError("dryRun is true or false.")
    return text == "true"


def _refused(key: Key, action: StructureAction, code: int, text: str) -> SubmissionResult:
    return SubmissionResult(key, action, Status.FAILURE, code, (text,))


def answer(results: Sequence[SubmissionResult], *, version: str | None = None) -> Response:
    """A ``SubmitStructureResponse`` with the status that the results have together."""
    chosen = answer_version(version or "3.0")
    body = structure_answer(results, answer_header(), chosen)
    return registry_response(body, http_status(results), chosen)


def registry_response(body: bytes, status: int, version: str) -> Response:
    """A registry interface message as the answer."""
    response = Response(body, status, content_type=_MEDIA[version])
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_header(receiver: str | None = None) -> Header:
    """The header of an answer."""
    hub = current_hub()
    id_ = f"REGISTRY-{uuid4().hex}"
    return Header(id_, hub.settings.sender, datetime.now(UTC), receiver=receiver)


def answer_version(default: str) -> str:
    """The SDMX-ML version of the answer: the one ``Accept`` names, else ``default``."""
    for one in accepted(request.headers.get("Accept", "")):
        if f"{one.type}/{one.subtype}" == _REGISTRY_TYPE and one.quality > 0:
            wanted = ".".join(one.parameters.get("version", "").split(".")[:2])
            if wanted in _MEDIA:
                return wanted
    return default
