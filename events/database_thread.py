"""A thread that does database work for the serving loop, over a connection that it keeps."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import Error as DatabaseFailure
from django.db import connection

T = TypeVar("T")


class DatabaseThread:
    """Runs one function at a time; a connection that failed is replaced at the next call."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)

    async def run(self, function: Callable[[], T]) -> T:
        """Return what the function returns, or raise what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._call, function)

    async def stop(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    @staticmethod
    def _close() -> None:
        # Looked up here, in the thread whose connection it is.
        connection.close()

    @staticmethod
    def _call(function: Callable[[], T]) -> T:
        try:
            return function()
        except DatabaseFailure:
            connection.close()
            raise
