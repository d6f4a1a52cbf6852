"""orchestrator-core as a server whose websocket manager is on Redis, and its own broadcast function as publisher.

    .venv-peers/bin/python -m benchmarks.contenders.orchestrator_core serve|publish

``PORT`` and what the application itself reads (``DATABASE_URI``, ``WEBSOCKET_BROADCASTER_URL``) are read from the
environment.
"""

import asyncio
import os
import sys
import time

import uvicorn
from orchestrator.core import OrchestratorCore, app_settings
from orchestrator.core.websocket import broadcast_invalidate_cache, init_websocket_manager

from benchmarks.publishing import serve


def run_server() -> None:
    """Serve until a signal comes, with uvicorn's defaults."""
    uvicorn.run(OrchestratorCore(base_settings=app_settings), port=int(os.environ["PORT"]), log_level="warning")


async def announce(key: str) -> None:
    """Broadcast what the product's frames say."""
    for id_ in ("LIST", key):
        await broadcast_invalidate_cache({"type": "processes", "id": id_})


def run_publisher() -> None:
    """Broadcast each change."""
    init_websocket_manager(app_settings)
    with asyncio.Runner() as runner:

        def publish(key: str) -> float:
            at = time.monotonic()
            runner.run(announce(key))
            return at

        serve(publish)


if __name__ == "__main__":
    {"serve": run_server, "publish": run_publisher}[sys.argv[1]]()
