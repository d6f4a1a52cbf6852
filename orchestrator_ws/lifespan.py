"""The ASGI lifespan: what a server ends in order when it shuts down (ASGI specification, "Lifespan Protocol")."""

import asyncio
from typing import Any

from events.broadcast_thread import broadcast_thread
from events.websocket_manager import stop_manager
from processes.executors import get_executor


async def lifespan_application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the server's start; at its end stop the runners, the manager and, last, the broadcast thread."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await asyncio.to_thread(get_executor().stop)
            await stop_manager()
            await asyncio.to_thread(broadcast_thread.stop)
            await send({"type": "lifespan.shutdown.complete"})
            return
