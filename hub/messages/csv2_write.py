"""Writing SDMX-CSV 2.x: ``STRUCTURE,STRUCTURE_ID,ACTION,components``.

``options.extra`` takes the format's own parameters: ``keys`` (none, series, obs, both) adds
SERIES_KEY and OBS_KEY, ``timeformat`` (original, normalized) the form of time periods,
``separator`` the field separator; ``validity`` (true) adds VALID_FROM and VALID_TO, instants since
or until when rows were disseminated, as custom columns behind the others, for a message that tells
the history of data. The versions differ in the name of a merge alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.messages.api import WriteOptions
from hub.messages.columns import constant
from hub.messages.csv_lines import LineWriter, components, normalizes
from hub.messages.series_runs import peek
from hub.model.dataset import Action, Block

__all__ = ["write_rows"]

_KEYS = {
    "none": (),
    "series": ("SERIES_KEY",),
    "obs": ("OBS_KEY",),
    "both": ("SERIES_KEY", "OBS_KEY"),
}

#: The custom columns of a message that tells the history of data.
_VALIDITY = ("VALID_FROM", "VALID_TO")


def write_rows(blocks: Iterable[Block], options: WriteOptions, merge: str) -> Iterator[bytes]:
    """Yield the message in chunks; ``merge`` is the letter of a merge (A in 2.0, M in 2.1).

    Blocks of several structures share one header if ``options.schemas`` names them or they are
    given as a sequence; a stream that brings a structure with further dimensions raises
    ``ValueError``.
    """
    actions = {Action.MERGE: merge, Action.REPLACE: "R", Action.DELETE: "D"}
    schemas, stream = peek(blocks)
    schemas = list(options.schemas) or schemas
    keys = _KEYS.get(options.extra.get("keys", "none"))
    if keys is None:
        raise ValueError(f"keys must be one of {', '.join(_KEYS)}")
    columns = components(schemas, options)
    separator = options.extra.get("separator", ",")
    inner = "|" if separator == ";" else ";"
    within = inner if any(c.several for c in columns) else ""
    writer = LineWriter(
        columns,
        separator,
        options.labels,
        options.label_source,
        options.series_keys_only,
        normalized=normalizes(options),
        within=within,
    )
    named = ["STRUCTURE_NAME"] if options.labels == "name" else []
    dated = options.extra.get("validity") == "true"
    first = f"STRUCTURE[{within}]" if within else "STRUCTURE"
    frame = [first, "STRUCTURE_ID", *named, "ACTION", *keys]
    yield writer.header(frame, schemas, _VALIDITY if dated else ())
    for block in writer.lines(stream):
        source = options.label_source
        name = source.dataflow(block.schema) if source and options.labels != "id" else None
        id_ = str(block.schema.dataflow)
        kind = "datastructure" if block.schema.dataflow == block.schema.structure else "dataflow"
        cells = [kind, f"{id_}: {name}" if options.labels == "both" else id_]
        cells += [name or ""] if options.labels == "name" else []
        cells.append(actions[options.action or block.action])
        before = [constant(writer.frame(cells), block.batch.num_rows)]
        for key in keys:
            ids = block.schema.series_key if key == "SERIES_KEY" else block.schema.key
            before.append(writer.key(block, ids))
        instants = (block.valid_from, block.valid_to) if dated else ()
        yield writer.rows(block, before, [at.isoformat() if at else "" for at in instants])
