"""The ``events`` channel as a test scripts it: what a real server does rarely or never, on a clock of its own."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, WebSocketRoute

from tests.browser.pages import ASK_POSITION, PING, PONG, EventsPage
from tests.waiting import eventually

ORIGIN = "https://orchestrator.test"
CLIENT = Path(__file__).resolve().parents[2] / "events" / "static" / "events" / "client.js"


class ScriptedChannel:
    """Answers a page of its own in the browser; no server is needed. Time in the page passes only by ``pass_ms``."""

    def __init__(self, page: Page) -> None:
        # For the test to set: what is answered; a code with which each connection is closed instead.
        self.answers_pings = True
        self.position: str | None = "0:1:"
        self.closes_with: int | None = None
        self._connections: list[WebSocketRoute] = []
        self._asked: list[str] = []
        page.clock.install(time=0)
        page.clock.pause_at(1000)
        page.route_web_socket(lambda url: urlsplit(url).path == "/api/ws/events", self._accept)
        page.route(f"{ORIGIN}/static/events/client.js", lambda route: route.fulfill(path=CLIENT))
        self.page = EventsPage(page, ORIGIN)

    def pass_ms(self, ms: int) -> None:
        """Let this much time pass in the page, firing what waits for it."""
        self.page.page.clock.run_for(ms)

    def send(self, text: str) -> None:
        """Send a text on the newest connection."""
        self._connections[-1].send(text)

    def close(self, code: int) -> None:
        """Close the newest connection with this code."""
        self._connections[-1].close(code=code)

    def connections(self) -> int:
        """Return how many connections the page has made until now."""
        self.page.settle()
        return len(self._connections)

    def addresses(self) -> list[str]:
        """Return the addresses of the connections that the page has made until now, in order."""
        self.page.settle()
        return [connection.url for connection in self._connections]

    def asked(self, text: str) -> int:
        """Return how often the page has sent this text until now."""
        self.page.settle()
        return self._asked.count(text)

    def connect(self, **options: Any) -> None:
        """Make the page's client and wait until it has all that it gets."""
        self.page.connect(**options)
        eventually(lambda: self.page.state == self.last_state)

    @property
    def last_state(self) -> str:
        """The state at which the page ends: without a position it cannot know that it was told everything."""
        return "catching up" if self.position is None else "connected"

    def _accept(self, connection: WebSocketRoute) -> None:
        self._connections.append(connection)
        connection.on_message(lambda text: self._answer(connection, str(text)))

    def _answer(self, connection: WebSocketRoute, text: str) -> None:
        self._asked.append(text)
        if self.closes_with is not None:
            connection.close(code=self.closes_with)
        elif text == PING and self.answers_pings:
            connection.send(PONG)
        elif text == ASK_POSITION:
            position = "null" if self.position is None else f'"{self.position}"'
            connection.send(f'{{"position":{position}}}')
