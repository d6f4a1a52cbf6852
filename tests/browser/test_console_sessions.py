"""What the console does with a form that is filled in when the session of its page ends."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.console_pages import ConsolePage
from tests.functional.consoles import console
from tests.functional.installations import Databases, installation
from tests.functional.pages import PASSWORD
from tests.issuer import Issuer
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(60)]

NAME = "ada"
MAKE_USER = f"""
from django.contrib.auth.models import User
answer = User.objects.create_superuser("{NAME}", password="{PASSWORD}").pk
"""
FORM, FIELD = "/start/demo_create_path/", "[name=path_label]"


@pytest.fixture(scope="module")
def strict_server(databases: Databases, running_issuer: Issuer) -> Iterator[Server]:
    """Run a server that lets in whom Django knows, which is one person."""
    with installation(databases) as environment:
        with console(environment) as shell:
            shell.run(MAKE_USER)
        with run_server(**environment, **running_issuer.environment) as running:
            yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Make a browser that remembers nothing."""
    with browser.new_context() as made:
        made.set_default_timeout(TIMEOUT_SECONDS * 1000)
        yield made


@pytest.fixture
def tab(context: BrowserContext, strict_server: Server) -> Callable[[], ConsolePage]:
    """Return a function that opens one more tab of that browser."""
    return lambda: ConsolePage(context.new_page(), str(strict_server.http.base_url))


def sign_in(tab: ConsolePage) -> None:
    """Fill in the login that the page has led to."""
    tab.page.fill("#id_username", NAME)
    tab.page.fill("#id_password", PASSWORD)
    tab.page.click("[type=submit]")
    tab.is_connected()


@pytest.fixture
def filled_in(tab: Callable[[], ConsolePage], strict_server: Server) -> ConsolePage:
    """Sign in, and fill in a form."""
    page = tab()
    page.page.goto(f"{strict_server.http.base_url}{FORM}")
    sign_in(page)
    page.page.fill(FIELD, "north")
    return page


@pytest.fixture
def signed_out(filled_in: ConsolePage, tab: Callable[[], ConsolePage]) -> ConsolePage:
    """Sign out in another tab, and return the one with the form, which has heard of it."""
    tab().open().page.click("text=Sign out")
    filled_in.shows("signed out", ".badges", within_seconds=TIMEOUT_SECONDS)
    return filled_in


def test_a_page_without_anything_typed_goes_to_the_login(
    filled_in: ConsolePage, tab: Callable[[], ConsolePage]
) -> None:
    watching = tab().open("/processes/")

    filled_in.page.goto(watching.page.url)
    filled_in.page.click("text=Sign out")

    watching.page.wait_for_url("**/admin/login/?next=/processes/")


def test_what_is_typed_stays_when_the_session_ends_elsewhere(signed_out: ConsolePage) -> None:
    assert signed_out.page.input_value(FIELD) == "north"
    assert "sign in" in signed_out.words(".badges")
    assert (signed_out.accessibility_faults(), signed_out.fetched.faults) == ([], [])


def test_it_is_sent_once_the_reader_has_signed_in_anew(signed_out: ConsolePage, context: BrowserContext) -> None:
    with context.expect_page() as opened:
        signed_out.page.click("text=sign in")
    other = ConsolePage(opened.value, "")
    sign_in(other)

    signed_out.page.evaluate("() => dispatchEvent(new Event('focus'))")  # Headless, every tab has it all the time.
    signed_out.is_connected()
    assert (signed_out.page.is_visible("#sign-in"), signed_out.page.input_value(FIELD)) == (False, "north")
    signed_out.page.click("main form button")

    signed_out.page.wait_for_url("**/processes/*/")


def test_nothing_changes_before_the_reader_has_signed_in(signed_out: ConsolePage) -> None:
    with signed_out.page.expect_response("**/admin/login/**"):
        signed_out.page.evaluate("() => dispatchEvent(new Event('focus'))")

    assert "signed out sign in" in signed_out.words(".badges")


def test_a_form_that_was_refused_and_is_shown_again_stays_too(
    filled_in: ConsolePage, tab: Callable[[], ConsolePage]
) -> None:
    filled_in.page.fill("[name=gbit]", "4000")
    filled_in.page.click("main form button")
    filled_in.is_connected()

    tab().open().page.click("text=Sign out")

    filled_in.shows("signed out", ".badges", within_seconds=TIMEOUT_SECONDS)
    assert filled_in.page.input_value(FIELD) == "north"


@pytest.mark.parametrize(("status", "said"), [(401, "signed out"), (403, "not allowed")])
def test_a_part_that_is_refused_throws_nothing_away(
    status: int, said: str, filled_in: ConsolePage, strict_server: Server
) -> None:
    filled_in.page.route("**/parts/engine-badge/", lambda route: route.fulfill(status=status))

    filled_in.page.evaluate("() => htmx.trigger('#engine-badge', 'stale')")

    filled_in.shows(said, ".badges", within_seconds=TIMEOUT_SECONDS)
    assert filled_in.page.input_value(FIELD) == "north"
    assert eventually(lambda: filled_in.page.is_visible("#sign-in") is (status == 401))
