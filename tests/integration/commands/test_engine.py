"""``manage.py engine``."""

from collections.abc import Callable
from typing import Any

from settings.queries import is_locked


def test_the_status_is_that_of_rest(run_json: Callable[..., Any]) -> None:
    assert run_json("engine", "status") == {
        "global_lock": False,
        "global_status": "RUNNING",
        "running_processes": 0,
    }


def test_it_is_paused_and_started(run: Callable[..., str], run_json: Callable[..., Any]) -> None:
    assert run("engine", "pause") == "The engine is paused; 0 processes run a step.\n"
    assert is_locked()

    assert run_json("engine", "start")["global_status"] == "RUNNING"
    assert not is_locked()
