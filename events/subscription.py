"""The one subscription of this OS process to the changes that travel over the channel layer."""

import asyncio
import logging
import math
import time
from collections.abc import Callable

from channels.layers import get_channel_layer

from events import conf, metrics
from events.changes import LoggedChange
from events.groups import CHANGES_GROUP
from events.messages import changes_message, read_changes_message

logger = logging.getLogger(__name__)


class Subscription:
    """Receives on the serving loop, for as long as its owner runs the two coroutines again after each failure."""

    def __init__(self, deliver: Callable[[list[LoggedChange]], object]) -> None:
        """Hand the changes of each message to ``deliver``."""
        self._deliver = deliver
        # Set while the channel layer brings what is sent to the group.
        self.is_alive = asyncio.Event()
        # Messages that are none of ours since the last log line about such, and the monotonic time of that line.
        self._ignored_count = 0
        self._ignored_logged_at = -math.inf

    async def receive(self) -> None:
        """Subscribe and deliver; never returns.

        A broker may fall silent without an error (a halted master, a network that swallows everything): when not
        even heartbeats come, it is left. Anybody who reaches it can publish anything: what is no message of ours is
        counted and dropped, and is no sign of life.

        Raises:
            TimeoutError: nothing came for ``SILENCE_SECONDS``.
        """
        layer, loop = get_channel_layer(), asyncio.get_running_loop()
        try:
            async with asyncio.timeout(conf.SILENCE_SECONDS) as silence:
                channel_name = await layer.new_channel()
                await layer.group_add(CHANGES_GROUP, channel_name)
                self.is_alive.set()
                while True:
                    try:
                        logged = read_changes_message(await layer.receive(channel_name))
                    except ValueError as error:
                        self._ignore(error)
                        continue
                    self._deliver(logged)
                    silence.reschedule(loop.time() + conf.SILENCE_SECONDS)
        finally:
            self.is_alive.clear()
            await layer.flush()

    async def send_heartbeat(self) -> None:
        """After a pause, send a message without changes: every server that hears it knows that the layer works."""
        await asyncio.sleep(conf.HEARTBEAT_SECONDS)
        sending = get_channel_layer().group_send(CHANGES_GROUP, changes_message([]))
        await asyncio.wait_for(sending, conf.SEND_TIMEOUT_SECONDS)

    def _ignore(self, fault: ValueError) -> None:
        metrics.FAILURES.labels("message").inc()
        self._ignored_count += 1
        if time.monotonic() - self._ignored_logged_at >= conf.IGNORED_LOG_SECONDS:
            logger.warning("Messages ignored: %d, the last one because %s", self._ignored_count, fault)
            self._ignored_count, self._ignored_logged_at = 0, time.monotonic()
