"""What the production server reads of a websocket at one go."""

import asyncio
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from events import conf
from orchestrator_ws.uvicorn_protocols import BoundedProtocol
from tests.functional.raw_frames import HANDSHAKE, frame
from tests.waiting import TIMEOUT_SECONDS

pytestmark = pytest.mark.once

PING, PONG = 0x9, 0xA
SENT = frame(PONG, b"nobody asked for") * 2000 + frame(PING, b"end")
ANSWER = frame(PONG, b"end", masked=False)


async def accept(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


async def test_a_flood_is_read_piece_by_piece_so_that_others_are_served_meanwhile() -> None:
    pieces: list[int] = []
    config = Config(accept, lifespan="off", log_config=None)
    config.load()

    class Noting(BoundedProtocol):
        def data_received(self, data: bytes) -> None:
            pieces.append(len(data))
            super().data_received(data)

    def connect() -> Noting:
        return Noting(config=config, server_state=ServerState(), app_state={})

    async with await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        handshake = HANDSHAKE.format(port=port).encode()
        writer.write(handshake + SENT)
        await asyncio.wait_for(reader.readuntil(ANSWER), TIMEOUT_SECONDS)
        writer.close()
        await writer.wait_closed()

    assert sum(pieces) == len(handshake + SENT)
    assert max(pieces) <= conf.READ_BYTES
