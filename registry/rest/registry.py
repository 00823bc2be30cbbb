"""The registry interface: ``RegistryInterface`` messages by POST.

=====================================  ============================================================
``/sdmx/v1/registry``                  any message of SDMX-ML 2.1, 3.0 or 3.1
``/sdmx/v2``, ``/sdmx/v2/registry``    the same
``/sdmx/v2/registration``              registrations: submit or query
``/sdmx/v2/subscription``              subscriptions: submit or query; by GET one's own
``/ws/secure/sdmxapi/rest``            structures as clients of the Fusion Metadata Registry send
                                       them: any structure message, the action in the header
                                       ``Action`` (Append, Merge, Replace, Delete)
=====================================  ============================================================

The answer is the response message of the standard in the version of the request. Sources: SDMX 2.1
Section 5, SDMX REST 2.2 ``maintenance.md`` annex I.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from hub.errors import Forbidden, NotFound, RequestSyntaxError
from hub.model.schema import StructureRef
from hub.query import registration as query
from hub.store.home import Hub
from hub.store.registered import all_registrations
from hub.store.rights import Principal
from hub.structures.kinds import Artefact, Key, key_of, scheme_of
from hub.structures.registry_model import (
    Registration,
    RegistrationQuery,
    RegistrationRequest,
    Request,
    StructureRequest,
    SubscriptionQuery,
    SubscriptionRequest,
)
from hub.structures.registry_write import (
    registration_answer,
    registration_result,
    subscription_answer,
    subscription_result,
)
from hub.structures.submission import StructureAction, http_status
from registry.auth import Right, Role, Subject, authenticate, may
from registry.context import current_hub
from registry.rest.maintenance import (
    answer_header,
    answer_version,
    changes_of,
    dry_run,
    maintain,
    read_body,
    registry_response,
)

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_registry", __name__)


@blueprint.post("/sdmx/v1/registry")
@blueprint.post("/sdmx/v2")
@blueprint.post("/sdmx/v2/registry")
def interface() -> Response:
    """Any message to the registry."""
    return _answer(_request())


@blueprint.post("/sdmx/v2/registration")
def registration() -> Response:
    """Submit or query registrations."""
    return _answer(_request(), (RegistrationRequest, RegistrationQuery))


@blueprint.post("/sdmx/v2/subscription")
def subscription() -> Response:
    """Submit or query subscriptions."""
    return _answer(_request(), (SubscriptionRequest, SubscriptionQuery))


@blueprint.get("/sdmx/v2/subscription")
def own_subscriptions() -> Response:
    """The subscriptions of who asks; an administrator's are all."""
    return _listed(current_hub(), None, None, answer_version("3.1"))


@blueprint.post("/ws/secure/sdmxapi/rest")
def fusion() -> Response:
    """Structures as clients of the Fusion Metadata Registry upload them."""
    hub = current_hub()
    who = authenticate(hub, request, Right.MAINTAIN)
    name = request.headers.get("Action", "Replace")
    try:
        action = StructureAction(name.strip().title())
    except ValueError:
        known = ", ".join(StructureAction)
        raise RequestSyntaxError(f"The header Action is one of {known}, not {name!r}.") from None
    found = read_body(hub)
    if isinstance(found, Request):
        return _answer(found)
    return maintain(hub, who, changes_of(found, action), version=answer_version("2.1"))


def _request() -> Request:
    """The message of the request; only who has a key may have it read."""
    hub = current_hub()
    authenticate(hub, request, Right.ASK)
    found = read_body(hub)
    if not isinstance(found, Request):
        raise RequestSyntaxError(
            "This takes messages to the registry (RegistryInterface). A structure message goes to "
            "/sdmx/v2/structure."
        )
    return found


def _answer(found: Request, allowed: tuple[type[Request], ...] = ()) -> Response:
    if allowed and not isinstance(found, allowed):
        names = " or ".join(a.__name__ for a in allowed)
        raise RequestSyntaxError(f"A {type(found).__name__} does not go here: only a {names}.")
    return _HANDLERS[type(found)](current_hub(), found)


