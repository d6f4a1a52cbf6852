"""What happens to Redis. The change log delivers meanwhile: nobody is exempt."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from redis.asyncio import Redis

from tests.faults.faulting import fault
from tests.faults.scene import Scene
from tests.restartable import RestartableRedis

KILL_INTERVAL_SECONDS = 0.05
SMALL_BUFFER_BYTES = 16_384
DEFAULT_BUFFER = "pubsub 33554432 8388608 60"


def _redis(scene: Scene) -> RestartableRedis:
    assert scene.world.redis is not None, "this fault needs a world without Sentinels"
    return scene.world.redis


@fault("redis", with_sentinels=False)
async def redis_killed(scene: Scene) -> AsyncGenerator[None, None]:
    """Redis dies and comes back empty."""
    await scene.do(_redis(scene).kill)
    yield
    await scene.do(_redis(scene).bring_back)


@fault("redis", hold_seconds=(3.0, 10.0), with_sentinels=False)
async def redis_halted(scene: Scene) -> AsyncGenerator[None, None]:
    """Redis takes connections and bytes, and answers nobody."""
    _redis(scene).pause()
    yield
    _redis(scene).go_on()


@fault("redis", with_sentinels=False)
async def redis_subscribers_killed(scene: Scene) -> AsyncGenerator[None, None]:
    """Redis ends every subscriber's connection, again and again."""

    async def kill_them() -> None:
        async with Redis.from_url(_redis(scene).url) as client:
            while True:
                await client.client_kill_filter(_type="pubsub")
                await asyncio.sleep(KILL_INTERVAL_SECONDS)

    killing = asyncio.create_task(kill_them())
    yield
    assert not killing.done(), killing.exception()
    killing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await killing


@fault("redis", with_sentinels=False)
async def redis_buffer_exceeded(scene: Scene) -> AsyncGenerator[None, None]:
    """Redis drops its subscribers because a message is larger than what it keeps for one of them."""
    async with Redis.from_url(_redis(scene).url) as client:
        await client.config_set("client-output-buffer-limit", f"pubsub {SMALL_BUFFER_BYTES} {SMALL_BUFFER_BYTES} 0")
        for channel in await client.pubsub_channels():
            await client.publish(channel, b"x" * 64 * SMALL_BUFFER_BYTES)
        yield
        await client.config_set("client-output-buffer-limit", DEFAULT_BUFFER)


@fault("redis", hold_seconds=(4.0, 4.0), with_sentinels=True)
async def redis_failed_over(scene: Scene) -> AsyncGenerator[None, None]:
    """The master dies and a replica takes its place."""
    assert scene.world.sentinels is not None, "this fault needs a world with Sentinels"
    await scene.do(scene.world.sentinels.kill_master)
    yield
    await scene.do(scene.world.sentinels.bring_back)
