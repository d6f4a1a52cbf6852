"""Whether changes reach the browsers, and at once, and what apps above add: what ``/api/health`` reports."""

import math
import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from django.db import Error as DatabaseFailure
from django.db import connection

from access import authentication
from events.broadcast_thread import broadcast_thread
from events.running_manager import list_faults
from orchestrator_ws.errors import FailedOperationError

PROBE_TIMEOUT_SECONDS = 1.5

FRESH_SECONDS = 1.0
"""How old an answer may be."""


class _Finding(NamedTuple):
    """What was found last."""

    reasons: list[str] | None
    """None while the database does not answer."""
    at: float
    """Monotonic time."""


_asking = Lock()
_recent = _Finding([], -math.inf)

# Fills in what the engine, above this app, is not at its best for.
_list_engine_faults: Callable[[], list[str]] = list


def provide(list_engine_faults: Callable[[], list[str]]) -> None:
    """Name the function that tells what is wrong with the engine's part of this OS process; it must answer at once."""
    global _list_engine_faults
    _list_engine_faults = list_engine_faults


def recent_reasons() -> list[str]:
    """Return why this server is not at its best, nothing when it is. Any thread.

    Database and channel layer are asked by one thread at a time, and no more often than ``FRESH_SECONDS`` apart:
    anybody may want to know, and as often as they like.

    Raises:
        FailedOperationError: the database does not answer.
    """
    global _recent
    with _asking:
        if time.monotonic() - _recent.at >= FRESH_SECONDS:
            _recent = _Finding(_ask(), time.monotonic())
        reasons = _recent.reasons
    if reasons is None:
        raise FailedOperationError("The database does not answer")
    return reasons


def _ask() -> list[str] | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseFailure:
        return None
    failure = broadcast_thread.probe(PROBE_TIMEOUT_SECONDS)
    faults = [*list_faults(), *authentication.list_faults(), *_list_engine_faults()]
    return faults if failure is None else [failure, *faults]
