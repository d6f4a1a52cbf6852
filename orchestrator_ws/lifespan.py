"""What a server does first and last (ASGI specification, "Lifespan Protocol")."""

import asyncio
import gc
from importlib import import_module
from typing import Any

from django.conf import settings as django_settings

from access import authentication
from events import conf
from events.broadcast_thread import broadcast_thread
from events.running_manager import drain_manager, running_manager, stop_manager
from orchestrator_ws.crash_points import crash_point
from processes import executor_host
from processes.executors import get_executor

COLLECTED_AFTER = (30_000, 50, 10)
"""New objects, and rounds, until the garbage collector looks at young, older and all objects (``gc.set_threshold``)."""


def start_up() -> None:
    """Take part in running processes, those included that others left behind; waits for nobody."""
    authentication.fetch_ahead()
    executor_host.start(get_executor().worker_count)


async def listen() -> None:
    """Follow what is committed from now on: the first client must hear of it too."""
    await running_manager()


def settle() -> None:
    """Load what the first request would, and keep what is there out of the garbage collector's sight.

    It stays as long as the server: to look through it holds up every client for a tenth of a second, again and again.
    """
    import_module(django_settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
    # What clients and requests leave behind goes without it, nearly all: it is to look less often, and rarely at all.
    gc.set_threshold(*COLLECTED_AFTER)


async def drain() -> None:
    """Let runners stop before their next step, and send the clients of the three channels away meanwhile.

    Called by a server that takes no new connections any more and serves those it has until this returns.
    """
    await asyncio.to_thread(executor_host.stop)
    await asyncio.to_thread(get_executor().stop, wait=False)
    crash_point("runners asked to stop")
    await drain_manager(conf.shutdown_grace_seconds())


async def shut_down() -> None:
    """Wait for the runners, then end the manager and, last, the broadcast thread; also without ``drain`` before."""
    await asyncio.to_thread(executor_host.stop)
    await asyncio.to_thread(get_executor().stop)
    crash_point("runners stopped")
    await stop_manager()
    await asyncio.to_thread(broadcast_thread.stop)


async def lifespan_application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the server's start and end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            start_up()
            await listen()
            settle()
            await send({"type": "lifespan.startup.complete"})
        else:
            await shut_down()
            await send({"type": "lifespan.shutdown.complete"})
            return
