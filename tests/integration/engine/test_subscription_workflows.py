"""The helpers for workflows on subscriptions: steps, frames, states, and what their forms let pass."""

from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from pydantic_forms.core import FormPage
from pydantic_forms.exceptions import FormNotCompleteError, FormValidationError

from processes import operations
from processes.models import Process, ProcessStep
from processes.note_workflow import modify_note
from processes.statuses import ProcessStatus
from processes.subscription_steps import resync, set_status, store_process_subscription, unsync
from processes.subscription_workflows import (
    create_workflow,
    ensure_provisioning_status,
    modify_workflow,
    obsolete_step,
    reconcile_workflow,
    task,
    terminate_workflow,
    validate_workflow,
)
from processes.workflow import (
    AuthContext,
    PredicateContext,
    RunPredicateFail,
    State,
    Step,
    StepList,
    Target,
    Workflow,
    begin,
    step,
)
from processes.workflow.results import Success
from subscriptions import operations as on_subscriptions
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Product, Subscription
from tests.integration.engine.stored_processes import settled, steps_of, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import (
    CUSTOMER_ID,
    allow,
    store_product,
    store_relation,
    store_subscription,
)

Recorded = Callable[[], str]
STARTED = "L I L I"
STEP = " L I"
CHANGED = " Sa Sl Si"


class Speed(FormPage):
    gbit: int


def speed_form(customer_id: str) -> Generator[type[FormPage], Any, State]:
    page = yield Speed
    return {"gbit": page.gbit, "asked_by": customer_id}


def order_form(product: UUID, product_name: str) -> Generator[type[FormPage], Any, State]:
    page = yield Speed
    return {"gbit": page.gbit, "title": product_name}


@step("Make subscription")
def make_subscription(process_id: UUID, product: UUID) -> State:
    subscription_id = uuid5(process_id, "made")
    on_subscriptions.create_subscription(product, CUSTOMER_ID, "made", subscription_id=subscription_id)
    return {"subscription_id": subscription_id}


@pytest.fixture
def create() -> Workflow:
    @create_workflow("Create", initial_input_form=order_form)
    def create_path() -> StepList:
        return begin >> make_subscription >> store_process_subscription()

    allow(create_path, store_product())
    return create_path


@pytest.fixture
def modify() -> Workflow:
    @modify_workflow("Modify", initial_input_form=speed_form)
    def modify_path() -> StepList:
        return begin >> adding("Work", worked=True)

    allow(modify_path, store_product())
    return modify_path


def choose(subscription: Subscription, *pages: State, **more: Any) -> list[State]:
    """Return the pages of a form that begins with the subscription."""
    return [{"subscription_id": str(subscription.pk), **more}, *pages]


def state_after(process_id: UUID, name: str) -> State:
    return dict(ProcessStep.objects.get(process_id=process_id, name=name).state)


def faults(refusal: "pytest.ExceptionInfo[FormValidationError]") -> list[tuple[tuple[Any, ...], str]]:
    return [(tuple(error["loc"]), error["msg"]) for error in refusal.value.errors]


