"""``GET /api/subscriptions/workflows/{subscription_id}``: what may be started, and why not (REST contract, 7)."""

from typing import Any

import pytest

from processes.subscription_workflows import modify_workflow
from processes.workflow import StepList, Target, begin
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Subscription
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, faults, problem
from tests.integration.subscriptions.stored_subscriptions import (
    UNKNOWN_ID,
    allow,
    store_product,
    store_relation,
    store_subscription,
)

EMPTY: dict[str, Any] = {"create": [], "modify": [], "terminate": [], "system": [], "reconcile": [], "validate": []}
CREATE = {"name": "create_path", "description": "About create_path"}
MODIFY = {"name": "modify_path", "description": "About modify_path"}
NOTE = {"name": "modify_note", "description": "About modify_note"}
TERMINATE = {"name": "terminate_path", "description": "About terminate_path"}
VALIDATE = {"name": "validate_path", "description": "About validate_path"}
RECONCILE = {"name": "reconcile_path", "description": "About reconcile_path"}


@pytest.fixture
def workflows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the product of ``store_subscription`` allow a workflow of each target, and one for notes."""
    product = store_product()
    for target in (Target.CREATE, Target.MODIFY, Target.TERMINATE, Target.VALIDATE, Target.RECONCILE):
        name = f"{target.value.lower()}_path"
        allow(define(name, adding("Work"), target=target, is_task=target is Target.VALIDATE), product)
    note = allow(define("modify_note_of_test", adding("Work"), target=Target.MODIFY), product)
    type(note).objects.filter(name="modify_note").delete()
    note.name, note.description = "modify_note", NOTE["description"]
    note.save()


def ask(api: Api, subscription: Subscription) -> dict[str, Any]:
    answer = api.get(f"/api/subscriptions/workflows/{subscription.pk}")
    assert answer.status == 200, answer
    return dict(answer.body)


def not_usable(workflow: dict[str, str], usable_when: list[str], status: str, action: str) -> dict[str, Any]:
    reason = "subscription.no_modify_invalid_status"
    return workflow | {"reason": reason, "usable_when": usable_when, "status": status, "action": action}


def test_a_product_without_workflows_allows_none(api: Api) -> None:
    assert ask(api, store_subscription()) == EMPTY


def test_an_active_subscription_in_sync_allows_all_but_its_creation(workflows: None, api: Api) -> None:
    assert ask(api, store_subscription()) == {
        "create": [not_usable(CREATE, [], "active", "modified")],
        "modify": [NOTE, MODIFY],
        "terminate": [TERMINATE],
        "system": [],
        "reconcile": [RECONCILE],
        "validate": [VALIDATE],
    }


def test_out_of_sync_only_tasks_notes_and_reconciliations_stay_allowed(workflows: None, api: Api) -> None:
    reason = {"reason": "subscription.not_in_sync"}

    assert ask(api, store_subscription(insync=False)) == {
        **reason,
        "create": [CREATE | reason],
        "modify": [NOTE, MODIFY | reason],
        "terminate": [TERMINATE | reason],
        "system": [],
        "reconcile": [RECONCILE],
        "validate": [VALIDATE],
    }


@pytest.mark.parametrize("side", ["in use by", "depends on"])
def test_related_subscriptions_out_of_sync_lock_it_too(side: str, workflows: None, api: Api) -> None:
    subscription, other = store_subscription(), store_subscription("other", insync=False)
    if side == "in use by":
        store_relation(in_use_by=other, depends_on=subscription)
    else:
        store_relation(in_use_by=subscription, depends_on=other)

    body = ask(api, subscription)

    lock = {"reason": "subscription.relations_not_in_sync", "locked_relations": [str(other.pk)]}
    assert {key: body[key] for key in lock} == lock
    assert body["modify"] == [NOTE, MODIFY | lock]
    assert body["reconcile"] == [RECONCILE]


@pytest.mark.parametrize(
    ("status", "terminable"),
    [
        (SubscriptionLifecycle.INITIAL, False),
        (SubscriptionLifecycle.PROVISIONING, True),
        (SubscriptionLifecycle.MIGRATING, False),
        (SubscriptionLifecycle.DISABLED, False),
        (SubscriptionLifecycle.TERMINATED, False),
    ],
)
def test_only_an_active_one_can_be_modified(
    status: SubscriptionLifecycle, terminable: bool, workflows: None, api: Api
) -> None:
    body = ask(api, store_subscription(status=status))

    assert body["modify"] == [not_usable(each, ["active"], status, "modified") for each in (NOTE, MODIFY)]
    refused = not_usable(TERMINATE, ["active", "provisioning"], status, "terminated")
    assert body["terminate"] == [TERMINATE if terminable else refused]
    assert body["validate"] == [not_usable(VALIDATE, ["active"], status, "modified")]
    assert "reason" not in body


def test_one_that_others_use_cannot_be_terminated(workflows: None, api: Api) -> None:
    subscription = store_subscription()
    user, former = store_subscription("user"), store_subscription("former", status=SubscriptionLifecycle.TERMINATED)
    store_relation(in_use_by=user, depends_on=subscription)
    store_relation(in_use_by=former, depends_on=subscription)

    body = ask(api, subscription)

    assert body["terminate"] == [
        TERMINATE
        | {
            "reason": "subscription.no_modify_subscription_in_use_by_others",
            "unterminated_in_use_by_subscriptions": [str(user.pk)],
            "action": "terminated",
        }
    ]
    assert body["modify"] == [NOTE, MODIFY]


def test_what_the_user_may_not_start_says_so(api: Api) -> None:
    @modify_workflow("About modify_path", authorize_callback=lambda context: False)
    def modify_path() -> StepList:
        return begin

    allow(modify_path, store_product())
    subscription = store_subscription()

    body = ask(api, subscription)

    assert body["modify"] == [MODIFY | {"reason": "subscription.insufficient_workflow_permissions"}]
    assert api.post("/api/processes/modify_path", [{"subscription_id": str(subscription.pk)}]).status == 403


def test_another_obstacle_goes_before_missing_permission(api: Api) -> None:
    @modify_workflow("About modify_path", authorize_callback=lambda context: False)
    def modify_path() -> StepList:
        return begin

    allow(modify_path, store_product())

    body = ask(api, store_subscription(insync=False))

    assert body["modify"] == [MODIFY | {"reason": "subscription.not_in_sync"}]


def test_an_unknown_id_is_not_found(api: Api) -> None:
    answer = api.get(f"/api/subscriptions/workflows/{UNKNOWN_ID}")

    assert (answer.status, answer.body) == (404, problem(404, "Not Found", "Not Found"))


def test_what_is_no_uuid_is_refused(api: Api) -> None:
    assert faults(api.get("/api/subscriptions/workflows/nope")) == [("uuid_parsing", ["path", "subscription_id"])]
