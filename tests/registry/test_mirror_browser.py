"""The pages of comparisons in a real Chromium, with the shipped samples: wide and narrow, by
keyboard, in the dark, without script.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from page_site import new_hub
from test_pages_browser import DESKTOP, PHONE, SMALL, axe_api, browser, keep, serving, tab

from hub import intake
from hub.plugins import connector_catalogue
from registry.app import create_app
from registry.pages.chart_drawing import _ticks

__all__ = ["browser"]

SOURCES = (
    "mex/iom_returns", "gtm/iom_returnees", "pan/iom_darien_nationality",
    "hnd/iom_irregular_nationality", "mex/iom_irregular_nationality", "usa/iom_encounters",
)  # fmt: skip

PAGES = {
    "both-ends": "/mirror",
    "pair": "/mirror/RETURNS/MEX/GTM",
    "observations": "/mirror/RETURNS/MEX/GTM/observations?time=2022-06"
    "&of=GTM._T._T.MEX_UPM.EV.GTM_IGM.PS",
    "route": "/corridor?nationality=VEN",
    "route-observations": "/corridor/USA_SOUTHWEST/VEN/observations?time=2022-12"
    "&provider=USA_CBP&unit=EV",
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a hub with the samples of sources that meet."""
    hub = new_hub(tmp_path_factory.mktemp("both"))
    for connector in SOURCES:
        for sample in connector_catalogue().samples(connector):
            intake.submit(hub, sample, sample.name, connector=connector)
    intake.run_pending(hub)
    with serving(create_app(hub)) as address:
        yield address


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_is_wider_than_the_screen(browser: Any, both: str, language: str) -> None:
    with tab(browser, locale=language) as page:
        for name, path in PAGES.items():
            assert page.goto(both + path).status == 200, name
            for width in (DESKTOP, PHONE, SMALL):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth")
                keep(page, f"{name}-{language}-{width}")
                assert wide <= width, f"{name} is {wide} wide at {width}"


@pytest.mark.parametrize(("width", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_axe_finds_nothing(browser: Any, both: str, width: int, scheme: str) -> None:
    with tab(browser, width, bypass_csp=True, locale="es", color_scheme=scheme) as page:
        for name, path in PAGES.items():
            page.goto(both + path)
            found = axe_api.Axe().run(page).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == [], name


def test_the_table_of_definitions_and_the_chart_use_their_room(browser: Any, both: str) -> None:
    with tab(browser, DESKTOP) as page:
        page.goto(both + PAGES["pair"])
        head = page.locator("table.ends thead tr > *").all()
        first, left, right = (one.bounding_box()["width"] for one in head)
        assert first < left
        assert abs(left - right) < 0.1 * left
        card = page.locator("figure.chart").bounding_box()["width"]
        drawing = page.locator("figure.chart .wide svg").bounding_box()["width"]
        assert drawing > 0.93 * card


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_labels_of_the_time_axis_stand_apart(browser: Any, both: str, width: int) -> None:
    with tab(browser, width, locale="es") as page:
        for nationality in ("HTI", "VEN"):
            page.goto(f"{both}/corridor?nationality={nationality}&from=2022&to=2022")
            for drawing in page.locator("ol.stages svg.chart-svg").all():
                boxes = sorted(
                    (one.bounding_box()["x"], one.bounding_box()["width"])
                    for one in drawing.locator("text").all()
                    if one.text_content().endswith(" 2022") and one.get_attribute("opacity") != "0"
                )
                assert len(boxes) >= 2
                for (start, wide), (after, _) in pairwise(boxes):
                    assert start + wide + 3 < after


def test_from_the_list_to_the_line_of_a_file_without_script(browser: Any, both: str) -> None:
    with tab(browser, java_script_enabled=False) as page:
        page.goto(f"{both}/mirror")
        page.get_by_label("Period").select_option("2022-06")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("row").get_by_role("link", name="Mexico → Guatemala").first.click()
        assert page.locator("h1").inner_text() == "Mexico → Guatemala: Returns"
        line = page.get_by_role("row", name="Jun 2022")
        line.get_by_role("link", name="5,425").click()
        assert "Guatemala reports: 5,425" in page.locator("#to h2").inner_text()
        page.locator("#to tbody a").first.click()
        assert "irreg_guatemala_2022.csv" in page.locator("main").inner_text()


def test_another_nationality_is_chosen_without_script(browser: Any, both: str) -> None:
    with tab(browser, java_script_enabled=False) as page:
        page.goto(f"{both}/corridor")
        page.get_by_label("Nationality").select_option("HND")
        page.get_by_role("button", name="Show").click()
        assert page.locator("h1").inner_text().endswith("Honduras")
        assert page.locator("ol.stages h3").all_inner_texts() == [
            "Mexico: in an irregular situation",
            "United States: southwest land border",
        ]


def test_ticks_are_thinned_by_their_distance() -> None:
    """Half a year without figures does not push the labels of the other half together."""
    months = [datetime(2022, month, 1, tzinfo=UTC) for month in (1, 7, 8, 9, 10, 11, 12)]
    assert [text[:7] for text in _ticks(months, 3)] == ["2022-01", "2022-07", "2022-11"]
    assert _ticks(months[:1], 3) == [months[0].isoformat() + "Z"]
    assert _ticks([], 3) == []
