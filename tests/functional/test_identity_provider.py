"""Servers with a real identity provider: it rotates its keys, goes away and comes back; and people sign in to admin."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.functional.clients import WebSocketClient, in_letters
from tests.functional.installations import Databases
from tests.issuer import Issuer
from tests.issuer import issuer as run_issuer
from tests.servers import Server, manage
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.once

UNREACHABLE = {"status": "degraded", "reasons": ["identity provider unreachable"]}


@pytest.fixture
def provider() -> Iterator[Issuer]:
    with run_issuer() as running:
        yield running


@pytest.fixture
def variables(databases: Databases, provider: Issuer) -> dict[str, str]:
    """Return the environment of a server that trusts the provider."""
    return {"DATABASE_URL": databases.fresh(), "REDIS_URL": "", **provider.environment}


@pytest.fixture(params=["daphne", "uvicorn"])
def guarded_server(request: pytest.FixtureRequest, variables: dict[str, str]) -> Iterator[Server]:
    with run_server(program=request.param, **variables) as running:
        yield running


def ask(server: Server, token: str, method: str = "GET", path: str = "/api/settings/status", **options: Any) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return server.http.request(method, path, headers=headers, **options).status_code


def test_a_token_lets_in_at_rest_and_at_the_websocket_and_a_rotated_key_too(
    guarded_server: Server, provider: Issuer
) -> None:
    old = provider.token("engine")
    assert ask(guarded_server, old) == 200
    provider.rotate("ES256")
    token = provider.token("engine")

    with WebSocketClient(guarded_server.websocket_url(), subprotocols=["base64.bearer.token", token]) as client:
        assert ask(guarded_server, token, "PUT", json={"global_lock": True}) == 200
        eventually(lambda: "G" in in_letters(client.frames).split())

    assert ask(guarded_server, old) == 401
    assert not any(part in guarded_server.log.read_text() for part in [*old.split("."), *token.split(".")])


def test_the_keys_are_there_before_the_first_caller(guarded_server: Server, provider: Issuer) -> None:
    eventually(lambda: provider.fetches["/keys"] == 1)

    with provider.away():
        assert ask(guarded_server, provider.token("view")) == 200
        assert ask(guarded_server, provider.token("view", aud="another")) == 401


def test_an_issuer_that_was_never_there_is_said_and_found_when_it_comes(
    variables: dict[str, str], provider: Issuer
) -> None:
    token = provider.token("view")
    provider.stop()
    with run_server(**variables) as server:
        assert ask(server, token) == 503
        eventually(lambda: server.http.get("/api/health").json() == UNREACHABLE)
        with WebSocketClient(server.websocket_url(), subprotocols=["base64.bearer.token", token]) as client:
            assert client.wait_for_close() == 1008
        assert [json.loads(frame)["error"]["status_code"] for frame in client.frames] == [503]
        assert server.http.get("/api/processes").status_code == 401

        provider.start()

        eventually(lambda: server.http.get("/api/health").json() == "OK")
        assert ask(server, token) == 200
        assert "The keys of the identity provider cannot be had: ConnectError" in server.log.read_text()


def test_an_issuer_that_says_nothing_holds_up_nobody_else(variables: dict[str, str], provider: Issuer) -> None:
    known = provider.token("view")
    with (
        run_server(**variables) as server,
        ThreadPoolExecutor(1) as stranger,
        WebSocketClient(server.websocket_url(), subprotocols=["base64.bearer.token", known]) as client,
    ):
        provider.answering.clear()
        provider.rotate()
        before = provider.fetches.total()
        listening = stranger.submit(listen_shortly, server, provider.token("view"))
        eventually(lambda: provider.fetches.total() > before)

        client.ping()
        assert ask(server, known) == 200

        assert not listening.done()
        provider.answering.set()
        listening.result(TIMEOUT_SECONDS)


def listen_shortly(server: Server, token: str) -> None:
    with WebSocketClient(server.websocket_url(), subprotocols=["base64.bearer.token", token]) as client:
        client.ping()


def test_who_signs_in_to_admin_may_listen_and_with_a_csrf_token_write(
    guarded_server: Server, variables: dict[str, str]
) -> None:
    password = manage("create_administrator", **variables).rsplit(" ", 1)[1].strip()
    base = str(guarded_server.http.base_url)
    with httpx.Client(base_url=base, timeout=TIMEOUT_SECONDS, headers={"Origin": base.rstrip("/")}) as browser:
        browser.get("/admin/login/")
        form = {"username": "admin", "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        assert browser.post("/admin/login/", data=form).status_code == 302

        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        headers = {"Cookie": cookie, "Origin": base.rstrip("/")}
        with connect(guarded_server.websocket_url(), additional_headers=headers, proxy=None) as websocket:
            without = browser.put("/api/settings/status", json={"global_lock": True})
            csrf = {"X-CSRFToken": browser.cookies["csrftoken"]}
            assert browser.put("/api/settings/status", json={"global_lock": True}, headers=csrf).status_code == 200
            heard = json.loads(websocket.recv(TIMEOUT_SECONDS))

        assert (without.status_code, without.json()["title"]) == (403, "Forbidden")
        assert heard == {"name": "invalidateCache", "value": {"type": "engineStatus"}}
