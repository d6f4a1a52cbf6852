"""The console by keys alone, while what they are on is fetched anew; and what is pressed twice."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.console_pages import ConsolePage
from tests.functional.gates import Gates
from tests.servers import Server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(60)]

SOON_SECONDS = TIMEOUT_SECONDS / 10
FORM = "/start/demo_create_path/"
CLICK = """(times) => {
  const button = document.querySelector("main form button");
  const click = () => (button.click(), console.log("clicked"));
  for (let number = 0; number < times; number++) setTimeout(click, 100 * number);
}"""
REFRESH = """(part) => new Promise((done) => {
  const element = document.querySelector(part);
  element.addEventListener("htmx:afterSettle", () => done(), { once: true });
  htmx.trigger(element, "stale");
})"""
FETCH = REFRESH.replace("afterSettle", "afterRequest")
"""The same, whether the page then shows it or not."""
AS_IN_OLDER_BROWSERS = "for (const kind of [Element, Document, DocumentFragment]) delete kind.prototype.moveBefore;"
SELECTION = "() => ['id', 'selectionStart', 'selectionEnd'].map((name) => document.activeElement[name])"


@pytest.fixture(scope="module")
def suspended(server: Server) -> str:
    """Return the path of a process that waits for a form."""
    process_id = server.start("demo_confirm_change")
    eventually(lambda: server.status_of(process_id) == "suspended")
    return f"/processes/{process_id}/"


@pytest.fixture
def tab(empty_page: Page, server: Server) -> ConsolePage:
    """Return a tab of a browser that remembers nothing."""
    return ConsolePage(empty_page, str(server.http.base_url))


def has_focus(tab: ConsolePage, selector: str) -> bool:
    return bool(tab.page.eval_on_selector(selector, "(element) => element === document.activeElement"))


@pytest.mark.parametrize(
    ("path", "part", "focused"),
    [
        ("/processes/", "#rows", "td a"),
        ("/processes/", "#counts", "li:last-child a"),
        ("/processes/?status=failed", "#rows", "a"),
        ("/processes/", "#engine-badge", "a"),
        ("/engine/", "#engine", "button"),
        ("process", "#process", ".actions button"),
        ("process", "#process", "aside summary"),
        ("process", "#process", ".timeline summary"),
        ("process", "#process", ".note button"),
    ],
)
def test_the_focus_stays_where_it_is_while_a_part_is_fetched_anew(
    path: str, part: str, focused: str, tab: ConsolePage, suspended: str
) -> None:
    tab.open(suspended if path == "process" else path)
    tab.page.focus(f"{part} {focused} >> nth=0")

    tab.page.evaluate(REFRESH, part)

    assert has_focus(tab, f"{part} {focused} >> nth=0")


@pytest.mark.parametrize("browser_is", ["new", "older"])
@pytest.mark.parametrize("field", ["[name=change_number]", "#note"])
def test_whoever_types_goes_on_typing_at_the_same_place(
    field: str, browser_is: str, tab: ConsolePage, suspended: str
) -> None:
    if browser_is == "older":
        tab.page.add_init_script(AS_IN_OLDER_BROWSERS)
    tab.open(suspended)
    tab.page.fill(field, "CHG")
    tab.page.press(field, "ArrowLeft")
    before = tab.page.evaluate(SELECTION)

    tab.page.evaluate(REFRESH, "#process")
    assert tab.page.evaluate(SELECTION) == before
    tab.page.keyboard.type("00")

    assert tab.page.input_value(field) == "CH00G"


def test_a_running_process_is_aborted_by_keys_while_its_steps_go_on(
    tab: ConsolePage, server: Server, gates: Gates
) -> None:
    process_id = server.start("held", gates.pages)
    gates.wait_until_reached(1)
    tab.open(f"/processes/{process_id}/")
    assert has_focus(tab, "body")

    tab.page.focus("text=Abort")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Enter")  # as a key that is held does
    gates.open(1)
    tab.shows("Hold 1 success", within_seconds=SOON_SECONDS)
    assert server.status_of(process_id) == "running"
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")

    tab.shows("aborted", ".headline", within_seconds=SOON_SECONDS)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_button_that_is_pressed_while_its_part_is_fetched_anew_is_clicked(by: str, tab: ConsolePage) -> None:
    tab.open("/engine/")
    pressed = "#lock:has-text('Pause the engine')"
    tab.page.hover(pressed)
    tab.page.focus(pressed)

    if by == "mouse":
        tab.page.mouse.down()
    else:
        tab.page.keyboard.down("Space")
    tab.page.evaluate(FETCH, "#engine")
    with tab.page.expect_navigation():
        if by == "mouse":
            tab.page.mouse.up()
        else:
            tab.page.keyboard.up("Space")

    tab.send("text=Start the engine")


def test_what_was_pressed_for_long_is_shown_once_it_is_let_go(tab: ConsolePage, server: Server) -> None:
    tab.open("/engine/")
    tab.page.hover("#engine h2")
    tab.page.mouse.down()
    server.http.put("/api/settings/status", json={"global_lock": True})
    tab.shows("paused", ".badges", within_seconds=SOON_SECONDS)
    tab.page.evaluate(FETCH, "#engine")
    assert "Pause the engine" in tab.words("#engine")

    tab.page.mouse.up()

    tab.shows("Start the engine", "#engine", within_seconds=SOON_SECONDS)
    server.http.put("/api/settings/status", json={"global_lock": False})


def test_whoever_does_not_abort_is_back_at_the_button(tab: ConsolePage, suspended: str) -> None:
    tab.open(suspended)
    tab.page.focus("text=Abort")
    tab.page.keyboard.press("Enter")
    tab.page.evaluate(REFRESH, "#process")

    tab.page.keyboard.press("Escape")

    eventually(lambda: has_focus(tab, "#process .actions button"))


class Posts:
    """The forms that a tab sends; each waits for the test."""

    def __init__(self, tab: ConsolePage, path: str) -> None:
        self.routes: list[Route] = []
        self.clicks: list[str] = []
        self._tab, self._other = tab, tab.page.context.new_page()
        tab.page.route(f"**{path}", self._take)
        tab.page.on("console", lambda line: self.clicks.append(line.text))

    def click(self, times: int = 1) -> None:
        """Click the button so often, and while the browser waits for the first answer."""
        before = len(self.clicks)
        self._tab.page.evaluate(CLICK, times)
        eventually(lambda: self._heard() and len(self.clicks) == before + times)

    def are(self, count: int) -> bool:
        """Return whether so many were sent."""
        return self._heard() and len(self.routes) == count

    def _heard(self) -> bool:
        # Playwright hears of the browser only while it is talked to, and a tab that waits for an answer says nothing.
        self._other.evaluate("() => null")
        return True

    def _take(self, route: Route) -> None:
        if route.request.method == "POST":
            self.routes.append(route)
        else:
            route.continue_()


def processes_of(server: Server, workflow: str) -> int:
    return len(server.http.get("/api/processes/", params={"filter": f"workflowName,{workflow}"}).json())


def test_a_second_click_starts_no_second_process(tab: ConsolePage, server: Server) -> None:
    before = processes_of(server, "demo_create_path")
    posts = Posts(tab, FORM)
    tab.open(FORM)
    tab.page.fill("[name=path_label]", "north")

    posts.click(times=2)
    eventually(lambda: posts.are(1))
    posts.routes[0].continue_()
    tab.page.wait_for_url("**/processes/*/")

    assert (posts.are(1), processes_of(server, "demo_create_path") - before) == (True, 1)


def test_a_form_of_which_nothing_came_can_be_sent_again(tab: ConsolePage) -> None:
    posts = Posts(tab, FORM)
    tab.open(FORM)
    tab.page.evaluate("() => { htmx.config.timeout /= 20 }")

    posts.click()
    eventually(lambda: posts.are(1))
    posts.routes[0].fulfill(status=204)
    tab.page.wait_for_selector("main form:not([aria-busy])")
    posts.click()

    eventually(lambda: posts.are(2))
    posts.routes[1].fulfill(status=204)


def test_whoever_comes_back_to_a_form_can_send_it_again(tab: ConsolePage) -> None:
    posts = Posts(tab, FORM)
    tab.open(FORM)

    posts.click()
    eventually(lambda: posts.are(1))
    posts.routes[0].fulfill(status=204)
    tab.page.wait_for_selector("main form[aria-busy]")
    tab.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow'))")
    posts.click()

    eventually(lambda: posts.are(2))
    posts.routes[1].fulfill(status=204)
