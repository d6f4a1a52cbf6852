"""What was delivered lately: so that nothing is delivered twice, and to tell a client what it missed."""

import time
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from events import conf
from events.changes import LoggedChange
from events.messages import CacheTag, cache_tags
from events.positions import Position

_NOTHING_FORGOTTEN = -1


@dataclass(slots=True)
class _Delivery:
    tags: tuple[CacheTag, ...]
    # Monotonic time of the delivery; of the recording for what was in the log before.
    at: float


class History:
    """The newest ``MAX_HISTORY_CHANGES`` changes. It answers without a database. Only the serving loop may use it."""

    def __init__(self, already_logged: Iterable[LoggedChange]) -> None:
        """Begin with the newest changes in the log, all of them or more than are remembered."""
        # Log id → delivery, in the order of delivery.
        self._deliveries: dict[int, _Delivery] = {}
        # Mark and log id of those whose mark is known, ascending.
        self._marked: list[tuple[int, int]] = []
        # Log ids of those that only the fast path has brought yet, in the order of delivery.
        self._unmarked: dict[int, None] = {}
        for item in already_logged:
            self.add(item)
        # The highest mark that may belong to a change which is not here. The log always keeps its last expired row.
        self._forgotten_mark = self._marked[0][0] if self._marked else _NOTHING_FORGOTTEN

    def add(self, item: LoggedChange) -> bool:
        """Remember a change, or learn its mark; return whether it is new."""
        is_new = item.log_id not in self._deliveries
        if is_new:
            self._deliveries[item.log_id] = _Delivery(cache_tags(item.change), time.monotonic() - item.age_seconds)
            self._unmarked[item.log_id] = None
        if item.mark is not None and item.log_id in self._unmarked:
            del self._unmarked[item.log_id]
            insort(self._marked, (item.mark, item.log_id))
        if len(self._deliveries) > conf.MAX_HISTORY_CHANGES:
            self._forget_some()
        return is_new

    def list_recent(self, seconds: float) -> list[CacheTag]:
        """Return what the changes of the last ``seconds`` made stale, each tag once, the last changed last."""
        limit = time.monotonic() - seconds
        return _merged(self._newest_first(limit))

    def list_missed(self, since: Position) -> list[CacheTag] | None:
        """Return what changed since the position, as ``list_recent`` does; None if that cannot be known any more."""
        if since.xmin <= self._forgotten_mark:
            return None
        missed = [
            log_id
            for mark, log_id in self._marked[bisect_left(self._marked, (since.xmin, 0)) :]
            if not since.sees(mark)
        ]
        missed.extend(self._unmarked)
        return _merged(self._deliveries[log_id].tags for log_id in reversed(missed))

    def _newest_first(self, limit: float) -> Iterator[tuple[CacheTag, ...]]:
        for delivery in reversed(self._deliveries.values()):
            if delivery.at <= limit:
                return
            yield delivery.tags

    def _forget_some(self) -> None:
        """Forget a tenth at once: that is cheaper than one at a time."""
        count = conf.MAX_HISTORY_CHANGES // 10
        forgotten, self._marked = self._marked[:count], self._marked[count:]
        if forgotten:
            self._forgotten_mark = max(self._forgotten_mark, forgotten[-1][0])
        log_ids = [log_id for _, log_id in forgotten]
        log_ids += list(self._unmarked)[: count - len(log_ids)]
        for log_id in log_ids:
            del self._deliveries[log_id]
            self._unmarked.pop(log_id, None)


def _merged(newest_first: Iterable[tuple[CacheTag, ...]]) -> list[CacheTag]:
    """Return each tag once, where it stood last."""
    tags = dict.fromkeys(tag for change in newest_first for tag in reversed(change))
    return list(reversed(tags))
