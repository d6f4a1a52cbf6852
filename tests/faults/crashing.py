"""Kills OS processes of the product at crash points; the trap is a file that names one, and the first to reach it dies.

Both sides use it: the OS process that may die (``install``), and the test that sets the trap.
"""

import contextlib
import os
import signal
import threading
from pathlib import Path

from orchestrator_ws import crash_points

TRAP_VARIABLE = "CRASH_TRAP"


class Trap:
    """Set for one crash point at a time; it is gone once somebody has died in it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        # What it was when this OS process last came to its point, and how often it did.
        self._seen = ""
        self._count = 0
        self._counting = threading.Lock()

    @property
    def is_set(self) -> bool:
        """Whether nobody has died in it yet."""
        return self._file.exists()

    def set(self, point: str, nth: int = 1) -> None:
        """Wait for an OS process that reaches the point for the ``nth`` time."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{nth} {point}")
        draft.rename(self._file)

    def remove(self) -> None:
        """Let nobody die any more; idempotent."""
        self._file.unlink(missing_ok=True)

    def step_on(self, point: str) -> None:
        """Die, if it is set for this point and nobody else has just died in it. Any thread."""
        with contextlib.suppress(FileNotFoundError), self._counting:
            text = self._file.read_text()
            nth, _, wanted = text.partition(" ")
            if point != wanted:
                return
            self._count = self._count + 1 if text == self._seen else 1
            self._seen = text
            if self._count == int(nth):
                self._file.unlink()
                os.kill(os.getpid(), signal.SIGKILL)


def install() -> None:
    """Make this OS process one that may die in the trap; before it begins its work."""
    crash_points.listen(Trap(Path(os.environ[TRAP_VARIABLE])).step_on)
