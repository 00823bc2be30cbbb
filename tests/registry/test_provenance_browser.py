"""Two clicks in a real Chromium: from a number in the explorer to the cell of its source file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from page_site import BORDER, new_hub
from test_pages_browser import DESKTOP, PHONE, SMALL, axe_api, browser, keep, root, serving, tab

from hub import intake
from hub.derived.publish import refresh
from hub.plugins import connector_catalogue
from registry.app import create_app

__all__ = ["browser", "root"]

INDICATORS = "/data/MIGHUB/DF_MIG_INDICATOR/1.0.0"

SHOWN = f"{BORDER}?c[CITIZENSHIP]=CAN&c[BORDER_POINT]=MEX_CUN&c[REF_AREA]=MEX"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_two_clicks_lead_to_the_cell(browser: Any, root: str, width: int, language: str) -> None:
    with tab(browser, width) as page:
        page.goto(f"{root}{SHOWN}&lang={language}")
        number = page.locator("table.data a.from")
        shown = number.inner_text()
        number.click()
        page.wait_for_url("**/provenance/**")
        about = axe_api.Axe().run(page)
        assert about.violations_count == 0, about.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        keep(page, f"provenance-{language}-{width}")
        page.locator("a.to-file").click()
        page.wait_for_url("**/file**")
        mark = page.locator("table.sheet mark")
        assert mark.count() == 1
        digits = str.maketrans("", "", ",.  ")
        assert mark.inner_text().translate(digits) == shown.translate(digits)
        assert mark.is_visible()
        file = axe_api.Axe().run(page)
        assert file.violations_count == 0, file.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        keep(page, f"provenance-file-{language}-{width}")


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a hub with indicators of its own."""
    hub = new_hub(tmp_path_factory.mktemp("computed"))
    samples = connector_catalogue().samples
    for connector in ("int/iom_missing_migrants", "int/undesa_population"):
        for sample in samples(connector):
            intake.submit(hub, sample, sample.name, connector=connector)
    (sample,) = (s for s in samples("int/unhcr_displacement") if s.name.startswith("refugees"))
    intake.submit(hub, sample, sample.name, connector="int/unhcr_displacement")
    intake.run_pending(hub)
    refresh(hub)
    intake.run_pending(hub)
    with serving(create_app(hub)) as address:
        yield address


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE, SMALL])
def test_from_an_indicator_to_the_cell(
    browser: Any, computed: str, width: int, language: str
) -> None:
    """Three clicks: the number that was computed, one behind it, its cell."""
    with tab(browser, width) as page:
        page.goto(
            f"{computed}{INDICATORS}?c[SERIES]=SM_POP_REFG_OR&c[REF_AREA]=SLV&lang={language}"
        )
        page.locator("table.data a.from").first.click()
        page.wait_for_url("**/provenance/**")
        about = axe_api.Axe().run(page)
        assert about.violations_count == 0, about.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        keep(page, f"computed-{language}-{width}")
        page.locator("a[href*='STOCK_POP']").click()
        page.wait_for_url("**/DF_MIG_STOCK/**")
        page.locator("a.to-file").click()
        page.wait_for_url("**/file**")
        mark = page.locator("table.sheet mark")
        assert "6325" in mark.inner_text().replace(",", "").replace(".", "")


def test_a_sum_of_many_records_names_its_cells(browser: Any, computed: str) -> None:
    with tab(browser, PHONE) as page:
        series = "M.MEX.SM_DTH_MIGR._T._T._T.ROUTE_CA.DEATHS"
        page.goto(f"{computed}{INDICATORS}/provenance/{series}?time=2019-04&lang=en")
        assert page.locator("a.to-file").count() == 10
        assert "and 7 more cells" in page.locator("main").inner_text()
        found = axe_api.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
