"""Metadata sets that somebody hands in: which can be stored, and why the others cannot.

A set in a version such as 1.0.0 is final: it is sent again in a later version, never changed. One
in a version such as 1.0.0-draft or 1.0 may be replaced. Source: SDMX 3.0 Section 6, semantic
versioning; the metadata message field guide of SDMX-CSV.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from hub.errors import NotFound, RequestSyntaxError
from hub.metadata.model import MetadataSet, placed
from hub.model.findings import Finding
from hub.model.schema import StructureRef
from hub.query.versions import version_key
from hub.structures.repository import StructureSet
from hub.validation.metadata import check_set, in_order

__all__ = ["Verdict", "is_final", "judge", "judge_deletion"]

_STABLE = re.compile(r"^\d+\.\d+\.\d+$")
_DELETE = "Delete"
#: Actions that leave what a message does not mention as it is.
_PARTIAL = frozenset({"Append", "Merge"})

#: Finds a stored set, ``None`` when there is none.
Find = Callable[[StructureRef], MetadataSet | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a set.

    ``code`` is the HTTP status: 201 enter it, 200 replace it or leave it as it is, 404, 409 and
    422 refuse it. ``delete`` says that the message asks to delete the set.
    """

    one: MetadataSet
    code: int
    text: str = ""
    delete: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it can be done."""
        return self.code < 300


def is_final(ref: StructureRef) -> bool:
    """Whether a set of this version may not change any more."""
    return _STABLE.match(ref.version) is not None


def judge(sets: Iterable[MetadataSet], structures: StructureSet, find: Find) -> list[Verdict]:
    """A verdict on each set, in their order."""
    seen: set[StructureRef] = set()
    verdicts = []
    for one in sets:
        if one.ref in seen:
            verdicts.append(Verdict(one, 422, "The message has this metadata set twice."))
        elif one.tree.get("action") == _DELETE:
            verdicts.append(judge_deletion(one.ref, find, one))
        else:
            verdicts.append(_judge(one, structures, find(one.ref)))
        seen.add(one.ref)
    return verdicts


def judge_deletion(ref: StructureRef, find: Find, one: MetadataSet | None = None) -> Verdict:
    """Whether a set may be deleted: one that is there and not final."""
    known = find(ref)
    subject = one or known or MetadataSet({"agencyID": ref.agency, "id": ref.id,
                                           "version": ref.version})  # fmt: skip
    if known is None:
        return Verdict(subject, 404, "There is no such metadata set.", delete=True)
    if is_final(ref):
        return Verdict(subject, 409, _FINAL, delete=True)
    return Verdict(subject, 200, delete=True)


_FINAL = (
    "A metadata set in a version such as 1.0.0 is final. Send what changed in a later version, for "
    "example 1.0.1."
)


def _judge(given: MetadataSet, structures: StructureSet, known: MetadataSet | None) -> Verdict:
    tree = {k: v for k, v in given.tree.items() if k not in ("action", "isExternalReference")}
    one = replace(given, tree=tree)
    try:
        version_key(one.ref.version)
        one = placed(one, structures)
    except NotFound as error:
        return Verdict(one, 409, error.message)
    except (RequestSyntaxError, ValueError) as error:
        return Verdict(one, 422, f"{str(error).rstrip('.')}.")
    findings = check_set(one, structures)
    if findings:
        return Verdict(one, 422, "The metadata set has faults.", findings=findings)
    one = in_order(one, structures)
    partial = given.tree.get("action") in _PARTIAL
    return Verdict(one, 201) if known is None else _again(one, known, partial=partial)


def _again(one: MetadataSet, known: MetadataSet, *, partial: bool) -> Verdict:
    """The verdict on a set of which there is one already."""
    if known.tree == one.tree:
        return Verdict(one, 200, "It is stored already, just as it is.")
    if is_final(one.ref):
        return Verdict(one, 409, _FINAL)
    if partial:
        return Verdict(
            one, 409, "There is such a set: send the whole of it with the action Replace."
        )
    return Verdict(one, 200)
