"""The slot through which this app asks for processes; ``processes``, above it, fills it at start-up."""

from collections.abc import Callable, Sequence
from uuid import UUID

_list: Callable[[UUID], Sequence[UUID]] | None = None


def provide(list_unfinished: Callable[[UUID], Sequence[UUID]]) -> None:
    """Name the function that lists the processes, tasks excepted, of a subscription that did not come to their end."""
    global _list
    _list = list_unfinished


def list_unfinished_processes(subscription_id: UUID) -> Sequence[UUID]:
    """Return the ids of the subscription's processes that are neither completed nor aborted.

    Raises:
        LookupError: no app has filled the slot.
    """
    if _list is None:
        raise LookupError("no app lists the processes of a subscription")
    return _list(subscription_id)
