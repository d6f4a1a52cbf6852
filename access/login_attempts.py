"""How often passwords may be tried at the login of Django admin; each OS process counts for itself."""

import logging
from threading import Lock

from access import metrics
from audit.sign_ins import note_lockout
from events.limits import MinuteCounter, counted_address

WINDOW_MINUTES = 15

OF_NAME = 5
"""Attempts under one name from one address: somebody elsewhere cannot lock out whose name it is."""

OF_ADDRESS = 30
"""Attempts from one address under all names together."""

logger = logging.getLogger(__name__)


class TooManyAttemptsError(Exception):
    """The password is not looked at; the text is for whoever typed it."""

    def __init__(self) -> None:
        super().__init__(f"Too many failed logins. Try again in {WINDOW_MINUTES} minutes.")


class LoginAttempts:
    """Counts attempts before their passwords are looked at, so that many at once are no way around. Any thread."""

    def __init__(self) -> None:
        self._of_name, self._of_address = MinuteCounter(WINDOW_MINUTES), MinuteCounter(WINDOW_MINUTES)
        self._lock = Lock()

    def begin(self, name: str, host: str) -> None:
        """Count an attempt; the first one that is too many is noted in log and audit log, as the others are not.

        Raises:
            TooManyAttemptsError: it is one too many.
        """
        address = counted_address(host)
        with self._lock:
            tried, limit, by = self._of_name.add(_pair(name, address)), OF_NAME, "name"
            if tried <= limit:
                tried, limit, by = self._of_address.add(address), OF_ADDRESS, "address"
        if tried <= limit:
            return
        metrics.LOGINS_REFUSED.labels(by).inc()
        if tried == limit + 1:
            logger.warning("Too many failed logins from %s, by %s; more are refused", host, by)
            note_lockout(name if by == "name" else "")
        raise TooManyAttemptsError

    def succeed(self, name: str, host: str) -> None:
        """Let an attempt not count, for it had the right password."""
        address = counted_address(host)
        with self._lock:
            self._of_name.take_back(_pair(name, address))
            self._of_address.take_back(address)


def _pair(name: str, address: str) -> str:
    return f"{address} {name}"
