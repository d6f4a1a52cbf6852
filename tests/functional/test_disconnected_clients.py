"""Whoever is disconnected loses the websockets on every server; so does a client that reads nothing."""

import json
import time
from contextlib import ExitStack, closing

import httpx
import pytest

from tests.functional.clients import WebSocketClient
from tests.functional.committing import commit_changes
from tests.functional.slow_clients import SlowClient
from tests.functional.test_slow_clients import is_connected
from tests.issuer import Issuer
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(180)]

WITHIN_SECONDS = 5.0 * TIMEOUT_SECONDS / 10
FILLING = 800
"""Changes whose frames do not fit into the buffers of a socket."""


def listening(server: Server, token: str) -> WebSocketClient:
    return WebSocketClient(server.websocket_url(), subprotocols=["base64.bearer.token", token])


def post(server: Server, token: str, principal: str) -> httpx.Response:
    header = {"Authorization": f"Bearer {token}"}
    return server.http.post("/api/access/disconnect", json={"principal": principal}, headers=header)


def test_a_disconnected_subject_is_closed_on_every_server(guarded: dict[str, str], running_issuer: Issuer) -> None:
    token, other = running_issuer.token("view"), running_issuer.token("view", sub="b202")
    with ExitStack() as stack:
        programs = ("uvicorn", "daphne")
        servers = [stack.enter_context(run_server(program=program, **guarded)) for program in programs]
        closed = [stack.enter_context(listening(server, token)) for server in servers]
        stays = [stack.enter_context(listening(server, other)) for server in servers]
        for client in [*closed, *stays]:
            client.ping()

        began = time.monotonic()
        assert post(servers[0], running_issuer.token("admin", sub="root"), "subject:f3a1").status_code == 204

        assert [client.wait_for_close() for client in closed] == [1008, 1008]
        assert max(client.closed_at for client in closed) - began < WITHIN_SECONDS
        assert [json.loads(client.frames[-1])["error"]["status_code"] for client in closed] == [401, 401]
        for client in stays:
            client.ping()


def test_a_client_that_reads_nothing_is_cut_off_with_its_token(guarded: dict[str, str], running_issuer: Issuer) -> None:
    with run_server(**guarded) as server:
        ends_at = int(time.time()) + int(TIMEOUT_SECONDS)
        with closing(SlowClient(server, token=running_issuer.token("view", sub="c303", exp=ends_at))) as slow:
            commit_changes(guarded, FILLING)
            assert is_connected(server, slow)

            eventually(lambda: not is_connected(server, slow), within_seconds=2 * TIMEOUT_SECONDS)

            assert ends_at < time.time() < ends_at + WITHIN_SECONDS
