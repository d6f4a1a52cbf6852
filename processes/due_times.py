"""When maintenance has to act on a process that stands; pure."""

from datetime import datetime, timedelta

from processes.workflow.results import AwaitingCallback, Result, Waiting

FIRST_RETRY_DELAY = timedelta(seconds=10)
LONGEST_RETRY_DELAY = timedelta(hours=1)
_MAX_DOUBLINGS = 9


def due_at(result: Result, retries: int, now: datetime) -> datetime | None:
    """Return when to act after a step ended so: retry one that waits, fail one whose callback did not come.

    ``retries`` says how often the step has been retried already, one after the other.
    """
    match result:
        case Waiting():
            return now + retry_delay(retries)
        case AwaitingCallback(timeout=timeout) if timeout is not None:
            return now + timeout
        case _:
            return None


def retry_delay(retries: int) -> timedelta:
    """Return how long a process waits for its next retry: twice as long each time, up to an hour."""
    return min(FIRST_RETRY_DELAY * (1 << min(retries, _MAX_DOUBLINGS)), LONGEST_RETRY_DELAY)
