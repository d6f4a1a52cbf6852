"""The identity provider's keys as this OS process knows them: one fetch at a time, and few of them."""

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from jwt import PyJWK

from access import metrics
from access.key_set import KeySet

logger = logging.getLogger(__name__)

FRESH_SECONDS = 300.0
"""So old keys are fetched again, in the background, when one is asked for; until that succeeds they are used."""

UNKNOWN_KEY_PAUSE_SECONDS = 30.0
"""An unknown key begins no fetch earlier than so long after the one before, however many ask."""

RETRY_SECONDS = 5.0
"""The same while there are no keys at all, and after a failure."""


class KeyCache:
    """Remembers the keys of the last fetch that succeeded. Any thread, and any loop: nothing here waits."""

    def __init__(self, fetch: Callable[[], KeySet]) -> None:
        self._fetch = fetch
        self._thread = ThreadPoolExecutor(1, "identity-provider")
        self._beginning = threading.Lock()
        # None until a fetch has succeeded.
        self._keys: KeySet | None = None
        # The fetch that runs; None between two.
        self._running: Future[None] | None = None
        # Monotonic times at which the last fetch began, and the last that an unknown key began.
        self._begun_at = self._begun_for_unknown_key_at = -math.inf
        self._has_failed = False

    @property
    def has_keys(self) -> bool:
        """Whether a fetch has ever succeeded."""
        return self._keys is not None

    def find(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """Return the key, as far as known."""
        return None if self._keys is None else self._keys.find(key_id, algorithm)

    def fetch_for(self, key_id: str | None, algorithm: str) -> Future[None] | None:
        """Return the fetch to wait for before ``find`` tells the truth; None if it does already, or as well as it can.

        Keys that are there and old are fetched in the background.
        """
        if self._keys is not None and self._keys.find(key_id, algorithm) is not None:
            self.refresh()
            return None
        with self._beginning:
            if self._keys is None:
                return self._begin_after(self._begun_at + RETRY_SECONDS)
            fetch = self._begin_after(self._begun_for_unknown_key_at + UNKNOWN_KEY_PAUSE_SECONDS)
            if fetch is not None:
                self._begun_for_unknown_key_at = self._begun_at
            return fetch

    def refresh(self) -> None:
        """Begin a fetch if the keys are old or the last one failed; does not wait for it."""
        is_well = self._keys is not None and not self._has_failed
        with self._beginning:
            self._begin_after(self._begun_at + (FRESH_SECONDS if is_well else RETRY_SECONDS))

    def list_faults(self) -> list[str]:
        """Return what is wrong; asks anew for the next time if it is time for that."""
        self.refresh()
        return ["identity provider unreachable"] if self._has_failed else []

    def _begin_after(self, moment: float) -> Future[None] | None:
        """Return the fetch that runs, or begin one if the monotonic time has come; else None. With the lock held."""
        now = time.monotonic()
        if self._running is None and now >= moment:
            self._begun_at = now
            self._running = self._thread.submit(self._run)
        return self._running

    def _run(self) -> None:
        # Whatever the other side sends, the keys of before stay in use.
        try:
            self._keys = self._fetch()
            self._has_failed = False
            metrics.KEY_FETCHES.labels("success").inc()
        except Exception as error:
            self._has_failed = True
            metrics.KEY_FETCHES.labels("failure").inc()
            logger.warning("The keys of the identity provider cannot be had: %s: %s", type(error).__name__, error)
        finally:
            with self._beginning:
                self._running = None
