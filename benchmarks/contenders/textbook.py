"""The textbook's application on Channels: each websocket is a member of a group, each change one ``group_send``.

    python -m benchmarks.contenders.textbook serve|publish channels_redis.core.RedisChannelLayer

The consumer is that of the Channels tutorial; the server is uvicorn with the options of the product's. ``PORT`` and
``REDIS_URL`` are read from the environment.
"""

import asyncio
import os
import sys
import time
from typing import Any

import django
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

from benchmarks.publishing import frames, serve

GROUP = "events"


class Consumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no type hints
    """One websocket."""

    async def connect(self) -> None:
        """Join the group."""
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer the sign of life."""
        await self.send(text_data="__pong__")

    async def change(self, event: dict[str, Any]) -> None:
        """Send the frames of a change."""
        for frame in event["frames"]:
            await self.send(text_data=frame)


def set_up(layer: str) -> None:
    """Configure Django for Channels alone."""
    configuration = {"BACKEND": layer, "CONFIG": {"hosts": [os.environ["REDIS_URL"]]}}
    settings.configure(SECRET_KEY="-", ALLOWED_HOSTS=["*"], CHANNEL_LAYERS={"default": configuration})
    django.setup()


def run_server() -> None:
    """Serve until a signal comes."""
    routes = URLRouter([path("events", Consumer.as_asgi())])
    uvicorn.run(
        ProtocolTypeRouter({"http": get_asgi_application(), "websocket": routes}),
        port=int(os.environ["PORT"]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
    )


def run_publisher() -> None:
    """Send each change to the group."""
    layer = get_channel_layer()
    assert layer is not None
    with asyncio.Runner() as runner:

        def publish(key: str) -> float:
            at = time.monotonic()
            runner.run(layer.group_send(GROUP, {"type": "change", "frames": frames(key)}))
            return at

        serve(publish)


if __name__ == "__main__":
    set_up(sys.argv[2])
    {"serve": run_server, "publish": run_publisher}[sys.argv[1]]()
