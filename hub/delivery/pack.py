"""Making a pack for a consumer.

All of it is of one instant, that of the newest release of anything it is made of, and says so in
every header. So the same releases and structures give the same bytes, whenever it is made.

Another hub gets a message for each data provider: what is computed, such as mirror statistics, goes
by who reports, and no SDMX message of observations says so.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from hub.delivery import ledger
from hub.delivery.archive import archive
from hub.delivery.consumers import Consumer
from hub.delivery.readme import FILES, readme
from hub.delivery.states import State, difference, state
from hub.errors import NoResults, SemanticError, Unavailable
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import by_name
from hub.model.dataset import Block, Header
from hub.model.schema import StructureRef
from hub.store.coverage import coverage, covered
from hub.store.home import Hub
from hub.store.labels import Labels
from hub.store.rows import pointers_at
from hub.structures import ml21_write
from hub.structures.kinds import Key, key_of, scheme_of
from hub.structures.repository import StructureSet
from hub.structures.views import partial
from hub.validation import check_file

__all__ = ["FORMAT", "make"]

#: What the manifest says it is.
FORMAT = "mighub-pack-1"

_CHANGES = "sdmx-csv-2.0"
_LANGUAGES = ("en", "es")
_CONSTRAINED = ("dataflow", "datastructure", "provisionagreement")


def make(
    hub: Hub,
    consumer: Consumer,
    *,
    actor: str,
    dataflows: Iterable[StructureRef] = (),
) -> ledger.Entry:
    """Make a pack of a consumer's dataflows (or of some of them), keep it and note it.

    The change since the last delivery is that since its newest pack of older data. Raises
    ``SemanticError`` for a dataflow that is not delivered to it, ``NoResults`` when nothing was
    released yet, ``Unavailable`` when something is released meanwhile.
    """
    chosen = _chosen(consumer, dataflows)
    pointers = pointers_at(hub, chosen, None)
    if not pointers:
        raise NoResults("Nothing was released yet that could be delivered.")
    as_of = max(p.released_at for p in pointers.values())
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp"), prefix="pack-") as scratch:
        packed = _Pack(hub, consumer, as_of, Path(scratch))
        for dataflow in chosen:
            packed.add(dataflow)
        path, sha256, manifest = packed.close()
        return ledger.enter(hub, path, sha256, manifest, as_of=as_of, actor=actor)


def _chosen(consumer: Consumer, dataflows: Iterable[StructureRef]) -> list[StructureRef]:
    asked = list(dataflows) or list(consumer.dataflows)
    for ref in asked:
        if ref not in consumer.dataflows:
            known = ", ".join(map(str, sorted(consumer.dataflows))) or "nothing yet"
            raise SemanticError(f"{ref} is not delivered to {consumer.id}: {known}.")
    return sorted(asked)


class _Pack:
    """A pack that is being made in a folder."""

    def __init__(self, hub: Hub, consumer: Consumer, as_of: datetime, scratch: Path) -> None:
        self._hub = hub
        self._consumer = consumer
        self._as_of = as_of
        self._scratch = scratch
        self._folder = scratch / "pack"
        self._folder.mkdir()
        self._datasets: list[dict[str, Any]] = []

    def add(self, dataflow: StructureRef) -> None:
        """The messages of a dataset, their reports, and what changed."""
        now = self._state(dataflow, self._as_of, "now")
        flow = self._hub.structures.get("dataflow", dataflow)
        ref, name = dataflow, _file_name(dataflow)
        path = f"/sdmx/v2/data/dataflow/{ref.agency}/{ref.id}/{ref.version}/*"
        messages = [
            self._message(now, name, provider, format_)
            for provider in _in_order(now.providers)
            for format_ in self._consumer.dataflows[dataflow]
        ]
        self._datasets.append(
            {
                "dataflow": str(dataflow),
                "names": {c: self._hub.structures.name(flow, c) for c in _LANGUAGES},
                "structure": str(now.schema.structure),
                "query": f"{path}?asOf={_instant(self._as_of)}",
                "releases": [
                    {"dataflow": str(p.dataflow), "release": p.release,
                     "released_at": _instant(p.released_at)}
                    for p in sorted(now.pointers, key=lambda p: p.dataflow)
                ],
                "observations": now.observations,
                "changes": self._changes(now, dataflow, name),
                "coverage": self._coverage(now, dataflow, name),
                "messages": messages,
            }
        )  # fmt: skip

    def _state(self, dataflow: StructureRef, at: datetime, name: str) -> State:
        return state(
            self._hub, dataflow, at, self._scratch, name, by_provider=self._consumer.by_provider
        )

    def _message(
        self, now: State, dataset: str, provider: str | None, format_: str
    ) -> dict[str, Any]:
        chosen = by_name(format_)
        name = _of_provider(dataset, provider)
        path = f"data/{name}.{format_}.{chosen.extension}"
        rows = write_data(now.blocks(provider), chosen, self._header(name), self._options(now))
        self._write(path, rows)
        report = check_file(
            self._folder / path, chosen, self._hub.structures, workspace=self._scratch,
            file=path,
        )  # fmt: skip
        told = report.to_dict()
        self._write_json(f"reports/{name}.{format_}.json", told)
        whose: dict[str, Any] = {}
        if self._consumer.by_provider:
            whose = {"provider": provider, "observations": now.providers[provider]}
        return {
            "file": path,
            "format": format_,
            "media_type": chosen.media_type,
            **whose,
            "report": {"file": f"reports/{name}.{format_}.json", "valid": told["valid"],
                       "counts": told["counts"]},
        }  # fmt: skip

    def _changes(self, now: State, dataflow: StructureRef, name: str) -> dict[str, Any] | None:
        """What changed since the last delivery that had this dataset; ``None``: none had."""
        last = ledger.before(self._hub, self._consumer.id, self._as_of, dataflow)
        if last is None:
            return None
        before = self._state(dataflow, last.as_of, "before")
        found = difference(self._hub, now, before, self._scratch)
        told: dict[str, Any] = {"since": _instant(last.as_of), **found.counts}
        if not self._consumer.by_provider:
            path = None
            if any(found.counts.values()):
                path = self._change(now, name, chain(found.withdrawn(), found.given()))
            return {**told, "file": path}
        # In this order: a cell goes from the provider that had it before another one gives it.
        messages = [
            {"file": self._change(now, f"{_of_provider(name, p)}.withdrawn", found.withdrawn(p)),
             "provider": p}
            for p in _in_order(found.withdrawn_of)
        ] + [
            {"file": self._change(now, _of_provider(name, p), found.given(p)), "provider": p}
            for p in _in_order(found.given_of)
        ]  # fmt: skip
        return {**told, "messages": messages}

    def _change(self, now: State, name: str, blocks: Iterable[Block]) -> str:
        path = f"changes/{name}.{_CHANGES}.{by_name(_CHANGES).extension}"
        header = self._header(f"{name}-changes")
        self._write(path, write_data(blocks, _CHANGES, header, self._options(now)))
        return path

    def _coverage(self, now: State, dataflow: StructureRef, name: str) -> dict[str, Any] | None:
        """What of the hub's data went in and what was left out; ``None``: nothing was mapped."""
        read = {p.dataflow: p.release for p in now.pointers}
        if dataflow not in covered() or dataflow in read:
            return None
        found = coverage(self._hub, dataflow)
        if dict(found.releases) != read:
            raise Unavailable("Data were released while the pack was made. Make it again.")
        files = {c: f"reports/{name}.coverage.{c}.json" for c in _LANGUAGES}
        for language, path in files.items():
            self._write_json(path, found.to_dict(language))
        left_out = found.observations - found.used
        return {"observations": found.observations, "used": found.used, "left_out": left_out,
                "files": files}  # fmt: skip

    def close(self) -> tuple[Path, str, dict[str, Any]]:
        """The archive, its SHA-256, and the manifest."""
        chosen = [StructureRef.parse(d["dataflow"]) for d in self._datasets]
        artefacts = _structures(self._hub.structures, chosen, self._providers())
        header = self._header("structures")
        self._write("structures.xml", [ml21_write.write(artefacts, header, pretty=True)])
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "hub": self._hub.settings.sender,
            "consumer": {"id": self._consumer.id, "names": dict(self._consumer.names)},
            "as_of": _instant(self._as_of),
            "datasets": self._datasets,
        }
        for language, name in FILES.items():
            self._write(name, [readme(manifest, language).encode()])
        manifest["files"] = [
            {"file": p.relative_to(self._folder).as_posix(), "sha256": _sha256(p),
             "size": p.stat().st_size}
            for p in sorted(self._folder.rglob("*"))
            if p.is_file()
        ]  # fmt: skip
        self._write_json("manifest.json", manifest)
        target = self._scratch / "pack.zip"
        archive(self._folder, target)
        return target, _sha256(target), manifest

    def _providers(self) -> frozenset[str]:
        """The data providers that the pack names."""
        messages = [
            m for d in self._datasets
            for m in (*d["messages"], *(d["changes"] or {}).get("messages", ()))
        ]  # fmt: skip
        return frozenset(m["provider"] for m in messages if m.get("provider") is not None)

    def _header(self, name: str) -> Header:
        id_ = f"{self._consumer.id}-{name}-{self._as_of:%Y%m%dT%H%M%S}".replace(".", "_")
        return Header(id_, self._hub.settings.sender, self._as_of, receiver=self._consumer.id)

    def _options(self, now: State) -> WriteOptions:
        labels = Labels(self._hub.structures, "en")
        return WriteOptions(label_source=labels, schemas=(now.schema,))

    def _write(self, path: str, chunks: Iterable[bytes]) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.writelines(chunks)

    def _write_json(self, path: str, content: Any) -> None:
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        self._write(path, [text.encode()])


