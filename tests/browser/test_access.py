"""How a page gets the client, one small file, and gets in: with a token, or not at all."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.pages import EventsPage
from tests.browser.scripted_channel import CLIENT
from tests.functional.consoles import console
from tests.functional.installations import Databases, installation
from tests.functional.pages import sign_in
from tests.issuer import Issuer
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once

MAX_LINES = 200
QUICK: dict[str, Any] = {"backoffBaseMs": 1, "backoffCapMs": 1}


def test_the_client_has_at_most_200_lines_and_imports_nothing() -> None:
    text = CLIENT.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= MAX_LINES
    assert re.findall(r"^\s*import\b|\bimport\(|\brequire\(", text, re.MULTILINE) == []


def test_the_server_serves_the_client_as_a_script(server: Server) -> None:
    answer = server.http.get("/static/events/client.js")

    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == "text/javascript"
    assert answer.text == CLIENT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def strict_environment(databases: Databases, running_issuer: Issuer) -> Iterator[dict[str, str]]:
    """Make an installation that lets in only whom the identity provider or Django knows."""
    with installation(databases) as environment:
        yield {**environment, **running_issuer.environment}


@pytest.fixture(scope="module")
def strict_server(strict_environment: dict[str, str]) -> Iterator[Server]:
    """Run its server."""
    with run_server(**strict_environment) as running:
        yield running


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({}, "Not authenticated"),
        ({"token": "ey.a.b"}, "Invalid or expired token"),
        ({"tokens": ["ey.a.b"]}, "Invalid or expired token"),
    ],
    ids=["no token", "token", "token function"],
)
def test_a_refused_client_is_told_why_and_never_connects_again(
    open_page: Callable[[Server], EventsPage], strict_server: Server, options: dict[str, Any], detail: str
) -> None:
    page = open_page(strict_server)

    page.connect(**options, **QUICK)
    eventually(lambda: page.refusals)
    page.dispatch("online")

    (refusal,) = page.refusals
    assert (refusal["status_code"], refusal["detail"]) == (401, detail)
    assert page.states == ["catching up", "offline"]
    assert len(page.seen.addresses) == 1


def ending_token(running_issuer: Issuer, seconds: int) -> str:
    """Return a token that ends in some seconds."""
    return running_issuer.token("view", exp=int(time.time()) + seconds)


@pytest.mark.parametrize("by_function", [True, False], ids=["token function", "token given"])
def test_a_renewed_token_keeps_the_connection(
    open_page: Callable[[Server], EventsPage], strict_server: Server, running_issuer: Issuer, by_function: bool
) -> None:
    page, soon = open_page(strict_server), ending_token(running_issuer, 5)
    tokens = [soon, ending_token(running_issuer, 300)]
    page.connect(**({"tokens": tokens} if by_function else {"token": soon}), **QUICK)
    page.told("catching up", "connected")
    witness = page.page.context.new_page()
    other = EventsPage(witness, str(strict_server.http.base_url))
    other.connect(token=soon, **QUICK)

    page.page.evaluate("(token) => client.renew(token ?? undefined)", None if by_function else tokens[1])
    eventually(lambda: other.refusals)

    assert page.states == ["catching up", "connected"]
    assert [text for text in page.seen.sent if "token" in text] == [f'{{"token":"{tokens[1]}"}}']


def test_without_renewal_the_connection_ends_with_the_token(
    open_page: Callable[[Server], EventsPage], strict_server: Server, running_issuer: Issuer
) -> None:
    page = open_page(strict_server)
    page.connect(token=ending_token(running_issuer, 3), **QUICK)

    eventually(lambda: page.refusals)

    assert (page.refusals[0]["status_code"], page.state) == (401, "offline")


def test_when_a_session_ends_the_cookie_may_be_a_new_one(
    open_page: Callable[[Server], EventsPage], strict_server: Server, strict_environment: dict[str, str]
) -> None:
    page = open_page(strict_server)

    def hold(key: str) -> None:
        page.page.context.add_cookies([{"name": "sessionid", "value": key, "url": str(strict_server.http.base_url)}])

    with console(strict_environment) as shell:
        old, new = sign_in(shell)
        hold(old)
        page.connect(**QUICK)
        page.told("catching up", "connected")

        hold(new)
        shell.run("browsers[0].logout()")
        page.told("catching up", "connected", "offline", "catching up", "connected")
        shell.run("browsers[1].logout()")
        eventually(lambda: page.refusals)

    assert (page.refusals[0]["status_code"], page.state) == (401, "offline")


def test_when_the_token_ends_the_token_function_is_asked_for_another(
    open_page: Callable[[Server], EventsPage], strict_server: Server, running_issuer: Issuer
) -> None:
    page = open_page(strict_server)
    page.connect(tokens=[ending_token(running_issuer, 3), ending_token(running_issuer, 300)], **QUICK)

    page.told("catching up", "connected", "offline", "catching up", "connected")
    assert page.refusals == []


def test_with_a_token_it_is_let_in_where_everyone_is(events_page: EventsPage) -> None:
    events_page.connect(token="ey.a.b")

    events_page.told("catching up", "connected")


def test_a_page_with_a_strict_content_security_policy_can_use_it(events_page: EventsPage) -> None:
    events_page.connect()

    events_page.told("catching up", "connected")
    assert events_page.violations == []


def test_a_token_function_that_fails_is_reported_and_asked_again(
    open_page: Callable[[Server], EventsPage], server: Server
) -> None:
    page = open_page(server)

    # The first is no word that may stand in the header, as if the identity provider had sent an error page.
    page.connect(tokens=["<html>", "ey.a.b"], **QUICK)

    page.told("catching up", "connected")
    assert len(page.seen.errors) == 1
    assert page.seen.sinces == [""]
