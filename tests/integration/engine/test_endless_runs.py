"""What could keep a process from ever coming to an end, or let it go further than somebody asked for."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.callers import Caller
from processes import callbacks, leases, operations
from processes.authorization import authorize_resume
from processes.errors import ProcessNotResumableError
from processes.models import Process
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import Assignee, callback_step, inputstep, retrystep, step, step_group
from processes.workflow.registry import WORKFLOWS
from settings import operations as engine_operations
from tests.integration.engine.stored_processes import settled, steps_of, store_in_status, store_process
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define, ticket_form


def test_a_sub_step_that_spoils_the_state_in_place_and_fails_is_shown_as_failed(executor: str) -> None:
    found: list[Any] = []

    @step("Spoil")
    def spoil(order: dict[str, Any]) -> None:
        found.append(dict(order))
        order["at"] = object()
        raise ValueError("after it was spoiled")

    define("spoiled", adding("Prepare", order={"kept": 1}), step_group("Group", spoil))
    process_id = operations.start_process("spoiled", [{}], "SYSTEM")
    settled(process_id, ProcessStatus.FAILED)

    operations.resume_process(process_id, [], "SYSTEM")

    settled(process_id, ProcessStatus.FAILED)
    assert found == [{"kept": 1}] * 2


def test_a_process_that_has_done_more_than_its_workflow_has_left_is_completed(executor: str) -> None:
    definition = define("shortened", adding("Work"), ask_ticket)
    process = store_process(
        definition,
        ProcessStatus.SUSPENDED,
        ("Start", StepStatus.SUCCESS, {}),
        ("Work", StepStatus.SUCCESS, {}),
        ("Ask", StepStatus.SUSPEND, {}),
    )
    WORKFLOWS.remove("shortened")
    define("shortened")

    operations.resume_process(process.pk, [], "SYSTEM")

    settled(process.pk, ProcessStatus.COMPLETED)


def test_a_retry_waits_twice_as_long_each_time_whatever_the_error_says_and_whoever_retries() -> None:
    @retrystep("Reach")
    def reach() -> None:
        raise ConnectionError(f"no answer at {uuid.uuid4()}")

    define("unreachable", reach)
    process_id = operations.start_process("unreachable", [{}], "jane")
    pauses = []
    for reporter in ("SYSTEM", "SYSTEM", "jane"):
        process = Process.objects.get(pk=process_id)
        assert process.due_at is not None
        pauses.append(process.due_at - process.last_modified_at)
        operations.resume_process(process_id, [], reporter)

    assert pauses == [pauses[0], 2 * pauses[0], 4 * pauses[0]]


def test_a_resume_is_refused_where_the_process_has_come_further_than_the_caller_was_authorized_for() -> None:
    ask = inputstep("Ask", assignee=Assignee.NOC)(ticket_form)
    ask_again = inputstep("Ask again", assignee=Assignee.NOC, resume_auth_callback=lambda context: False)(ticket_form)
    process = store_in_status(define("guarded", ask), ProcessStatus.SUSPENDED)
    WORKFLOWS.remove("guarded")
    define("guarded", ask, ask_again)
    judged = authorize_resume(process.pk, Caller())
    operations.resume_process(process.pk, [{"number": 7}], "jane")

    with pytest.raises(ProcessNotResumableError):
        operations.resume_process(process.pk, [{"number": 7}], "mallory", judged_row=judged.newest_row)

    assert steps_of(process.pk)[-1] == ("Ask again", "suspend")


@pytest.mark.parametrize("status", [ProcessStatus.SUSPENDED, ProcessStatus.AWAITING_CALLBACK, ProcessStatus.FAILED])
def test_a_resume_that_was_asked_for_another_status_is_refused(status: ProcessStatus) -> None:
    process = store_in_status(define("moved_on", adding("Work")), status)

    with pytest.raises(ProcessNotResumableError):
        operations.resume_process(process.pk, [], "SYSTEM", only=frozenset({ProcessStatus.WAITING}))


def test_the_answer_to_one_callback_does_not_pass_for_that_to_the_next() -> None:
    seen: list[Any] = []

    @step("Check")
    def check(callback_result: dict[str, Any] | None) -> None:
        seen.append(callback_result)

    define("calling_twice", *[callback_step(name, adding(f"Order {name}"), check) for name in ("One", "Two")])
    process_id = operations.start_process("calling_twice", [{}], "SYSTEM")
    callbacks.continue_awaiting_process(process_id, token_of(process_id), {"dug": True})

    operations.resume_process(process_id, [], "SYSTEM")

    assert seen == [{"dug": True}, None]


def test_a_callback_step_that_begins_anew_asks_with_another_idempotency_key() -> None:
    keys: list[str] = []

    @step("Order")
    def order(idempotency_key: str) -> None:
        keys.append(idempotency_key)

    define("asked_anew", callback_step("Call", order, adding("Check"), timeout=60))
    process_id = operations.start_process("asked_anew", [{}], "SYSTEM")
    Process.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert callbacks.fail_timed_out_callbacks() == 1

    operations.resume_process(process_id, [], "SYSTEM")

    assert len(set(keys)) == len(keys) == 2


def test_whoever_was_refused_while_the_engine_was_locked_may_call_back_after_it() -> None:
    define("paused", callback_step("Call", adding("Order"), adding("Check"), timeout=60))
    process_id = operations.start_process("paused", [{}], "SYSTEM")
    engine_operations.set_global_lock(True)
    Process.objects.update(due_at=timezone.now() - timedelta(seconds=1))

    engine_operations.set_global_lock(False)

    assert callbacks.fail_timed_out_callbacks() == 0
    callbacks.continue_awaiting_process(process_id, token_of(process_id), {})
    settled(process_id, ProcessStatus.COMPLETED)


def token_of(process_id: uuid.UUID) -> str:
    """Return what the other system has to know."""
    return str(Process.objects.get(pk=process_id).steps.latest("pk").state["__callback_token"])


def test_a_lease_keeper_that_could_not_start_its_thread_starts_one_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeper, lease = leases.LeaseKeeper(), leases.Lease(uuid.uuid4(), uuid.uuid4())

    def refuse(thread: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr("threading.Thread.start", refuse)
        with pytest.raises(RuntimeError), keeper.keeping(lease):
            pass

    with keeper.keeping(lease):
        assert keeper._thread is not None
        assert keeper._thread.is_alive()
