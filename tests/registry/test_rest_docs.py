"""The pages in docs/rest: their reference part is the declarations', their examples are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.describe.reference import pages, rewritten

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "rest"
NAMES = ["README", *pages()]

_EXAMPLE = re.compile(r"```http\n(.*?)\n\nHTTP/1\.1 (\d+)(?:\nContent-Type: (.*?))?\n```", re.S)


def examples() -> list[tuple[str, str, int, str | None]]:
    """Page, request, status and content type of each example."""
    return [
        (name, asked, int(status), content_type)
        for name in NAMES
        for asked, status, content_type in _EXAMPLE.findall((FOLDER / f"{name}.md").read_text())
    ]


@pytest.mark.parametrize("name", pages())
def test_the_reference_part_is_up_to_date(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    assert rewritten(text, name) == text, "run: python -m registry.describe.reference docs/rest"


@pytest.mark.parametrize(("name", "asked", "status", "content_type"), examples())
def test_the_examples_are_true(
    client: FlaskClient, name: str, asked: str, status: int, content_type: str | None
) -> None:
    first, *headers = asked.splitlines()
    url = first.removeprefix("GET ")
    response = client.get(url, headers=dict(line.split(": ", 1) for line in headers))
    assert response.status_code == status, response.text[:500]
    assert (response.content_type or "") == (content_type or "")


def test_every_page_has_an_example_of_each_resource_it_describes() -> None:
    shown = {name for name, *_ in examples()}
    assert shown == set(NAMES)
    links = re.findall(r"\]\((\w+)\.md\)", (FOLDER / "README.md").read_text())
    assert sorted(links) == pages()
    blocks = sum((FOLDER / f"{n}.md").read_text().count("```http") for n in NAMES)
    assert blocks == len(examples()), "an example is not of the form that is tried"
