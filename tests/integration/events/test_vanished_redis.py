"""A Redis that vanishes without a word: the kernel gives up the subscriber's connection, with ETIMEDOUT."""

import asyncio
import errno
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer

from orchestrator_ws.redis_connections import HEALTH_CHECK_SECONDS, redis_connection
from tests import services
from tests.waiting import TIMEOUT_SECONDS

pytestmark = pytest.mark.once

GROUP = "events"


@pytest.fixture
async def layer() -> AsyncIterator[RedisPubSubChannelLayer]:
    """Return a layer with the product's connections to a Redis of its own."""
    with services.redis() as (url, _):
        made = RedisPubSubChannelLayer(hosts=[redis_connection(url)])
        yield made
        await made.flush()


async def test_a_subscriber_that_the_kernel_gave_up_is_replaced_and_holds_up_nothing(
    layer: RedisPubSubChannelLayer, caplog: pytest.LogCaptureFixture
) -> None:
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    await layer.group_send(GROUP, {"type": "before"})
    await layer.receive(channel)

    give_up(subscriber_of(layer))

    assert await resent_until_received(layer, channel) == {"type": "after"}
    assert "Timeout writing to socket" in caplog.text


def subscriber_of(layer: RedisPubSubChannelLayer) -> Any:
    """Return the connection on which messages come."""
    (shard,) = layer._get_layer()._shards
    return shard._pubsub.connection


def give_up(connection: Any) -> None:
    """Fail the connection as the kernel does, at least thirty seconds after the last byte came, so a ping is due."""
    connection.next_health_check -= HEALTH_CHECK_SECONDS + 30
    connection._writer.transport._fatal_error(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))


async def resent_until_received(layer: RedisPubSubChannelLayer, channel: str) -> Any:
    """Send until something comes; what is sent while nobody is subscribed is lost."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        receiving = asyncio.create_task(layer.receive(channel))
        while not receiving.done():
            await layer.group_send(GROUP, {"type": "after"})
            await asyncio.wait([receiving], timeout=0.05)
        return receiving.result()
