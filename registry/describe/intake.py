"""Review, undo, the parts of a message, policies, uploads in parts."""

from __future__ import annotations

from hub.intake.returned import PARTS
from hub.store.submissions import Mode, State
from registry.describe.common import (
    KEYED,
    POLICY_KIND,
    POLICY_SUBJECT,
    TOKEN,
    UNEXPECTED,
    error,
    ref,
)
from registry.describe.model import Answer, Json, Operation, Parameter, choice, number

__all__ = ["HANDING_IN", "OPERATIONS", "STATE"]

_FOLLOWERS = ("admin", "provider", "reviewer", "reader")
_DECIDERS = ("admin", "reviewer")
_TEXT: Json = {"type": "string"}
_BAD = {400: error("A parameter or the body cannot be read.")}
_UNKNOWN = {404: error("There is no such submission, or nothing of it.")}
_LARGE = {413: error("The body is larger than this takes.")}
_CONFLICT = {409: error("The state of the submission forbids it.")}

#: Parameters of handing in that say how a submission goes on.
HANDING_IN = (
    choice("mode", "all: all or nothing; valid: what is valid is published.", [*Mode],
           default="all"),
    Parameter("embargo", "Publish nothing before this time.",
              {"type": "string", "format": "date-time"}),
    Parameter("Idempotency-Key", "The same request again comes to the same submission.",
              {"type": "string", "minLength": 1, "maxLength": 200}, place="header"),
)  # fmt: skip

#: Parameter of the list of submissions.
STATE = choice("state", "Only submissions in this state.", [*State])


def _header(name: str, text: str, schema: Json, example: str) -> Parameter:
    return Parameter(name, text, schema, example, place="header", required=True)


_COMMENT = {
    "application/json": {
        "type": "object",
        "properties": {"comment": _TEXT},
        "additionalProperties": False,
    }
}
_UPLOAD = Parameter(
    "id", "Id of the upload.", {"type": "string", "minLength": 1}, "no-such-upload",
    place="path", required=True,
)  # fmt: skip
_TUS = _header("Tus-Resumable", "Version of the protocol.", {"type": "string", "enum": ["1.0.0"]},
               "1.0.0")  # fmt: skip
_ARRIVED = {
    "Upload-Offset": "Bytes that have arrived.",
    "Upload-Expires": "When it is forgotten unless more arrives.",
}
_UPLOADING = {
    412: error("The client speaks another version of the protocol."), **KEYED, **UNEXPECTED,
}  # fmt: skip


def _decision(name: str, summary: str, description: str) -> Operation:
    return Operation(
        name,
        "/api/submissions",
        summary,
        description,
        {
            200: Answer("The submission.", ref("Submission")),
            **_BAD,
            **_LARGE,
            **_UNKNOWN,
            **_CONFLICT,
            **KEYED,
            **UNEXPECTED,
        },
        method="post",
        tag="submissions",
        parts=(TOKEN,),
        least=1,
        suffix=f"/{name}",
        body=_COMMENT,
        roles=_DECIDERS,
    )


