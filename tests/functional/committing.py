"""Commits changes of processes that do not exist, from an OS process of its own, as any part of the product may."""

from tests.servers import manage

RECORD = """
from uuid import UUID
from django.db import transaction
from events.changes import Change, ChangeKind
from events.recording import record
for number in range({first}, {first} + {count}):
    with transaction.atomic():
        record(Change(ChangeKind.PROCESS, UUID(int=number)))
"""


def commit_changes(environment: dict[str, str], count: int, *, first: int = 1) -> None:
    """Commit changes of ``count`` processes, whose ids are ``UUID(int=first)`` and so on, each in a transaction."""
    manage("shell", "--no-imports", "-c", RECORD.format(first=first, count=count), **environment)
