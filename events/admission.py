"""The door of one server OS process: how many clients come in, and until when what each was granted counts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from access.callers import Caller
from access.revocations import Revocations, read_revocations
from access.roles import Role
from events import conf
from events.database_thread import DatabaseThread
from events.limits import MinuteCounter, OpenCounter
from events.refusals import ForbiddenError, LimitExceededError, RefusedError, UnauthenticatedError


@dataclass(eq=False, slots=True, kw_only=True)
class Grant:
    """One client that is in."""

    caller: Caller
    address: str
    """As ``limits.counted_address`` returns it."""
    end: Callable[[RefusedError], None]
    """Closes the client at once, whatever waits for it; called on the serving loop."""


class Admission:
    """Lets clients in and ends them when what they were granted ends. Only the serving loop may use it.

    It answers from memory: a storm of handshakes causes no query. Revocations are read again when a change says so,
    and then held against all who are in, so nobody slips in while one is made.
    """

    def __init__(self, thread: DatabaseThread) -> None:
        """Read revocations in this thread."""
        self._thread = thread
        self._grants: set[Grant] = set()
        self._revocations = Revocations()
        self._has_changed = asyncio.Event()
        self._handshakes = MinuteCounter()
        self._of_address = OpenCounter()
        self._of_user = OpenCounter()

    def knock(self, address: str) -> None:
        """Count a handshake.

        Raises:
            LimitExceededError: it is one too many.
        """
        limit = conf.handshakes_per_minute()
        if self._handshakes.add(address) > limit:
            raise LimitExceededError(limit, "handshakes a minute from one address")

    def admit(self, caller: Caller, address: str, end: Callable[[RefusedError], None]) -> Grant:
        """Let a client in, until ``leave`` or until its ``end`` is called, once.

        Raises:
            RefusedError: it may not listen, or is one too many.
        """
        self._require_valid(caller)
        user = caller.identity
        if user is not None and self._of_user[user] >= (limit := conf.connections_per_user()):
            raise LimitExceededError(limit, "connections of one user")
        if self._of_address[address] >= (limit := conf.connections_per_address()):
            raise LimitExceededError(limit, "connections from one address")
        grant = Grant(caller=caller, address=address, end=end)
        self._grants.add(grant)
        self._of_address.open(address)
        if user is not None:
            self._of_user.open(user)
        return grant

    def renew(self, grant: Grant, caller: Caller) -> None:
        """Let what the caller was granted now count for a client that is in.

        Raises:
            RefusedError: it is somebody else, or may not listen any more.
        """
        if caller.identity != grant.caller.identity:
            raise UnauthenticatedError
        self._require_valid(caller)
        grant.caller = caller

    def leave(self, grant: Grant) -> None:
        """Forget a client; idempotent."""
        if grant in self._grants:
            self._grants.remove(grant)
            self._of_address.close(grant.address)
            if grant.caller.identity is not None:
                self._of_user.close(grant.caller.identity)

    def note_change(self) -> None:
        """Have the revocations read again."""
        self._has_changed.set()

    async def follow(self) -> None:
        """Wait for a change, read the revocations and end those whom they concern."""
        await self._has_changed.wait()
        # A change that comes while they are read is another reason to read them.
        self._has_changed.clear()
        try:
            self._revocations = await self._thread.run(read_revocations)
        except BaseException:
            self._has_changed.set()
            raise
        self._end_where(self._revocations.concern)

    async def end_expired(self) -> None:
        """After a pause, end those whose token or session has ended; ten thousand clients take some milliseconds."""
        await asyncio.sleep(conf.DEADLINE_INTERVAL_SECONDS)
        now = timezone.now()
        self._end_where(lambda caller: _has_expired(caller, now))

    def _end_where(self, is_over: Callable[[Caller], bool]) -> None:
        for grant in [grant for grant in self._grants if is_over(grant.caller)]:
            self.leave(grant)
            grant.end(UnauthenticatedError())

    def _require_valid(self, caller: Caller) -> None:
        if _has_expired(caller, timezone.now()) or self._revocations.concern(caller):
            raise UnauthenticatedError
        if not caller.may(Role.VIEW):
            raise ForbiddenError


def _has_expired(caller: Caller, now: datetime) -> bool:
    return caller.expires_at is not None and caller.expires_at <= now
