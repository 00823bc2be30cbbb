"""JSON schemas of the bodies that are the hub's own (SDMX messages have schemas of their own)."""

from __future__ import annotations

from collections.abc import Iterable

from registry.describe.model import Json

__all__ = ["SCHEMAS"]

_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer"}
_TEXT_OR_NOT: Json = {"type": ["string", "null"]}
_WHOLE_OR_NOT: Json = {"type": ["integer", "null"]}
_ANY: Json = {"type": "object"}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_PERSON: Json = {
    "id": _WHOLE, "login": _TEXT, "name": _TEXT, "grants": _TEXTS,
    "has_password": {"type": "boolean"}, "issuer": _TEXT_OR_NOT, "created_at": _TEXT,
    "disabled_at": _TEXT_OR_NOT,
}  # fmt: skip
_KEY: Json = {
    "id": _TEXT, "label": _TEXT, "grants": _TEXTS, "valid": {"type": "boolean"},
    "created_at": _TEXT, "made_by": _TEXT_OR_NOT, "expires_at": _TEXT_OR_NOT,
    "last_used_at": _TEXT_OR_NOT, "revoked_at": _TEXT_OR_NOT,
}  # fmt: skip

_DISCLOSURE_POLICY: Json = {
    "kind": {"type": "string", "enum": ["dataflow", "agreement"]},
    "subject": _TEXT,
    "method": {"type": "string", "enum": ["suppress", "round"]},
    "number": _WHOLE,
    "declared": {"type": "boolean"},
}
_POLICY: Json = {
    "kind": {"enum": ["dataflow", "agreement"]}, "subject": _TEXT, "review": {"type": "boolean"},
    "embargo_until": _TEXT_OR_NOT, "embargo_delay": _TEXT_OR_NOT,
}  # fmt: skip

_SUBSCRIPTION: Json = {
    "id": _TEXT, "kind": {"enum": ["webhook", "email", "sdmx-http", "sdmx-mail"]},
    "address": _TEXT, "label": _TEXT, "language": _TEXT, "events": _TEXTS, "dataflows": _TEXTS,
    "categories": _TEXTS, "providers": _TEXTS, "areas": _TEXTS,
    "state": {"enum": ["unconfirmed", "active", "paused"]}, "reason": _TEXT_OR_NOT,
    "created_at": _TEXT, "active_since": _TEXT_OR_NOT, "paused_at": _TEXT_OR_NOT, "owner": _TEXT,
    "registered": _TEXT_OR_NOT,
}  # fmt: skip

_DELIVERY: Json = {
    "id": _WHOLE, "consumer": _TEXT, "as_of": _TEXT, "made_at": _TEXT, "sha256": _TEXT,
    "size": _WHOLE,
    "datasets": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["dataflow", "observations", "changes"],
            "properties": {
                "dataflow": _TEXT, "observations": _WHOLE, "changes": {"type": ["object", "null"]},
            },
        },
    },
}  # fmt: skip


