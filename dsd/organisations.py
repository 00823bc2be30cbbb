"""Agencies, data providers, and the agreements under which these provide data.

SDMX 2.1 Section 2, Organisations and Data Provisioning.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sdmx.model import v21
from sdmx.model.common import (
    Agency,
    AgencyScheme,
    DataProvider,
    DataProviderScheme,
    ProvisionAgreement,
)

from codelists.text_yaml import DataFileError, read_yaml
from dsd.components import codes_of, header, urn

__all__ = ["agreements", "schemes"]

#: Dimension, and id of the annotation that limits an agreement to one of its codes.
_AREA = "REF_AREA"

_PROVIDER = {"names", "dataflows"}
_SDMX = "SDMX"


def schemes(path: Path) -> tuple[AgencyScheme, DataProviderScheme]:
    """The scheme of top-level agencies and the hub's scheme of data providers.

    SDMX 2.1 fixes their ids and versions, and that they are never final.
    """
    data = _read(path)
    agencies = AgencyScheme(
        **header(
            {
                "agency": _SDMX,
                "id": "AGENCIES",
                "version": "1.0",
                "final": False,
                "names": {"en": "Agencies", "es": "Agencias", "fr": "Agences", "nl": "Instanties"},
            }
        ),
        is_partial=False,
    )
    agencies.urn = urn(agencies)
    for id_, given in data["agencies"].items():
        agencies.append(Agency(id=id_, name=given["names"]))
    agencies.maintainer = agencies.items[_SDMX]  # as sdmx1 reads it back
    providers = DataProviderScheme(
        **header(
            {
                "agency": data["agency"],
                "id": "DATA_PROVIDERS",
                "version": "1.0",
                "final": False,
                "names": {
                    "en": "Data providers",
                    "es": "Proveedores de datos",
                    "fr": "Fournisseurs de données",
                    "nl": "Gegevensleveranciers",
                },
            }
        ),
        is_partial=False,
    )
    providers.urn = urn(providers)
    for id_, given in data["providers"].items():
        if not _PROVIDER <= given.keys() <= _PROVIDER | {"area"}:
            raise DataFileError(f"{path.name}: {id_} needs {sorted(_PROVIDER)}, and may have area")
        providers.append(DataProvider(id=id_, name=given["names"]))
    return agencies, providers


def agreements(
    path: Path, providers: DataProviderScheme, flows: Mapping[str, v21.DataflowDefinition]
) -> list[ProvisionAgreement]:
    """A provision agreement for each dataflow of each provider.

    A national provider reports on its own country: its agreements are annotated ``REF_AREA`` with
    the code. (A content constraint attached to the agreement would say the same, but sdmx1, with
    which agencies harvest, loses such constraints and the names of their agreements.)

    Raises ``DataFileError`` when a provider names a dataflow or an area that does not exist.
    """
    data = _read(path)
    made = []
    for id_, given in data["providers"].items():
        for flow_id in given["dataflows"]:
            if flow_id not in flows:
                raise DataFileError(f"{path.name}: {id_} names {flow_id}, which is no dataflow")
            flow = flows[flow_id]
            names = {
                language: f"{name}: {flow.name.localizations[language]}"
                for language, name in given["names"].items()
            }
            agreement = ProvisionAgreement(
                **header({**data, "id": f"PA_{id_}_{flow_id.removeprefix('DF_')}", "names": names}),
                structure_usage=flow,
                data_provider=providers[id_],
            )
            agreement.urn = urn(agreement)
            if "area" in given:
                area = given["area"]
                if area not in codes_of(flow.structure, _AREA):
                    raise DataFileError(f"{path.name}: {id_} names {area}, which is no area")
                agreement.annotations.append(v21.Annotation(id=_AREA, type=_AREA, title=area))
            made.append(agreement)
    return made


def _read(path: Path) -> Mapping[str, Any]:
    data: Mapping[str, Any] = read_yaml(
        path, ("agencies", "agency", "version", "final", "providers")
    )
    return data
