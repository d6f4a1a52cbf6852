"""A tab of the Orchestrator UI, and what went wrong in it."""

import re

from playwright.sync_api import ConsoleMessage, Locator, Page, Route, WebSocket, expect

from tests.waiting import TIMEOUT_SECONDS

EDITOR = "https://cdn.jsdelivr.net/"
"""Where the editor that shows the bodies of steps comes from; the tests keep the internet out."""
FORM_ANSWERS = re.compile(r"(status of |^)(400|510) |Unknown API Response code")
"""What browser and library report of forms that are not complete, and of a resume that was answered without a body."""


class UiPage:
    """A tab of the UI at ``origin``."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.faults: list[str] = []
        """What the console was told, what nobody caught, and what was asked of the internet."""
        self.sockets: list[WebSocket] = []
        self._origin = origin
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.faults.append(error.message))
        page.on("websocket", self._note_socket)
        page.route(re.compile("^https:"), self._keep_out)

    def open(self, path: str) -> "UiPage":
        """Go to the page and wait until it hears of changes; it must never be loaded again."""
        # A form begins anew when the translations arrive.
        self.page.goto(self._origin + path, wait_until="networkidle")
        self.page.evaluate("() => { window.loadedOnce = true }")
        self.shows_engine("RUNNING")
        self.is_connected()
        return self

    def is_connected(self) -> None:
        """Wait until the header has no badge that says that it is not."""
        expect(self.page.locator(".euiHeader").get_by_label("undefined")).to_have_count(0)

    def shows_engine(self, status: str) -> None:
        """Wait until the badge says so."""
        self.shows(f"Engine is {status}")

    def shows_failed_tasks(self, count: int) -> None:
        """Wait until the badge has the number."""
        # The icon has a text, too.
        badge = self.page.locator('.euiHeader a[href="/tasks"]')
        expect(badge).to_have_text(re.compile(rf"(^|\D){count}$"))

    def shows(self, text: str) -> None:
        """Wait until the page has the text, and nothing else in one place."""
        expect(self.page.get_by_text(text, exact=True).first).to_be_visible()

    def card(self, title: str) -> Locator:
        """Return the number in a card of the start page."""
        return self.page.get_by_text(title, exact=True).locator("xpath=following-sibling::*[1]")

    def row(self, process_id: str) -> Locator:
        """Return the row of a process in a list."""
        return self.page.locator("tr", has=self.page.locator(f'a[href$="/{process_id}"]'))

    def fill(self, field: str, text: str) -> None:
        """Fill a field of the form in."""
        self.page.get_by_test_id(field).fill(text)

    def submit(self) -> None:
        """Send the page of the form."""
        self.page.get_by_test_id("button-submit-form-submit").click()

    def confirm(self, button: str) -> None:
        """Click a button, and again where it asks."""
        self.page.get_by_role("button", name=re.compile(rf"\b{button}$")).click()
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()

    def is_right(self) -> None:
        """Fail unless it is connected, the page that was opened, and without faults."""
        self.is_connected()
        self.was_loaded_once()
        assert not self.faults, self.faults

    def was_loaded_once(self) -> None:
        """Fail unless the page is the one that was opened."""
        assert self.page.evaluate("() => window.loadedOnce === true"), "it was loaded again"

    def hears_pongs(self, count: int, *, ping_seconds: float) -> None:
        """Wait until the server has answered so many pings of the last connection."""
        for _ in range(count):
            most = 1000 * (ping_seconds + TIMEOUT_SECONDS)
            self.sockets[-1].wait_for_event("framereceived", lambda frame: frame == "__pong__", timeout=most)

    def _note(self, message: ConsoleMessage) -> None:
        is_expected = FORM_ANSWERS.search(message.text) or message.location["url"].startswith(EDITOR)
        if message.type == "error" and not is_expected:
            self.faults.append(f"{message.text} ({message.location['url']})")

    def _note_socket(self, socket: WebSocket) -> None:
        self.sockets.append(socket)

    def _keep_out(self, route: Route) -> None:
        if not route.request.url.startswith(EDITOR):
            self.faults.append(route.request.url)
        route.abort()
