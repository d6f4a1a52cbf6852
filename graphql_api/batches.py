"""What the objects of one page are asked for is read for all of them at once, when the first of them is asked."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from orchestrator_ws.errors import PayloadTooLargeError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MAX_OBJECTS = 100_000
"""Objects that one request may be answered, on all levels together."""


class Budget:
    """How many more objects a request may be answered."""

    def __init__(self) -> None:
        self._left = MAX_OBJECTS

    def take(self, count: int) -> None:
        """Count these too.

        Raises:
            PayloadTooLargeError: they are too many.
        """
        self._left -= count
        if self._left < 0:
            raise PayloadTooLargeError(f"More than {MAX_OBJECTS} objects are asked for: ask for smaller pages")


class Batch(Generic[K]):
    """The keys of objects that were read together. One thread, that of the request."""

    def __init__(self, keys: Sequence[K], budget: Budget) -> None:
        self.keys = keys
        self.budget = budget
        self._answers: dict[Hashable, Any] = {}

    def once(self, read: Callable[..., V], *arguments: Hashable) -> V:
        """Return what ``read(*arguments)`` returns; it is called once for all objects."""
        question = (read, arguments)
        if question not in self._answers:
            self._answers[question] = read(*arguments)
        answer: V = self._answers[question]
        return answer

    def read(self, key: K, read: Callable[["Batch[K]"], Mapping[K, V]]) -> V:
        """Return what is read for one of the keys; all are read with the first."""
        return self.once(read, self)[key]
