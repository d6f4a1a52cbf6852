"""Authorizers: how they are asked, and which of them decides."""

from dataclasses import replace
from typing import Any

import pytest

from processes.workflow import (
    Assignee,
    AuthContext,
    Step,
    StepList,
    Workflow,
    allow,
    done,
    init,
    inputstep,
    retrystep,
    step,
    step_group,
    workflow,
)
from processes.workflow.authorization import (
    Authorizer,
    asks_about_retries,
    is_allowed,
    resume_authorizer,
    retry_authorizer,
)

pytestmark = pytest.mark.usefixtures("forget_workflows")


def named(name: str) -> Authorizer:
    """Return an authorizer that can be told from others."""

    def authorize(context: AuthContext) -> bool:
        return bool(context.user == name)

    authorize.__name__ = name
    return authorize


def define(**options: Any) -> Workflow:
    @workflow(**options)
    def unit_authorized() -> StepList:
        return init >> done

    return unit_authorized


async def coroutine(context: AuthContext) -> bool:
    return bool(context.user == "jane")


@pytest.mark.parametrize("authorizer", [coroutine, named("jane")], ids=["coroutine", "plain"])
@pytest.mark.parametrize(("user", "answer"), [("jane", True), ("bob", False), (None, False)])
def test_coroutine_functions_and_plain_ones_are_asked_alike(authorizer: Authorizer, user: Any, answer: bool) -> None:
    context = AuthContext(user=user, action="start_workflow", workflow=define())
    assert is_allowed(authorizer, context) is answer


def test_where_nothing_is_said_everybody_may() -> None:
    definition = define()
    assert (definition.authorize_callback, definition.retry_auth_callback) == (allow, allow)
    assert is_allowed(allow, AuthContext(user=None, action="start_workflow", workflow=definition))


def test_who_may_start_may_retry_unless_something_else_is_said() -> None:
    start = named("start")
    assert define(authorize_callback=start).retry_auth_callback is start


def test_a_workflow_may_say_who_retries() -> None:
    start, retry = named("start"), named("retry")
    definition = define(authorize_callback=start, retry_auth_callback=retry)
    assert (definition.authorize_callback, definition.retry_auth_callback) == (start, retry)


@pytest.mark.parametrize(
    ("callbacks", "resume", "retry"),
    [
        pytest.param([], "start", "again", id="the-workflow"),
        pytest.param([(None, None)], "start", "again", id="steps-that-say-nothing"),
        pytest.param([("r1", None)], "r1", "r1", id="resume-counts-for-retries"),
        pytest.param([(None, "t1")], "start", "t1", id="retry-does-not-count-for-resumes"),
        pytest.param([("r1", "t1")], "r1", "t1", id="both"),
        pytest.param([("r1", "t1"), (None, None)], "r1", "t1", id="an-earlier-step"),
        pytest.param([("r1", "t1"), ("r2", None)], "r2", "r2", id="the-latest-step"),
        pytest.param([("r1", None), (None, "t2")], "r1", "t2", id="each-by-its-latest"),
    ],
)
def test_the_step_that_said_so_last_decides(callbacks: list[tuple[Any, Any]], resume: str, retry: str) -> None:
    definition = define(authorize_callback=named("start"), retry_auth_callback=named("again"))
    steps = [
        replace(
            done,
            resume_auth_callback=None if resumed is None else named(resumed),
            retry_auth_callback=None if retried is None else named(retried),
        )
        for resumed, retried in callbacks
    ]
    assert resume_authorizer(definition, steps).__name__ == resume
    assert retry_authorizer(definition, steps).__name__ == retry


def test_decorators_keep_their_callbacks() -> None:
    resume, retry = named("resume"), named("retry")
    made: list[Step] = [
        step("Step", retry_auth_callback=retry)(lambda: None),
        retrystep("Retry", retry_auth_callback=retry)(lambda: None),
        inputstep("Ask", Assignee.NOC, resume_auth_callback=resume, retry_auth_callback=retry)(lambda: None),
        step_group("Group", [], retry_auth_callback=retry),
    ]
    assert [(each.resume_auth_callback, each.retry_auth_callback) for each in made] == [
        (None, retry),
        (None, retry),
        (resume, retry),
        (None, retry),
    ]


def ask(**options: Any) -> Step:
    made: Step = inputstep("Ask", Assignee.NOC, **options)(lambda: None)
    return made


@pytest.mark.parametrize(
    ("options", "steps", "are_asked"),
    [
        pytest.param({}, [], False, id="nobody-is-named"),
        pytest.param({"authorize_callback": allow}, [ask()], False, id="everybody-may"),
        pytest.param({"authorize_callback": named("start")}, [], True, id="who-may-start"),
        pytest.param(
            {"authorize_callback": named("start"), "retry_auth_callback": allow}, [], False, id="all-may-retry"
        ),
        pytest.param({}, [ask(retry_auth_callback=named("retry"))], True, id="a-step-for-retries"),
        pytest.param({}, [ask(resume_auth_callback=named("resume"))], True, id="a-step-for-resumes"),
        pytest.param(
            {}, [step_group("Group", [ask(retry_auth_callback=named("retry"))])], True, id="a-part-of-a-group"
        ),
    ],
)
def test_a_workflow_knows_whether_anybody_is_asked_about_retries(
    options: dict[str, Any], steps: list[Step], are_asked: bool
) -> None:
    @workflow(**options)
    def unit_asked() -> StepList:
        made: StepList | Step = init
        for each in steps:
            made = made >> each
        return made >> done

    assert asks_about_retries(unit_asked) is are_asked
