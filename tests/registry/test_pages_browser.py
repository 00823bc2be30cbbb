"""The pages in a real Chromium: at desktop and phone width, by keyboard, with and without script.

Skipped where there is no Chromium (in CI it must be there). ``MIGHUB_SCREENSHOTS`` names a folder
in which pictures of the pages are left for people to look at.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from page_site import ADMIN, BAD, BORDER, EMPTY, STOCK, message, new_hub, site
from werkzeug.serving import make_server

from hub import intake
from hub.store.home import Hub
from registry.app import create_app

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe_api = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed"
)

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

DESKTOP, PHONE, SMALL = 1280, 390, 320


def pages() -> dict[str, str]:
    return {
        "home": "/",
        "nothing-found": "/?q=zzzz",
        "border": BORDER,
        "border-mexico": f"{BORDER}?c[REF_AREA]=MEX",
        "stock": f"{STOCK}?c[REF_AREA]=MEX,DOM",
        "no-data": EMPTY,
        "structures": "/structures?q=area",
        "codelist": "/structures/codelist/MIGHUB/CL_AREA/1.0.0",
        "data-structure": "/structures/datastructure/MIGHUB/MIG_ADMIN/1.0.0",
        "upload": "/upload",
        "published": f"/submissions/{site().tokens[0]}",
        "refused": f"/submissions/{site().tokens[-1]}",
        "docs": "/docs",
        "consumers": "/consumers",
        "consumer": "/consumers/OECD.ELS.IMD/DSD_MIG@DF_MIG/1.0",
        "mirror": "/mirror",
        "corridor": "/corridor",
        "subscriptions": "/subscriptions",
        "deliveries": "/deliveries",
        "sign-in": "/sign-in",
        "account": "/account",
        "admin-people": "/admin/people",
        "admin-keys": "/admin/keys",
        "admin-audit": "/admin/audit",
        "not-found": "/nowhere",
    }


LONG = frozenset({"border", "stock", "codelist", "structures", "data-structure"})


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a port of its own, for as long as the block."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for n in names if (found := shutil.which(n))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have Chromium")
        pytest.skip("there is no Chromium here (apt-get install chromium)")
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    with serving(site().app) as address:
        yield address


@contextmanager
def tab(
    browser: Any, width: int = DESKTOP, *, staff: bool = False, **options: Any
) -> Iterator[Any]:
    """A new page in a fresh profile; what the browser complains about is an error.

    ``staff`` signs an administrator of the site in.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    if staff:
        hub = site().hub
        key = hub.keys.find(ADMIN)
        assert key is not None
        secret = hub.sessions.begin(key)
        context.add_cookies(
            [{"name": "mighub", "value": secret, "domain": "127.0.0.1", "path": "/"}]
        )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda m: (
            complaints.append(m.text)
            if m.type in {"error", "warning"} and "404" not in m.text
            else None
        ),
    )
    foreign: list[str] = []
    page.on("request", lambda r: foreign.append(r.url) if "127.0.0.1" not in r.url else None)
    try:
        yield page
        assert complaints == []
        assert foreign == [], "the page asks other hosts"
    finally:
        context.close()


