"""The event loop on which this OS process serves websockets: the only crossing from a thread to a loop."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class ServerLoop:
    """Remembers the serving loop and runs coroutines on it from other threads."""

    def __init__(self) -> None:
        # The loop of the running WebSocketManager; None in an OS process that serves no websockets.
        self._loop: asyncio.AbstractEventLoop | None = None

    def adopt(self) -> None:
        """Take the calling coroutine's loop as the serving one."""
        self._loop = asyncio.get_running_loop()

    def release(self) -> None:
        """Forget the serving loop: nobody is served any more."""
        self._loop = None

    def run(self, coroutine: Coroutine[Any, Any, None], timeout_seconds: float) -> None:
        """Run the coroutine on the serving loop and wait for it; without such a loop, do nothing. Any other thread.

        Raises:
            TimeoutError: it took longer than ``timeout_seconds`` and was cancelled.
        """
        loop = self._loop
        if loop is None:
            coroutine.close()
            return
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
        try:
            future.result(timeout_seconds)
        except TimeoutError:
            future.cancel()
            raise


server_loop = ServerLoop()
