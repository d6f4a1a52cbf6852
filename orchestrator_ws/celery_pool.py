"""The threads of a Celery worker, none of which stays idle while messages wait."""

from typing import Any

from celery.concurrency.thread import TaskPool


class WakingPool(TaskPool):
    """Wakes the worker's loop whenever a thread has become idle.

    The loop asks the broker for a message only while a thread is idle, and finds that out when something wakes it, at
    the latest after a second. The end of a task in a thread does not: the worker would take each second no more
    messages than it has threads.
    """

    def register_with_event_loop(self, loop: Any) -> None:
        """Receive the loop, each time that the worker has reached its broker."""
        self._loop = loop

    def on_apply(self, *arguments: Any, **options: Any) -> Any:
        """Begin a task in a thread."""
        result = super().on_apply(*arguments, **options)
        # Not by the signal that a task has run: its thread still counts as busy when that is sent.
        result.f.add_done_callback(lambda _: self._loop.call_soon(_look_again))
        return result


def _look_again() -> None:
    """Do nothing: whatever wakes the loop makes it look."""