def keep(page: Any, name: str) -> None:
    folder = os.environ.get("MIGHUB_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_is_wider_than_the_screen(browser: Any, root: str, language: str) -> None:
    with tab(browser, staff=True, locale=language) as page:
        for name, path in pages().items():
            page.goto(root + path)
            for width in (DESKTOP, PHONE, SMALL):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth")
                keep(page, f"{name}-{language}-{width}")
                assert wide <= width, f"{name} is {wide} wide at {width}"


def test_axe_finds_nothing(browser: Any, root: str) -> None:
    """axe-core's rules: contrast, names, landmarks, structure (WCAG A and AA, best practice)."""
    axe = axe_api.Axe()
    # axe is put into the page as a script, which our policy forbids.
    with tab(browser, staff=True, bypass_csp=True, locale="es") as page:
        for name, path in pages().items():
            page.emulate_media(color_scheme="light")
            page.set_viewport_size({"width": DESKTOP, "height": 900})
            page.goto(root + path)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            looks = [(DESKTOP, "light"), (PHONE, "dark")]
            # Long tables take long, and look on a phone as the others do.
            for width, scheme in looks[: 1 if name in LONG else 2]:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                found = axe.run(page).response["violations"]
                told = [(v["id"], v["nodes"][0]["html"][:200]) for v in found]
                assert told == [], f"{name} at {width}, {scheme}"


def focused(page: Any) -> str:
    return str(
        page.evaluate("""() => {
        const e = document.activeElement;
        return e.tagName + '|' + (e.innerText || e.name || '').trim().split('\\n')[0];
    }""")
    )


def test_the_keyboard_reaches_everything_in_order_and_focus_is_seen(
    browser: Any, root: str
) -> None:
    with tab(browser) as page:
        page.goto(f"{root}{BORDER}?c[REF_AREA]=MEX")
        page.keyboard.press("Tab")
        assert focused(page) == "A|Skip to content"
        box = page.locator(".skip").bounding_box()
        assert box["y"] >= 0, "the skip link does not appear"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"

        page.goto(f"{root}{BORDER}?c[REF_AREA]=MEX")
        wanted = page.evaluate("""() => [...document.querySelectorAll(
            'a[href], button, input, select, summary, [tabindex="0"]')]
            .filter(e => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}))
            .length""")
        tops, seen, unseen = [], set(), []
        for _ in range(wanted + 5):
            page.keyboard.press("Tab")
            state = page.evaluate("""() => {
                const e = document.activeElement, r = e.getBoundingClientRect();
                const s = getComputedStyle(e);
                e.dataset.walked = e.dataset.walked || String(Math.random());
                return {key: e.dataset.walked, tag: e.tagName, top: r.top + scrollY,
                        outline: parseFloat(s.outlineWidth), style: s.outlineStyle};
            }""")
            if state["tag"] == "BODY" or state["key"] in seen:
                break
            seen.add(state["key"])
            tops.append(state["top"])
            if state["style"] == "none" or state["outline"] < 2:
                unseen.append(state)
        assert unseen == [], "the focus is not visible"
        assert len(seen) == wanted, "something cannot be reached by Tab"


def test_the_table_scrolls_in_its_own_box_with_its_heads_in_place(browser: Any, root: str) -> None:
    with tab(browser, PHONE) as page:
        page.goto(f"{root}{BORDER}?c[REF_AREA]=DOM")
        box = page.locator(".scroll:has(table.data)")
        assert box.evaluate("e => e.scrollWidth > e.clientWidth")
        box.evaluate("e => e.scrollTo(400, 300)")
        top = box.evaluate("e => e.getBoundingClientRect().top")
        left = box.evaluate("e => e.getBoundingClientRect().left")
        head, stub = page.locator("thead th.stub"), page.locator("tbody th.stub").nth(8)
        assert abs(head.bounding_box()["y"] - top) < 4
        assert abs(stub.bounding_box()["x"] - left) < 4


def test_a_search_box_narrows_the_choices_and_keeps_what_is_chosen(browser: Any, root: str) -> None:
    with tab(browser) as page:
        page.goto(root + BORDER)
        page.locator("summary", has_text="Citizenship").click()
        options = page.locator("#options-CITIZENSHIP li:visible")
        many = options.count()
        options.first.locator("input").check()
        page.locator("#search-CITIZENSHIP").fill("CUBA")
        assert 1 < options.count() < many
        assert options.first.locator("input").is_checked()
        page.locator("#search-CITIZENSHIP").press("Enter")
        assert page.url == root + BORDER, "Enter in the search box must not send the form"
        page.get_by_role("button", name="Show").click()
        assert "c[CITIZENSHIP]" in page.url.replace("%5B", "[").replace("%5D", "]")
        assert "from=" not in page.url, "what is not chosen clutters the address"


def test_an_address_is_copied(browser: Any, root: str) -> None:
    with tab(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{root}{BORDER}?c[REF_AREA]=MEX")
        page.locator("[data-copy=query-v2]").click()
        page.locator("[data-copy=query-v2]", has_text="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert (
            copied == f"{root}/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/*?c[REF_AREA]=MEX"
        )
        answer = page.request.get(copied)
        assert answer.ok


def test_choosing_works_without_javascript(browser: Any, root: str) -> None:
    with tab(browser, java_script_enabled=False) as page:
        page.goto(root + BORDER)
        assert page.locator(".copy:visible").count() == 0
        page.locator("summary", has_text="Reference area").click()
        page.locator("input[name='c[REF_AREA]'][value=MEX]").check()
        page.get_by_role("button", name="Show").click()
        assert "Reference area: Mexico" in page.locator(".chips").inner_text()
        assert page.locator("svg.chart-svg:visible").count() == 1


@pytest.mark.parametrize(("width", "shown"), [(DESKTOP, "wide"), (PHONE, "narrow")])
def test_the_chart_has_the_form_for_the_screen(
    browser: Any, root: str, width: int, shown: str
) -> None:
    with tab(browser, width) as page:
        page.goto(f"{root}{BORDER}?c[REF_AREA]=MEX")
        picture = page.locator("svg.chart-svg:visible")
        assert picture.count() == 1
        assert page.locator(f".{shown} svg.chart-svg").is_visible()
        size = picture.evaluate("""e => Math.min(...[...e.querySelectorAll('text')]
            .map(t => parseFloat(getComputedStyle(t).fontSize)
                 * e.getBoundingClientRect().width / e.viewBox.baseVal.width))""")
        assert size >= 9, f"the chart's text is {size:.1f} pixels high"
        outside = picture.evaluate("""e => {
            const box = e.getBoundingClientRect();
            return [...e.querySelectorAll('text')].filter(t => {
                const r = t.getBoundingClientRect();
                return r.width && (r.left < box.left - 1 || r.right > box.right + 1);
            }).map(t => t.textContent);
        }""")
        assert outside == [], "text of the chart is cut off"


# Handing a file in, with a hub of its own


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, str]]:
    with new_hub(tmp_path_factory.mktemp("own")) as hub, serving(create_app(hub)) as address:
        yield hub, address