class TestTraces:
    """Each kind of workflow from start to end: its steps, and its frames."""

    def test_create(self, create: Workflow, executor: str, recorded: Recorded) -> None:
        product = store_product()

        process_id = operations.start_process("create_path", [{"product": str(product.pk)}, {"gbit": 10}], "jane")

        settled(process_id, ProcessStatus.COMPLETED)
        assert steps_of(process_id) == [
            ("Start", "success"),
            ("Make subscription", "success"),
            ("Create Process Subscription relation", "success"),
            ("Set subscription to 'active'", "success"),
            ("Unlock subscription", "success"),
            ("Done", "complete"),
        ]
        frames = STARTED + STEP + CHANGED + STEP + STEP + CHANGED + STEP + CHANGED + STEP + STEP + CHANGED
        assert recorded() == frames
        state = state_after(process_id, "Start")
        assert {key: state[key] for key in ("product", "product_name", "gbit", "title")} == {
            "product": str(product.pk),
            "product_name": "Fibre Path",
            "gbit": 10,
            "title": "Fibre Path",
        }
        subscription = state_after(process_id, "Done")["subscription"]
        assert (subscription["status"], subscription["insync"], subscription["version"]) == ("active", True, 3)

    def test_modify(self, modify: Workflow, executor: str, recorded: Recorded) -> None:
        subscription = store_subscription()

        process_id = operations.start_process("modify_path", choose(subscription, {"gbit": 10}), "jane")

        settled(process_id, ProcessStatus.COMPLETED)
        assert steps_of(process_id) == [
            ("Start", "success"),
            ("Create Process Subscription relation", "success"),
            ("Lock subscription", "success"),
            ("Work", "success"),
            ("Unlock subscription", "success"),
            ("Done", "complete"),
        ]
        frames = STARTED + STEP + STEP + CHANGED + STEP + STEP + CHANGED + STEP + STEP + CHANGED
        assert recorded() == frames
        state = state_after(process_id, "Start")
        assert {key: state[key] for key in ("subscription_id", "product", "customer_id", "version", "asked_by")} == {
            "subscription_id": str(subscription.pk),
            "product": str(subscription.product_id),
            "customer_id": CUSTOMER_ID,
            "version": 1,
            "asked_by": CUSTOMER_ID,
        }
        locked = state_after(process_id, "Lock subscription")
        before = locked["__old_subscriptions__"][str(subscription.pk)]
        assert (before["insync"], before["version"]) == (True, 1)
        assert (locked["subscription"]["insync"], locked["subscription"]["version"]) == (False, 2)
        assert before | {"insync": False, "version": 2} == locked["subscription"]

    def test_terminate(self, executor: str, recorded: Recorded) -> None:
        @terminate_workflow("Terminate", additional_steps=begin >> adding("Clean up"))
        def terminate_path() -> StepList:
            return begin >> obsolete_step

        allow(terminate_path, store_product())
        subscription = store_subscription()

        process_id = operations.start_process("terminate_path", choose(subscription), "jane")

        settled(process_id, ProcessStatus.COMPLETED)
        assert [name for name, _ in steps_of(process_id)] == [
            "Start",
            "Create Process Subscription relation",
            "Lock subscription",
            "Equalize workflow step count",
            "Clean up",
            "Set subscription to 'terminated'",
            "Unlock subscription",
            "Done",
        ]
        frames = STARTED + STEP + STEP + CHANGED + STEP + STEP + STEP + CHANGED + STEP + CHANGED + STEP + STEP + CHANGED
        assert recorded() == frames
        subscription.refresh_from_db()
        assert subscription.lifecycle is SubscriptionLifecycle.TERMINATED
        assert subscription.end_date is not None

    def test_a_reconciliation_does_not_disturb_who_works_on_the_subscription(self) -> None:
        def set_right() -> StepList:
            return begin >> adding("Repair")

        definition = reconcile_workflow("Repair")(set_right)
        allow(definition, store_product())
        subscription = store_subscription(insync=False)

        process_id = operations.start_process("set_right", choose(subscription), "jane")

        assert steps_of(process_id)[-1] == ("Lock subscription", "failed")
        subscription.refresh_from_db()
        assert not subscription.insync

    @pytest.mark.parametrize(
        ("kind", "insync"),
        [
            pytest.param(validate_workflow, True, id="validate, in sync"),
            pytest.param(validate_workflow, False, id="validate, out of sync"),
            pytest.param(reconcile_workflow, True, id="reconcile, in sync"),
        ],
    )
    def test_validate_and_reconcile(self, kind: Any, insync: bool, recorded: Recorded) -> None:
        def look_at_path() -> StepList:
            return begin >> adding("Compare")

        definition = kind("Look")(look_at_path)
        allow(definition, store_product())
        subscription = store_subscription(insync=insync)

        process_id = operations.start_process("look_at_path", choose(subscription), "jane")

        assert [name for name, _ in steps_of(process_id)] == [
            "Start",
            "Create Process Subscription relation",
            "Lock subscription",
            "Compare",
            "Unlock subscription",
            "Done",
        ]
        lock = CHANGED if insync else ""
        assert recorded() == STARTED + STEP + STEP + lock + STEP + STEP + CHANGED + STEP + STEP + CHANGED
        subscription.refresh_from_db()
        assert subscription.insync
        process = Process.objects.get(pk=process_id)
        assert process.is_task is (definition.target is Target.VALIDATE)
        assert list(Subscription.objects.filter(process_links__process=process)) == [subscription]

    def test_task(self) -> None:
        @task("Clean", additional_steps=begin >> adding("After"))
        def clean() -> StepList:
            return begin >> adding("Work")

        process_id = operations.start_process("clean", [{}], "jane")

        assert [name for name, _ in steps_of(process_id)] == ["Start", "Work", "After", "Done"]
        assert (clean.is_task, clean.target) == (True, Target.SYSTEM)

    def test_modify_note(self, recorded: Recorded) -> None:
        allow(modify_note, store_product())
        subscription = store_subscription(insync=False, note="old")
        recorded()

        process_id = operations.start_process("modify_note", choose(subscription, {"note": "new"}), "jane")

        subscription.refresh_from_db()
        assert (subscription.note, subscription.insync) == ("new", False)
        assert recorded() == STARTED + STEP + STEP + CHANGED + STEP + STEP + CHANGED
        state = state_after(process_id, "Done")
        assert (state["old_note"], state["subscription"]["note"]) == ("old", "new")
        assert state["__old_subscriptions__"][str(subscription.pk)]["note"] == "old"


