"""Who may start, resume and retry: REST contract, section 4. Nobody is authenticated here: the user is None."""

from collections.abc import Callable
from typing import Any

import pytest

from processes.models import Process
from processes.statuses import RESUMABLE, ProcessStatus
from processes.workflow import Assignee, AuthContext, RunPredicatePass, callback_step, inputstep, step, step_group
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define, ticket_form
from tests.integration.rest.api import Api, problem

RESUME = problem(403, "Forbidden", "User is not authorized to resume step")
RETRY = problem(403, "Forbidden", "User is not authorized to retry step")

RETRIED = {
    ProcessStatus.WAITING,
    ProcessStatus.FAILED,
    ProcessStatus.API_UNAVAILABLE,
    ProcessStatus.INCONSISTENT_DATA,
}


async def nobody(context: AuthContext) -> bool:
    return False


class Asked:
    """An authorizer that remembers what it was asked, and says yes."""

    def __init__(self) -> None:
        self.contexts: list[tuple[Any, str, str, str | None]] = []

    async def __call__(self, context: AuthContext) -> bool:
        step_name = None if context.step is None else context.step.name
        self.contexts.append((context.user, context.action, context.workflow.name, step_name))
        return True


def test_a_start_that_is_not_allowed_leaves_no_row(api: Api, recorded: Callable[[], str]) -> None:
    define("guarded", adding("Work"), authorize_callback=nobody)

    answer = api.post("/api/processes/guarded", [{}])

    assert answer.body == problem(403, "Forbidden", "User is not authorized to start 'guarded' workflow")
    assert (Process.objects.count(), recorded()) == (0, "")


def test_an_authorizer_learns_what_it_is_asked_about(api: Api) -> None:
    asked = Asked()
    definition = define("guarded", adding("Work"), authorize_callback=asked)
    suspended = store_in_status(definition, ProcessStatus.SUSPENDED)
    failed = store_in_status(definition, ProcessStatus.FAILED)

    api.post("/api/processes/guarded", [{}])
    api.put(f"/api/processes/{suspended.pk}/resume", [])
    api.put(f"/api/processes/{failed.pk}/resume", [])

    assert asked.contexts == [
        (None, "start_workflow", "guarded", None),
        (None, "resume_workflow", "guarded", "Work"),
        (None, "retry_workflow", "guarded", "Work"),
    ]


@pytest.mark.parametrize("status", sorted(RESUMABLE))
def test_the_workflows_authorizers_decide_where_no_step_does(status: ProcessStatus, api: Api) -> None:
    process = store_in_status(define("guarded", adding("Work"), authorize_callback=nobody), status)

    answer = api.put(f"/api/processes/{process.pk}/resume", [])

    assert answer.body == (RETRY if status in RETRIED else RESUME)


def test_the_retry_authorizer_does_not_decide_on_a_resume(api: Api) -> None:
    process = store_in_status(define("guarded", adding("Work"), retry_auth_callback=nobody), ProcessStatus.SUSPENDED)

    assert api.put(f"/api/processes/{process.pk}/resume", []).status == 204


@pytest.mark.parametrize("status", sorted(set(ProcessStatus) - RESUMABLE))
def test_a_process_that_cannot_be_resumed_is_a_conflict_whoever_asks(status: ProcessStatus, api: Api) -> None:
    process = store_in_status(define("guarded", adding("Work"), authorize_callback=nobody), status)

    assert api.put(f"/api/processes/{process.pk}/resume", []).status == 409


def test_an_input_step_decides_on_its_own_resume_before_its_form_is_looked_at(api: Api) -> None:
    ask = inputstep("Ask", assignee=Assignee.NOC, resume_auth_callback=nobody)(ticket_form)
    process = store_in_status(define("guarded", ask), ProcessStatus.SUSPENDED)

    assert api.put(f"/api/processes/{process.pk}/resume", [{"number": "no number"}]).body == RESUME


def test_a_step_decides_on_its_own_retry(api: Api) -> None:
    guarded = step("Work", retry_auth_callback=nobody)(lambda: None)
    process = store_in_status(define("guarded", guarded), ProcessStatus.FAILED)

    assert api.put(f"/api/processes/{process.pk}/resume", []).body == RETRY


def test_a_group_decides_on_its_retry_and_an_input_step_inside_on_its_resume(api: Api) -> None:
    ask = inputstep("Ask", assignee=Assignee.NOC, resume_auth_callback=nobody)(ticket_form)
    definition = define("guarded", step_group("Group", ask, retry_auth_callback=lambda context: True))
    suspended = store_in_status(definition, ProcessStatus.SUSPENDED)
    suspended_row = suspended.steps.latest("pk")
    suspended_row.state |= {"__step_group": "Group", "__sub_step": "Ask"}
    suspended_row.save()
    failed = store_in_status(definition, ProcessStatus.FAILED)

    assert api.put(f"/api/processes/{suspended.pk}/resume", [{"number": 7}]).body == RESUME
    assert api.put(f"/api/processes/{failed.pk}/resume", []).status == 204


def test_a_callback_needs_no_user(api: Api) -> None:
    call = callback_step("Call", adding("Act"), adding("Check"))
    process = store_in_status(define("guarded", call, authorize_callback=nobody), ProcessStatus.AWAITING_CALLBACK)
    row = process.steps.latest("pk")
    row.state |= {"__step_group": "Call", "__sub_step": "Call - Await callback", "__callback_token": "t"}
    row.save()

    assert api.post(f"/api/processes/{process.pk}/callback/t", {}).status == 200


def test_a_run_predicate_that_lets_pass_lets_start(api: Api) -> None:
    define("timely", adding("Work"), run_predicate=lambda context: RunPredicatePass())

    assert api.post("/api/processes/timely", [{}]).status == 201
