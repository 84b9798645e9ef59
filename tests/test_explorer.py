"""The explorer in a real browser without any network but this server: a query, the docs, a subscription, an error."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.served import Desk, serving
from web.page import static_dir

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="No Chromium on this machine; .ci/run installs it."),
    pytest.mark.skipif(not any(static_dir.glob("*/*.js")), reason="There is no bundle of the explorer; `make setup` fetches it."),
]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with serving(database_url, tmp_path) as served:
        yield served


@pytest.fixture
async def page(desk: Desk) -> AsyncIterator[Page]:
    """The explorer; whatever it asks of another host fails the test."""
    strangers: list[str] = []
    faults: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("request", lambda request: None if request.url.startswith((desk.url, "data:", "blob:")) else strangers.append(request.url))
        page.on("pageerror", lambda problem: faults.append(str(problem)))
        await page.goto(f"{desk.url}/graphql")
        yield page
        await browser.close()
    assert strangers == []
    assert faults == []


async def sign_in(page: Page, password: str) -> None:
    await page.get_by_label("Email").fill("admin@example.com")
    await page.get_by_label("Password").fill(password)
    await page.keyboard.press("Enter")


async def run_tab(page: Page, name: str) -> None:
    await page.get_by_role("tab", name=name).click()
    # GraphiQL reads the operation's name out of the text a moment after the tab has changed.
    await page.wait_for_timeout(500)
    await page.get_by_role("button", name="Execute query").click()


async def test_the_explorer_asks_explains_and_follows(desk: Desk, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("email,first name\nann@example.com,Ann\nbo@example.com,Bo\n")
    await desk.ended(await desk.start("IMPORT_USERS", file))
    answer = page.locator(".result-window")

    await sign_in(page, (tmp_path / "admin-password").read_text().strip())
    await expect(page.get_by_text("Signed in as")).to_be_visible()

    await run_tab(page, "ClientsWithAccounts")
    await expect(answer).to_contain_text("bo@example.com")

    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await page.locator(".graphiql-doc-explorer").get_by_role("link", name="Query", exact=True).click()
    await expect(page.locator(".graphiql-doc-explorer")).to_contain_text("importActions")

    await run_tab(page, "AnErrorOnPurpose")
    await expect(answer).to_contain_text("use a number from 0 to 500")

    await run_tab(page, "FollowIt")
    await page.wait_for_timeout(500)
    file.write_text("email,first name\ncy@example.com,Cy\n")
    await desk.ended(await desk.start("IMPORT_USERS", file))
    await expect(answer).to_contain_text("SUCCESS")
    await expect(answer).to_contain_text("clients.csv")


async def test_a_wrong_password_is_told_in_the_page(page: Page) -> None:
    await sign_in(page, "certainly not it")

    await expect(page.get_by_text("do not belong together")).to_be_visible()
