"""What can change: the committed facts that make some browser's cache stale."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ChangeKind(StrEnum):
    """The kinds of change; the values are stored in the change log and travel over the channel layer."""

    PROCESS = "process"
    """A process row was created or changed without a logged step (id: process)."""
    PROCESS_STEP = "process_step"
    """A step was logged (id: process)."""
    PROCESS_DELETED = "process_deleted"
    """A process row was deleted (id: process)."""
    PROCESS_STATUS_COUNTS = "process_status_counts"
    """The number of processes per status changed in a way that the failed-tasks badge shows (no id)."""
    SUBSCRIPTIONS = "subscriptions"
    """Some subscription changed (no id)."""
    SUBSCRIPTION = "subscription"
    """This subscription changed (id: subscription)."""
    PRODUCTS = "products"
    """Some product changed (no id)."""
    ENGINE_STATUS = "engine_status"
    """The engine's lock or derived status changed (no id)."""
    WORKER_STATUS = "worker_status"
    """The number of workers or queued jobs changed (no id)."""
    ACCESS = "access"
    """Somebody was disconnected, blocked or unblocked: no browser hears of it, servers look who it is (no id)."""


KINDS_WITH_ID = frozenset(
    {ChangeKind.PROCESS, ChangeKind.PROCESS_STEP, ChangeKind.PROCESS_DELETED, ChangeKind.SUBSCRIPTION}
)
"""Those that say which row changed; the others never do."""


@dataclass(frozen=True, slots=True)
class Change:
    """A committed fact that some cache is stale."""

    kind: ChangeKind
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A change with its id in the change log, by which it is delivered once whichever path brings it."""

    log_id: int
    change: Change
    mark: int | None = None
    """What positions are compared with (``events.positions``); None unless it was read from the log."""


def subscription_changes(subscription_ids: Iterable[UUID]) -> list[Change]:
    """Return what to record when these subscriptions changed: the lists once, then each one; nothing for none."""
    each = [Change(ChangeKind.SUBSCRIPTION, subscription_id) for subscription_id in subscription_ids]
    return [Change(ChangeKind.SUBSCRIPTIONS), *each] if each else []
