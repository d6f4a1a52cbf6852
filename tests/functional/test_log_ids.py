"""What a server logs says on whose behalf."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.clients import WebSocketClient
from tests.functional.installations import Databases, installation
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once


PRODUCTION = {"DEBUG": "false", "SECRET_KEY": "k" * 50, "OAUTH2_ACTIVE": "false"}


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """Run a server."""
    with installation(databases) as environment:
        environment |= {"WORKFLOW_MODULES": "tests.functional.logging_workflows", **PRODUCTION}
        with run_server(**environment) as running:
            yield running


def records(server: Server) -> list[dict[str, Any]]:
    """Return the records of the log, every line of which is one."""
    return [json.loads(line) for line in server.log.read_text().splitlines()]


@pytest.mark.parametrize(("sent", "is_kept"), [("proxy-7.a", True), ("a b", False), ("x" * 65, False)])
def test_a_request_has_the_id_of_the_proxy_or_a_new_one(sent: str, is_kept: bool, server: Server) -> None:
    answered = server.http.get("/api/nothing", headers={"X-Request-ID": sent}).headers["X-Request-ID"]

    assert (answered == sent) is is_kept
    eventually(lambda: any(each.get("request_id") == answered for each in records(server)))


def test_a_websocket_has_an_id_from_its_beginning_to_its_end(server: Server) -> None:
    with WebSocketClient(server.websocket_url()) as client:
        client.ping()

    def ids(text: str) -> list[str]:
        return [each["connection_id"] for each in records(server) if text in each["event"]]

    eventually(lambda: ids("Client left events"))
    assert set(ids("Client left events")) <= set(ids("Client connected to events"))


def test_what_a_runner_logs_names_the_process(server: Server) -> None:
    process_id = server.start("functional_logging")
    eventually(lambda: server.status_of(process_id) == "completed")

    assert any(each.get("process_id") == process_id for each in records(server))
