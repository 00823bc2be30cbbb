"""Everybody against everything: each role, with and without scope, at each endpoint there is.

What is expected stands here on its own and is not computed from the program's table of rights. The
endpoints come from the application: one without a declared expectation fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from page_site import message

from hub import intake
from hub.intake.policies import Policy, set_policy
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.rights import Grant, Role
from hub.store.submissions import State
from registry.app import create_app

FLOW = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
AGREEMENT = "MIGHUB:PA_MEX_INM_MIG_BORDER(1.0.0)"
ELSEWHERE = "MIGHUB:PA_MEX_INM_MIG_RETURNS(1.0.0)"

#: Who is asking, by what they hold.
WHO = {
    "admin": ["admin"],
    "agency": ["agency"],
    "agency MIGHUB": ["agency:MIGHUB"],
    "agency TST": ["agency:TST"],
    "sender": ["provider:MEX_INM"],
    "colleague": ["provider:MEX_INM"],
    "provider without scope": ["provider"],
    "provider DOM": ["provider:DOM_BCRD"],
    "reviewer": ["reviewer"],
    "reviewer MEX": ["reviewer:MEX_INM"],
    "reviewer DOM": ["reviewer:DOM_BCRD"],
    "reviewer of the agreement": [f"reviewer:{AGREEMENT}"],
    "reviewer of another agreement": [f"reviewer:{ELSEWHERE}"],
    "reader": ["reader"],
    "reader MEX": ["reader:MEX_INM"],
    "reader DOM": ["reader:DOM_BCRD"],
    "reader of the agreement": [f"reader:{AGREEMENT}"],
    "two grants": ["provider:DOM_BCRD", "reader:MEX_INM"],
}
#: Keys that are good for nothing.
GONE = ("anonymous", "wrong", "revoked", "expired")

KNOWN = frozenset(WHO)
ADMIN = frozenset({"admin"})
AGENCIES = frozenset({"admin", "agency", "agency MIGHUB"})
ANY_AGENCY = AGENCIES | {"agency TST"}
HANDS_IN = frozenset({"admin", "sender", "colleague"})
REVIEWS = frozenset({"admin", "reviewer", "reviewer MEX", "reviewer of the agreement"})
READS = frozenset({"reader", "reader MEX", "reader of the agreement", "two grants"})
FOLLOWS = HANDS_IN | REVIEWS | READS
ANY_PROVIDER = HANDS_IN | {"provider DOM", "two grants"}


@dataclass(frozen=True)
class Case:
    """A request, who may make it, and what the others are answered."""

    path: str
    allowed: frozenset[str]
    denied: int = 403
    more: dict[str, Any] = field(default_factory=dict)


#: Who asks decides what is told of a source, and not whether: see test_provenance. A key that is no
#: longer good is sent to sign in.
ASK_WHO = ("provenance.of_observations", "pages.observation", "pages.source_file")

#: Endpoints for everybody: the answer is the same whoever asks.
PUBLIC = {
    "health.health", "openapi.openapi", "sdmx_schema.official",
    "sdmx_capabilities.all_interfaces", "sdmx_capabilities.v1", "sdmx_capabilities.v2",
    "sdmx_availability.availability_of_v1", "sdmx_availability.availability_of_v2",
    "sdmx_data.data_of_v1", "sdmx_data.data_of_v2", "sdmx_metadata.metadata_of_v1",
    "sdmx_metadata.metadata_of_v2", "sdmx_registration.registrations_of_v2",
    "sdmx_schema.schema_of_v1", "sdmx_schema.schema_of_v2", "sdmx_structure.v2_structure",
    "calendar.periods", "calendar.feed", "pages.calendar",
    "pages.home", "pages.nowhere", "pages.static", "pages.latest", "pages.dataset", "pages.docs",
    "pages.structures", "pages.latest_structure", "pages.structure", "pages.upload",
    "pages.sign_in", "pages.do_sign_in", "pages.sign_out", "pages.oidc_start", "pages.oidc_back",
    *ASK_WHO,
    "pages.metadata_set", "pages.choose_password", "pages.do_choose_password", "uploads.options",
    "workbooks.listing", "workbooks.blank", "pages.get_workbook",  # figures in them are published
    "workbooks.filled", "pages.get_filled",
    "catalog.as_json_ld", "catalog.as_turtle", "coverage.consumers", "coverage.report",
    "deliveries.download", "deliveries.listing", "deliveries.one", "feeds.releases",
    "metrics.metrics", "pages.consumer", "pages.consumers", "pages.corridor",
    "pages.corridor_observations", "pages.deliveries", "pages.mirror", "pages.mirror_observations",
    "pages.mirror_pair", "pages.confirm_page", "pages.leave_page",
}  # fmt: skip
#: What mails lead to: a token in the address says who asks, and needs no session.
BY_TOKEN = {"pages.confirm", "pages.leave", "subscriptions.confirm"}
PUBLIC_PREFIXES = ("sdmx_structure.v1_",)

#: What stands in the places of a path.
FILLED = {
    "agency": "MIGHUB", "ident": "DF_MIG_BORDER", "version": "1.0.0", "kind": "dataflow",
    "provider": "MEX_INM", "country": "LCA", "dataflow": "DF_MIG_BORDER",
    "series": "M.MEX.ENTRIES._T._T._T._T.AIR._T._T._T._T.EV",
    "key": "M.MEX.ENTRIES._T._T._T._T.AIR._T._T._T._T.EV",
    "filename": "hub.css", "path": "nowhere", "name": "SDMXMessage.xsd", "tail": "", "token": "no",
    "id_": "none", "stage": "DARIEN", "citizenship": "VEN", "comparison": "RETURNS", "from_": "MEX",
    "to": "GTM", "consumer": "un_dyb", "area": "MEX", "year": "2024",
}  # fmt: skip

T = "/api/submissions/{token}"
XML = {"data": b"<no/>"}
JSON = {"data": b"[]"}

#: Everything else: method and endpoint.
CASES: dict[tuple[str, str], list[Case]] = {
    ("GET", "people.me"): [Case("/api/me", KNOWN)],
    ("GET", "people.listing"): [Case("/api/people", ADMIN)],
    ("POST", "people.add"): [Case("/api/people", ADMIN, more=JSON)],
    ("GET", "people.one"): [Case("/api/people/9", ADMIN)],
    ("PATCH", "people.change"): [Case("/api/people/9", ADMIN, more=JSON)],
    ("POST", "people.reset"): [Case("/api/people/9/reset", ADMIN)],
    ("GET", "people.keys"): [Case("/api/keys", ADMIN)],
    ("POST", "people.make_key"): [Case("/api/keys", ADMIN, more=JSON)],
    ("DELETE", "people.revoke"): [Case("/api/keys/none", ADMIN)],
    ("GET", "people.trail"): [Case("/api/audit", ADMIN)],
    ("GET", "pages.people_page"): [Case("/admin/people", ADMIN)],
    ("POST", "pages.add_person"): [Case("/admin/people", ADMIN)],
    ("POST", "pages.change_person"): [Case("/admin/people/9", ADMIN)],
    ("GET", "pages.keys_page"): [Case("/admin/keys", ADMIN)],
    ("POST", "pages.make_key"): [Case("/admin/keys", ADMIN)],
    ("POST", "pages.revoke_key"): [Case("/admin/keys/none", ADMIN)],
    ("GET", "pages.audit_page"): [Case("/admin/audit", ADMIN)],
    ("GET", "subscriptions.listing"): [Case("/api/subscriptions", KNOWN)],
    ("POST", "subscriptions.add"): [Case("/api/subscriptions", KNOWN, more=JSON)],
    ("GET", "subscriptions.one"): [Case("/api/subscriptions/none", KNOWN)],
    ("DELETE", "subscriptions.remove"): [Case("/api/subscriptions/none", KNOWN)],
    ("POST", "subscriptions.rotate"): [Case("/api/subscriptions/none/secret", KNOWN)],
    ("POST", "subscriptions.test"): [Case("/api/subscriptions/none/ping", KNOWN)],
    ("POST", "subscriptions.pause"): [Case("/api/subscriptions/none/pause", KNOWN)],
    ("POST", "subscriptions.resume"): [Case("/api/subscriptions/none/resume", KNOWN)],
    ("GET", "subscriptions.notifications"): [Case("/api/notifications", KNOWN)],
    ("POST", "subscriptions.retry"): [Case("/api/notifications/none/retry", KNOWN)],
    ("GET", "pages.subscriptions_page"): [Case("/subscriptions", KNOWN)],
    ("POST", "pages.add_subscription"): [Case("/subscriptions", KNOWN)],
    ("POST", "pages.change_subscription"): [Case("/subscriptions/none", KNOWN)],
    # A key is no session: these two are for browsers that are signed in.
    ("GET", "pages.account"): [Case("/account", frozenset())],
    ("POST", "pages.change_password"): [Case("/account", frozenset())],
    ("POST", "pages.send"): [Case("/upload", frozenset(), denied=401)],
    ("POST", "submissions.submit"): [
        Case("/api/submissions?provider=MEX_INM", HANDS_IN),
        Case("/api/submissions?provider=DOM_BCRD", frozenset({"admin", "provider DOM",
                                                               "two grants"})),
        Case("/api/submissions?dry_run=true", ANY_PROVIDER),
    ],
    ("GET", "submissions.listing"): [
        Case("/api/submissions", KNOWN - ANY_AGENCY - {"provider without scope"} | ADMIN)
    ],
    ("GET", "submissions.state"): [Case(T, FOLLOWS, 404)],
    ("GET", "submissions.report"): [Case(f"{T}/report", FOLLOWS, 404)],
    ("GET", "submissions.changes"): [Case(f"{T}/diff", FOLLOWS, 404)],
    ("GET", "pages.submission"): [Case("/submissions/{token}", FOLLOWS, 404)],
    ("POST", "pages.decide"): [Case("/submissions/{token}", FOLLOWS, 404)],
    ("GET", "reviews.preview"): [Case(f"{T}/preview", FOLLOWS, 404)],
    ("GET", "reviews.parts"): [],  # there are none while it waits: see below
    ("POST", "reviews.approved"): [Case(f"{T}/approve", REVIEWS, more={"data": b"no JSON"})],
    ("POST", "reviews.rejected"): [Case(f"{T}/reject", REVIEWS, more={"data": b"no JSON"})],
    ("DELETE", "reviews.undone"): [],  # it would end what the others are asked about: see below
    ("GET", "reviews.policies"): [Case("/api/policies", ANY_AGENCY)],
    ("PUT", "reviews.policy_set"): [
        Case(f"/api/policies/dataflow/{FLOW}", AGENCIES, more={"data": b"no JSON"})
    ],
    ("DELETE", "reviews.policy_removed"): [Case(f"/api/policies/agreement/{AGREEMENT}", AGENCIES)],
    ("GET", "disclosure.policies"): [Case("/api/disclosure", ANY_AGENCY)],
    ("PUT", "disclosure.policy_set"): [
        Case(f"/api/disclosure/dataflow/{FLOW}", AGENCIES, more={"data": b"no JSON"})
    ],
    ("DELETE", "disclosure.policy_removed"): [
        Case(f"/api/disclosure/agreement/{AGREEMENT}", AGENCIES)
    ],
    ("GET", "disclosure.done"): [Case(f"{T}/disclosure", FOLLOWS, 404)],
    ("POST", "uploads.create"): [
        Case("/api/uploads", ANY_PROVIDER, more={"headers": {"Tus-Resumable": "1.0.0"}})
    ],
    ("HEAD", "uploads.offset"): [
        Case("/api/uploads/none", ANY_PROVIDER, more={"headers": {"Tus-Resumable": "1.0.0"}})
    ],
    ("PATCH", "uploads.part"): [
        Case("/api/uploads/none", ANY_PROVIDER, more={"headers": {"Tus-Resumable": "1.0.0"}})
    ],
    ("DELETE", "uploads.terminate"): [
        Case("/api/uploads/none", ANY_PROVIDER, more={"headers": {"Tus-Resumable": "1.0.0"}})
    ],
    ("POST", "sdmx_registry.interface"): [
        Case("/sdmx/v2/registry", KNOWN, more=XML), Case("/sdmx/v1/registry", KNOWN, more=XML),
        Case("/sdmx/v2", KNOWN, more=XML),
    ],
    ("POST", "sdmx_registry.registration"): [Case("/sdmx/v2/registration", KNOWN, more=XML)],
    ("POST", "sdmx_registry.subscription"): [Case("/sdmx/v2/subscription", KNOWN, more=XML)],
    ("GET", "sdmx_registry.own_subscriptions"): [Case("/sdmx/v2/subscription", KNOWN)],
    ("POST", "sdmx_registry.fusion"): [Case("/ws/secure/sdmxapi/rest", ANY_AGENCY, more=XML)],
    ("POST", "sdmx_maintenance.submit"): [
        Case("/sdmx/v2/structure", ANY_AGENCY, more=XML),
        Case("/sdmx/v2/structure/codelist", ANY_AGENCY, more=XML),
    ],
    ("PUT", "sdmx_maintenance.replace"): [
        Case("/sdmx/v2/structure/codelist/MIGHUB/CL_AREA/1.0.0", ANY_AGENCY, more=XML)
    ],
    ("DELETE", "sdmx_maintenance.remove"): [
        Case("/sdmx/v2/structure/codelist/MIGHUB/CL_NONE/1.0.0", AGENCIES),
        Case("/sdmx/v2/structure/codelist/TST/CL_NONE/1.0.0",
             frozenset({"admin", "agency", "agency TST"})),
    ],
    ("POST", "sdmx_metadata_maintenance.submit"): [
        Case("/sdmx/v2/metadata", ANY_PROVIDER, more=XML)
    ],
    ("PUT", "sdmx_metadata_maintenance.replace"): [
        Case("/sdmx/v2/metadata/metadataset/MEX_INM/NONE/1.0.0", HANDS_IN, more=XML)
    ],
    ("DELETE", "sdmx_metadata_maintenance.remove"): [
        Case("/sdmx/v2/metadata/metadataset/MEX_INM/NONE/1.0.0", HANDS_IN)
    ],
}  # fmt: skip


def key(name: str) -> str:
    return f"matrix-key-of-{name.replace(' ', '-')}-0123456789"


def headers(name: str) -> dict[str, str]:
    return {} if name == "anonymous" else {"X-API-Key": key(name)}


@dataclass(frozen=True)
class Place:
    hub: Hub
    app: Flask
    token: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub with a key of each kind, and a submission of ``sender`` that awaits review."""
    home = tmp_path_factory.mktemp("matrix")
    settings = Settings.load({"HUB_HOME": str(home), "HUB_ADMIN_KEY": key("root")})
    with Hub.init(settings) as hub:
        for name, texts in WHO.items():
            first, *others = (
                Grant.parse(t) if t != "provider" else Grant(Role("provider")) for t in texts
            )
            hub.keys.add(key(name), name, first.role, first.scope, others=others)
        hub.keys.revoke(hub.keys.add(key("revoked"), "revoked", Role.ADMIN).id)
        soon = datetime.now(UTC) - timedelta(seconds=1)
        hub.keys.add(key("expired"), "expired", Role.ADMIN, expires_at=soon)
        set_policy(hub, Policy("dataflow", FLOW, review=True), actor="test")
        yield Place(hub, create_app(hub), waiting(hub))