def _structures(hub: Hub, found: Request) -> Response:
    assert isinstance(found, StructureRequest)
    who = authenticate(hub, request, Right.MAINTAIN)
    changes = changes_of(found, found.action)
    return maintain(hub, who, changes, version=answer_version(found.version))


# Registrations


def _register(hub: Hub, found: Request) -> Response:
    assert isinstance(found, RegistrationRequest)
    who = authenticate(hub, request, Right.REGISTER)
    _no_dry_run()
    structures = hub.structures
    statuses = hub.registrations.submit(
        found.entries,
        actor=who.id,
        check=lambda one: _may_register(hub, who, one),
        also=lambda connection, action, one: hub.subscriptions.notify_registration(
            connection, structures, action, one
        ),
    )
    version = answer_version(found.version)
    body = registration_answer(statuses, answer_header(found.sender), version)
    return registry_response(body, http_status(statuses), version)


def _may_register(hub: Hub, who: Principal, one: Registration) -> None:
    agreement = hub.structures.by_key.get(Key("provisionagreement", one.agreement))
    if agreement is None:
        raise NotFound(f"The hub has no provision agreement {one.agreement}.")
    provider = agreement.data_provider
    names = frozenset({str(provider.id), f"{key_of(scheme_of(provider)).ref}.{provider.id}"})
    agency = one.agreement.agency
    if not may(who, Right.REGISTER, Subject(providers=names, agency=agency)):
        raise Forbidden(f"This sender does not register data under {one.agreement}.")


def _no_dry_run() -> None:
    if dry_run():
        raise RequestSyntaxError("dryRun is for structures only.")


def _registrations(hub: Hub, found: Request) -> Response:
    assert isinstance(found, RegistrationQuery)
    notes = []
    if found.narrowed:
        notes.append("The answer is not narrowed by key sets or regions.")
    if found.period:
        notes.append("The answer is not narrowed by the reference period.")
    every = query.RegistrationQuery("provider")
    address = f"{request.host_url}sdmx/v2"
    listed = all_registrations(hub, every, address) if found.sets != "MetadataSets" else []
    if found.target is not None:
        wanted = _agreements(hub, *found.target)
        listed = [one for one in listed if one.agreement in wanted]
    version = answer_version(found.version)
    body = registration_result(listed, answer_header(found.sender), version, notes)
    return registry_response(body, 200, version)


def _agreements(hub: Hub, target: Key, item: str) -> set[StructureRef]:
    """Agreements that are the target of a query, or have it as dataflow or provider."""

    def meant(agreement: Artefact) -> bool:
        provider = agreement.data_provider
        return (
            key_of(agreement) == target
            or key_of(agreement.structure_usage) == target
            or (bool(item) and key_of(scheme_of(provider)) == target and provider.id == item)
        )

    return {key_of(a).ref for a in hub.structures.agreements() if meant(a)}


# Subscriptions


def _subscribe(hub: Hub, found: Request) -> Response:
    assert isinstance(found, SubscriptionRequest)
    who = authenticate(hub, request, Right.ASK)
    _no_dry_run()
    statuses = hub.subscriptions.submit(
        found.entries, actor=who.id, everyone=Role.ADMIN in who.roles
    )
    version = answer_version(found.version)
    body = subscription_answer(statuses, answer_header(found.sender), version)
    return registry_response(body, http_status(statuses), version)


def _subscriptions(hub: Hub, found: Request) -> Response:
    assert isinstance(found, SubscriptionQuery)
    return _listed(hub, found.organisation, found.sender, answer_version(found.version))


def _listed(hub: Hub, organisation: str | None, receiver: str | None, version: str) -> Response:
    who = authenticate(hub, request, Right.ASK)
    owner = None if Role.ADMIN in who.roles else who.id
    listed = hub.subscriptions.of(organisation, owner=owner)
    body = subscription_result(listed, answer_header(receiver), version)
    return registry_response(body, 200, version)


_HANDLERS: dict[type[Request], Callable[[Hub, Request], Response]] = {
    StructureRequest: _structures,
    RegistrationRequest: _register,
    RegistrationQuery: _registrations,
    SubscriptionRequest: _subscribe,
    SubscriptionQuery: _subscriptions,
}
