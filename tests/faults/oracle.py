"""The oracle: each client's picture equals the database, at the latest two seconds after the commit or the heal."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.faults.clients import Client
from tests.faults.history import History
from tests.faults.pictures import LIST, Rows
from tests.waiting import TIMEOUT_SECONDS

BOUND_SECONDS = 2.0 * TIMEOUT_SECONDS / 10
"""Guarantee G2 of ``docs/architecture.md``; ``TEST_TIME_FACTOR`` stretches it."""


@dataclass(kw_only=True)
class Worst:
    """The longest time of its sort, and of what; only what the guarantee covered counts."""

    seconds: float = 0.0
    what: str = "nothing"

    def note(self, seconds: float, client: Client, part: str) -> None:
        """Keep it if it is longer."""
        if seconds > self.seconds:
            self.seconds, self.what = seconds, f"{part} of {client}"


class Oracle:
    """Compares pictures with what was committed, while the load runs and when it has stopped.

    ``lateness`` is how long a client was not told of a commit, which is what the product promises. ``staleness`` is
    how long a part of a picture was out of date: it has the shared request of ``Fetcher`` on top.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self.lateness = Worst()
        self.staleness = Worst()

    def sample(self, clients: Iterable[Client]) -> None:
        """Note the worst of this moment, of those clients whom the guarantee covers now."""
        now = time.monotonic()
        latest = self._history.latest()
        for client in clients:
            if client.exemptions:
                continue
            for is_list, shown in _parts(client):
                for process_id, revision in latest.items():
                    if (seen := shown.get(process_id, -1)) < revision:
                        part = LIST if is_list else process_id
                        told_until = client.picture.told_until(part)
                        for worst, after in ((self.staleness, 0.0), (self.lateness, told_until)):
                            if (since := self._history.stale_since(process_id, seen, after)) is not None:
                                worst.note(now - max(since, client.guaranteed_from), client, part)

    def count_stale(self, clients: Iterable[Client], database: Rows) -> int:
        """Return how many clients are lost, or have a picture that differs from the database."""
        return sum(client.connection is None or _differs(client, database) for client in clients)


def _differs(client: Client, database: Rows) -> bool:
    return any(database.items() - shown.items() for _, shown in _parts(client))


def _parts(client: Client) -> Iterator[tuple[bool, Rows]]:
    """Yield whether it is the list, and what it shows."""
    yield True, client.picture.list
    yield False, client.picture.details
