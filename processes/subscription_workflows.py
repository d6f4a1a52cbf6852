"""Decorators for workflows on subscriptions: each adds the form's first page, and the steps that all of a kind have."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias, TypedDict, Unpack

from processes.subscription_forms import with_product_page, with_subscription_page
from processes.subscription_steps import resync, set_status, store_process_subscription, unsync, unsync_unchecked
from processes.workflow import (
    Authorizer,
    RunPredicate,
    Step,
    StepList,
    Target,
    Workflow,
    begin,
    done,
    init,
    step,
    workflow,
)
from subscriptions.lifecycle import SubscriptionLifecycle

Build: TypeAlias = Callable[[], StepList]
Define: TypeAlias = Callable[[Build], Workflow]
AuthorForm: TypeAlias = Callable[..., Any] | None


class Access(TypedDict, total=False):
    """Who may start and retry the workflow, and whether it may be started now: see ``workflow``."""

    authorize_callback: Authorizer | None
    retry_auth_callback: Authorizer | None
    run_predicate: RunPredicate | None


def create_workflow(
    description: str = "",
    initial_input_form: AuthorForm = None,
    status: SubscriptionLifecycle = SubscriptionLifecycle.ACTIVE,
    additional_steps: StepList = begin,
    **access: Unpack[Access],
) -> Define:
    """Define a workflow whose steps create a subscription, which is ``status`` and in sync in the end.

    They leave its ``subscription_id`` in the state, and begin with the step that relates the process to it.
    """

    def steps(own: StepList) -> StepList:
        return init >> own >> additional_steps >> set_status(status) >> resync >> done

    return _define(steps, description, with_product_page(initial_input_form), Target.CREATE, access)


def modify_workflow(
    description: str = "",
    initial_input_form: AuthorForm = None,
    additional_steps: StepList = begin,
    **access: Unpack[Access],
) -> Define:
    """Define a workflow whose steps change a subscription, out of sync meanwhile."""

    def steps(own: StepList) -> StepList:
        return init >> store_process_subscription() >> unsync >> own >> additional_steps >> resync >> done

    return _define(steps, description, with_subscription_page(initial_input_form), Target.MODIFY, access)


def terminate_workflow(
    description: str = "",
    initial_input_form: AuthorForm = None,
    additional_steps: StepList = begin,
    **access: Unpack[Access],
) -> Define:
    """Define a workflow after whose steps the subscription is terminated."""

    def steps(own: StepList) -> StepList:
        end = set_status(SubscriptionLifecycle.TERMINATED)
        return init >> store_process_subscription() >> unsync >> own >> additional_steps >> end >> resync >> done

    return _define(steps, description, with_subscription_page(initial_input_form), Target.TERMINATE, access)


def validate_workflow(description: str = "", **access: Unpack[Access]) -> Define:
    """Define a task whose steps check a subscription, whether or not it is in sync."""

    def steps(own: StepList) -> StepList:
        return init >> store_process_subscription() >> unsync_unchecked >> own >> resync >> done

    return _define(steps, description, with_subscription_page(None), Target.VALIDATE, access)


def reconcile_workflow(description: str = "", additional_steps: StepList = begin, **access: Unpack[Access]) -> Define:
    """Define a workflow whose steps bring other systems to what the subscription says, without input."""

    def steps(own: StepList) -> StepList:
        return init >> store_process_subscription() >> unsync >> own >> additional_steps >> resync >> done

    return _define(steps, description, with_subscription_page(None), Target.RECONCILE, access)


def task(
    description: str = "",
    initial_input_form: AuthorForm = None,
    additional_steps: StepList = begin,
    **access: Unpack[Access],
) -> Define:
    """Define a task, on no subscription in particular."""

    def steps(own: StepList) -> StepList:
        return init >> own >> additional_steps >> done

    return _define(steps, description, initial_input_form, Target.SYSTEM, access)


def ensure_provisioning_status(modify_steps: Step | StepList) -> StepList:
    """Return the steps, between two that make the subscription ``provisioning`` and ``active`` again."""
    before, after = set_status(SubscriptionLifecycle.PROVISIONING), set_status(SubscriptionLifecycle.ACTIVE)
    return begin >> before >> modify_steps >> after


@step("Equalize workflow step count")
def obsolete_step() -> None:
    """Do nothing: stands for a step that was taken out of a workflow of which processes are still suspended."""


def _define(
    steps: Callable[[StepList], StepList], description: str, form: AuthorForm, target: Target, access: Access
) -> Define:
    def define(build: Build) -> Workflow:
        @wraps(build)
        def build_all() -> StepList:
            return steps(build())

        is_task = target in (Target.SYSTEM, Target.VALIDATE)
        return workflow(description, form, target, is_task=is_task, **access)(build_all)

    return define
