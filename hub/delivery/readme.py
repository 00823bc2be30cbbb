"""What a pack says of itself, for people, in English and Spanish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["FILES", "readme"]

#: Names of the texts by language.
FILES = {"en": "README.txt", "es": "LEAME.txt"}

_TEXTS = {
    "en": """Data for {consumer}
From {hub}, as published at {as_of}.

{datasets}
manifest.json    every file with its SHA-256, the releases the data were read from, the counts
structures.xml   the structures that the messages need (SDMX-ML 2.1)
data/            the messages, one file for each dataset and format{each}
changes/         what is new or revised (action R) and withdrawn (action D) since the last pack with
                 the dataset, in SDMX-CSV 2.0
reports/         what the check of each message against its structure found, and the coverage:
                 which of the hub's data went in, which were left out, and why

Check a file: its SHA-256 must be that of manifest.json. The same releases always give a pack with
the same bytes.
""",
    "es": """Datos para {consumer}
De {hub}, según lo publicado el {as_of}.

{datasets}
manifest.json    cada archivo con su SHA-256, las publicaciones de las que se leyó, los recuentos
structures.xml   las estructuras que necesitan los mensajes (SDMX-ML 2.1)
data/            los mensajes, un archivo por conjunto de datos y formato{each}
changes/         lo nuevo y lo revisado (acción R) y lo retirado (acción D) desde el último paquete
                 con el conjunto de datos, en SDMX-CSV 2.0
reports/         lo que encontró la revisión de cada mensaje contra su estructura, y la cobertura:
                 qué datos del centro entraron, cuáles quedaron fuera y por qué

Compruebe un archivo: su SHA-256 debe ser el de manifest.json. Las mismas publicaciones dan siempre
un paquete con los mismos bytes.
""",
}
_DATASET = {
    "en": "{name}\n  {dataflow}: {observations} observations{changes}\n",
    "es": "{name}\n  {dataflow}: {observations} observaciones{changes}\n",
}
_CHANGES = {
    "en": "\n  since {since}: {inserted} new, {updated} revised, {deleted} withdrawn",
    "es": "\n  desde {since}: {inserted} nuevas, {updated} revisadas, {deleted} retiradas",
}

_EACH = {
    "en": ",\n                 for each data provider, whose id stands in its name",
    "es": ",\n                 para cada proveedor de datos, cuyo id está en su nombre",
}
#: How another hub takes what has a message for each provider.
_TAKE = {
    "en": """
Load it into a hub with these commands, in this folder. --provider says whose the figures are:
without it the other hub compares and adds up less than this one.

""",
    "es": """
Cárguelo en un centro con estas órdenes, en esta carpeta. --provider dice de quién son las cifras:
sin ello el otro centro compara y suma menos que este.

""",
}
_UPDATE = {
    "en": "\nOr, where the last pack is loaded already, only what changed, in this order:\n\n",
    "es": "\nO bien, si el último paquete ya está cargado, solo lo que cambió, en este orden:\n\n",
}


def readme(manifest: Mapping[str, Any], language: str) -> str:
    """The text of a pack in a language."""
    datasets = "".join(
        _DATASET[language].format(
            name=one["names"][language], dataflow=one["dataflow"],
            observations=one["observations"],
            changes=_CHANGES[language].format(**one["changes"]) if one["changes"] else "",
        )
        for one in manifest["datasets"]
    )  # fmt: skip
    given = [m for one in manifest["datasets"] for m in one["messages"]]
    changed = [
        m for one in manifest["datasets"] for m in (one["changes"] or {}).get("messages", ())
    ]
    by_provider = any("provider" in m for m in given)
    text = _TEXTS[language].format(
        each=_EACH[language] if by_provider else "",
        consumer=manifest["consumer"]["names"].get(language, manifest["consumer"]["id"]),
        hub=manifest["hub"],
        as_of=manifest["as_of"],
        datasets=datasets,
    )
    if by_provider:
        text += _TAKE[language] + _commands(given)
        if changed:
            text += _UPDATE[language] + _commands(changed)
    return text


def _commands(messages: Iterable[Mapping[str, Any]]) -> str:
    """What to type to load messages, each as its provider's."""
    lines = ["mighub structures load structures.xml"]
    for one in messages:
        whose = f" --provider {one['provider']}" if one["provider"] else ""
        lines.append(f"mighub submit {one['file']}{whose}")
    return "".join(f"    {line}\n" for line in lines)
