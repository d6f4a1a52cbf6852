"""SIGTERM while a process runs: clients are told to come back, and the process goes on after a restart."""

import signal
import time
from pathlib import Path

import pytest

from tests.functional.clients import WebSocketClient, hears
from tests.functional.gates import Gates
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, eventually

SERVICE_RESTART = 1012
EXIT_SECONDS = 5 * TIMEOUT_SECONDS / 10

CHANNELS = ["/api/ws/events", "/api/settings/ws-status/?token=", "/api/processes/all/?token="]


@pytest.mark.parametrize("program", ["uvicorn", "daphne"])
def test_a_process_that_a_shutdown_stopped_goes_on_after_the_restart(
    program: str, environment: dict[str, str], tmp_path: Path
) -> None:
    gates = Gates(tmp_path)
    with run_server(program=program, **environment) as first:
        process_id = first.start("held", gates.pages)
        gates.wait_until_reached(1)
        with (
            WebSocketClient(first.websocket_url(CHANNELS[0])) as events,
            WebSocketClient(first.websocket_url(CHANNELS[1])) as engine_settings,
            WebSocketClient(first.websocket_url(CHANNELS[2])) as processes,
        ):
            for client in (events, engine_settings, processes):
                client.ping()
            # daphne looks after its connections once a second, and ends old ones otherwise than new ones.
            settled = time.monotonic() + 1.5
            eventually(lambda: time.monotonic() > settled)
            first.process.send_signal(signal.SIGTERM)
            codes = [client.wait_for_close() for client in (events, engine_settings, processes)]
        assert codes == [SERVICE_RESTART] * 3

        eventually(lambda: "runners stop before their next step" in first.log.read_text())
        assert first.process.poll() is None, "it waits for the running step"
        gates.open(1)
        step_ended = time.monotonic()
        eventually(lambda: first.process.poll() is not None)
        assert time.monotonic() - step_ended < EXIT_SECONDS
        log = first.log.read_text()
        assert "Traceback" not in log
        # uvicorn's words for an exception in the application's own shutdown.
        assert "appears unsupported" not in log
        assert not gates.was_reached(2)

    with run_server(program=program, **environment) as second, WebSocketClient(second.websocket_url()) as client:
        client.ping()
        gates.wait_until_reached(2)
        assert second.status_of(process_id) == "running"

        gates.open(2)

        hears(client, second, "L I L I", process_id)
        assert second.status_of(process_id) == "completed"
