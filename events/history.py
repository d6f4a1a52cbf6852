"""What was delivered lately: so that nothing is delivered twice, and to tell a client what it missed."""

import math
import time
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from events import conf
from events.changes import LoggedChange
from events.messages import CacheTag, cache_tags
from events.positions import Position


@dataclass(slots=True)
class _Delivery:
    tags: tuple[CacheTag, ...]
    # Monotonic time; minus infinity for what was in the log before.
    at: float
    # Of the read that brought it; None while only the fast path has.
    position: Position | None = None


class History:
    """The newest ``MAX_HISTORY_CHANGES`` changes. It answers without a database. Only the serving loop may use it."""

    def __init__(self, newest: Sequence[LoggedChange] = (), position: Position | None = None) -> None:
        """Begin with the newest changes in the log, and the position of the read that brought them."""
        # Log id → delivery, in the order of delivery.
        self._deliveries: dict[int, _Delivery] = {}
        # Mark and log id of those that a read has brought, ascending.
        self._marked: list[tuple[int, int]] = []
        # Log ids of the others, in the order of delivery.
        self._unmarked: dict[int, None] = {}
        # What is not here was visible at it; None while everything is here.
        self._forgotten: Position | None = None
        for item in newest:
            self._add(item, position, -math.inf)
        if position is not None:
            self._forgotten = position.until(self._marked[0][0]) if self._marked else position

    def add(self, item: LoggedChange, position: Position | None = None) -> bool:
        """Remember a change, or that a read with this position has brought it too; return whether it is new."""
        return self._add(item, position, time.monotonic())

    def list_recent(self, seconds: float) -> list[CacheTag]:
        """Return what the changes added in the last ``seconds`` made stale, each tag once, the last changed last."""
        return _merged(self._newest_first(time.monotonic() - seconds))

    def list_missed(self, since: Position) -> list[CacheTag] | None:
        """Return what changed since the position, as ``list_recent`` does; None if that cannot be known any more."""
        if self._forgotten is not None and not since.includes(self._forgotten):
            return None
        missed = [pair for mark in sorted(since.in_progress) for pair in self._slice(mark, mark + 1)]
        missed += self._slice(since.xmax)
        log_ids = [*(log_id for _, log_id in missed), *self._unmarked]
        return _merged(self._deliveries[log_id].tags for log_id in reversed(log_ids))

    def _add(self, item: LoggedChange, position: Position | None, at: float) -> bool:
        tags, known = cache_tags(item.change), self._deliveries.get(item.log_id)
        # What came over the channel layer may be another installation's, or anybody's: the log is right.
        is_new = known is None or (item.log_id in self._unmarked and item.mark is not None and known.tags != tags)
        if is_new:
            self._deliveries[item.log_id] = _Delivery(tags, at)
            self._unmarked[item.log_id] = None
        if item.mark is not None and item.log_id in self._unmarked:
            del self._unmarked[item.log_id]
            insort(self._marked, (item.mark, item.log_id))
            self._deliveries[item.log_id].position = position
        if len(self._deliveries) > conf.MAX_HISTORY_CHANGES:
            self._forget_some()
        return is_new

    def _slice(self, mark: int, before: int | None = None) -> list[tuple[int, int]]:
        """Return what has this mark or a higher one, before another one."""
        end = None if before is None else bisect_left(self._marked, (before, 0))
        return self._marked[bisect_left(self._marked, (mark, 0)) : end]

    def _newest_first(self, limit: float) -> Iterator[tuple[CacheTag, ...]]:
        for delivery in reversed(self._deliveries.values()):
            if delivery.at <= limit:
                return
            yield delivery.tags

    def _forget_some(self) -> None:
        """Forget the oldest tenth at once: that is cheaper than one at a time."""
        for log_id in list(islice(self._deliveries, conf.MAX_HISTORY_CHANGES // 10)):
            position = self._deliveries.pop(log_id).position
            # The order of delivery is not that of the reads; each read saw all that an earlier one did.
            if position is not None and (self._forgotten is None or position.includes(self._forgotten)):
                self._forgotten = position
            self._unmarked.pop(log_id, None)
        self._marked = [(mark, log_id) for mark, log_id in self._marked if log_id in self._deliveries]


def _merged(newest_first: Iterable[tuple[CacheTag, ...]]) -> list[CacheTag]:
    """Return each tag once, where it stood last."""
    tags = dict.fromkeys(tag for change in newest_first for tag in reversed(change))
    return list(reversed(tags))
