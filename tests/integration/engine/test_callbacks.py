"""Callback steps on a real database: accepted once, shown while they wait, failed when nobody calls."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from processes import callbacks, operations
from processes.errors import (
    CallbackRefusedError,
    CallbackTokenError,
    ProcessNotAwaitingError,
    ProcessNotFoundError,
    ProcessNotResumableError,
)
from processes.models import Process
from processes.queries import get_process_detail
from processes.serializers import detail_body
from processes.statuses import ProcessStatus
from processes.workflow import State, Workflow, callback_step, step
from processes.workflow.registry import WORKFLOWS
from settings.operations import EngineLockedError
from tests.integration.engine.stored_processes import UNKNOWN_ID, lock_engine, settled, steps_of
from tests.integration.engine.throwaway_workflows import define
from tests.waiting import TIMEOUT_SECONDS


@step("Ask contractor to dig")
def ask_to_dig(callback_route: str) -> State:
    return {"asked_with": callback_route}


@step("Check answer")
def check_answer(callback_result: dict[str, Any] | None) -> State:
    return {"checked": callback_result}


def define_call(**options: Any) -> Workflow:
    return define("calling", callback_step("Call", ask_to_dig, check_answer, **options))


def awaiting(**options: Any) -> tuple[Process, str]:
    """Start a process that awaits a callback; return it with its token."""
    define_call(**options)
    process = settled(operations.start_process("calling", [{}], "SYSTEM"), ProcessStatus.AWAITING_CALLBACK)
    return process, token_of(process)


def token_of(process: Process) -> str:
    token = process.steps.latest("pk").state["__callback_token"]
    assert isinstance(token, str)
    return token


def make_overdue(process: Process) -> None:
    """Let the time for the callback pass."""
    Process.objects.filter(pk=process.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_process_awaits_with_its_route_and_five_pairs_of_frames(executor: str, recorded: Callable[[], str]) -> None:
    process, token = awaiting()

    body = detail_body(get_process_detail(process.pk))
    assert [(row["name"], row["status"]) for row in body["steps"]] == [
        ("Start", "success"),
        ("Call", "awaiting_callback"),
        ("Call", "pending"),
        ("Done", "pending"),
    ]
    state = body["steps"][1]["state"]
    route = f"/api/processes/{process.pk}/callback/{token}"
    assert (state["callback_route"], state["asked_with"]) == (route, route)
    assert (state["__step_group"], state["__sub_step"]) == ("Call", "Call - Await callback")
    assert (process.last_step, process.due_at) == ("Call", None)
    # created, running, Start, then Enter, Create endpoint, the action, Await callback and the step itself
    assert recorded() == " ".join(["L I"] * (2 + 1 + 5))


def test_a_callback_lets_the_process_go_on_with_its_body(executor: str, recorded: Callable[[], str]) -> None:
    process, token = awaiting()
    recorded()

    callbacks.continue_awaiting_process(process.pk, token, {"depth": 80})

    process = settled(process.pk, ProcessStatus.COMPLETED)
    assert steps_of(process.pk)[1:] == [("Call", "awaiting_callback"), ("Call", "success"), ("Done", "complete")]
    state = process.steps.get(name="Call", status="success").state
    assert (state["callback_result"], state["checked"]) == ({"depth": 80}, {"depth": 80})
    assert [key for key in state if key.startswith("__")] == []
    # the step, the validation, Cleanup, Exit and the step again, then Done
    assert recorded() == " ".join(["L I"] * (5 + 1))


def test_the_body_goes_under_the_key_of_the_step(executor: str) -> None:
    process, token = awaiting(result_key="dug")

    callbacks.continue_awaiting_process(process.pk, token, {"depth": 80})

    settled(process.pk, ProcessStatus.COMPLETED)
    state = process.steps.get(name="Call", status="success").state
    assert state["dug"] == {"depth": 80}
    assert "callback_result" not in state


def test_a_token_is_good_for_one_callback(executor: str, recorded: Callable[[], str]) -> None:
    process, token = awaiting()
    callbacks.continue_awaiting_process(process.pk, token, {})
    settled(process.pk, ProcessStatus.COMPLETED)
    recorded()

    with pytest.raises(ProcessNotAwaitingError, match=r"^This process is not in an awaiting state\.$"):
        callbacks.continue_awaiting_process(process.pk, token, {})

    assert recorded() == ""


@pytest.mark.parametrize("token", ["wrong", "", "ünïcode"])
def test_any_other_token_is_refused_and_nothing_happens(token: str, recorded: Callable[[], str]) -> None:
    process, _ = awaiting()
    recorded()

    for call in (callbacks.continue_awaiting_process, callbacks.update_callback_progress):
        with pytest.raises(CallbackTokenError, match=r"^Invalid token$"):
            call(process.pk, token, {})

    assert settled(process.pk, ProcessStatus.AWAITING_CALLBACK)
    assert recorded() == ""


def test_a_locked_engine_an_unknown_process_and_a_removed_workflow_are_refused() -> None:
    process, token = awaiting()
    with pytest.raises(ProcessNotFoundError):
        callbacks.continue_awaiting_process(UNKNOWN_ID, token, {})
    WORKFLOWS.remove("calling")
    with pytest.raises(CallbackRefusedError):
        callbacks.continue_awaiting_process(process.pk, token, {})
    lock_engine()
    for call in (callbacks.continue_awaiting_process, callbacks.update_callback_progress):
        with pytest.raises(EngineLockedError):
            call(process.pk, token, {})
    assert settled(process.pk, ProcessStatus.AWAITING_CALLBACK)


@pytest.mark.parametrize("value", ["half way", {"percent": 50}], ids=["text", "object"])
def test_progress_is_shown_and_gone_once_the_process_goes_on(
    value: Any, executor: str, recorded: Callable[[], str]
) -> None:
    process, token = awaiting()
    recorded()

    callbacks.update_callback_progress(process.pk, token, value)

    process = settled(process.pk, ProcessStatus.AWAITING_CALLBACK)
    state = process.steps.latest("pk").state
    assert (state["callback_progress"], state["__remove_keys"]) == (value, ["callback_progress"])
    assert recorded() == "L I"

    callbacks.continue_awaiting_process(process.pk, token, {})
    settled(process.pk, ProcessStatus.COMPLETED)
    last = process.steps.latest("pk").state
    assert not {"callback_progress", "__remove_keys"} & set(last)


def test_a_person_may_resume_without_the_callback(executor: str, recorded: Callable[[], str]) -> None:
    process, _ = awaiting()
    recorded()

    operations.resume_process(process.pk, [], "jane")

    process = settled(process.pk, ProcessStatus.COMPLETED)
    state = process.steps.get(name="Call", status="success").state
    assert state["checked"] is None
    assert recorded() == "C L I " + " ".join(["L I"] * (5 + 1))


class TestTimeOut:
    def test_a_process_whose_callback_does_not_come_fails(self, executor: str, recorded: Callable[[], str]) -> None:
        process, _ = awaiting(timeout=90)
        waiting_since = process.steps.latest("pk").completed_at
        assert process.due_at is not None
        assert abs(process.due_at - waiting_since - timedelta(seconds=90)) < timedelta(seconds=1)
        recorded()

        assert callbacks.fail_timed_out_callbacks() == 0
        make_overdue(process)
        assert callbacks.fail_timed_out_callbacks() == 1
        assert callbacks.fail_timed_out_callbacks() == 0

        process = settled(process.pk, ProcessStatus.FAILED)
        assert (process.failed_reason, process.due_at) == ("Callback timed out", None)
        assert steps_of(process.pk)[1:] == [("Call", "failed")]
        assert process.steps.latest("pk").state == {"class": "CallbackTimedOutError", "error": "Callback timed out"}
        assert recorded() == "L I C"

    def test_a_retry_begins_the_step_anew_with_another_token(self, executor: str) -> None:
        process, token = awaiting(timeout=90)
        make_overdue(process)
        callbacks.fail_timed_out_callbacks()

        operations.resume_process(process.pk, [], "SYSTEM")

        process = settled(process.pk, ProcessStatus.AWAITING_CALLBACK)
        assert token_of(process) != token
        with pytest.raises(CallbackTokenError):
            callbacks.continue_awaiting_process(process.pk, token, {})
        callbacks.continue_awaiting_process(process.pk, token_of(process), {})
        settled(process.pk, ProcessStatus.COMPLETED)

    def test_it_begins_anew_also_if_an_earlier_retry_went_on_inside(self, executor: str) -> None:
        errors = [ValueError("line busy")]

        @step("Act")
        def act() -> None:
            if errors:
                raise errors.pop()

        define("calling", callback_step("Call", act, check_answer, timeout=90))
        process = settled(operations.start_process("calling", [{}], "SYSTEM"), ProcessStatus.FAILED)
        operations.resume_process(process.pk, [], "SYSTEM")
        token = token_of(settled(process.pk, ProcessStatus.AWAITING_CALLBACK))
        make_overdue(process)
        callbacks.fail_timed_out_callbacks()

        operations.resume_process(process.pk, [], "SYSTEM")

        assert token_of(settled(process.pk, ProcessStatus.AWAITING_CALLBACK)) != token

    def test_no_time_passes_while_the_engine_is_locked(self, executor: str) -> None:
        process, _ = awaiting(timeout=90)
        make_overdue(process)
        lock_engine()

        assert callbacks.fail_timed_out_callbacks() == 0

    def test_a_task_does_it_at_once(self, executor: str) -> None:
        process, _ = awaiting(timeout=90)
        make_overdue(process)

        task = operations.start_process("task_validate_awaiting_callbacks", [{}], "SYSTEM")

        done = settled(task, ProcessStatus.COMPLETED)
        assert done.steps.latest("pk").state["number_of_failed_processes"] == 1
        settled(process.pk, ProcessStatus.FAILED)

    @pytest.mark.parametrize("leave", ["callback", "resume", "abort"])
    def test_a_process_that_no_longer_awaits_is_never_due(self, leave: str, executor: str) -> None:
        process, token = awaiting(timeout=90)

        match leave:
            case "callback":
                callbacks.continue_awaiting_process(process.pk, token, {})
            case "resume":
                operations.resume_process(process.pk, [], "SYSTEM")
            case _:
                operations.abort_process(process.pk, "SYSTEM")

        ended = settled(process.pk, ProcessStatus.ABORTED if leave == "abort" else ProcessStatus.COMPLETED)
        assert ended.due_at is None
        assert callbacks.fail_timed_out_callbacks() == 0


AWAITING = frozenset({ProcessStatus.AWAITING_CALLBACK})
"""What a rival resumes: with Celery a callback leaves ``resumed`` for a moment, which may be resumed once more."""

RIVALS: dict[str, Callable[[Process, str], object]] = {
    "callback": lambda process, token: callbacks.continue_awaiting_process(process.pk, token, {"by": "callback"}),
    "resume": lambda process, token: operations.resume_process(process.pk, [], "SYSTEM", only=AWAITING),
    "abort": lambda process, token: operations.abort_process(process.pk, "SYSTEM"),
    "time-out": lambda process, token: callbacks.fail_timed_out_callbacks(),
}


@pytest.mark.parametrize("rival", RIVALS)
def test_of_a_callback_and_anything_else_at_once_one_wins(rival: str, executor: str) -> None:
    process, token = awaiting(timeout=90)
    make_overdue(process)
    together, outcomes = threading.Barrier(2, timeout=TIMEOUT_SECONDS), {}

    def compete(name: str) -> None:
        together.wait()
        try:
            outcomes[threading.current_thread().name] = RIVALS[name](process, token)
        except (ProcessNotAwaitingError, ProcessNotResumableError) as error:
            outcomes[threading.current_thread().name] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=compete, args=[name], name=str(index)) for index, name in enumerate(["callback", rival])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)

    accepted = Process.objects.get(pk=process.pk).inputs.filter(created_by="SYSTEM").count() - 1
    assert accepted <= 1
    rows = [status for _, status in steps_of(process.pk)]
    assert rows.count("awaiting_callback") + rows.count("failed") == 1
    lost = sum(isinstance(outcome, Exception) or outcome == 0 for outcome in outcomes.values())
    if rival != "abort":  # which also ends what the callback let go on
        assert lost == 1
