"""The explorer in a real browser without any network but this server: queries, subscriptions, sign-in and sign-out, an import."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from database.embedded import EmbeddedServer
from tests.served import Desk, serving
from web import assets
from web.assets import static_dir
from web.page import page_headers, page_html

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="No Chromium on this machine; .ci/run installs it."),
    pytest.mark.skipif(not any(static_dir.glob("*/*.js")), reason="There is no bundle of the explorer; `make setup` fetches it."),
]
# A machine that runs all tests at once may take long over a page and an import.
expect.set_options(timeout=30_000)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the server."""
    return tmp_path_factory.mktemp("explorer")


@pytest.fixture(scope="module")
def desk(postgres: EmbeddedServer, template: str, folder: Path) -> Iterator[Desk]:
    """One server for all: each test brings clients of its own."""
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(f'create database explorer template "{template}" strategy file_copy')
    with serving(postgres.database("explorer"), folder) as served:
        yield served


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def page(desk: Desk, browser: Browser) -> AsyncIterator[Page]:
    """The explorer; whatever it asks of another host fails the test."""
    strangers: list[str] = []
    faults: list[str] = []
    page = await browser.new_page(viewport={"width": 1400, "height": 900})
    page.on("request", lambda request: None if request.url.startswith((desk.url, "data:", "blob:")) else strangers.append(request.url))
    page.on("pageerror", lambda problem: faults.append(str(problem)))
    await page.goto(f"{desk.url}/graphql")
    yield page
    await page.context.close()
    assert strangers == []
    assert faults == []


