"""What a server logs of its clients holds no secret."""

from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.functional.clients import WebSocketClient
from tests.functional.installations import Databases, installation
from tests.servers import Server
from tests.servers import server as run_server

pytestmark = pytest.mark.once

SECRET = "eyJhbGciOiJub25lIn0.secret"


@pytest.fixture(params=["uvicorn", "daphne"])
def running(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Server]:
    with installation(databases) as environment, run_server(program=request.param, **environment) as server:
        yield server


def test_the_token_of_a_client_that_is_let_in_is_not_logged(running: Server) -> None:
    with WebSocketClient(running.websocket_url(f"/api/processes/all/?token={SECRET}")) as client:
        client.ping()

    log = running.log.read_text()
    assert "Client connected" in log
    assert SECRET not in log


def test_the_token_of_a_client_that_is_refused_is_not_logged(running: Server) -> None:
    with (
        pytest.raises(InvalidStatus),
        WebSocketClient(running.websocket_url(f"/api/processes/all?x=1&token={SECRET}")),
    ):
        pass

    assert SECRET not in running.log.read_text()
