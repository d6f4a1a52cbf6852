"""Parts of the manager that run as long as it does, whatever fails in them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from events import conf, metrics

FAILURES = {
    "receive": "Channel layer failed, the change log delivers",
    "heartbeat": "Channel layer takes no heartbeat, the change log delivers",
    "log": "Change log cannot be read, trying again",
    "retention": "Expired changes cannot be deleted",
    "data": "Data frame cannot be built",
    "access": "Revocations cannot be read, trying again",
    "sessions": "Sessions of clients cannot be read, trying again",
    "deadlines": "Clients whose token has ended cannot be closed, trying again",
}
"""What the log says when a part fails; the label of the metric is its name."""

logger = logging.getLogger(__name__)


async def run_forever(part: str, work: Callable[[], Awaitable[None]]) -> NoReturn:
    """Do the work of the part again and again, after a failure with a pause."""
    while True:
        # Broker, database and their libraries may fail in any way; delivery must still be there afterwards.
        try:
            await work()
        except Exception:
            metrics.FAILURES.labels(part).inc()
            logger.warning(FAILURES[part], exc_info=True)
            await asyncio.sleep(conf.RETRY_SECONDS)
