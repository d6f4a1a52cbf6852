"""A server that has just started knows little of what a client missed that connects to it first, and says so."""

import time

import httpx

from events.messages import invalidation_frame
from tests.faults.oracle import BOUND_SECONDS
from tests.faults.world import World
from tests.functional.clients import WebSocketClient, process_invalidation
from tests.waiting import eventually

REPLAY_SECONDS = 1.0


def test_it_hears_of_a_transaction_that_was_open_for_long_and_committed_while_it_connected(world: World) -> None:
    process_id = world.processes.held[0]
    world.writer.hold(process_id)
    held_at = time.monotonic()
    with world.serving(EVENTS_REPLAY_ON_CONNECT_SECONDS=str(REPLAY_SECONDS)):
        eventually(lambda: time.monotonic() - held_at > REPLAY_SECONDS)
        server = world.servers[0]
        shown = httpx.get(f"{server.base_url}/api/processes/{process_id}").json()["note"]
        world.writer.release()
        with WebSocketClient(f"ws://127.0.0.1:{server.port}/api/ws/events") as client:
            client.wait_for_frames(2, within_seconds=BOUND_SECONDS)

            assert int(shown) < world.history.latest()[process_id], "the client fetched before the commit"
            assert {process_invalidation(process_id), invalidation_frame(("processes", None)).text} & set(client.frames)
