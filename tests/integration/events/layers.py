"""Channel layers that misbehave in a chosen way, and a look at who is subscribed on the real one."""

import asyncio
import threading
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings as django_settings

from events.groups import CHANGES_GROUP
from tests.waiting import TIMEOUT_SECONDS


class FakeLayer:
    """Keeps what is sent to a group; raises the given errors first, one at each attempt."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[dict[str, Any]] = []
        self.senders: set[threading.Thread] = set()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.senders.add(threading.current_thread())
        if self.failures:
            raise self.failures.pop(0)
        assert group == CHANGES_GROUP
        self.sent.append(message)

    @property
    def sent_ids(self) -> list[int]:
        return [entry[0] for message in self.sent for entry in message["entries"]]


class GatedLayer(FakeLayer):
    """Holds up each message until the gate is open; ``held`` tells that one stands before it."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.held = threading.Event()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.held.set()
        assert self.gate.wait(TIMEOUT_SECONDS)
        await super().group_send(group, message)


class HangingLayer(FakeLayer):
    """Never finishes to send."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await asyncio.Event().wait()


class DeadLayer(FakeLayer):
    """Refuses everything, as a Redis that is gone does."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise ConnectionError("refused")

    async def new_channel(self) -> str:
        raise ConnectionError("refused")

    async def flush(self) -> None:
        raise ConnectionError("refused")


class DroppingLayer(FakeLayer):
    """Takes everything and brings nothing, as a half-dead Redis does."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        pass

    async def new_channel(self) -> str:
        return "nobody"

    async def group_add(self, group: str, channel: str) -> None:
        pass

    async def receive(self, channel: str) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def flush(self) -> None:
        pass


def redis_channel() -> str:
    """Return the name under which the changes group travels in Redis; on an event loop."""
    name: str = get_channel_layer()._get_group_channel_name(CHANGES_GROUP)
    return name


def count_members() -> int:
    """Return how many channels of this loop are in the changes group; on the serving loop."""
    groups: dict[str, Any] = get_channel_layer().groups
    return sum(len(members) for members in groups.values())


def count_subscriptions() -> int:
    """Return how many subscriptions to the changes group the layer has confirmed; on the serving loop."""
    url = django_settings.ENVIRONMENT.redis_url
    if url is None:
        return count_members()
    with redis.Redis.from_url(url) as client:
        ((_, count),) = client.pubsub_numsub(redis_channel())
    return int(count)
