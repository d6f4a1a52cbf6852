"""Counters for the limits of ``docs/security.md``, section 5; each counts in one OS process, in bounded memory."""

import time
from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

MINUTE_SECONDS = 60.0

MAX_COUNTED_ADDRESSES = 10_000
"""Addresses that are counted apart in a minute; all others share one count."""

OTHERS = "others"


class MinuteCounter:
    """Counts events of each key in minutes on end: twice the limit may come within one that lies across two.

    What is said of a minute goes for ``minutes`` where it is made for more.
    """

    __slots__ = ("_began_at", "_counts", "_seconds")

    def __init__(self, minutes: int = 1) -> None:
        self._seconds = minutes * MINUTE_SECONDS
        # Monotonic time.
        self._began_at = time.monotonic()
        self._counts: dict[str, int] = {}

    def add(self, key: str = "") -> int:
        """Count an event and return how many there were in this minute."""
        now = time.monotonic()
        if now - self._began_at >= self._seconds:
            self._began_at = now
            self._counts.clear()
        if key not in self._counts and len(self._counts) >= MAX_COUNTED_ADDRESSES:
            key = OTHERS
        self._counts[key] = count = self._counts.get(key, 0) + 1
        return count

    def take_back(self, key: str) -> None:
        """Count one event less, if it was in this minute."""
        if self._counts.get(key):
            self._counts[key] -= 1


class OpenCounter:
    """Counts what is open by key; what is closed is forgotten."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def __getitem__(self, key: str) -> int:
        return self._counts[key]

    def __len__(self) -> int:
        return len(self._counts)

    def open(self, key: str) -> None:
        """Count one more."""
        self._counts[key] += 1

    def close(self, key: str) -> None:
        """Count one less."""
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]


@lru_cache(maxsize=MAX_COUNTED_ADDRESSES)
def counted_address(host: str) -> str:
    """Return what an address is counted as: an IPv6 host has a network of 64 bits to choose its addresses from."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return host
