"""Header of SDMX-ML data messages, as the writers state it.

Source: SDMX 2.1 Section 3A, ``SDMXMessage.xsd``; SDMX 3.0, the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.messages.ml_write import Layout, escape
from hub.model.dataset import Action, Header
from hub.model.schema import DataSchema

__all__ = ["action_name", "header_xml", "structure_id"]

#: 2.1 and 3.0 say Append for what 3.1 calls Merge.
_NAMES = {Action.MERGE: "Append", Action.REPLACE: "Replace", Action.DELETE: "Delete"}


def action_name(action: Action, version: str) -> str:
    """The action as a message of that version spells it."""
    return "Merge" if version == "v3_1" and action is Action.MERGE else _NAMES[action]


def structure_id(schema: DataSchema) -> str:
    """``structureID`` of a dataflow within a message (an XML id, unique among dataflows)."""
    flow = schema.dataflow
    return f"{flow.agency}_{flow.id}_{flow.version}".replace("@", "_").replace("$", "_")


def header_xml(header: Header, layouts: Sequence[tuple[Layout, str | None]], version: str) -> str:
    """The ``Header`` element; each layout comes with its target namespace, if it has one."""
    receiver = f'<mes:Receiver id="{escape(header.receiver)}"/>\n' if header.receiver else ""
    source = (
        f'<mes:Source xml:lang="en">{escape(header.source)}</mes:Source>\n' if header.source else ""
    )
    structures = "".join(_structure(layout, space, version) for layout, space in layouts)
    return (
        "<mes:Header>\n"
        f"<mes:ID>{escape(header.id)}</mes:ID>\n"
        f"<mes:Test>{str(header.test).lower()}</mes:Test>\n"
        f"<mes:Prepared>{header.prepared.isoformat(timespec='seconds')}</mes:Prepared>\n"
        f'<mes:Sender id="{escape(header.sender)}"/>\n'
        f"{receiver}{structures}{source}"
        "</mes:Header>\n"
    )


def _structure(layout: Layout, space: str | None, version: str) -> str:
    flow = layout.schema.dataflow
    if version == "v2_1":
        usage = (
            f'<Ref agencyID="{flow.agency}" id="{flow.id}" version="{flow.version}"'
            ' class="Dataflow"/>'
        )
    else:
        usage = f"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow={flow}"
    named = f' namespace="{escape(space)}"' if space else ""
    return (
        f'<mes:Structure structureID="{structure_id(layout.schema)}"{named}'
        f' dimensionAtObservation="{layout.at_observation}">'
        f"<com:StructureUsage>{usage}</com:StructureUsage></mes:Structure>\n"
    )
