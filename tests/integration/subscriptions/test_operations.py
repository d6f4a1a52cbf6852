"""What the operations on subscriptions change, refuse, and tell the browsers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from processes.statuses import ProcessStatus
from subscriptions import operations
from subscriptions.errors import (
    IllegalTransitionError,
    SelfRelationError,
    SubscriptionNotFoundError,
    SubscriptionOutOfSyncError,
    UnfinishedProcessesError,
)
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Product, Subscription, SubscriptionRelation
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import (
    CUSTOMER_ID,
    MARCH,
    UNKNOWN_ID,
    link,
    store_product,
    store_subscription,
)

Recorded = Callable[[], str]


def reread(subscription: Subscription) -> Subscription:
    return Subscription.objects.get(pk=subscription.pk)


class TestCreate:
    def test_it_is_initial_out_of_sync_and_of_version_one(self, recorded: Recorded) -> None:
        created = operations.create_subscription(store_product().pk, CUSTOMER_ID, "FP A-B")

        row = reread(created)
        assert (row.description, row.customer_id, row.product.name) == ("FP A-B", CUSTOMER_ID, "Fibre Path")
        assert (row.lifecycle, row.insync, row.version) == (SubscriptionLifecycle.INITIAL, False, 1)
        assert (row.start_date, row.end_date, row.note) == (None, None, None)
        assert recorded() == "Sa Sl Si"

    def test_the_same_id_again_changes_nothing(self, recorded: Recorded) -> None:
        product_id, subscription_id = store_product().pk, uuid4()
        operations.create_subscription(product_id, CUSTOMER_ID, "FP A-B", subscription_id=subscription_id)
        recorded()

        again = operations.create_subscription(product_id, CUSTOMER_ID, "FP C-D", subscription_id=subscription_id)

        assert (again.pk, again.description, recorded()) == (subscription_id, "FP A-B", "")


class TestUpdate:
    @pytest.mark.parametrize(
        "columns",
        [
            {"description": "new"},
            {"note": "call first"},
            {"customer_id": "other"},
            {"start_date": MARCH + timedelta(days=1), "end_date": MARCH + timedelta(days=2)},
        ],
    )
    def test_what_is_named_changes_and_raises_the_version(self, columns: Any, recorded: Recorded) -> None:
        subscription = store_subscription()

        operations.update_subscription(subscription.pk, **columns)

        row = reread(subscription)
        assert {name: getattr(row, name) for name in columns} == columns
        assert row.version == 2
        assert recorded() == "Sa Sl Si"

    @pytest.mark.parametrize("columns", [{}, {"description": "same"}, {"note": None, "start_date": MARCH}])
    def test_what_changes_nothing_is_not_told(self, columns: Any, recorded: Recorded) -> None:
        subscription = store_subscription("same")

        operations.update_subscription(subscription.pk, **columns)

        assert (reread(subscription).version, recorded()) == (1, "")


class TestStatus:
    def test_it_starts_when_it_becomes_active(self, recorded: Recorded) -> None:
        before = timezone.now()
        subscription = store_subscription(status=SubscriptionLifecycle.INITIAL, start_date=None)

        operations.set_status(subscription.pk, SubscriptionLifecycle.ACTIVE)

        row = reread(subscription)
        assert row.lifecycle is SubscriptionLifecycle.ACTIVE
        assert row.start_date is not None
        assert before <= row.start_date <= timezone.now()
        assert (row.end_date, row.version, recorded()) == (None, 2, "Sa Sl Si")

    def test_it_ends_when_it_is_terminated(self) -> None:
        subscription = store_subscription()

        operations.terminate_subscription(subscription.pk)

        row = reread(subscription)
        assert row.lifecycle is SubscriptionLifecycle.TERMINATED
        assert row.end_date is not None
        assert row.start_date == MARCH

    def test_dates_that_were_set_stay(self) -> None:
        subscription = store_subscription(end_date=MARCH + timedelta(days=365))

        operations.terminate_subscription(subscription.pk)

        assert reread(subscription).end_date == MARCH + timedelta(days=365)

    def test_the_same_status_again_is_not_told(self, recorded: Recorded) -> None:
        subscription = store_subscription(status=SubscriptionLifecycle.TERMINATED, end_date=MARCH)

        operations.terminate_subscription(subscription.pk)

        assert recorded() == ""

    def test_an_illegal_way_is_refused_with_both_sides(self, recorded: Recorded) -> None:
        subscription = store_subscription(status=SubscriptionLifecycle.TERMINATED)

        with pytest.raises(IllegalTransitionError, match=r"is terminated and cannot become active$"):
            operations.set_status(subscription.pk, SubscriptionLifecycle.ACTIVE)

        assert (reread(subscription).version, recorded()) == (1, "")


class TestSync:
    def test_a_process_takes_it_out_of_sync(self, recorded: Recorded) -> None:
        subscription, process_id = store_subscription(), uuid4()

        operations.take_out_of_sync(subscription.pk, process_id)

        row = reread(subscription)
        assert (row.insync, row.unsynced_by, row.version, recorded()) == (False, process_id, 2, "Sa Sl Si")

    def test_the_same_process_may_do_so_again(self, recorded: Recorded) -> None:
        subscription, process_id = store_subscription(), uuid4()
        operations.take_out_of_sync(subscription.pk, process_id)
        recorded()

        operations.take_out_of_sync(subscription.pk, process_id)

        assert recorded() == ""

    @pytest.mark.parametrize("first", [uuid4(), None], ids=["process", "person"])
    @pytest.mark.parametrize("second", [uuid4(), None], ids=["process", "person"])
    def test_anybody_else_is_refused(self, first: Any, second: Any, recorded: Recorded) -> None:
        subscription = store_subscription()
        operations.take_out_of_sync(subscription.pk, first)
        recorded()

        with pytest.raises(
            SubscriptionOutOfSyncError, match=r"^Subscription is already out of sync, cannot continue!$"
        ):
            operations.take_out_of_sync(subscription.pk, second)

        assert (reread(subscription).unsynced_by, recorded()) == (first, "")

    def test_a_check_leaves_it_to_who_took_it_out_of_sync(self, recorded: Recorded) -> None:
        subscription, first = store_subscription(), uuid4()
        operations.mark_out_of_sync(subscription.pk, first)
        assert recorded() == "Sa Sl Si"

        operations.mark_out_of_sync(subscription.pk, uuid4())

        assert (reread(subscription).unsynced_by, recorded()) == (first, "")

    def test_its_process_brings_it_in_sync(self, recorded: Recorded) -> None:
        subscription = store_subscription(insync=False, unsynced_by=uuid4())

        operations.bring_in_sync(subscription.pk)

        row = reread(subscription)
        assert (row.insync, row.unsynced_by, recorded()) == (True, None, "Sa Sl Si")

    def test_a_process_leaves_the_lock_of_another_one_that_is_at_work(self, recorded: Recorded) -> None:
        subscription = store_subscription()
        process = store_in_status(define("working", adding("Work")), ProcessStatus.RUNNING)
        link(process, subscription)
        operations.take_out_of_sync(subscription.pk, process.pk)
        assert recorded() == "Sa Sl Si"

        operations.bring_in_sync(subscription.pk, uuid4())

        assert (reread(subscription).insync, recorded()) == (False, "")

    def test_a_person_sets_it_in_sync_once_its_processes_are_at_their_end(self, recorded: Recorded) -> None:
        subscription = store_subscription(insync=False)
        definition = define("worked", adding("Work"))
        for status in (ProcessStatus.COMPLETED, ProcessStatus.ABORTED):
            link(store_in_status(definition, status), subscription)
        link(store_in_status(define("checked", adding("Work"), is_task=True), ProcessStatus.FAILED), subscription)

        operations.set_in_sync(subscription.pk)

        assert (reread(subscription).insync, recorded()) == (True, "Sa Sl Si")

    @pytest.mark.parametrize("status", sorted(set(ProcessStatus) - {ProcessStatus.COMPLETED, ProcessStatus.ABORTED}))
    def test_a_person_is_refused_while_a_process_may_go_on(self, status: ProcessStatus, recorded: Recorded) -> None:
        subscription = store_subscription(insync=False)
        process = store_in_status(define("working", adding("Work")), status)
        link(process, subscription)

        with pytest.raises(UnfinishedProcessesError) as refusal:
            operations.set_in_sync(subscription.pk)

        sentence = f"Subscription {subscription.pk} has still failed processes with id's: ['{process.pk}']"
        assert str(refusal.value) == sentence
        assert (reread(subscription).insync, recorded()) == (False, "")

    def test_one_in_sync_stays_so_whatever_its_processes_do(self, recorded: Recorded) -> None:
        subscription = store_subscription()
        link(store_in_status(define("failed", adding("Work")), ProcessStatus.FAILED), subscription)

        operations.set_in_sync(subscription.pk)

        assert recorded() == ""


class TestRelations:
    def test_both_sides_are_told_once(self, recorded: Recorded) -> None:
        user, used = store_subscription("user"), store_subscription("used")

        for _ in range(2):
            operations.relate(in_use_by=user.pk, depends_on=used.pk)

        assert SubscriptionRelation.objects.get().in_use_by == user
        assert recorded() == "Sa Sl Si Si"

    def test_one_that_ends_is_told_once(self, recorded: Recorded) -> None:
        user, used = store_subscription("user"), store_subscription("used")
        operations.relate(in_use_by=user.pk, depends_on=used.pk)
        recorded()

        for _ in range(2):
            operations.unrelate(in_use_by=user.pk, depends_on=used.pk)

        assert not SubscriptionRelation.objects.exists()
        assert recorded() == "Sa Sl Si Si"

    def test_nothing_depends_on_itself(self) -> None:
        subscription = store_subscription()

        with pytest.raises(SelfRelationError):
            operations.relate(in_use_by=subscription.pk, depends_on=subscription.pk)

    def test_both_must_exist(self) -> None:
        with pytest.raises(SubscriptionNotFoundError):
            operations.relate(in_use_by=store_subscription().pk, depends_on=UNKNOWN_ID)


@pytest.mark.parametrize(
    "operation",
    [
        operations.update_subscription,
        operations.terminate_subscription,
        operations.take_out_of_sync,
        lambda subscription_id: operations.mark_out_of_sync(subscription_id, uuid4()),
        operations.bring_in_sync,
        operations.set_in_sync,
    ],
)
def test_an_unknown_subscription_is_refused(operation: Callable[[Any], Any], recorded: Recorded) -> None:
    with pytest.raises(
        SubscriptionNotFoundError, match=rf"^Subscription with {UNKNOWN_ID} does not exist in the database$"
    ):
        operation(UNKNOWN_ID)

    assert recorded() == ""


def test_a_product_that_changes_makes_every_subscription_stale(recorded: Recorded) -> None:
    product = Product(name="New", description="", product_type="Path", tag="N")

    operations.save_product(product)

    assert Product.objects.get(name="New").status == "active"
    assert recorded() == "Sa Sl M"
