"""What a pack says of itself, for people, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
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
data/            the messages, one file for each dataset and format
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
data/            los mensajes, un archivo por conjunto de datos y formato
changes/         lo nuevo y lo revisado (acción R) y lo retirado (acción D) desde el último paquete
                 con el conjunto de datos, en SDMX-CSV 2.0
reports/         lo que encontró la revisión de cada mensaje contra su estructura, y la cobertura:
                 qué datos del centro entraron, cuáles quedaron fuera y por qué

Compruebe un archivo: su SHA-256 debe ser el de manifest.json. Las mismas publicaciones dan siempre
un paquete con los mismos bytes.
""",
}
_FIRST = {
    "en": "the beginning (this is the first pack)",
    "es": "el principio (es el primer paquete)",
}
_DATASET = {
    "en": "{name}\n  {dataflow}: {observations} observations{changes}\n",
    "es": "{name}\n  {dataflow}: {observations} observaciones{changes}\n",
}
_CHANGES = {
    "en": "\n  since {since}: {inserted} new, {updated} revised, {deleted} withdrawn",
    "es": "\n  desde {since}: {inserted} nuevas, {updated} revisadas, {deleted} retiradas",
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
    return _TEXTS[language].format(
        consumer=manifest["consumer"]["names"].get(language, manifest["consumer"]["id"]),
        hub=manifest["hub"],
        as_of=manifest["as_of"],
        datasets=datasets,
    )
