"""The clients of the benchmarks notice a key that did not come, and one that came before its last commit."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.load_generator import Generator, PacedSelector
from benchmarks.publishing import frames
from tests.waiting import aeventually

CLIENTS = 2
CAME, MISSED, CAME_EARLY = ("00000000-0000-4000-8000-00000000000" + digit for digit in "123")


@pytest.fixture
def selector() -> Iterator[PacedSelector]:
    with PacedSelector() as selector:
        yield selector


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server that tells each client of two keys, and never of the third."""

    async def tell(client: ServerConnection) -> None:
        for key in (CAME, CAME_EARLY):
            for frame in frames(key):
                await client.send(frame)
        await client.wait_closed()

    async with serve(tell, "127.0.0.1", 0) as server:
        (listener,) = server.sockets
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"


async def test_keys_that_did_not_come_after_their_commit_are_lost(selector: PacedSelector, url: str) -> None:
    generator, before = Generator(selector), time.monotonic()
    await generator.connect(url, CLIENTS)
    await aeventually(lambda: generator.frame_count == CLIENTS * 4)

    assert await generator.lost({CAME: before}) == {"lost": 0, "pairs": CLIENTS}
    assert await generator.lost({CAME: before, MISSED: before}) == {"lost": CLIENTS, "pairs": 2 * CLIENTS}
    assert await generator.lost({CAME_EARLY: time.monotonic()}) == {"lost": CLIENTS, "pairs": CLIENTS}
    await generator.cut()
