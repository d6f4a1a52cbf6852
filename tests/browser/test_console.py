"""The console in Chromium: every page, and what each shows when something changes."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.console_pages import ConsolePage
from tests.browser.restarts import RestartableServer
from tests.functional.clients import WebSocketClient
from tests.functional.gates import Gates
from tests.functional.installations import Databases, installation
from tests.servers import Server, manage
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(240)]

SOON_SECONDS = TIMEOUT_SECONDS / 10
"""Within which a page shows what was committed: a second where the suite is held to its times."""
REST_SECONDS = 0.4
MOST_BYTES, MOST_REQUESTS, MOST_INTERACTIVE_MS = 100_000, 5, 1000 * TIMEOUT_SECONDS / 10


@pytest.fixture(scope="module")
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    """Make an installation with the demo product."""
    with installation(databases) as made:
        manage("create_demo_product", **made)
        yield made


@pytest.fixture(scope="module")
def used(environment: dict[str, str]) -> Iterator[Server]:
    """Run a server where something has happened already."""
    with run_server(**environment) as running:
        running.start("demo_retry")
        running.start("demo_confirm_change")
        running.start("demo_task_compare_inventory")
        product = "2f1c7b1e-8a55-4c7e-9a0d-5b6f3e2d7c10"
        ordered = running.start("demo_order_port", [{"product": product}, {"customer_id": "jane", "gbit": 100}])
        eventually(lambda: running.status_of(ordered) == "completed")
        yield running


@pytest.fixture
def tab(browser: Browser, used: Server) -> Iterator[Callable[[], ConsolePage]]:
    """Return a function that opens one more tab of one browser that remembers nothing."""
    with browser.new_context() as context:
        context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        yield lambda: ConsolePage(context.new_page(), str(used.http.base_url))


def subscription_path(server: Server) -> str:
    (subscription,) = server.http.get("/api/subscriptions/").json()
    return f"/subscriptions/{subscription['subscription_id']}/"


def process_path(server: Server, status: str) -> str:
    listed = server.http.get("/api/processes/", params={"filter": f"lastStatus,{status}"}).json()
    return f"/processes/{listed[0]['process_id']}/"


PAGES: dict[str, Callable[[Server], str]] = {
    "processes": lambda server: "/processes/",
    "nothing-found": lambda server: "/processes/?q=nothing-like-it",
    "tasks": lambda server: "/tasks/",
    "failed-process": lambda server: process_path(server, "failed"),
    "suspended-process": lambda server: process_path(server, "suspended"),
    "completed-process": lambda server: process_path(server, "completed"),
    "workflows": lambda server: "/start/",
    "start": lambda server: "/start/demo_create_path/",
    "subscriptions": lambda server: "/subscriptions/",
    "subscription": subscription_path,
    "engine": lambda server: "/engine/",
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_keeps_to_the_policy_and_fits(
    name: str, tab: Callable[[], ConsolePage], used: Server
) -> None:
    page = tab().open(PAGES[name](used))

    assert page.accessibility_faults() == []
    assert page.screenshot(name) == []
    assert (page.policy_faults(), page.fetched.faults) == ([], [])


@pytest.mark.alone
def test_the_first_page_is_small_and_quick(browser: Browser, databases: Databases) -> None:
    with installation(databases) as quiet, run_server(**quiet) as server, browser.new_context() as context:
        # Its server knows up to where it has told everything as soon as it has anybody to tell.
        with WebSocketClient(server.websocket_url()) as client:
            client.ping()
        page = ConsolePage(context.new_page(), str(server.http.base_url)).open("/processes/")

        times = page.page.evaluate("() => performance.getEntriesByType('navigation')[0].toJSON()")
        assert len(page.fetched.requests) <= MOST_REQUESTS, page.fetched.requests
        assert page.fetched.byte_count <= MOST_BYTES
        assert times["domContentLoadedEventEnd"] <= MOST_INTERACTIVE_MS


def test_the_overview_shows_a_process_that_starts_elsewhere(
    tab: Callable[[], ConsolePage], used: Server, gates: Gates
) -> None:
    page = tab().open("/processes/?q=held")

    process_id = used.start("held", gates.pages)

    eventually(lambda: page.page.query_selector(f'a[href="/processes/{process_id}/"]'), within_seconds=SOON_SECONDS)
    for number in (1, 2):
        gates.open(number)
    page.shows("completed", "#rows", within_seconds=SOON_SECONDS)


def test_a_process_is_started_resumed_and_ends_in_the_browser(tab: Callable[[], ConsolePage]) -> None:
    page = tab().open("/start/")
    page.page.click("text=demo confirm change")
    page.send("button:has-text('Start')")
    page.shows("Change Number", within_seconds=SOON_SECONDS)

    page.page.fill("[name=change_number]", "CHG42")
    page.send("text=Submit")
    assert "String should match pattern" in page.words("form.fields")

    page.page.fill("[name=change_number]", "CHG0042")
    page.send("text=Submit")
    page.shows("completed", ".headline", within_seconds=SOON_SECONDS)
    assert '"applied": "CHG0042"' in page.page.inner_html(".timeline")
    assert ("UTC" in page.words(), page.fetched.faults) == (False, [])


def test_what_is_being_typed_stays_while_the_page_is_refreshed(tab: Callable[[], ConsolePage], used: Server) -> None:
    path = process_path(used, "suspended")
    page = tab().open(path)
    page.page.fill("[name=change_number]", "CHG00")
    page.page.click(".timeline summary >> nth=0")
    before = page.fetches_of(path.strip("/"))

    used.http.patch("/api" + path.rstrip("/"), json={"note": "call desk"})

    eventually(lambda: page.fetches_of(path.strip("/")) > before)
    assert page.page.input_value("[name=change_number]") == "CHG00"
    assert page.page.eval_on_selector(".timeline details", "details => details.open")
    assert page.fetched.faults == []


def test_a_failed_process_is_retried_and_aborted_by_its_buttons(
    tab: Callable[[], ConsolePage], used: Server, gates: Gates
) -> None:
    failing = used.start("gated_task", gates.pages)
    page = tab().open(f"/processes/{failing}/")
    page.shows("the gate is closed", within_seconds=SOON_SECONDS)

    page.send("button:has-text('Retry')")
    page.shows("tried 1 more time", within_seconds=SOON_SECONDS)
    page.page.click("button:has-text('Abort')")
    page.send("text=Abort the process")
    page.shows("aborted", ".headline", within_seconds=SOON_SECONDS)
    page.page.click("button:has-text('Delete')")
    page.send("text=Delete the task")
    page.shows("Deleted.", within_seconds=SOON_SECONDS)


def test_the_engine_is_paused_in_one_tab_and_the_other_shows_it(tab: Callable[[], ConsolePage]) -> None:
    watching, acting = tab().open("/processes/"), tab().open("/engine/")

    acting.send("text=Pause the engine")
    watching.shows("paus", ".badges", within_seconds=SOON_SECONDS)
    acting.send("text=Start the engine")
    watching.shows("running", ".badges", within_seconds=SOON_SECONDS)


def test_a_part_that_cannot_be_fetched_is_fetched_again(tab: Callable[[], ConsolePage], used: Server) -> None:
    page, faults = tab().open("/processes/"), [500, 503]

    def fail_first(route: Route) -> None:
        if faults:
            route.fulfill(status=faults.pop())
        else:
            route.continue_()

    page.page.route("**/parts/engine-badge/", fail_first)
    used.http.put("/api/settings/status", json={"global_lock": True})
    page.shows("paus", ".badges", within_seconds=TIMEOUT_SECONDS)
    used.http.put("/api/settings/status", json={"global_lock": False})
    page.shows("running", ".badges", within_seconds=SOON_SECONDS)
    assert faults == []


def test_a_part_whose_fetch_is_never_answered_is_fetched_again(tab: Callable[[], ConsolePage], used: Server) -> None:
    page, hung = tab().open("/processes/"), list[Route]()
    page.page.evaluate("() => { htmx.config.timeout /= 20 }")

    page.page.route("**/parts/engine-badge/", lambda route: route.continue_() if hung else hung.append(route))
    used.http.put("/api/settings/status", json={"global_lock": True})
    eventually(lambda: page.page.query_selector("#engine-badge[data-is-old]"))
    page.shows("paus", ".badges", within_seconds=TIMEOUT_SECONDS)
    used.http.put("/api/settings/status", json={"global_lock": False})
    page.shows("running", ".badges", within_seconds=SOON_SECONDS)


def test_a_part_that_is_refused_loads_the_page_anew(tab: Callable[[], ConsolePage], used: Server) -> None:
    page = tab().open("/processes/")
    page.page.route("**/parts/engine-badge/", lambda route: route.fulfill(status=403))

    with page.page.expect_navigation():
        used.http.put("/api/settings/status", json={"global_lock": False})


def test_a_subscription_shows_what_is_done_to_it(tab: Callable[[], ConsolePage], used: Server) -> None:
    path = subscription_path(used)
    page = tab().open(path)

    used.start("demo_change_port", [{"subscription_id": path.split("/")[2]}, {"gbit": 40}])

    page.shows("Port 40G", "h1", within_seconds=2 * SOON_SECONDS)
    page.shows("Demo change port", "table", within_seconds=SOON_SECONDS)


def test_fifty_processes_at_once_cost_a_few_fetches_and_the_last_is_shown(
    tab: Callable[[], ConsolePage], used: Server
) -> None:
    def suspended() -> int:
        counts: dict[str, int] = used.http.get("/api/processes/status-counts").json()["process_counts"]
        return counts["suspended"]

    page, before = tab().open("/processes/?q=confirm"), suspended()
    begin = page.page.evaluate("() => performance.now()")
    fetched = page.fetches_of("processes")

    started = [used.start("demo_confirm_change") for _ in range(50)]
    eventually(lambda: suspended() == before + 50)
    page.shows(f"{before + 50} suspended", "#counts", within_seconds=SOON_SECONDS)
    eventually(lambda: page.page.query_selector(f'a[href="/processes/{started[-1]}/"]'), within_seconds=SOON_SECONDS)

    seconds = (page.page.evaluate("() => performance.now()") - begin) / 1000
    assert page.fetches_of("processes") - fetched <= seconds / REST_SECONDS + 2


def test_a_page_is_right_again_when_the_server_was_killed_and_is_back(
    browser: Browser, environment: dict[str, str], used: Server
) -> None:
    with RestartableServer(**environment) as server, browser.new_context() as context:
        origin = str(server.start().http.base_url)
        context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        page = ConsolePage(context.new_page(), origin).open("/processes/")
        server.kill()
        page.page.wait_for_selector('#connection[data-state="offline"]')

        process_id = used.start("demo_confirm_change")
        eventually(lambda: used.status_of(process_id) == "suspended")
        server.start()

        page.is_connected()
        eventually(lambda: page.page.query_selector(f'a[href="/processes/{process_id}/"]'))


def test_keys_alone_lead_everywhere(tab: Callable[[], ConsolePage]) -> None:
    page = tab().open("/processes/")

    page.page.keyboard.press("Tab")
    assert page.page.evaluate("() => document.activeElement.textContent") == "Skip to content"
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Tab")

    assert page.page.evaluate("() => document.activeElement.closest('main') !== null")


def test_times_are_those_of_the_readers_clock(tab: Callable[[], ConsolePage]) -> None:
    page = tab().open("/processes/")

    assert not re.search("UTC", page.words("#rows"))
