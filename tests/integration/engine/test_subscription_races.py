"""Several at once want the same subscription: one of them gets it."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

from django.db import connection

from subscriptions import operations
from subscriptions.errors import SubscriptionOutOfSyncError
from subscriptions.models import Subscription
from tests.integration.subscriptions.stored_subscriptions import CUSTOMER_ID, store_product, store_subscription
from tests.waiting import TIMEOUT_SECONDS

CONTENDERS = 4


def all_at_once(contend: Callable[[UUID], object]) -> list[object]:
    """Call the function in several threads, each with another process id, and return what came of each."""
    outcomes: list[object] = []
    gate = threading.Barrier(CONTENDERS)

    def run() -> None:
        gate.wait(TIMEOUT_SECONDS)
        try:
            outcomes.append(contend(uuid4()))
        except SubscriptionOutOfSyncError as refusal:
            outcomes.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(CONTENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    return outcomes


def test_one_process_takes_it_out_of_sync_and_the_others_are_refused(recorded: Callable[[], str]) -> None:
    subscription = store_subscription()

    outcomes = all_at_once(lambda process_id: operations.take_out_of_sync(subscription.pk, process_id).unsynced_by)

    (winner,) = (each for each in outcomes if isinstance(each, UUID))
    assert len(outcomes) == CONTENDERS
    assert Subscription.objects.get().unsynced_by == winner
    assert recorded() == "Sa Sl Si"


def test_the_same_subscription_is_created_once(recorded: Callable[[], str]) -> None:
    product_id, subscription_id = store_product().pk, uuid4()

    outcomes = all_at_once(
        lambda _: operations.create_subscription(product_id, CUSTOMER_ID, "made", subscription_id=subscription_id).pk
    )

    assert outcomes == [subscription_id] * CONTENDERS
    assert recorded() == "Sa Sl Si"


def test_no_change_is_lost(recorded: Callable[[], str]) -> None:
    subscription = store_subscription()

    all_at_once(lambda process_id: operations.update_subscription(subscription.pk, note=str(process_id)).version)

    assert Subscription.objects.get().version == 1 + CONTENDERS
    assert recorded() == " ".join(["Sa Sl Si"] * CONTENDERS)
