"""The door of one server OS process: how many clients come in, and until when what each was granted counts."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils import timezone

from access.callers import Caller
from access.revocations import Revocations, read_revocations
from access.roles import Role
from access.sessions import find_session_callers
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

    It answers from memory: a storm of handshakes causes no query. When a change says so, revocations are read again
    and held against all who are in, so nobody slips in while one is made; and so are the sessions of those who came by
    one, which are also read every other second, for a session that ended while its client came in, or in silence.
    """

    def __init__(self, thread: DatabaseThread) -> None:
        """Read revocations in this thread."""
        self._thread = thread
        self._grants: set[Grant] = set()
        self._revocations = Revocations()
        self._has_changed = asyncio.Event()
        self._have_sessions_changed = asyncio.Event()
        self._handshakes = MinuteCounter()
        self._of_address = OpenCounter()
        self._of_user = OpenCounter()

    def knock(self, address: str) -> RefusedError | None:
        """Count a handshake; return why it is refused, if it is one too many."""
        limit = conf.handshakes_per_minute()
        is_one_too_many = self._handshakes.add(address) > limit
        return LimitExceededError(limit, "handshakes a minute from one address") if is_one_too_many else None

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
        """Have revocations and sessions read again."""
        self._has_changed.set()
        self._have_sessions_changed.set()

    async def follow(self) -> None:
        """Wait for a change, read the revocations and end those whom they concern."""
        await self._has_changed.wait()
        with _taken(self._has_changed):
            self._revocations = await self._thread.run(read_revocations)
        self._end_where(self._revocations.concern)

    async def follow_sessions(self) -> None:
        """Wait for a change, or a while, and hold the sessions as they are now against those who came by one.

        Three queries, however many there are; none if nobody did. Of 1000 they take 180 milliseconds of CPU.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._have_sessions_changed.wait(), conf.SESSION_INTERVAL_SECONDS)
        with _taken(self._have_sessions_changed):
            keys = {grant: key for grant in self._grants if (key := grant.caller.session_key) is not None}
            callers = await self._thread.run(partial(find_session_callers, set(keys.values()))) if keys else {}
        for grant in self._grants.intersection(keys):
            try:
                self._renew_by_session(grant, callers.get(keys[grant]))
            except RefusedError as refusal:
                self._end(grant, refusal)

    async def end_expired(self) -> None:
        """After a pause, end those whose token or session has ended; ten thousand clients take some milliseconds."""
        await asyncio.sleep(conf.DEADLINE_INTERVAL_SECONDS)
        now = timezone.now()
        self._end_where(lambda caller: _has_expired(caller, now))

    def _renew_by_session(self, grant: Grant, caller: Caller | None) -> None:
        if caller is None:
            raise UnauthenticatedError
        self.renew(grant, caller)

    def _end_where(self, is_over: Callable[[Caller], bool]) -> None:
        for grant in [grant for grant in self._grants if is_over(grant.caller)]:
            self._end(grant, UnauthenticatedError())

    def _end(self, grant: Grant, refusal: RefusedError) -> None:
        self.leave(grant)
        grant.end(refusal)

    def _require_valid(self, caller: Caller) -> None:
        if _has_expired(caller, timezone.now()) or self._revocations.concern(caller):
            raise UnauthenticatedError
        if not caller.may(Role.VIEW):
            raise ForbiddenError


@contextmanager
def _taken(event: asyncio.Event) -> Iterator[None]:
    """Take what happened as dealt with, unless that fails; what happens meanwhile is another reason to look."""
    event.clear()
    try:
        yield
    except BaseException:
        event.set()
        raise


def _has_expired(caller: Caller, now: datetime) -> bool:
    return caller.expires_at is not None and caller.expires_at <= now