OPERATIONS = (
    Operation(
        "preview",
        "/api/submissions",
        "What publishing would change",
        "Of a submission that waits: new, changed (old and new value) and withdrawn observations "
        "against what is published. current is false until it is compared anew after a release.",
        {
            200: Answer("Counts and a page of the changes.", ref("Preview")),
            **_BAD, 401: KEYED[401], **_UNKNOWN, **UNEXPECTED,
        },
        tag="submissions",
        parts=(TOKEN,),
        least=1,
        suffix="/preview",
        parameters=(
            number("offset", "So many changes are passed over.", 0, default="0"),
            number("limit", "At most so many changes, up to 10000.", 0, default="100"),
        ),
        roles=_FOLLOWERS,
    ),
    _decision("approve", "Approve a submission", "It is validated again and published when due."),
    _decision("reject", "Reject a submission", "The comment tells the sender why."),
    Operation(
        "undo",
        "/api/submissions",
        "Undo a release",
        "A new release restores what this one changed, unless a later one changed it again. A "
        "submission that still waits is ended instead, also by its sender.",
        {
            200: Answer("It waited and is ended.", ref("Submission")),
            201: Answer("The submission that undid it.", ref("Submission")),
            409: Answer("Nothing was undone; what stands in the way.", ref("UndoConflict")),
            **_UNKNOWN, **KEYED, **UNEXPECTED,
        },
        method="delete",
        tag="submissions",
        parts=(TOKEN,),
        least=1,
        roles=(*_DECIDERS, "provider"),
    ),
    Operation(
        "part",
        "/api/submissions",
        "A part of a message",
        "accepted was published; rejected is given back in the format that was sent; rules is "
        "that part as a table with the rules that each row broke.",
        {
            200: Answer("The part.", {"*/*": None}),
            401: KEYED[401], **_UNKNOWN, **UNEXPECTED,
        },
        tag="submissions",
        parts=(
            TOKEN,
            Parameter("name", "Which part.", {"type": "string", "enum": [*PARTS]}, "rejected",
                      place="path", required=True),
        ),
        least=2,
        roles=_FOLLOWERS,
    ),
    Operation(
        "policies",
        "/api/policies",
        "Review and embargo",
        "What stands between valid data and its release, per dataflow or provision agreement.",
        {200: Answer("All policies.", ref("Policies")), **KEYED, **UNEXPECTED},
        tag="submissions",
        roles=("admin", "agency"),
    ),
    Operation(
        "setPolicy",
        "/api/policies",
        "Set a policy",
        "In place of an earlier one for the same dataflow or agreement.",
        {
            200: Answer("The policy.", ref("Policy")),
            404: error("There is no such dataflow or agreement."),
            **_BAD, **_LARGE, **KEYED, **UNEXPECTED,
        },
        method="put",
        tag="submissions",
        parts=(POLICY_KIND, POLICY_SUBJECT),
        least=2,
        body={
            "application/json": {
                "type": "object",
                "properties": {
                    "review": {"type": "boolean"},
                    "embargo_until": {"type": "string", "format": "date-time"},
                    "embargo_delay": {"type": "string", "examples": ["P7D", "PT12H"]},
                },
                "additionalProperties": False,
            }
        },
        roles=("admin", "agency"),
    ),
    Operation(
        "removePolicy",
        "/api/policies",
        "Remove a policy",
        "What waits already is asked again when it goes on.",
        {
            200: Answer("The policies that are left.", ref("Policies")),
            404: error("There is no such policy."),
            **_BAD, **KEYED, **UNEXPECTED,
        },
        method="delete",
        tag="submissions",
        parts=(POLICY_KIND, POLICY_SUBJECT),
        least=2,
        roles=("admin", "agency"),
    ),
    Operation(
        "beginUpload",
        "/api/uploads",
        "Begin an upload in parts",
        "The tus protocol 1.0.0. Upload-Metadata carries the parameters of handing in, as keys "
        "with base64 values. HEAD on the upload tells how much has arrived.",
        {
            201: Answer("Begun.", {}, {"Location": "Where the parts go.", **_ARRIVED}),
            413: error("The file is larger than this hub takes."),
            **_BAD, **_UPLOADING,
        },
        method="post",
        tag="submissions",
        parameters=(
            _TUS,
            _header("Upload-Length", "Bytes of the file.",
                    {"type": "integer", "minimum": 1, "maximum": 10**12}, "1000"),
            Parameter("Upload-Metadata", "Parameters of handing in.", _TEXT,
                      "filename ZW50cmllcy5jc3Y=", place="header"),
        ),
        roles=("admin", "provider"),
    ),
    Operation(
        "uploadPart",
        "/api/uploads",
        "Send a part",
        "The last part hands the file in.",
        {
            204: Answer(
                "It arrived.", {},
                {**_ARRIVED, "Upload-Submission": "Token of the submission, once complete."},
            ),
            404: error("There is no such upload, or its time is over."),
            409: error("The upload stands elsewhere, or another part is being written."),
            413: error("More bytes than were announced."),
            415: error("The part, or the whole file, is in a format that is not read."),
            422: error("The whole file makes no sense here."),
            460: error("The checksum is not that of the part; nothing of it was kept."),
            **_BAD, **_UPLOADING,
        },
        method="patch",
        tag="submissions",
        parts=(_UPLOAD,),
        least=1,
        parameters=(
            _TUS,
            _header("Upload-Offset", "Where the part belongs.",
                    {"type": "integer", "minimum": 0, "maximum": 10**12}, "0"),
            Parameter("Upload-Checksum", "sha1 or sha256, and the digest in base64.", _TEXT,
                      place="header"),
        ),
        body={"application/offset+octet-stream": {}},
        roles=("admin", "provider"),
    ),
    Operation(
        "endUpload",
        "/api/uploads",
        "Forget an upload",
        "What it became, if it is complete, stays.",
        {
            204: Answer("Forgotten."),
            404: error("There is no such upload, or its time is over."),
            **_UPLOADING,
        },
        method="delete",
        tag="submissions",
        parts=(_UPLOAD,),
        least=1,
        parameters=(_TUS,),
        roles=("admin", "provider"),
    ),
)  # fmt: skip
