"""How long a socket is open after the end of what opened it: under 5 seconds, with the numbers of production."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.functional.clients import WebSocketClient
from tests.functional.consoles import Console, console
from tests.functional.installations import Databases, installation
from tests.functional.pages import open_pages, sign_in
from tests.issuer import Issuer
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.alone, pytest.mark.timeout(180)]

LIMIT_SECONDS = 5.0

BY_SESSION = {
    "deactivation": "user.is_active = False; user.save()",
    "deactivation in bulk": "User.objects.filter(pk=user.pk).update(is_active=False)",
    "password": "user.set_password('another one'); user.save()",
    "roles": "user.user_permissions.clear(); group.permissions.clear()",
    "logout": "browsers[0].logout(); browsers[1].logout()",
}
"""What ends the sockets of both sessions of the user whom the console has signed in."""


@pytest.fixture(params=["channel layer", "log alone"], scope="module")
def environment(
    request: pytest.FixtureRequest, databases: Databases, running_issuer: Issuer
) -> Iterator[dict[str, str]]:
    with installation(databases) as variables:
        without = {"REDIS_URL": ""} if request.param == "log alone" else {}
        yield {**variables, **running_issuer.environment, **without}


@pytest.fixture(scope="module")
def servers(environment: dict[str, str]) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        yield [stack.enter_context(run_server(**environment)) for _ in range(2)]


@pytest.fixture(scope="module")
def shell(environment: dict[str, str]) -> Iterator[Console]:
    with console(environment) as running:
        yield running


def test_every_ending_takes_less_than_five_seconds(
    servers: list[Server], shell: Console, running_issuer: Issuer
) -> None:
    took = {name: after_statements(servers, shell, statements) for name, statements in BY_SESSION.items()}
    took["expiry"] = after_expiry(servers, running_issuer)
    took["disconnection"] = after_disconnection(servers, running_issuer)

    print(json.dumps({name: round(seconds, 2) for name, seconds in took.items()}))
    assert {name: seconds for name, seconds in took.items() if not 0 <= seconds < LIMIT_SECONDS} == {}


def after_statements(servers: list[Server], shell: Console, statements: str) -> float:
    """Return the seconds from the commit of the statements to the last close."""
    keys = sign_in(shell)
    with ExitStack() as stack:
        pages = open_pages(stack, servers, keys)
        began: float = shell.run(f"{statements}\nimport time; answer = time.monotonic()")
        return last_close([page.socket for page in pages]) - began


def after_expiry(servers: list[Server], running_issuer: Issuer) -> float:
    """Return the same from the second in which a token expires."""
    expires_at = int(time.time()) + 3
    with ExitStack() as stack:
        token = running_issuer.token("view", exp=expires_at)
        sockets = [stack.enter_context(with_token(server, token)) for server in servers]
        for socket in sockets:
            socket.ping()
        return last_close(sockets) - (time.monotonic() + expires_at - time.time())


def after_disconnection(servers: list[Server], running_issuer: Issuer) -> float:
    """Return the same from the answer to an administrator who disconnects a subject."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(with_token(server, running_issuer.token("view"))) for server in servers]
        for socket in sockets:
            socket.ping()
        header = {"Authorization": f"Bearer {running_issuer.token('admin', sub='root')}"}
        began = time.monotonic()
        answer = servers[0].http.post("/api/access/disconnect", json={"principal": "subject:f3a1"}, headers=header)
        assert answer.status_code == 204
        return last_close(sockets) - began


def with_token(server: Server, token: str) -> WebSocketClient:
    return WebSocketClient(server.websocket_url(), subprotocols=["base64.bearer.token", token])


def last_close(sockets: list[WebSocketClient]) -> float:
    """Wait until all are closed with 1008, and return the monotonic time of the last."""
    eventually(lambda: all(socket.close_code == 1008 for socket in sockets))
    return max(socket.closed_at for socket in sockets)
