"""Every page of the admin works under the content security policy: Chromium reports no violation."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Page

from tests.functional.installations import Databases, installation
from tests.servers import Server, manage
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(240)]

REPORT = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
MODELS = (
    "processes/process",
    "processes/workflow",
    "processes/executorhost",
    "processes/maintenancelease",
    "processes/maintenancejob",
    "subscriptions/product",
    "subscriptions/subscription",
    "engine_settings/enginesettings",
    "auth/user",
    "auth/group",
)


@pytest.fixture(scope="module")
def used_server(databases: Databases) -> Iterator[tuple[Server, str]]:
    """Run a server with something to show; yield it and the password of its administrator."""
    with installation(databases) as environment:
        password = manage("create_administrator", **environment).split()[-1]
        manage("create_demo_product", **environment)
        with run_server(**environment) as running:
            process_id = running.start("demo_confirm_change")
            eventually(lambda: running.status_of(process_id) == "suspended")
            yield running, password


@pytest.fixture
def admin_page(empty_page: Page, used_server: tuple[Server, str]) -> Page:
    """Open the first page of the admin, by its own login form."""
    server, password = used_server
    empty_page.add_init_script(REPORT)
    empty_page.goto(f"{server.http.base_url}/admin/")
    empty_page.fill("#id_username", "admin")
    empty_page.fill("#id_password", password)
    empty_page.click("[type=submit]")
    empty_page.wait_for_selector("#user-tools")
    return empty_page


def kind_of(address: str) -> str:
    """Return the address without the id in it: the pages of one kind differ in what they show."""
    return re.sub(r"(/admin/\w+/\w+/)[^/]+/(\w+/)$", r"\1*/\2", address)


def links_of(page: Page, root: str) -> set[str]:
    addresses: list[str] = page.eval_on_selector_all("a[href]", "links => links.map((link) => link.href)")
    return {urldefrag(each).url.partition("?")[0] for each in addresses if each.startswith(root)}


def test_no_page_of_the_admin_violates_the_policy(admin_page: Page) -> None:
    root = urlsplit(admin_page.url)._replace(path="/admin/", query="").geturl()
    faults: list[str] = []
    admin_page.on("pageerror", lambda error: faults.append(f"{admin_page.url}: {error.message}"))
    admin_page.on("console", lambda line: faults.extend([line.text] if line.type == "error" else []))
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        address = waiting.pop()
        if kind_of(address) in seen:
            continue
        seen.add(kind_of(address))
        answer = admin_page.goto(address)
        assert answer is not None
        assert "default-src 'none'" in answer.headers["content-security-policy"], address
        faults += [f"{address}: {directive}" for directive in admin_page.evaluate("() => window.violations")]
        waiting += [link for link in links_of(admin_page, root) if "/logout/" not in link]

    assert faults == []
    missing = [model for model in MODELS if f"{root}{model}/" not in seen]
    assert (missing, len(seen) > 2 * len(MODELS)) == ([], True)


def test_the_button_of_the_engine_works_under_the_policy(admin_page: Page) -> None:
    admin_page.goto(admin_page.url.rstrip("/") + "/engine_settings/enginesettings/")
    admin_page.click("text=Pause the engine")
    admin_page.wait_for_selector("text=The engine is paus")
    admin_page.click("text=Start the engine")
    admin_page.wait_for_selector("text=The engine is running")

    assert admin_page.evaluate("() => window.violations") == []
