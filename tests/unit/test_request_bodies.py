"""A body that is too long is not read to its end."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from orchestrator_ws.request_bodies import Message, bounded

LIMIT = 10
DISCONNECT: Message = {"type": "http.disconnect"}


@pytest.fixture(autouse=True)
def limited(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT


def part(size: int, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


class Sent:
    """What the server has received, handed on message by message."""

    def __init__(self, *messages: Message) -> None:
        self._messages: Iterator[Message] = iter(messages)

    async def receive(self) -> Message:
        return next(self._messages)


@pytest.mark.parametrize("sizes", [[0], [LIMIT], [4, 6, 0]], ids=str)
async def test_a_body_within_the_limit_passes_unchanged(sizes: list[int]) -> None:
    messages = [part(size) for size in sizes[:-1]] + [part(sizes[-1], more=False)]
    receive = bounded(Sent(*messages, DISCONNECT).receive)

    assert [await receive() for _ in messages] == messages
    assert await receive() == DISCONNECT


async def test_a_longer_one_ends_past_the_limit_and_its_rest_is_dropped() -> None:
    receive = bounded(Sent(part(LIMIT), part(1), part(500), part(500, more=False), DISCONNECT).receive)

    assert [await receive() for _ in range(3)] == [part(LIMIT), part(1, more=False), DISCONNECT]
