"""Browser tests run the client in Chromium, as a page of a running server does; nothing else stands in between."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pages import EventsPage
from tests.functional.gates import Gates
from tests.functional.installations import Databases, installation
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """Return the path of the machine's Chromium.

    Raises:
        LookupError: there is none.
    """
    for program in PROGRAMS:
        if path := shutil.which(program):
            return path
    raise LookupError(f"none of {', '.join(PROGRAMS)} is installed: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium for one file: Playwright's event loop must be gone when other tests run loops of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def empty_page(browser: Browser) -> Iterator[Page]:
    """Open an empty page of a browser that remembers nothing."""
    # Chromium takes a page that the test fulfills for one of the internet, which may not reach this machine.
    with browser.new_context(permissions=["local-network-access"]) as context:
        context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        yield context.new_page()


@pytest.fixture
def open_page(empty_page: Page) -> Callable[[Server], EventsPage]:
    """Return a function that makes the empty page one of the server's."""
    return lambda server: EventsPage(empty_page, str(server.http.base_url))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Make databases; they are dropped when the session ends."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.drop_all()


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """Run a server that all tests of a file share; its positions soon cover what the channel layer brought."""
    quick = {"EVENTS_LOG_INTERVAL_SECONDS": "0.05"}
    with installation(databases) as environment, run_server(**environment, **quick) as running:
        yield running


@pytest.fixture
def events_page(open_page: Callable[[Server], EventsPage], server: Server) -> EventsPage:
    """Open a page of the shared server, which has no client yet."""
    return open_page(server)


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[Gates]:
    """Make gates, which are open in the end: no process must be left to wait there."""
    made = Gates(tmp_path)
    yield made
    for number in (1, 2):
        made.open(number)
