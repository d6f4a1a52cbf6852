"""SIGTERM: no new clients, those that are there get what waits for them and leave one after another, with 1012."""

import contextlib
import itertools
import signal
import socket
from contextlib import ExitStack

import pytest

from tests.functional.clients import WebSocketClient, in_letters
from tests.functional.committing import commit_changes
from tests.functional.slow_clients import SlowClient
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.once

SERVICE_RESTART = 1012
GRACE_SECONDS = 2.0
LONG_GRACE_SECONDS = 300
CLIENTS = 20


def connected(server: Server, count: int, stack: ExitStack) -> list[WebSocketClient]:
    clients = [stack.enter_context(WebSocketClient(server.websocket_url())) for _ in range(count)]
    for client in clients:
        client.ping()
    return clients


def refuses_connections(server: Server) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.port)) != 0


@pytest.mark.parametrize("os_processes", ["1", "2"])
def test_clients_leave_one_after_another_over_the_grace_period(environment: dict[str, str], os_processes: str) -> None:
    variables = {**environment, "SHUTDOWN_GRACE_SECONDS": str(GRACE_SECONDS), "WEB_WORKERS": os_processes}
    with run_server(**variables) as server, ExitStack() as stack:
        clients = connected(server, CLIENTS, stack)
        server.process.send_signal(signal.SIGTERM)

        codes = [client.wait_for_close() for client in clients]

        assert codes == [SERVICE_RESTART] * CLIENTS
        left = sorted(client.closed_at for client in clients)
        assert GRACE_SECONDS / 2 < left[-1] - left[0] < GRACE_SECONDS * TIMEOUT_SECONDS / 10 + 1
        longest_pause = max(later - earlier for earlier, later in itertools.pairwise(left))
        assert longest_pause < GRACE_SECONDS / 2
        assert server.process.wait(TIMEOUT_SECONDS) in (0, -signal.SIGTERM)


def test_while_some_are_left_nobody_new_is_let_in_and_they_hear_all_changes(environment: dict[str, str]) -> None:
    variables = {**environment, "SHUTDOWN_GRACE_SECONDS": str(LONG_GRACE_SECONDS)}
    with run_server(**variables) as server, ExitStack() as stack:
        clients = connected(server, 3, stack)
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: any(client.close_code for client in clients))
        left = [client for client in clients if client.close_code is None]

        commit_changes(environment, 1)

        assert len(left) == 2
        assert [in_letters(client.wait_for_frames(2)[:1]) for client in left] == ["L", "L"]
        assert refuses_connections(server)
        # Nobody waits five minutes: a second interrupt ends at once.
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        assert [client.wait_for_close() for client in left] == [SERVICE_RESTART] * 2


def test_the_frame_at_the_end_of_a_throttle_window_comes_before_the_close(environment: dict[str, str]) -> None:
    with run_server(**environment, EVENTS_LIST_THROTTLE_MS="60000") as server, ExitStack() as stack:
        (client,) = connected(server, 1, stack)
        commit_changes(environment, 2)
        assert in_letters(client.wait_for_frames(3)).split().count("L") == 1

        server.process.send_signal(signal.SIGTERM)

        assert client.wait_for_close() == SERVICE_RESTART
        assert in_letters(client.frames[3:]) == "L"


def test_a_client_that_does_not_read_holds_up_the_end_for_the_grace_period_at_most(
    environment: dict[str, str],
) -> None:
    with run_server(**environment) as server, ExitStack() as stack:
        stack.enter_context(contextlib.closing(SlowClient(server)))
        (quick,) = connected(server, 1, stack)
        commit_changes(environment, 1500)
        eventually(lambda: quick.frames)

        server.process.send_signal(signal.SIGTERM)

        assert quick.wait_for_close() == SERVICE_RESTART
        assert server.process.wait(TIMEOUT_SECONDS) in (0, -signal.SIGTERM)
