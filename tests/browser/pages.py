"""A page in a real browser that uses the client, and the record of what the client did."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, WebSocket

from tests.waiting import eventually

FILES = Path(__file__).parent / "page"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
PING = "__ping__"
PONG = "__pong__"
ASK_POSITION = "__position__"


@dataclass
class Seen:
    """What went over the page's websockets and what went wrong, in order."""

    addresses: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """What was thrown and nobody caught, or was reported."""

    def note(self, socket: WebSocket) -> None:
        """Record what goes over this one, too."""
        self.addresses.append(socket.url)
        socket.on("framesent", lambda text: self.sent.append(str(text)))
        socket.on("framereceived", lambda text: self.received.append(str(text)))

    @property
    def sinces(self) -> list[str | None]:
        """The position that each connection asked for; None if it named none."""
        queries = [parse_qs(urlsplit(address).query, keep_blank_values=True) for address in self.addresses]
        return [query["since"][0] if "since" in query else None for query in queries]


class EventsPage:
    """The page in ``page/``, opened as if the server at ``origin`` served it under a strict content security policy."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self._seen = Seen()
        page.on("websocket", self._seen.note)
        page.on("pageerror", lambda error: self._seen.errors.append(error.message))
        page.route(f"{origin}/page/*", _serve)
        page.goto(f"{origin}/page/index.html")
        eventually(lambda: page.evaluate("() => window.connect !== undefined"))

    def connect(self, listeners: Mapping[str, Sequence[str]] | None = None, **options: Any) -> None:
        """Make the client with these options; ``tokens`` are what its token function returns in turn.

        The ``listeners`` are the names of handlers, and for each the type and perhaps the id that it is registered for.
        """
        self.page.evaluate("([options, listeners]) => connect(options, listeners)", [options, dict(listeners or {})])

    def on(self, name: str, *tag: str, fault: str | None = None) -> None:
        """Register one more handler; with a ``fault`` it throws that when it is called."""
        self.page.evaluate("([name, tag, fault]) => listen(name, tag, fault)", [name, tag, fault])

    def stop(self, name: str) -> None:
        """End the subscription of this name."""
        self.page.evaluate("(name) => stop[name]()", name)

    def close(self) -> None:
        """Close the client."""
        self.page.evaluate("() => client.close()")

    def dispatch(self, event: str) -> None:
        """Have the browser tell the page of something, such as ``online``."""
        self.page.evaluate("(event) => void document.dispatchEvent(new Event(event, { bubbles: true }))", event)

    @property
    def state(self) -> str:
        """The client's state."""
        return str(self.page.evaluate("() => client.state"))

    @property
    def position(self) -> str | None:
        """The client's position."""
        position: str | None = self.page.evaluate("() => client.position ?? null")
        return position

    @property
    def states(self) -> list[str]:
        """The states that it has told, in order."""
        return self._recorded("states")

    @property
    def calls(self) -> list[tuple[str, ...]]:
        """The calls of handlers, in order: the handler's name, the type, and the id if the frame had one."""
        return [tuple(call) for call in self._recorded("calls")]

    @property
    def refusals(self) -> list[Any]:
        """What it was told with each refusal."""
        return self._recorded("refusals")

    @property
    def violations(self) -> list[str]:
        """The directives of the content security policy that were violated."""
        return self._recorded("violations")

    @property
    def seen(self) -> Seen:
        """What the browser has told until now."""
        self.settle()
        return self._seen

    def settle(self) -> None:
        """Hear what the browser has to tell: Playwright listens only while the test talks to it."""
        self.page.evaluate("() => null")

    def told(self, *states: str) -> None:
        """Wait until these are the states it has told."""
        eventually(lambda: self.states == list(states) or self._fail_beyond(states))

    def is_up_to_date(self) -> bool:
        """Return whether it holds the position behind the last frame that it received."""
        frames = [text for text in self.seen.received if text != PONG]
        return bool(frames) and json.loads(frames[-1]) == {"position": self.position}

    def _fail_beyond(self, expected: Sequence[str]) -> bool:
        states = self.states
        assert states == list(expected)[: len(states)], f"told {states} instead of {list(expected)}"
        return False

    def _recorded(self, name: str) -> list[Any]:
        recorded: list[Any] = self.page.evaluate("(name) => record[name]", name)
        return recorded


def _serve(route: Route) -> None:
    path = FILES / urlsplit(route.request.url).path.rpartition("/")[2]
    route.fulfill(path=path, headers={"Content-Security-Policy": POLICY})
