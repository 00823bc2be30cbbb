"""Two clicks in a real Chromium: from a number in the explorer to the cell of its source file."""

from __future__ import annotations

from typing import Any

import pytest
from page_site import BORDER
from test_pages_browser import DESKTOP, PHONE, axe_api, browser, keep, root, tab

__all__ = ["browser", "root"]

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
