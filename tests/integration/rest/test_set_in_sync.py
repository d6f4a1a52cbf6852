"""``PUT /api/subscriptions/{subscription_id}/set_in_sync``: REST contract, section 7."""

from collections.abc import Callable

import pytest

from processes.statuses import ProcessStatus
from subscriptions.models import Subscription
from tests.integration.engine.stored_processes import lock_engine, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, faults, problem
from tests.integration.subscriptions.stored_subscriptions import UNKNOWN_ID, link, store_subscription

Recorded = Callable[[], str]


def test_one_out_of_sync_is_in_sync_afterwards(api: Api, recorded: Recorded) -> None:
    subscription = store_subscription(insync=False)

    answer = api.put(f"/api/subscriptions/{subscription.pk}/set_in_sync")

    assert (answer.status, answer.body) == (200, None)
    assert Subscription.objects.get().insync
    assert recorded() == "Sa Sl Si"


def test_one_in_sync_stays_so_without_a_frame(api: Api, recorded: Recorded) -> None:
    subscription = store_subscription()

    answer = api.put(f"/api/subscriptions/{subscription.pk}/set_in_sync/")

    assert (answer.status, answer.body, recorded()) == (200, None, "")


def test_a_locked_engine_does_not_matter(api: Api) -> None:
    lock_engine()

    assert api.put(f"/api/subscriptions/{store_subscription().pk}/set_in_sync").status == 200


def test_unfinished_processes_are_named(api: Api, recorded: Recorded) -> None:
    subscription = store_subscription(insync=False)
    definition = define("failed", adding("Work"))
    processes = [store_in_status(definition, ProcessStatus.FAILED) for _ in range(2)]
    for process in processes:
        link(process, subscription)

    answer = api.put(f"/api/subscriptions/{subscription.pk}/set_in_sync")

    ids = f"['{processes[0].pk}', '{processes[1].pk}']"
    detail = f"Subscription {subscription.pk} has still failed processes with id's: {ids}"
    assert (answer.status, answer.body) == (422, problem(422, "Unprocessable Entity", detail))
    assert recorded() == ""


def test_an_unknown_id_is_not_found(api: Api) -> None:
    answer = api.put(f"/api/subscriptions/{UNKNOWN_ID}/set_in_sync")

    detail = f"Subscription with {UNKNOWN_ID} does not exist in the database"
    assert (answer.status, answer.body) == (404, problem(404, "Not Found", detail))


@pytest.mark.parametrize("bad_id", ["nope", "1"])
def test_what_is_no_uuid_is_refused(bad_id: str, api: Api) -> None:
    answer = api.put(f"/api/subscriptions/{bad_id}/set_in_sync")

    assert faults(answer) == [("uuid_parsing", ["path", "subscription_id"])]