def submit(page: Any, address: str, name: str, content: bytes, key: str = ADMIN) -> None:
    page.goto(f"{address}/upload?lang=en")
    page.get_by_label("An SDMX message").check()
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Send the file").click()


def test_a_file_is_sent_watched_and_seen(browser: Any, own: tuple[Hub, str]) -> None:
    hub, address = own
    with tab(browser) as page:
        page.goto(f"{address}/upload?lang=en")
        assert page.get_by_label("Kind of file").is_visible()
        page.get_by_label("An SDMX message").check()
        assert not page.get_by_label("Kind of file").is_visible()
        submit(page, address, "june.csv", message(("USA", "_T", "2026-06", "100")))
        page.get_by_text("waiting for its turn").first.wait_for()
        token = page.url.rpartition("/")[2]
        intake.process(hub, token)
        # The page finds out by itself.
        page.get_by_role("heading", name="Published").wait_for(timeout=60_000)
        page.get_by_role("link", name="See the data").click()
        assert "Entries" in page.locator("h2#chart-title").inner_text()


def test_a_wrong_file_and_a_wrong_key_are_told(browser: Any, own: tuple[Hub, str]) -> None:
    hub, address = own
    with tab(browser, PHONE) as page:
        # The answer 401 is a complaint of the browser, not of the page.
        submit(page, address, "bad.csv", BAD)
        intake.process(hub, page.url.rpartition("/")[2])
        page.get_by_role("heading", name="Unknown code").wait_for(timeout=60_000)
        assert "row 3, column CITIZENSHIP" in page.locator("main").inner_text()
    context = browser.new_context()
    page = context.new_page()
    submit(page, address, "bad.csv", BAD, key="wrong")
    assert page.evaluate("document.activeElement.className") == "summary"
    assert page.get_by_label("API key").input_value() == ""
    page.get_by_role("link", name="This API key is not known").click()
    assert page.evaluate("document.activeElement.id") == "key"
    context.close()


def test_without_javascript_the_page_renews_itself(browser: Any, own: tuple[Hub, str]) -> None:
    hub, address = own
    with tab(browser, java_script_enabled=False) as page:
        submit(page, address, "may.csv", message(("USA", "_T", "2026-05", "1")))
        page.get_by_text("waiting for its turn").first.wait_for()
        intake.process(hub, page.url.rpartition("/")[2])
        page.get_by_role("heading", name="Published").wait_for(timeout=60_000)
