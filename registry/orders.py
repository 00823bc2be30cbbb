"""What a sender wants: the parameters of handing data in, read from a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from flask import request

from hub.errors import RequestSyntaxError
from hub.intake.access import provider_of
from hub.intake.idempotent import once
from hub.intake.receive import receive
from hub.model.dataset import Action
from hub.store.home import Hub
from hub.store.rights import Principal
from hub.store.submissions import Mode, Submission

__all__ = ["PARAMETERS", "Order", "accept", "instant_of", "order_from", "order_of_request"]

#: Parameters of handing in, in the URL, a form or the metadata of an upload.
PARAMETERS = frozenset(
    ("format", "connector", "filename", "action", "dry_run", "provider", "mode", "embargo", "lang")
)


@dataclass(frozen=True)
class Order:
    """What a sender wants: how the body is to be read and what is to be done with it."""

    source: BinaryIO | Path
    filename: str
    format: str | None = None
    connector: str | None = None
    action: Action | None = None
    provider: str | None = None
    dry_run: bool = False
    mode: Mode = Mode.ALL
    embargo: datetime | None = None
    #: Language of what is answered at once.
    lang: str | None = None

    @property
    def terms(self) -> str:
        """All of it but the body, as one text."""
        return repr((self.filename, self.format, self.connector, self.action, self.provider,
                     self.mode, self.embargo))  # fmt: skip


def order_of_request() -> Order:
    """The order that the present request states.

    Raises ``RequestSyntaxError`` for a parameter that is not known, given twice or has a value it
    cannot have, and for a multipart body without exactly one file.
    """
    # request.form would eat a raw body that is labelled as a form, as curl does by default.
    is_form = request.mimetype == "multipart/form-data"
    given = dict(request.args.items(multi=True))
    if len(given) != len(list(request.args.items(multi=True))):
        raise RequestSyntaxError("A parameter is given twice.")
    if is_form:
        given.update(request.form.items())
    unknown = given.keys() - PARAMETERS
    if unknown:
        raise RequestSyntaxError(
            f"Unknown parameter {', '.join(sorted(map(str, unknown)))}. "
            f"Known are {', '.join(sorted(PARAMETERS))}."
        )
    values = {k: v for k, v in given.items() if v}
    if is_form:
        files = request.files.getlist("file")
        if len(files) != 1 or len(list(request.files.items(multi=True))) != 1:
            raise RequestSyntaxError("A form carries exactly one file, in the part `file`.")
        source = cast(BinaryIO, files[0].stream)
        values.setdefault("filename", files[0].filename or "")
    else:
        source = cast(BinaryIO, request.stream)
    return order_from(source, values)


def order_from(source: BinaryIO | Path, values: Mapping[str, str]) -> Order:
    """The order that parameters state; ``RequestSyntaxError`` for a value that cannot be."""
    return Order(
        source,
        values.get("filename") or "body",
        values.get("format"),
        values.get("connector"),
        _action(values.get("action")),
        values.get("provider"),
        _flag(values.get("dry_run")),
        _mode(values.get("mode")),
        instant_of("embargo", values.get("embargo")),
        values.get("lang"),
    )


def _action(text: str | None) -> Action | None:
    if text is None:
        return None
    try:
        return Action(text.lower())
    except ValueError:
        known = ", ".join(a.value for a in Action)
        raise RequestSyntaxError(f"action must be one of {known}, not {text!r}.") from None


def _mode(text: str | None) -> Mode:
    try:
        return Mode(text or Mode.ALL)
    except ValueError:
        known = ", ".join(m.value for m in Mode)
        raise RequestSyntaxError(f"mode must be one of {known}, not {text!r}.") from None


def instant_of(name: str, text: str | None) -> datetime | None:
    """An aware time from ``xs:dateTime``; ``RequestSyntaxError`` without a zone or for others."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None or "T" not in text:
        raise RequestSyntaxError(
            f"{name} is a time with its zone such as 2026-12-01T09:00:00Z, not {text!r}."
        )
    return when.astimezone(UTC)


def _flag(text: str | None) -> bool:
    if text is None or text.lower() in {"false", "0", "no"}:
        return False
    if text.lower() in {"true", "1", "yes", "on"}:
        return True
    raise RequestSyntaxError(f"dry_run must be true or false, not {text!r}.")


def accept(
    hub: Hub,
    who: Principal,
    order: Order,
    idempotency_key: str | None = None,
    *,
    token: str | None = None,
) -> Submission:
    """Enter a submission for an order; nothing is read yet.

    With ``idempotency_key`` an order that was entered before is found again; with ``token`` the
    submission is called so, and one that is called so is found again.

    Raises ``Forbidden`` when ``who`` may not hand in for the provider, and the errors of
    :func:`hub.intake.receive.receive` and :func:`hub.intake.idempotent.once`.
    """
    provider = provider_of(who, order.provider)

    def enter(source: BinaryIO | Path, token: str | None) -> Submission:
        return receive(
            hub,
            source,
            order.filename,
            format_=order.format,
            connector=order.connector,
            action=order.action,
            provider=provider,
            submitted_by=who.id,
            mode=order.mode,
            embargo=order.embargo,
            token=token,
        )

    if idempotency_key is None:
        return enter(order.source, token)
    assert not isinstance(order.source, Path)
    return once(
        hub, owner=who.id, key=idempotency_key, order=order.terms, source=order.source, enter=enter
    )
