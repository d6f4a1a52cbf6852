"""What a server does first and last (ASGI specification, "Lifespan Protocol")."""

import asyncio
import logging
from typing import Any

from django.db import Error as DatabaseFailure
from django.db import connection

from events.broadcast_thread import broadcast_thread
from events.websocket_manager import stop_manager
from processes.executors import get_executor
from processes.recovery import resume_after_start

logger = logging.getLogger(__name__)


def start_up() -> None:
    """Take up the processes that a server which shut down left behind; not in a loop's thread."""
    try:
        resume_after_start()
    except DatabaseFailure:
        logger.warning("Processes without a runner were not looked for: the database does not answer", exc_info=True)
    finally:
        connection.close()


async def shut_down() -> None:
    """Let runners stop before their next step, then the manager and, last, the broadcast thread."""
    await asyncio.to_thread(get_executor().stop)
    await stop_manager()
    await asyncio.to_thread(broadcast_thread.stop)


async def lifespan_application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the server's start and end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await asyncio.to_thread(start_up)
            await send({"type": "lifespan.startup.complete"})
        else:
            await shut_down()
            await send({"type": "lifespan.shutdown.complete"})
            return
