"""Steps that every workflow on a subscription has: relate it, lock and unlock it, let it enter a phase of its life.

Each works on the subscription that ``subscription_id`` names in the state, and leaves it there as ``subscription``.
Each may run again after it was killed.
"""

from uuid import UUID

from processes.relations import relate_subscription
from processes.workflow import State, Step, Target, step
from subscriptions import operations
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Subscription
from subscriptions.serializers import subscription_state

BACKUP = "__old_subscriptions__"
"""The state's key for the subscriptions as they were before this process, by id; the UI shows what differs."""


@step("Lock subscription")
def unsync(process_id: UUID, subscription_id: UUID, state: State) -> State:
    """Take the subscription out of sync, unless somebody else did, and keep how it was; a backup in the state stays."""
    subscription = operations.take_out_of_sync(subscription_id, process_id)
    backups = state.get(BACKUP) or {}
    return _in_state(subscription) | {BACKUP: {str(subscription_id): _before_lock(subscription)} | backups}


@step("Lock subscription")
def unsync_unchecked(process_id: UUID, subscription_id: UUID) -> State:
    """Take the subscription out of sync, whether or not it is: for a check, which changes nothing."""
    return _in_state(operations.mark_out_of_sync(subscription_id, process_id))


@step("Unlock subscription")
def resync(process_id: UUID, subscription_id: UUID) -> State:
    """Bring the subscription in sync, unless another process is at work on it by now."""
    return _in_state(operations.bring_in_sync(subscription_id, process_id))


def set_status(status: SubscriptionLifecycle) -> Step:
    """Return the step that lets the subscription enter this phase of its life."""

    @step(f"Set subscription to '{status.value}'")
    def _set_status(subscription_id: UUID) -> State:
        return _in_state(operations.set_status(subscription_id, status))

    return _set_status


def store_process_subscription(workflow_target: Target | None = None) -> Step:
    """Return the step that says that the process works on the subscription.

    ``workflow_target`` says nothing that the workflow does not say; modules may still name it.
    """

    @step("Create Process Subscription relation")
    def _store_process_subscription(process_id: UUID, subscription_id: UUID) -> None:
        relate_subscription(process_id, subscription_id)

    return _store_process_subscription


def _in_state(subscription: Subscription) -> State:
    return {"subscription": subscription_state(subscription)}


def _before_lock(subscription: Subscription) -> State:
    # What the lock changed is undone, for the step may run again when the row already is as the lock left it.
    return subscription_state(subscription) | {"insync": True, "version": subscription.version - 1}
