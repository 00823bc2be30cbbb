"""What mails say, in the subscriber's language. The JSON of the event goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import orjson

from hub.events.links import link
from hub.settings import Settings
from hub.store.events import EventKind, Task

__all__ = ["mail_of"]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "release": "New data: {names}",
        "structure": "Structures changed",
        "registration": "A data source was registered or changed",
        "confirmation": "Do you want to be told of new data?",
        "sdmx": "Notification of the registry",
        "ping": "A test",
        "works": "Notifications to this address work.",
        "hello": "This is {hub}, a hub of migration statistics.",
        "dataset": "{name}: {inserted} observations are new, {updated} revised, {deleted} "
        "withdrawn.",
        "computed": "{name}: computed anew from {inputs}.",
        "areas": "Reporting countries: {areas}",
        "changes": "What changed: {url}",
        "page": "The dataset: {url}",
        "artefact": "{action}: {urn}",
        "agreement": "{action}: {id}, under {agreement}",
        "attached": "The message of the registry is attached.",
        "question": "Somebody asked the hub to send news of its data to this address. Nothing is "
        "sent unless you agree, within seven days, here:",
        "ignore": "If this was not you, do nothing: you will not hear from the hub again.",
        "leave": "To be told no more: {url}",
    },
    "es": {
        "release": "Datos nuevos: {names}",
        "structure": "Cambiaron estructuras",
        "registration": "Se registró o cambió una fuente de datos",
        "confirmation": "¿Quiere recibir avisos de datos nuevos?",
        "sdmx": "Notificación del registro",
        "ping": "Una prueba",
        "works": "Los avisos a esta dirección funcionan.",
        "hello": "Le escribe {hub}, un centro de estadísticas de migración.",
        "dataset": "{name}: {inserted} observaciones nuevas, {updated} revisadas, {deleted} "
        "retiradas.",
        "computed": "{name}: calculado de nuevo a partir de {inputs}.",
        "areas": "Países que informan: {areas}",
        "changes": "Lo que cambió: {url}",
        "page": "El conjunto de datos: {url}",
        "artefact": "{action}: {urn}",
        "agreement": "{action}: {id}, según {agreement}",
        "attached": "El mensaje del registro va adjunto.",
        "question": "Alguien pidió que se envíen a esta dirección avisos sobre los datos. No se "
        "enviará nada si usted no lo acepta, en un plazo de siete días, aquí:",
        "ignore": "Si no fue usted, no haga nada: no recibirá más mensajes.",
        "leave": "Para no recibir más avisos: {url}",
    },
}


def mail_of(settings: Settings, task: Task) -> EmailMessage:
    """The mail of a delivery. Each attempt has the same ``Message-ID``, made of event and reader.

    It can be left with one click (RFC 8058).
    """
    words = _WORDS.get(task.subscriber.language, _WORDS["en"])
    is_sdmx = task.event.kind is EventKind.SDMX
    told = {} if is_sdmx else orjson.loads(task.body)
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = Address(addr_spec=task.subscriber.address)
    message["Subject"] = _subject(words, task.event.kind, told, task.subscriber.language)
    message["Date"] = format_datetime(task.event.at)
    domain = settings.mail_from.rpartition("@")[2].rstrip("> ") or "mighub"
    message["Message-ID"] = f"<{task.event.uid}.{task.subscriber.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Mighub-Event"] = task.event.uid
    lines = [words["hello"].format(hub=settings.sender), ""]
    lines += _lines(settings, words, task, told)
    if task.event.kind is not EventKind.CONFIRMATION:
        path = f"/subscriptions/{task.subscriber.id}/leave/{task.subscriber.token('leave')}"
        url = link(settings, path)
        lines += ["", words["leave"].format(url=url)]
        message["List-Unsubscribe"] = f"<{url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    if is_sdmx:
        message.add_attachment(
            task.body, maintype="application", subtype="xml", filename="notification.xml"
        )
    elif task.event.kind is not EventKind.CONFIRMATION:
        message.add_attachment(
            task.body, maintype="application", subtype="json", filename="event.json"
        )
    return message


def _subject(
    words: Mapping[str, str], kind: EventKind, told: Mapping[str, Any], language: str
) -> str:
    datasets = told.get("data", {}).get("datasets", ())
    names = ", ".join(_name(d, language) for d in datasets)
    if len(names) > 120:
        names = names[:119] + "…"
    return " ".join(words[kind.value].format(names=names).split())


def _name(dataset: Mapping[str, Any], language: str) -> str:
    names = dataset["name"]
    return str(names.get(language) or names["en"])


def _lines(
    settings: Settings, words: Mapping[str, str], task: Task, told: Mapping[str, Any]
) -> list[str]:
    language = task.subscriber.language
    match task.event.kind:
        case EventKind.RELEASE:
            return [
                line for d in told["data"]["datasets"]
                for line in [*_dataset(words, d, _name(d, language)), ""]
            ][:-1]  # fmt: skip
        case EventKind.STRUCTURE:
            return [words["artefact"].format(**s) for s in told["data"]["structures"]]
        case EventKind.REGISTRATION:
            return [words["agreement"].format(**told["data"]["registration"])]
        case EventKind.SDMX:
            return [words["attached"]]
        case EventKind.PING:
            return [words["works"]]
        case EventKind.CONFIRMATION:
            path = f"/subscriptions/{task.subscriber.id}/confirm/{task.subscriber.token('confirm')}"
            return [words["question"], "", link(settings, path), "", words["ignore"]]


def _dataset(words: Mapping[str, str], one: Mapping[str, Any], name: str) -> list[str]:
    if one["observations"] is None:
        lines = [words["computed"].format(name=name, inputs=", ".join(one["computed_from"]))]
    else:
        lines = [words["dataset"].format(name=name, **one["observations"])]
    if one["areas"]:
        lines.append(words["areas"].format(areas=", ".join(one["areas"])))
    lines.append(words["changes"].format(url=one["changes"]))
    lines.append(words["page"].format(url=one["page"]))
    return lines
