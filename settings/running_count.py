"""The slot through which this app counts running processes; ``processes``, above it, fills it at start-up."""

from collections.abc import Callable

_count: Callable[[], int] | None = None


def provide(count: Callable[[], int]) -> None:
    """Name the function that counts the runners which execute steps now, on all hosts."""
    global _count
    _count = count


def count_running_processes() -> int:
    """Return how many runners execute steps now.

    Raises:
        LookupError: no app has filled the slot.
    """
    if _count is None:
        raise LookupError("no app counts running processes")
    return _count()