@pytest.fixture
async def plain(desk: Desk, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page as it is where the bundle is not installed."""
    monkeypatch.setattr(assets, "static_dir", tmp_path / "nothing")
    html, headers = page_html(), page_headers()

    async def answer(route: Route) -> None:
        if route.request.is_navigation_request():
            await route.fulfill(body=html, headers=headers | {"Content-Type": "text/html"})
        else:
            await route.continue_()

    await page.route(f"{desk.url}/graphql", answer)
    await page.reload()
    await expect(page.get_by_text("This is the plain page")).to_be_visible()
    return page


@pytest.fixture
def password(desk: Desk, folder: Path) -> str:
    return (folder / "admin-password").read_text().strip()


async def sign_in(page: Page, password: str, *, email: str = "admin@example.com") -> None:
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.keyboard.press("Enter")


async def run_tab(page: Page, name: str) -> None:
    await page.get_by_role("tab", name=name).click()
    # GraphiQL reads the operation's name out of the text a moment after the tab has changed.
    await page.wait_for_timeout(500)
    await page.get_by_role("button", name="Execute query").click()


async def test_the_explorer_asks_explains_and_follows(desk: Desk, page: Page, password: str, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("email,first name\nann@example.com,Ann\nbo@example.com,Bo\n")
    await desk.ended(await desk.start("IMPORT_USERS", file))
    answer = page.locator(".result-window")

    await sign_in(page, password)
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


async def test_the_sample_is_imported_and_followed_beside_the_answer(page: Page, password: str) -> None:
    await sign_in(page, password)
    await page.get_by_role("button", name="Upload and start").click()

    run = page.get_by_role("region", name="Import run")
    await expect(run).to_contain_text("SUCCESS_WITH_ERRORS")
    assert await totals(page) == {"read": "40", "added": "37", "updated": "0", "skipped": "0", "errored": "3", "warned": "0"}
    await expect(run.get_by_role("listitem")).to_have_count(3)
    await expect(run).to_contain_text("Line 22, Country: No country is called 'Atlantis'")
    await expect(page.get_by_text("9 of its 9 columns are read.")).to_be_visible()
    await expect(page.locator(".result-window")).to_contain_text("importRunId")
    await expect(page.get_by_role("tab", name="StartAnImport")).to_have_attribute("aria-selected", "true")
    assert len(await rejected(page)) == 1 + 3


async def test_the_plain_page_imports_a_file_too(plain: Page, password: str, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("email,shoe size\ndee@example.com,41\n<b>bo</b>,43\n")

    await sign_in(plain, password)
    await plain.get_by_label("File", exact=True).set_input_files(file)
    await plain.get_by_label("Dry run").check()
    await plain.get_by_role("button", name="Upload and start").click()

    run = plain.get_by_role("region", name="Import run")
    await expect(run).to_contain_text("SUCCESS_WITH_ERRORS")
    await expect(run.get_by_role("heading")).to_have_text("clients.csv, run 1, dry")
    assert await totals(plain) == {"read": "2", "added": "1", "updated": "0", "skipped": "0", "errored": "1", "warned": "0"}
    await expect(run.get_by_role("listitem")).to_contain_text("Line 3, email: '<b>bo</b>'")
    await expect(run).not_to_contain_text("connection")
    await expect(plain.get_by_text("1 of its 2 columns are read, and not: shoe size.")).to_be_visible()
    await expect(plain.locator("#answer")).to_contain_text('"importRunId": ')
    assert len(await rejected(plain)) == 1 + 1

    await plain.get_by_role("button", name="Sign out").click()

    await expect(plain.locator("#answer")).to_be_empty()
    await expect(run).to_be_hidden()
    assert "clients.csv" not in await plain.locator("#run").evaluate("run => run.textContent")


async def test_what_is_wrong_with_an_upload_is_said_beside_it(page: Page, password: str, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    await sign_in(page, password)

    await page.get_by_label("A file of yours").check()
    await page.get_by_role("button", name="Upload and start").click()
    await expect(page.get_by_text("Not uploaded. Choose a file first, or take the sample.")).to_be_visible()

    file.write_bytes(b"")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Upload and start").click()
    await expect(page.get_by_text("Not uploaded. The file is empty")).to_be_visible()

    file.write_text("email\nann@example.com\n")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_label("Import as").select_option("accounts")
    await page.get_by_role("button", name="Upload and start").click()
    await expect(page.get_by_text("Not started. No column is mapped to the required field 'account_number'")).to_be_visible()


async def test_signing_out_ends_the_session_and_leaves_nothing_on_the_page(desk: Desk, page: Page, password: str, tmp_path: Path) -> None:
    answer = page.locator(".result-window")
    file = tmp_path / "clients.csv"
    file.write_text("email,first name,last name\nmatilda@example.com,Matilda,White\nnobody,Nemo,Black\n")
    await sign_in(page, password)
    await page.get_by_label("File", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Upload and start").click()
    await expect(page.locator("#run")).to_contain_text("SUCCESS_WITH_ERRORS")
    await run_tab(page, "ClientsWithAccounts")
    await expect(answer).to_contain_text("Matilda White")
    token = json.loads(await page.evaluate("sessionStorage.getItem('backoffice.session')"))["token"]
    assert await is_let_in(desk, token)

    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    await expect(page.get_by_label("Email")).to_be_focused()
    await expect(answer).not_to_contain_text("Matilda")
    await page.get_by_role("tab", name="StartAnImport").click()
    await expect(answer).not_to_contain_text("importRunId")
    await expect(page.locator("#import")).to_be_hidden()
    assert "errored" not in await page.locator("#run").evaluate("run => run.textContent")
    assert not await is_let_in(desk, token)


async def test_a_wrong_password_is_told_in_the_page_and_clears_the_answer(page: Page) -> None:
    await run_tab(page, "ClientsWithAccounts")
    await expect(page.locator(".result-window")).to_contain_text("UNAUTHENTICATED")

    await sign_in(page, "certainly not it")

    await expect(page.get_by_text("do not belong together")).to_be_visible()
    await expect(page.locator(".result-window")).not_to_contain_text("UNAUTHENTICATED")
    await expect(page.get_by_text("do not belong together")).to_be_visible()


async def test_a_locked_out_sign_in_is_told_in_words(desk: Desk, page: Page) -> None:
    login = "mutation ($input: LoginInput!) { login(input: $input) { token } }"
    for _ in range(5):
        await desk.ask(login, input={"email": "nobody@example.com", "password": "certainly not it"})

    await sign_in(page, "certainly not it", email="nobody@example.com")

    await expect(page.get_by_text("Too many attempts to sign in with this email have failed; try again in 15 minutes")).to_be_visible()


async def test_the_sign_in_says_where_the_password_is(page: Page) -> None:
    await expect(page.get_by_role("form", name="Sign in")).to_contain_text("data/admin-password")


@pytest.mark.parametrize("width", [390, 768])
async def test_panes_are_stacked_where_they_do_not_fit_beside_each_other(page: Page, password: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    await sign_in(page, password)
    await page.get_by_role("button", name="Import a file").click()

    for pane in (".graphiql-editors", ".graphiql-response", "#upload"):
        box = await page.locator(pane).bounding_box()
        assert box
        assert box["width"] >= 340, pane
        assert box["height"] >= 200, pane
        assert box["x"] + box["width"] <= width, pane
    assert await page.evaluate("document.scrollingElement.scrollWidth") == width


async def totals(page: Page) -> dict[str, str]:
    names = await page.locator("#run-totals dt").all_inner_texts()
    return dict(zip(names, await page.locator("#run-totals dd").all_inner_texts(), strict=True))


async def rejected(page: Page) -> list[str]:
    """The lines of the file of rejected records, downloaded by its button."""
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the rejected records").click()
    return (await asyncio.to_thread((await (await download.value).path()).read_text)).splitlines()


async def is_let_in(desk: Desk, token: str) -> bool:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        answer = await client.post(f"{desk.url}/graphql", json={"query": "{ clients(first: 1) { totalCount } }"})
    return "errors" not in answer.json()
