"""Which process works on which subscriptions, and what follows from it for browsers."""

from uuid import UUID

from events.changes import Change, subscription_changes
from processes.models import Process, ProcessSubscription
from processes.statuses import ENDED, TERMINAL, ProcessStatus
from processes.workflow.state import State
from subscriptions.models import Subscription


def relate_subscription(process_id: UUID, subscription_id: UUID) -> None:
    """Say that the process works on the subscription; idempotent. The step that does so is what browsers hear of."""
    ProcessSubscription.objects.get_or_create(process_id=process_id, subscription_id=subscription_id)


def relate_named_subscription(process_id: UUID, state: State) -> None:
    """Relate the process to the subscription that its first state names as ``subscription_id``, if there is one."""
    try:
        subscription_id = UUID(str(state.get("subscription_id")))
    except ValueError:
        return
    if Subscription.objects.filter(pk=subscription_id).exists():
        relate_subscription(process_id, subscription_id)


def changes_at_end(process_id: UUID, status: ProcessStatus) -> list[Change]:
    """Return what else to record when the process gets this status: at its end, that its subscriptions changed.

    No query for a status that is no end.
    """
    if status not in TERMINAL:
        return []
    links = ProcessSubscription.objects.filter(process_id=process_id)
    return subscription_changes(links.values_list("subscription_id", flat=True))


def list_unfinished(subscription_id: UUID) -> list[UUID]:
    """Return the processes of the subscription, tasks excepted, that are neither completed nor aborted."""
    unfinished = Process.objects.filter(subscription_links__subscription=subscription_id, is_task=False)
    return list(unfinished.exclude(last_status__in=ENDED).order_by("started_at").values_list("pk", flat=True))
