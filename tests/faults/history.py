"""What was committed when: the truth that the clients' pictures are measured against."""

from bisect import bisect_right
from collections import defaultdict


class History:
    """The committed revisions of each process, ascending, with the monotonic times of their commits."""

    def __init__(self) -> None:
        self._revisions: dict[str, list[int]] = defaultdict(list)
        self._times: dict[str, list[float]] = defaultdict(list)
        self.changes = 0
        self.newest = 0

    def add(self, process_id: str, revision: int, at: float) -> None:
        """Note a commit; one that is known already is left as it is."""
        revisions = self._revisions[process_id]
        if not revisions or revision > revisions[-1]:
            # In this order: another thread may be asking.
            self._times[process_id].append(at)
            revisions.append(revision)
            self.changes += 1
            self.newest = max(self.newest, revision)

    def latest(self) -> dict[str, int]:
        """Return the last revision of each process."""
        return {process_id: revisions[-1] for process_id, revisions in self._revisions.items()}

    def stale_since(self, process_id: str, shown: int, after: float = 0.0) -> float | None:
        """Return when the first revision that is newer than the shown one was committed, of those after a moment."""
        times = self._times[process_id]
        position = max(bisect_right(self._revisions[process_id], shown), bisect_right(times, after))
        return times[position] if position < len(times) else None
