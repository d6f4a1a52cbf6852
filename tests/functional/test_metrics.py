"""``/metrics`` of a server with several OS processes: one page for all of them, whichever answers."""

import re
import signal
import time
from collections.abc import Iterator

import pytest

from tests.functional.clients import WebSocketClient
from tests.functional.installations import Databases, installation
from tests.servers import START_SECONDS, Server
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once

CLIENTS = 'orchestrator_events_clients{channel="events"}'
LAST_READ = "orchestrator_events_log_read_timestamp_seconds"


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """Run a server with two OS processes."""
    with installation(databases) as environment, run_server(WEB_WORKERS="2", **environment) as running:
        yield running


def value_of(server: Server, sample: str) -> float | None:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", server.http.get("/metrics").text, re.MULTILINE)
    return None if found is None else float(found[1])


def test_the_clients_of_all_processes_are_counted_whichever_answers(server: Server) -> None:
    with WebSocketClient(server.websocket_url()), WebSocketClient(server.websocket_url()):
        eventually(lambda: value_of(server, CLIENTS) == 2)
        assert {value_of(server, CLIENTS) for _ in range(10)} == {2}
    eventually(lambda: value_of(server, CLIENTS) == 0)


def test_steps_and_broadcasts_are_timed(server: Server) -> None:
    process_id = server.start("demo_create_path", [{"path_label": "Harbour"}])
    eventually(lambda: server.status_of(process_id) == "completed")

    steps = 'orchestrator_engine_step_seconds_count{workflow="demo_create_path"}'
    eventually(lambda: (value_of(server, steps) or 0) >= 4)
    assert value_of(server, "orchestrator_events_commit_to_send_seconds_count")


def test_os_processes_that_were_replaced_count_no_more(environment: dict[str, str]) -> None:
    with run_server(WEB_WORKERS="2", **environment) as server:
        server.process.send_signal(signal.SIGHUP)
        terminated = "Terminated child process"
        eventually(lambda: server.log.read_text().count(terminated) == 2, within_seconds=START_SECONDS)
        replaced_at = time.time()

        # The oldest of all reads of the log: one that is gone reads no more.
        eventually(lambda: (value_of(server, LAST_READ) or 0) > replaced_at)
