"""The console in a real browser, and what it fetched."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from tests.servers import ROOT
from tests.waiting import eventually

WIDTHS = (360, 1280, 2560)
SCREENSHOTS = ROOT / "artifacts/screenshots"
"""Where the tests leave what they saw; whoever runs them looks at it."""

REPORT = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@dataclass
class Fetched:
    """What the browser asked the server for, in order."""

    requests: list[str] = field(default_factory=list)
    """Paths, without the query."""
    byte_count: int = 0
    """Of all answers, with their headers."""
    faults: list[str] = field(default_factory=list)
    """What scripts threw, and what the browser's console reported."""


class ConsolePage:
    """A tab with the console of one server."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.fetched = Fetched()
        self._origin = origin
        page.add_init_script(REPORT)
        page.on("requestfinished", self._note)
        page.on("pageerror", lambda error: self.fetched.faults.append(error.message))

    def open(self, path: str = "/") -> "ConsolePage":
        """Go to the page and wait until it hears of changes."""
        self.page.goto(self._origin + path)
        self.is_connected()
        return self

    def is_connected(self) -> None:
        """Wait until the badge says so."""
        self.page.wait_for_selector('#connection[data-state="connected"]')

    def send(self, selector: str) -> None:
        """Click what sends a form, and wait for the page that answers: a click while it comes may be lost."""
        with self.page.expect_navigation():
            self.page.click(selector)
        self.is_connected()

    def words(self, selector: str = "main") -> str:
        """Return the text of a part of the page."""
        return " ".join(self.page.inner_text(selector).split())

    def shows(self, text: str, selector: str = "main", *, within_seconds: float) -> None:
        """Wait until a part of the page has the text."""
        eventually(lambda: text in self.words(selector), within_seconds=within_seconds)

    def fetches_of(self, part: str) -> int:
        """Return how often a part of a page was fetched."""
        self.page.evaluate("() => null")  # Playwright hears of requests only while it is talked to.
        return self.fetched.requests.count(f"/parts/{part}/")

    def accessibility_faults(self) -> list[str]:
        """Return what axe finds wrong with the page."""
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]

    def policy_faults(self) -> list[str]:
        """Return the directives of the content security policy that were violated."""
        faults: list[str] = self.page.evaluate("() => window.violations")
        return faults

    def screenshot(self, name: str) -> list[int]:
        """Save what the page looks like at three widths, light and dark; return the widths that it does not fit."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        too_wide = []
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            if self.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
                too_wide.append(width)
        return too_wide

    def _note(self, request: Request) -> None:
        path = request.url.removeprefix(self._origin).partition("?")[0]
        self.fetched.requests.append(path)
        sizes = request.sizes()
        self.fetched.byte_count += sizes["responseBodySize"] + sizes["responseHeadersSize"]
