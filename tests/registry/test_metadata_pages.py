"""Quality metadata on the pages, in English and Spanish."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("language", "title", "told"),
    [
        ("en", "Quality of the data", "A person counts each time."),
        ("es", "Calidad de los datos", "Una persona cuenta cada vez."),
    ],
)
def test_a_dataset_tells_the_quality_of_its_figures(
    client: FlaskClient, language: str, title: str, told: str
) -> None:
    page = client.get(f"/data/MIGHUB/DF_MIG_BORDER/1.0.0?lang={language}").get_data(as_text=True)
    assert title in page and told in page
    for provider in ("Banco Central" if language == "es" else "Central Bank", "Costa Rica"):
        assert provider in page
    assert "/metadata/MEX_UPM/QUALITY_MIG_BORDER/1.0.0" in page
    assert "QUALITY_MIG_STOCK" not in page


def test_a_set_has_a_page(client: FlaskClient) -> None:
    page = client.get("/metadata/INT_UNHCR/QUALITY_MIG_DISPLACEMENT/1.0.0").get_data(as_text=True)
    assert "Confidentiality policy" in page and "hidden by an asterisk" in page
    assert "Half-yearly, semester" in page  # the name of a code, not the code
    assert "refugee-statistics" in page and 'href="https://www.unhcr.org' not in page
    assert "/data/MIGHUB/DF_MIG_DISPLACEMENT/1.0.0" in page
    assert "/sdmx/v2/metadata/metadataset/INT_UNHCR/QUALITY_MIG_DISPLACEMENT/1.0.0" in page


def test_without_a_version_the_latest_is_shown(client: FlaskClient) -> None:
    answer = client.get("/metadata/INT_UNHCR/QUALITY_MIG_DISPLACEMENT")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/metadata/INT_UNHCR/QUALITY_MIG_DISPLACEMENT/1.0.0"


@pytest.mark.parametrize("path", ["NOBODY/X", "INT_UNHCR/QUALITY_MIG_DISPLACEMENT/9.9.9",
                                  "INT_UNHCR/QUALITY_MIG_DISPLACEMENT/~"])  # fmt: skip
def test_what_is_not_there_is_an_error_page(client: FlaskClient, path: str) -> None:
    assert client.get(f"/metadata/{path}").status_code == 404
