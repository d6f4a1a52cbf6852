"""What a server logs and answers holds no token, whichever way it came; also at the level DEBUG."""

import re
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.functional.clients import WebSocketClient
from tests.functional.installations import Databases, installation
from tests.restartable import RestartableRedis
from tests.servers import Server, worker
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once

JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.c2VjcmV0LXNpZ25hdHVyZQ"
OPAQUE = "0paque-T0ken-of-nobody"
SECRETS = re.compile("eyJ|c2VjcmV0|paque-T0ken")
CALLBACK = f"/api/processes/5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01/callback/{OPAQUE}"


@pytest.fixture(params=["uvicorn", "daphne"])
def running(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Server]:
    with (
        installation(databases) as environment,
        run_server(program=request.param, LOG_LEVEL="DEBUG", **environment) as server,
    ):
        yield server


def test_no_token_is_logged_nor_answered_whichever_way_it_comes(running: Server) -> None:
    heard = [text for token in (JWT, OPAQUE) for text in send_every_way(running, token)]
    eventually(lambda: running.log.read_text().count("Client left") >= 6)

    log = running.log.read_text()
    assert log.count("Client connected") == 6
    assert "/callback/***" in log
    assert [line for line in log.splitlines() if SECRETS.search(line)] == []
    assert [text for text in heard if SECRETS.search(text)] == []


def test_what_a_step_logs_in_a_worker_holds_no_token(databases: Databases) -> None:
    with RestartableRedis() as broker:
        environment = {
            "DATABASE_URL": databases.fresh(),
            "REDIS_URL": broker.url,
            "WORKFLOW_MODULES": "tests.functional.logging_workflows",
            "EXECUTOR": "celery",
            "LOG_LEVEL": "DEBUG",
        }
        with run_server(**environment) as server, worker(**environment) as program:
            process_id = server.start("functional_logging")
            eventually(lambda: server.status_of(process_id) == "completed")
            log = program.log.read_text()

    assert "WARNING author Authorization: ***" in log
    assert "ValueError: no answer from https://a.example.org/?token=***" in log
    assert [line for line in log.splitlines() if "paque-T0ken" in line] == []


def send_every_way(server: Server, token: str) -> Iterator[str]:
    """Send the token in each way that there is, and in some that there are not; yield what is answered."""
    for path in ("/api/processes/all/", "/api/settings/ws-status/"):
        with WebSocketClient(server.websocket_url(f"{path}?x=1&token={token}")) as client:
            client.ping()
        yield from client.frames
    with WebSocketClient(server.websocket_url(), subprotocols=["base64.bearer.token", token]) as client:
        client.connection.send(f'{{"token":"{token}"}}')
        client.ping()
    yield from client.frames
    for names in ([token], [token, "base64.bearer.token"], ["base64.bearer.token", token, "third"]):
        yield from refused(server, "/api/ws/events", names)
    yield from refused(server, f"/api/processes/all?token={token}", None)
    yield from refused(server, f"/nowhere?token={token}", None)
    for header in (f"Bearer {token}", token, f"Basic {token}"):
        yield server.http.get(f"/api/processes/?token={token}", headers={"Authorization": header}).text
    yield server.http.get(f"/nowhere?token={token}", headers={"Referer": f"http://a.example.org/?token={token}"}).text
    yield server.http.get(f"/admin/nowhere/?access_token={token}", headers={"Cookie": f"sessionid={token}"}).text
    for suffix in ("", "/", "/progress", "/nowhere"):
        yield server.http.post(CALLBACK + suffix, json={}).text


def refused(server: Server, path: str, names: list[str] | None) -> Iterator[str]:
    """Open a websocket that is refused; yield the answer."""
    with (
        pytest.raises(InvalidStatus) as caught,
        WebSocketClient(server.websocket_url(path), subprotocols=names),
    ):
        pass
    yield f"{caught.value.response.headers} {caught.value.response.body!r}"