def _object(required: Json, optional: Iterable[str] = ()) -> Json:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **{name: {} for name in optional}},
    }


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Json] = {
    "Errors": _object(
        {"errors": _list(_object({"code": _WHOLE, "title": _TEXT, "detail": _TEXT}, ("status",)))},
        ("meta",),
    ),
    "Finding": _object(
        {
            "rule": _TEXT, "severity": {"enum": ["error", "warning", "note"]},
            "file": _TEXT_OR_NOT, "sheet": _TEXT_OR_NOT, "row": _WHOLE_OR_NOT,
            "column": _TEXT_OR_NOT, "cell": _TEXT_OR_NOT, "line": _WHOLE_OR_NOT,
            "key": _TEXT_OR_NOT,
            "component": _TEXT_OR_NOT, "found": _TEXT_OR_NOT, "expected": _TEXT_OR_NOT,
            "suggestion": _TEXT_OR_NOT, "message": _TEXT,
        }
    ),
    "Report": _object(
        {
            "valid": {"type": "boolean"}, "dataflow": _TEXT_OR_NOT, "observations": _WHOLE,
            "counts": _object({"error": _WHOLE, "warning": _WHOLE, "note": _WHOLE}),
            "truncated": {"type": "boolean"},
            "causes": _list(_object({"rule": _TEXT, "severity": _TEXT, "total": _WHOLE})),
            "findings": _list(_ref("Finding")),
        }
    ),
    "Consumers": _object(
        {"dataflows": _list(_object({"dataflow": _TEXT, "name": _TEXT, "report": _TEXT}))}
    ),
    "Coverage": _object(
        {
            "dataflow": _TEXT, "observations": _WHOLE, "used": _WHOLE, "left_out": _WHOLE,
            "cells": _WHOLE,
            "inputs": _list(
                _object({"dataflow": _TEXT, "release": _WHOLE_OR_NOT, "observations": _WHOLE,
                         "used": _WHOLE})
            ),
            "outcomes": _list(
                _object({"rule": _TEXT, "used": {"type": "boolean"}, "reason": _TEXT_OR_NOT,
                         "subject": _TEXT_OR_NOT, "observations": _WHOLE, "why": _TEXT})
            ),
            "wanted": _list(_object({"codes": _ANY, "years": _TEXTS})),
            "given": _TEXT_OR_NOT,
            "notes": _TEXTS,
            "counts": _list(
                _object({"input": _TEXT, "area": _TEXT, "year": _TEXT, "rule": _TEXT,
                         "used": {"type": "boolean"}, "reason": _TEXT, "subject": _TEXT,
                         "observations": _WHOLE, "why": _TEXT})
            ),
        }
    ),
    "Submission": _object(
        {
            "token": _TEXT, "state": _TEXT, "finished": {"type": "boolean"}, "filename": _TEXT,
            "size": _WHOLE, "sha256": _TEXT, "format": _TEXT_OR_NOT, "connector": _TEXT_OR_NOT,
            "provider": _TEXT_OR_NOT, "received_at": _TEXT_OR_NOT, "started_at": _TEXT_OR_NOT,
            "finished_at": _TEXT_OR_NOT, "progress": _ANY, "counts": {"type": ["object", "null"]},
            "releases": _list(_ref("Release")), "links": _ANY, "mode": {"enum": ["all", "valid"]},
            "embargo": _TEXT_OR_NOT, "due": _TEXT_OR_NOT, "undoes": _TEXT_OR_NOT,
            "ahead": _WHOLE_OR_NOT, "returned": {"type": ["object", "null"]},
            "decisions": _list(
                _object({"at": _TEXT, "actor": _TEXT, "decision": _TEXT, "comment": _TEXT})
            ),
        },
        ("action", "error"),
    ),
    "Release": _object(
        {
            "release": _WHOLE, "released_at": _TEXT, "dataflow": _TEXT, "inserted": _WHOLE,
            "updated": _WHOLE, "deleted": _WHOLE,
        }
    ),
    "SubmissionList": _object(
        {
            "total": _WHOLE, "offset": _WHOLE, "limit": _WHOLE,
            "submissions": _list(_ref("Submission")),
        }
    ),
    "Diff": _object(
        {
            "token": _TEXT, "total": _WHOLE, "truncated": {"type": "boolean"},
            "changes": _list(
                _object(
                    {
                        "dataflow": _TEXT, "kind": {"enum": ["new", "changed", "withdrawn"]},
                        "key": _ANY, "changes": _ANY,
                    }
                )
            ),
        }
    ),
    "Preview": _object(
        {
            "token": _TEXT, "current": {"type": "boolean"},
            "counts": _object({"new": _WHOLE, "changed": _WHOLE, "withdrawn": _WHOLE}),
            "total": _WHOLE, "offset": _WHOLE, "limit": _WHOLE, "changes": _list(_ANY),
        }
    ),
    "UndoConflict": _object(
        {"errors": _list(_ANY)}, ("conflicts",)
    ),
    "Policy": _object(_POLICY),
    "Policies": _object({"policies": _list(_ref("Policy"))}),
    "DisclosurePolicy": _object(_DISCLOSURE_POLICY),
    "DisclosurePolicies": _object({"policies": _list(_ref("DisclosurePolicy"))}),
    "Disclosed": _object(
        {
            "token": _TEXT,
            "done": _list(
                _object(
                    {
                        "dataflow": _TEXT,
                        "policy": _object(_DISCLOSURE_POLICY),
                        "counts": _object(
                            {"primary": _WHOLE, "secondary": _WHOLE, "rounded": _WHOLE}
                        ),
                    }
                )
            ),
        }
    ),
    "CalendarPeriod": _object(
        {
            "agreement": _TEXT, "dataflow": _TEXT, "provider": _TEXT, "area": _TEXT_OR_NOT,
            "period": _TEXT, "due": _TEXT,
            "status": {"enum": ["expected", "due", "overdue", "on_time", "late"]},
            "came_at": _TEXT_OR_NOT, "days": _WHOLE,
        }
    ),
    "Calendar": _object(
        {
            "today": _TEXT,
            "boards": _list(
                _object(
                    {
                        "area": _TEXT_OR_NOT, "due": _WHOLE, "came": _WHOLE, "on_time": _WHOLE,
                        "overdue": _WHOLE, "days": {"type": ["number", "null"]},
                        "next_due": {"anyOf": [_ref("CalendarPeriod"), {"type": "null"}]},
                    }
                )
            ),
            "periods": _list(_ref("CalendarPeriod")),
        }
    ),
    "Health": _object(
        {
            "status": {"enum": ["ok", "failing"]}, "catalogue": {"type": "boolean"},
            "store": {"type": "boolean"}, "release": _WHOLE_OR_NOT,
        }
    ),
    "Capabilities": _object(
        {
            "interfaces": _list(
                _object({"standard": _TEXT, "address": _TEXT, "resources": _list(_ANY)})
            ),
            "openapi": _TEXT,
        }
    ),
    "Subscription": _object(_SUBSCRIPTION),
    "NewSubscription": _object(_SUBSCRIPTION, ("secret",)),
    "Subscriptions": _object({"subscriptions": _list(_ref("Subscription"))}),
    "SubscriptionState": _object({"id": _TEXT, "state": _TEXT}),
    "SubscriptionSecret": _object({"id": _TEXT, "secret": _TEXT}),
    "Ping": _object(
        {"delivered": {"type": "boolean"}, "status": _WHOLE_OR_NOT, "error": _TEXT_OR_NOT}
    ),
    "Notifications": _object(
        {
            "notifications": _list(
                _object(
                    {
                        "id": _WHOLE, "event": _TEXT, "kind": _TEXT, "at": _TEXT,
                        "subscription": _TEXT, "address": _TEXT,
                        "state": {"enum": ["waiting", "delivered", "dead"]}, "attempts": _WHOLE,
                        "next_at": _TEXT_OR_NOT, "delivered_at": _TEXT_OR_NOT,
                        "status": _WHOLE_OR_NOT, "error": _TEXT_OR_NOT,
                    }
                )
            )
        }
    ),
    "NotificationState": _object({"id": _WHOLE, "state": _TEXT}),
    "Delivery": _object({**_DELIVERY, "manifest": _ANY}),
    "Deliveries": _object({"deliveries": _list(_object(_DELIVERY))}),
    "Me": _object({"id": _TEXT, "name": _TEXT, "grants": _TEXTS}),
    "Person": _object(_PERSON),
    "NewPerson": _object({**_PERSON, "link": _TEXT}),
    "People": _object({"people": _list(_ref("Person"))}),
    "Link": _object({"link": _TEXT}),
    "Key": _object(_KEY),
    "NewKey": _object({**_KEY, "key": _TEXT}),
    "Keys": _object({"keys": _list(_ref("Key"))}),
    "AuditTrail": _object(
        {
            "entries": _list(
                _object(
                    {
                        "id": _WHOLE, "at": _TEXT, "actor": _TEXT, "action": _TEXT,
                        "subject": _TEXT, "detail": {"type": ["object", "null"]},
                        "previous": _TEXT, "hash": _TEXT,
                    }
                )
            )
        }
    ),
}  # fmt: skip
