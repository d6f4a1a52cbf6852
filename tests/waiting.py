"""Wait for a thing to happen; the one time limit of the suite."""

import asyncio
import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

TIMEOUT_SECONDS = 10.0 * float(os.environ.get("TEST_TIME_FACTOR", "1"))
"""How long anything may take that has no bound of its own; ``TEST_TIME_FACTOR`` stretches it on a slow machine."""


def eventually(probe: Callable[[], T], *, within_seconds: float = TIMEOUT_SECONDS) -> T:
    """Return the first true value that ``probe`` gives; fail if there is none in time."""
    deadline = time.monotonic() + within_seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return value


async def aeventually(probe: Callable[[], T], *, within_seconds: float = TIMEOUT_SECONDS) -> T:
    """As ``eventually``, on an event loop."""
    deadline = time.monotonic() + within_seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)
    return value
