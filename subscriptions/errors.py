"""The situations in which an operation on subscriptions refuses; each text is the ``detail`` in ``docs/rest.md``."""

from collections.abc import Iterable
from uuid import UUID

from orchestrator_ws.errors import BadRequestError, ConflictError, NotFoundError, UnprocessableError
from subscriptions.lifecycle import SubscriptionLifecycle


class SubscriptionNotFoundError(NotFoundError):
    """There is no subscription with this id."""

    def __init__(self, subscription_id: UUID) -> None:
        super().__init__(f"Subscription with {subscription_id} does not exist in the database")


class IllegalTransitionError(ConflictError):
    """The life of a subscription does not go this way."""

    def __init__(self, subscription_id: UUID, before: SubscriptionLifecycle, after: SubscriptionLifecycle) -> None:
        super().__init__(f"Subscription {subscription_id} is {before.value} and cannot become {after.value}")


class SubscriptionOutOfSyncError(ConflictError):
    """Another process, or a person, has taken the subscription out of sync."""

    def __init__(self) -> None:
        super().__init__("Subscription is already out of sync, cannot continue!")


class UnfinishedProcessesError(UnprocessableError):
    """Processes of the subscription have not come to an end, so it is not known to be in sync."""

    def __init__(self, subscription_id: UUID, process_ids: Iterable[UUID]) -> None:
        ids = [str(process_id) for process_id in process_ids]
        super().__init__(f"Subscription {subscription_id} has still failed processes with id's: {ids}")


class SelfRelationError(BadRequestError):
    """A subscription cannot depend on itself."""

    def __init__(self, subscription_id: UUID) -> None:
        super().__init__(f"Subscription {subscription_id} cannot depend on itself")
