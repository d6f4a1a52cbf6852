"""The threads of a Celery worker: the end of each task wakes the loop that fetches the next one."""

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator_ws.celery_pool import WakingPool
from tests.waiting import eventually

TASKS = 20


class Loop:
    """Notes, each time it is woken, how many tasks the worker counts as ended."""

    def __init__(self, ended: list[Any]) -> None:
        self._ended = ended
        self.ended_at_wake: list[int] = []

    def call_soon(self, callback: Callable[[], None]) -> None:
        callback()
        self.ended_at_wake.append(len(self._ended))


def succeed() -> None:
    pass


def fail() -> None:
    raise ValueError("a task that fails")


@pytest.mark.parametrize("task", [succeed, fail])
def test_each_end_of_a_task_wakes_the_loop_once_the_task_counts_as_ended(task: Callable[[], None]) -> None:
    ended: list[Any] = []
    loop = Loop(ended)
    pool = WakingPool(1)
    pool.register_with_event_loop(loop)

    for _ in range(TASKS):
        pool.apply_async(task, callback=ended.append, accept_callback=lambda *_: None)

    eventually(lambda: len(loop.ended_at_wake) == TASKS)
    pool.on_stop()
    assert loop.ended_at_wake == [index + 1 if task is succeed else 0 for index in range(TASKS)]
