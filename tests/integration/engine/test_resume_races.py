"""Resumes that come at once, or after something else has happened: each failure and each input is used once."""

import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from django.db import connection
from pydantic_forms.core import FormPage

from processes import operations
from processes.errors import ProcessNotResumableError
from processes.models import ProcessInput
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import Assignee, State, inputstep
from tests.integration.engine.stored_processes import settled, steps_of, store_in_status, store_process
from tests.integration.engine.throwaway_workflows import calling, define
from tests.waiting import TIMEOUT_SECONDS, eventually


def test_of_two_resumes_at_once_one_is_accepted(executor: str) -> None:
    calls: list[int] = []
    process = store_in_status(define("raced", calling("Count", lambda: calls.append(1))), ProcessStatus.FAILED)
    barrier = threading.Barrier(2, timeout=TIMEOUT_SECONDS)
    refused: list[Exception] = []

    def resume() -> None:
        try:
            barrier.wait()
            operations.resume_process(process.pk, [], "SYSTEM")
        except ProcessNotResumableError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=resume) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    settled(process.pk, ProcessStatus.COMPLETED)
    # With a queue of its own the process is ``resumed`` until a worker takes it, and as such may be resumed again.
    assert len(refused) == 1 or executor == "celery"
    assert calls == [1]
    assert ProcessInput.objects.filter(process=process).count() == 2


def test_an_input_that_an_abort_overtakes_is_refused_and_not_kept(executor: str, recorded: Callable[[], str]) -> None:
    overtaken: list[bool] = []

    def form(process_id: str) -> Generator[type[FormPage], Any, State]:
        if not overtaken:
            overtaken.append(True)
            operations.abort_process(process.pk, "jane")
        yield FormPage
        return {}

    process = store_in_status(define("raced", inputstep("Ask", assignee=Assignee.NOC)(form)), ProcessStatus.SUSPENDED)

    with pytest.raises(ProcessNotResumableError, match="Resuming a aborted workflow is not possible"):
        operations.resume_process(process.pk, [{}], "SYSTEM")

    settled(process.pk, ProcessStatus.ABORTED)
    assert steps_of(process.pk)[-1] == ("User Aborted", "abort")
    assert ProcessInput.objects.filter(process=process).count() == 1
    assert recorded() == "L I C"


def test_an_input_that_another_one_overtakes_is_not_taken_for_the_next_step_of_the_same_name(executor: str) -> None:
    overtaken: list[bool] = []

    def form(process_id: str) -> Generator[type[FormPage], Any, State]:
        if not overtaken:
            overtaken.append(True)
            operations.resume_process(process.pk, [{}], "jane")
            eventually(lambda: steps_of(process.pk).count(("Ask", "suspend")) == 2)
            settled(process.pk, ProcessStatus.SUSPENDED)
        yield FormPage
        return {}

    ask = inputstep("Ask", assignee=Assignee.NOC)(form)
    definition = define("asking_alike", ask, ask)
    process = store_process(
        definition, ProcessStatus.SUSPENDED, ("Start", StepStatus.SUCCESS, {}), ("Ask", StepStatus.SUSPEND, {})
    )

    with pytest.raises(ProcessNotResumableError):
        operations.resume_process(process.pk, [{}], "SYSTEM")

    assert steps_of(process.pk)[-1] == ("Ask", "suspend")
    assert ProcessInput.objects.filter(process=process).count() == 2
