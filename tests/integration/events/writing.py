"""Write to the real database, from the test or from a thread of its own."""

import asyncio
import threading
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

from django.db import connection, transaction

from events.changes import Change, ChangeKind
from events.recording import record
from tests.waiting import TIMEOUT_SECONDS

T = TypeVar("T")


def some_change(process_id: UUID | None = None) -> Change:
    """Return a change of this process, or of one of its own."""
    return Change(ChangeKind.PROCESS, process_id or uuid.uuid4())


def commit(*changes: Change) -> None:
    """Record the changes in one transaction and commit it."""
    with transaction.atomic():
        record(*changes)


async def in_thread(function: Callable[[], T]) -> T:
    """Do database work in a thread and give its connection back, or PostgreSQL could not drop the database."""

    def call() -> T:
        try:
            return function()
        finally:
            connection.close()

    return await asyncio.to_thread(call)


async def acommit(*changes: Change) -> None:
    """As ``commit``, from an event loop."""
    await in_thread(lambda: commit(*changes))


class _RolledBackError(Exception):
    """Ends a transaction on purpose."""


class OpenTransaction:
    """A transaction in a thread of its own: it writes at once and stays open until it is told how to end."""

    def __init__(self, write: Callable[[], None], *, at_the_end: Callable[[], None] = lambda: None) -> None:
        self._write = write
        self._at_the_end = at_the_end
        self._written = threading.Event()
        self._may_end = threading.Event()
        self._roll_back = True
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._written.wait(TIMEOUT_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def commit(self) -> None:
        """Commit, and return once that is done."""
        self._roll_back = False
        self._end()

    def roll_back(self) -> None:
        """Roll back, and return once that is done."""
        self._end()

    def _end(self) -> None:
        self._may_end.set()
        self._thread.join(TIMEOUT_SECONDS)
        assert not self._thread.is_alive()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self._write()
                self._written.set()
                assert self._may_end.wait(TIMEOUT_SECONDS)
                self._at_the_end()
                if self._roll_back:
                    raise _RolledBackError
        except _RolledBackError:
            pass
        except BaseException as failure:
            self._failure = failure
        finally:
            self._written.set()
            connection.close()
