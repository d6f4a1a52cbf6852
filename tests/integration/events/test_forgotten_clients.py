"""A client that has gone leaves nothing for the garbage collector, which looks at what lived for long only rarely."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.server import ServerProtocol

from events.channel_consumer import ChannelConsumer
from events.client_queue import ClientQueue
from events.websocket_manager import WebSocketManager
from orchestrator_ws.routing import websocket_application
from orchestrator_ws.uvicorn_protocols import BoundedProtocol
from tests.functional.crowds import join
from tests.waiting import aeventually

OURS = (BoundedProtocol, ServerProtocol, ChannelConsumer, ClientQueue)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def port(start: Callable[[], Awaitable[WebSocketManager]]) -> AsyncIterator[int]:
    """Where websockets are served as the production server does it."""
    await start()
    config = Config(websocket_application, lifespan="off", log_config=None)
    config.load()

    def accept() -> BoundedProtocol:
        return BoundedProtocol(config=config, server_state=ServerState(), app_state={})

    async with await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def kept() -> list[str]:
    """Return the types of what is there of clients."""
    return [type(each).__name__ for each in gc.get_objects() if issubclass(type(each), OURS)]


@pytest.mark.parametrize("orderly", [True, False])
async def test_nothing_of_a_client_that_has_gone_waits_for_the_garbage_collector(
    orderly: bool, port: int, no_collector: None
) -> None:
    before = kept()
    client = await join(port, "?since=")
    assert len(kept()) == len(before) + len(OURS)

    await client.leave(orderly=orderly)

    await aeventually(lambda: kept() == before)
