"""What went wrong, in the language of the reader: pages in Spanish say it in Spanish."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html

from hub.errors import Conflict
from registry.pages import site


def lead(client: FlaskClient, path: str, language: str) -> tuple[int, str]:
    """Status and sentence of an error page."""
    response = client.get(path, headers={"Accept-Language": language})
    tree = html.fromstring(response.text)
    assert tree.get("lang") == language
    return response.status_code, str(tree.xpath("string(//main//p[@class='lead'])"))


@pytest.mark.parametrize(
    ("path", "status", "english", "spanish"),
    [
        ("/data/MIGHUB/NOPE/1.0.0", 404, "The hub has no dataflow MIGHUB:NOPE(1.0.0).",
         "El centro no tiene el conjunto de datos MIGHUB:NOPE(1.0.0)."),
        ("/structures/codelist/MIGHUB/CL_NOPE/1.0.0", 404,
         "The hub has no codelist MIGHUB:CL_NOPE(1.0.0).",
         "El centro no tiene la lista de códigos MIGHUB:CL_NOPE(1.0.0)."),
        ("/consumers/A/B/1.0", 404,
         "A:B(1.0) is no consumer's dataflow: it has no coverage report.",
         "A:B(1.0) no es un conjunto de datos para un organismo: no tiene informe de cobertura."),
        ("/metadata/NOBODY/NOPE", 404, "The hub has no metadata set NOPE of NOBODY.",
         "El centro no tiene metadatos NOPE del proveedor NOBODY."),
        ("/data/MIGHUB/DF_MIG_BORDER/1.0.0?from=99999", 400, "from='99999' is not a year.",
         "from='99999' no es un año."),
        ("/data/MIGHUB/DF_MIG_BORDER/1.0.0?page=x", 400,
         "page='x' is not a whole number from 1 up.", "page='x' no es un número entero desde 1."),
        ("/corridor?from=x", 400, "from='x' is not a year.", "from='x' no es un año."),
        ("/nowhere", 404, "The address may be mistyped, or what it named may have been renamed.",
         "Quizás la dirección tiene un error, o lo que nombraba cambió de nombre."),
        ("/mirror/RETURNS/MEX/GTM", 404,
         "Nothing is compared between these two countries here. See the list of pairs.",
         "Aquí no se compara nada entre estos dos países. Vea la lista de pares."),
    ],
)  # fmt: skip
def test_an_error_page_speaks_the_language_of_the_reader(
    client: FlaskClient, path: str, status: int, english: str, spanish: str
) -> None:
    assert lead(client, path, "en") == (status, english)
    assert lead(client, path, "es") == (status, spanish)


def test_a_sentence_nobody_has_put_into_spanish_is_told_by_what_its_status_means(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = client.application
    for language, said in (("en", "So it is."), ("es", "Algo cambió mientras tanto.")):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            assert site.told(Conflict("So it is.")).startswith(said)


def test_errors_of_the_interfaces_for_programs_stay_english(client: FlaskClient) -> None:
    for path in ("/sdmx/v1/data/NOPE", "/sdmx/v2/structure/codelist/MIGHUB/NOPE/1.0"):
        text = client.get(path, headers={"Accept-Language": "es"}).text
        assert "no tiene" not in text
        assert "The hub has no" in text or "No structure" in text
