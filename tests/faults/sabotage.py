"""Faults inside an OS process of the product: each is on while a file of its name is in the process's folder.

Both sides use it: the OS process that suffers (``install``), and the run that switches faults on and off.
"""

import os
import random
import signal
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

FOLDER_VARIABLE = "SABOTAGE_FOLDER"
SHARE_OF_LIES = 0.01


class Sabotage(StrEnum):
    """What can be broken; the values are names of files."""

    SENDS_FAIL = "sends_fail"
    """Each ``group_send`` raises."""
    SENDS_LIE = "sends_lie"
    """One ``group_send`` in a hundred raises after it has sent."""
    DIE_BEFORE_PUBLISH = "die_before_publish"
    """The OS process dies between a commit and its broadcast."""
    TRAILING_FRAME_FORGOTTEN = "trailing_frame_forgotten"
    """The throttle drops what waits at the end of a window; looked at once, when the process starts."""


class Saboteur:
    """Switches the faults of one OS process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def begin(self, sabotage: Sabotage) -> None:
        """Switch the fault on."""
        (self.folder / sabotage).touch()

    def end(self, sabotage: Sabotage) -> None:
        """Switch it off; idempotent."""
        (self.folder / sabotage).unlink(missing_ok=True)

    def is_on(self, sabotage: Sabotage) -> bool:
        """Return whether it is on."""
        return (self.folder / sabotage).exists()


def install(seed: int = 0) -> None:
    """Make this OS process one that can be broken; before it begins its work."""
    saboteur = Saboteur(Path(os.environ[FOLDER_VARIABLE]))
    _break_sends(saboteur, random.Random(seed))
    _break_publishing(saboteur)
    if saboteur.is_on(Sabotage.TRAILING_FRAME_FORGOTTEN):
        _break_throttle()


def _break_sends(saboteur: Saboteur, chance: random.Random) -> None:
    from channels_redis.pubsub import RedisPubSubLoopLayer  # noqa: PLC0415  only where it is broken

    send = RedisPubSubLoopLayer.group_send

    async def group_send(layer: Any, group: str, message: dict[str, Any]) -> None:
        if saboteur.is_on(Sabotage.SENDS_FAIL):
            raise ConnectionError("sabotage: not sent")
        await send(layer, group, message)
        if saboteur.is_on(Sabotage.SENDS_LIE) and chance.random() < SHARE_OF_LIES:
            raise ConnectionError("sabotage: sent")

    RedisPubSubLoopLayer.group_send = group_send


def _break_publishing(saboteur: Saboteur) -> None:
    from events.broadcast_thread import ProcessDataBroadcastThread  # noqa: PLC0415  as above

    put = ProcessDataBroadcastThread.put

    def put_or_die(thread: ProcessDataBroadcastThread, logged: Sequence[Any]) -> None:
        if saboteur.is_on(Sabotage.DIE_BEFORE_PUBLISH):
            os.kill(os.getpid(), signal.SIGKILL)
        put(thread, logged)

    ProcessDataBroadcastThread.put = put_or_die  # type: ignore[assignment,method-assign]


def _break_throttle() -> None:
    from events.throttle import ListThrottle  # noqa: PLC0415  as above

    close_window = ListThrottle._close_window

    def forget_and_close(throttle: ListThrottle, tag: tuple[str, str | None]) -> None:
        throttle._waiting[tag] = None
        close_window(throttle, tag)

    ListThrottle._close_window = forget_and_close  # type: ignore[assignment,method-assign]