def _structures(
    structures: StructureSet, dataflows: Sequence[StructureRef], providers: Collection[str]
) -> list[Any]:
    """The dataflows, all they are made of, the agreements of providers, and the constraints."""
    flows = [structures.get("dataflow", ref) for ref in dataflows]
    found = {key_of(a): a for a in [*flows, *structures.closure(flows, ["descendants"])]}
    named: dict[Key, set[str]] = defaultdict(set)
    for flow in dataflows:
        for agreement in structures.agreements(dataflow=flow):
            provider = agreement.data_provider
            if provider.id in providers:
                found[key_of(agreement)] = agreement
                named[key_of(scheme_of(provider))].add(provider.id)
    for scheme, ids in named.items():  # another hub keeps the others that it knows
        found[scheme] = partial(structures.get(*scheme), ids)
    for key in list(found):
        for parent in structures.graph.parents.get(key, ()):
            if parent.kind == "contentconstraint" and key.kind in _CONSTRAINED:
                found[parent] = structures.get(*parent)
    return [found[key] for key in sorted(found)]


def _in_order(providers: Iterable[str | None]) -> list[str | None]:
    """Providers by their ids, and last what no provider is known of."""
    return sorted(providers, key=lambda provider: (provider is None, provider or ""))


def _file_name(ref: StructureRef) -> str:
    """A name for files: what may stand in one on every system."""
    text = f"{ref.agency}_{ref.id}_{ref.version}"
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in text)


def _of_provider(name: str, provider: str | None) -> str:
    """The name of a file of one provider."""
    return name if provider is None else f"{name}.{provider}"


def _instant(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