@pytest.mark.parametrize(
    "kind", [create_workflow, modify_workflow, terminate_workflow, validate_workflow, reconcile_workflow, task]
)
def test_every_kind_takes_who_may_start_it_and_when(kind: Any) -> None:
    def refuse(context: AuthContext) -> bool:
        return False

    def not_now(context: PredicateContext) -> RunPredicateFail:
        return RunPredicateFail("not now")

    def guarded() -> StepList:
        return begin

    definition = kind("Guarded", authorize_callback=refuse, retry_auth_callback=refuse, run_predicate=not_now)(guarded)

    assert definition.authorize_callback is definition.retry_auth_callback is refuse
    assert definition.run_predicate is not_now


class TestSteps:
    def run(self, one: Step, state: State) -> State:
        result = one.execute(state)
        assert isinstance(result, Success)
        return result.state

    def test_a_lock_that_runs_again_leaves_the_same_state(self) -> None:
        state = {"process_id": str(uuid4()), "subscription_id": str(store_subscription().pk)}

        assert self.run(unsync, state) == self.run(unsync, state)

    def test_a_backup_that_a_form_made_stays(self) -> None:
        subscription_id = str(store_subscription().pk)
        state = {"process_id": str(uuid4()), "subscription_id": subscription_id}
        backups = {subscription_id: {"note": "by the form"}, "other": {}}

        assert self.run(unsync, state | {"__old_subscriptions__": backups})["__old_subscriptions__"] == backups

    def test_provisioning_lies_around_the_steps(self) -> None:
        steps = ensure_provisioning_status(adding("Work"))

        assert [one.name for one in steps] == [
            "Set subscription to 'provisioning'",
            "Work",
            "Set subscription to 'active'",
        ]

    def test_what_another_process_locked_fails_the_step(self, modify: Workflow) -> None:
        subscription = store_subscription()

        @step("Lock by another")
        def lock() -> None:
            on_subscriptions.take_out_of_sync(subscription.pk, uuid4())

        define("overtaken", lock, unsync, resync, form=lambda: _named(subscription))
        process_id = operations.start_process("overtaken", [{}], "jane")

        process = settled(process_id, ProcessStatus.FAILED)
        assert process.failed_reason == "Subscription is already out of sync, cannot continue!"

    def test_an_illegal_phase_fails_the_step(self) -> None:
        subscription = store_subscription(status=SubscriptionLifecycle.TERMINATED)
        define("revive", set_status(SubscriptionLifecycle.ACTIVE), form=lambda: _named(subscription))

        process_id = operations.start_process("revive", [{}], "jane")

        reason = settled(process_id, ProcessStatus.FAILED).failed_reason
        assert reason == f"Subscription {subscription.pk} is terminated and cannot become active"


def _named(subscription: Subscription) -> type[FormPage]:
    class Named(FormPage):
        subscription_id: UUID = subscription.pk

    return Named