def waiting(hub: Hub) -> str:
    """A submission of ``sender`` that awaits review."""
    sender = hub.keys.find(key("sender"))
    assert sender is not None
    body = hub.settings.home / "body.csv"
    body.write_bytes(message(("GTM", "_T", "2025-01", "98765431")))
    token = intake.submit(hub, body, "a.csv", provider="MEX_INM", submitted_by=sender.id)
    found = intake.process(hub, token)
    assert found.state is State.AWAITING_REVIEW, (found.state, found.error)
    return token


def rules(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, endpoint and path of everything there is."""
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"OPTIONS"}
        for method in sorted(methods - ({"HEAD"} if "GET" in methods else set())):
            yield method, rule.endpoint, rule.rule


def is_public(endpoint: str) -> bool:
    return endpoint in PUBLIC | BY_TOKEN or endpoint.startswith(PUBLIC_PREFIXES)


def test_every_endpoint_has_a_declared_expectation(place: Place) -> None:
    existing = {(method, endpoint) for method, endpoint, _ in rules(place.app)}
    undeclared = {one for one in existing if one not in CASES and not is_public(one[1])}
    assert undeclared == set()
    assert CASES.keys() - existing == set(), "an expectation of what is no more"


def ask(place: Place, method: str, case: Case, name: str) -> int:
    more = dict(case.more)
    more["headers"] = {**more.get("headers", {}), **headers(name)}
    path = case.path.replace("{token}", place.token)
    answer = place.app.test_client().open(path, method=method, **more)
    if answer.status_code == 303 and "/sign-in" in answer.headers["Location"]:
        return 401  # a page leads to where one signs in
    if answer.status_code in (401, 403):
        assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code


@pytest.mark.parametrize(("method", "endpoint"), CASES)
def test_only_who_may_passes(place: Place, method: str, endpoint: str) -> None:
    wrong = []
    for case in CASES[method, endpoint]:
        for name in (*WHO, *GONE):
            status = ask(place, method, case, name)
            if name in GONE:
                right = status == 401
            elif name in case.allowed:
                right = status not in (401, 403) and (status != 404 or case.denied != 404)
                right = right and status < 500
            else:
                # Who may not even follow a submission is told that there is none.
                hidden = "{token}" in case.path and name not in FOLLOWS
                right = status == (404 if hidden else case.denied)
            if not right:
                wrong.append((case.path, name, status))
    assert wrong == []
    assert place.hub.submissions.get(place.token).state is State.AWAITING_REVIEW


def test_public_answers_are_the_same_for_everybody(place: Place) -> None:
    asked = 0
    for method, endpoint, rule in rules(place.app):
        if not is_public(endpoint) or method != "GET":
            continue
        path = rule
        for name, value in FILLED.items():
            for place_ in (f"<{name}>", f"<rest:{name}>", f"<path:{name}>", f"<page:{name}>"):
                path = path.replace(place_, value)
        assert "<" not in path, path
        seen = set()
        for name in ("anonymous", "admin", "sender", "reader", "revoked"):
            if name == "revoked" and endpoint in ASK_WHO:
                continue
            answer = place.app.test_client().get(path, headers=headers(name))
            seen.add((answer.status_code, answer.headers.get("ETag")))
            assert answer.status_code not in (401, 403, 500), (path, name)
            answer.close()
        assert len(seen) == 1, (path, seen)
        asked += 1
    assert asked > 60


def test_a_session_changes_nothing_without_the_token_of_its_forms(place: Place) -> None:
    """Every endpoint that is no reading refuses the cookie alone, as another site would send it."""
    client = place.app.test_client()
    assert client.post("/sign-in", data={"key": key("admin")}).status_code == 303
    asked = 0
    for method, endpoint, rule in rules(place.app):
        if method in ("GET", "HEAD") or endpoint in BY_TOKEN:
            continue
        tail = "MEX_INM/NONE/1.0.0" if "metadataset" in rule else "x"
        path = rule.replace("<int:id_>", "1").replace("<id_>", "none").replace("<rest:tail>", tail)
        path = path.replace("<token>", place.token).replace("<kind>", "dataflow")
        path = path.replace("<subject>", str(FLOW))
        assert "<" not in path, path
        answer = client.open(path, method=method, headers={"Tus-Resumable": "1.0.0"})
        assert answer.status_code == 403, (method, endpoint, answer.status_code, answer.text)
        asked += 1
    assert asked > 25
    assert client.get("/api/me").status_code == 200


def test_the_sender_does_not_approve_and_a_second_person_does(place: Place) -> None:
    token = waiting_again(place)
    client = place.app.test_client()

    def approve(name: str) -> int:
        return client.post(f"/api/submissions/{token}/approve", headers=headers(name)).status_code

    place.hub.keys.add(
        key("sender"), "sender", Role.PROVIDER, "MEX_INM", others=[Grant(Role.REVIEWER)]
    )
    assert approve("sender") == 403, "the sender is a reviewer too, and still may not"
    assert approve("colleague") == 403
    assert approve("reviewer DOM") == 404
    assert approve("reviewer of another agreement") == 404
    assert approve("reviewer of the agreement") == 200
    place.hub.keys.add(key("sender"), "sender", Role.PROVIDER, "MEX_INM")


def test_only_who_may_ends_or_undoes(place: Place) -> None:
    client = place.app.test_client()

    def remove(token: str, name: str) -> int:
        return client.delete(f"/api/submissions/{token}", headers=headers(name)).status_code

    for name, status in (
        ("anonymous", 401), ("revoked", 401), ("provider DOM", 404), ("reviewer DOM", 404),
        ("agency MIGHUB", 404), ("reader MEX", 403), ("colleague", 403),
    ):  # fmt: skip
        assert remove(place.token, name) == status, name
    for name in ("sender", "reviewer MEX", "admin"):
        assert remove(waiting_again(place), name) == 200, name
    for name, status in (("provider DOM", 404), ("reader DOM", 404), ("anonymous", 401)):
        path = f"/api/submissions/{place.token}/accepted"
        assert client.get(path, headers=headers(name)).status_code == status, name


def waiting_again(place: Place) -> str:
    sender = place.hub.keys.find(key("sender"))
    assert sender is not None
    body = place.hub.settings.home / "again.csv"
    count = place.hub.submissions.count()
    body.write_bytes(message(("HND", "_T", f"20{count + 10}-01", "98765432")))
    token = intake.submit(place.hub, body, "b.csv", provider="MEX_INM", submitted_by=sender.id)
    assert intake.process(place.hub, token).state is State.AWAITING_REVIEW
    return token


def test_lists_show_what_one_may_follow_and_count_no_more(place: Place) -> None:
    client = place.app.test_client()
    every = client.get("/api/submissions", headers=headers("admin")).json["total"]
    assert every > 0
    for name in ("provider DOM", "reviewer DOM", "reader DOM", "reviewer of another agreement"):
        found = client.get("/api/submissions", headers=headers(name)).json
        assert (found["total"], found["submissions"]) == (0, []), name
    for name in ("reviewer MEX", "reader of the agreement", "two grants", "colleague"):
        found = client.get("/api/submissions", headers=headers(name)).json
        assert {s["provider"] for s in found["submissions"]} == {"MEX_INM"}, name
        assert found["total"] == len(found["submissions"]) > 0


@pytest.mark.parametrize(
    ("provider", "area", "rule"),
    [("MEX_INM", b",DOM,", "SENDER_AREA"), ("MEX_COMAR", b",MEX,", "SENDER_AGREEMENT"),
     ("NOBODY", b",MEX,", "SENDER_AGREEMENT")],
)  # fmt: skip
def test_nobody_publishes_the_data_of_another(
    place: Place, provider: str, area: bytes, rule: str
) -> None:
    body = place.hub.settings.home / "foreign.csv"
    body.write_bytes(message(("SLV", "_T", "2024-07", "4")).replace(b",MEX,", area))
    token = intake.submit(place.hub, body, "f.csv", provider=provider)
    assert intake.process(place.hub, token).state is State.REFUSED
    assert rule in {finding["rule"] for finding in intake.report(place.hub, token)["findings"]}
