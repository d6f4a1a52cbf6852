"""The published UI as an OS process of its own, on another origin than the backend, as where it is installed."""

import shutil
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.orchestrator_ui.ui_pages import UiPage
from tests.browser.restarts import RestartableServer
from tests.documented import read_blocks
from tests.functional.installations import WORKFLOW_MODULES, Databases, installation
from tests.servers import ROOT, START_SECONDS, Server, running
from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS, eventually

APP = ROOT / "tests/ui/app"


@pytest.fixture(scope="session", autouse=True)
def patient_expectations() -> None:
    """Let Playwright wait as long as the other tests do."""
    expect.set_options(timeout=TIMEOUT_SECONDS * 1000)


@pytest.fixture(scope="session")
def api_port() -> int:
    """Choose the port of the backends, one after the other, that the UI is told."""
    return free_port()


@pytest.fixture(scope="session")
def ui_origin(api_port: int) -> Iterator[str]:
    """Run the UI for all tests; it keeps nothing."""
    node = shutil.which("node")
    assert node is not None, "Node.js is not installed"
    assert (APP / ".next/BUILD_ID").exists(), "the UI is not built: make test-ui"
    port = free_port()
    (documented,) = (block.text for block in read_blocks("README.md") if block.language == "ini")
    environment = dict(
        line.replace("localhost:8000", f"localhost:{api_port}")
        .replace("localhost:3000", f"localhost:{port}")
        .split("=", 1)
        for line in documented.splitlines()
    )
    origin = f"http://localhost:{port}"
    program = str(APP / "node_modules/next/dist/bin/next")
    with running(
        [node, program, "start", str(APP), "--hostname", "localhost", "--port", str(port)], **environment
    ) as ui:

        def answers() -> bool:
            assert ui.process.poll() is None, ui.log.read_text()
            try:
                return httpx.get(f"{origin}/api/auth/session", timeout=TIMEOUT_SECONDS).status_code == 200
            except httpx.TransportError:
                return False

        eventually(answers, within_seconds=START_SECONDS)
        yield origin


@pytest.fixture
def environment(databases: Databases, ui_origin: str) -> Iterator[dict[str, str]]:
    """Make an installation for one test, which lets the UI in."""
    modules = f"{WORKFLOW_MODULES},tests.browser.orchestrator_ui.workflows"
    with installation(databases) as variables:
        yield {**variables, "WORKFLOW_MODULES": modules, "CORS_ORIGINS": ui_origin}


@pytest.fixture
def backend(environment: dict[str, str], api_port: int) -> Iterator[RestartableServer]:
    """Run its server."""
    with RestartableServer(api_port, **environment) as made:
        made.start()
        yield made


@pytest.fixture
def server(backend: RestartableServer) -> Server:
    """Return the running server."""
    return backend.server


@pytest.fixture
def open_ui(empty_page: Page, ui_origin: str, backend: RestartableServer) -> Callable[[str], UiPage]:
    """Return a function that opens a page of the UI, given by its path, in the one tab."""
    return UiPage(empty_page, ui_origin).open