class TestProductPage:
    def test_it_offers_the_products_that_allow_the_workflow(self, create: Workflow) -> None:
        store_product("Dark Fibre")

        with pytest.raises(FormNotCompleteError) as page:
            operations.start_process("create_path", [], "jane")

        product = page.value.form["properties"]["product"]
        assert product["format"] == "productId"
        ((choice),) = page.value.form["$defs"].values() if "$defs" in page.value.form else [product]
        assert choice["options"] == {str(store_product().pk): "Fibre Path"}

    def test_another_product_is_refused(self, create: Workflow) -> None:
        with pytest.raises(FormValidationError):
            operations.start_process("create_path", [{"product": str(store_product("Dark Fibre").pk)}], "jane")

    @pytest.mark.parametrize("chosen", ["", str(uuid4())], ids=["empty", "some id"])
    def test_without_products_nothing_can_be_chosen(self, chosen: str, create: Workflow) -> None:
        Product.objects.all().delete()

        with pytest.raises(FormNotCompleteError):
            operations.start_process("create_path", [], "jane")
        with pytest.raises(FormValidationError):
            operations.start_process("create_path", [{"product": chosen}], "jane")


class TestSubscriptionPage:
    @pytest.mark.parametrize(
        ("columns", "sentence"),
        [
            ({"insync": False}, "Subscription already has a running process or task"),
            ({"status": SubscriptionLifecycle.INITIAL}, "The status of the subscription does not allow it"),
        ],
    )
    def test_one_that_does_not_allow_the_workflow_now_is_refused(
        self, columns: Any, sentence: str, modify: Workflow, recorded: Recorded
    ) -> None:
        subscription = store_subscription(**columns)

        with pytest.raises(FormValidationError) as refusal:
            operations.start_process("modify_path", choose(subscription), "jane")

        assert faults(refusal) == [(("subscription_id",), f"This workflow cannot be started: {sentence}")]
        assert recorded() == ""

    def test_one_whose_relations_are_out_of_sync_is_refused(self, modify: Workflow) -> None:
        subscription = store_subscription()
        store_relation(in_use_by=store_subscription("user", insync=False), depends_on=subscription)

        with pytest.raises(FormValidationError, match="Some related subscriptions are not in sync"):
            operations.start_process("modify_path", choose(subscription), "jane")

    def test_one_of_another_product_is_refused(self, modify: Workflow) -> None:
        subscription = store_subscription(product=store_product("Dark Fibre"))

        with pytest.raises(FormValidationError, match="This workflow is not valid for this subscription"):
            operations.start_process("modify_path", choose(subscription), "jane")

    def test_one_that_does_not_exist_is_refused(self, modify: Workflow) -> None:
        with pytest.raises(FormValidationError, match="Subscription not found"):
            operations.start_process("modify_path", [{"subscription_id": str(uuid4()), "version": 1}], "jane")

    def test_one_that_is_in_use_cannot_be_terminated(self) -> None:
        @terminate_workflow()
        def terminate_path() -> StepList:
            return begin

        allow(terminate_path, store_product())
        subscription = store_subscription()
        store_relation(in_use_by=store_subscription("user"), depends_on=subscription)

        with pytest.raises(FormValidationError, match="The subscription is used by other subscriptions"):
            operations.start_process("terminate_path", choose(subscription), "jane")

    def test_a_version_that_is_not_the_present_one_is_refused(self, modify: Workflow) -> None:
        subscription = store_subscription(version=3)

        with pytest.raises(FormValidationError) as refusal:
            operations.start_process("modify_path", choose(subscription, version=2), "jane")

        sentence = "Stale data: given version (2) does not match the current version (3)"
        assert faults(refusal) == [(("version",), sentence)]

    @pytest.mark.parametrize("version", [3, None])
    def test_the_present_version_or_none_leads_to_the_authors_page(self, version: Any, modify: Workflow) -> None:
        subscription = store_subscription(version=3)

        with pytest.raises(FormNotCompleteError) as page:
            operations.start_process("modify_path", choose(subscription, version=version), "jane")

        assert list(page.value.form["properties"]) == ["gbit"]


def test_while_a_failed_process_keeps_it_out_of_sync_no_other_can_be_started(modify: Workflow) -> None:
    subscription = store_subscription()
    process = store_in_status(define("failing", adding("Work")), ProcessStatus.FAILED)
    on_subscriptions.take_out_of_sync(subscription.pk, process.pk)

    with pytest.raises(FormValidationError, match="already has a running process"):
        operations.start_process("modify_path", choose(subscription), "jane")
