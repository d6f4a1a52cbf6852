"""``PUT /api/processes/resume-all``: REST contract, section 4."""

import pytest

from processes.models import ResumeRequest
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import lock_engine, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import LOCKED, Api, problem

PATH = "/api/processes/resume-all"


@pytest.fixture
def tasks() -> None:
    """Store three tasks to resume, one that runs, and a process that failed."""
    definition = define("retried", adding("Work"), is_task=True)
    for status in (ProcessStatus.FAILED, ProcessStatus.WAITING, ProcessStatus.INCONSISTENT_DATA, ProcessStatus.RUNNING):
        store_in_status(definition, status)
    store_in_status(define("no_task", adding("Work")), ProcessStatus.FAILED)


def test_the_number_of_tasks_is_answered_at_once(tasks: None, api: Api) -> None:
    answer = api.put(PATH)

    assert (answer.status, answer.body) == (200, {"count": 3})


def test_there_may_be_none(api: Api) -> None:
    assert api.put(PATH).body == {"count": 0}


def test_a_second_request_conflicts_while_one_is_in_progress(tasks: None, api: Api) -> None:
    api.put(PATH)

    answer = api.put(PATH)

    assert answer.status == 409
    assert answer.body == problem(409, "Conflict", "Another request to resume all processes is in progress")


def test_a_locked_engine_refuses(tasks: None, api: Api) -> None:
    api.put(PATH)
    lock_engine()

    answer = api.put(PATH)

    assert (answer.status, answer.body) == (503, LOCKED)


def test_the_reporter_may_be_named(tasks: None, api: Api) -> None:
    api.put(f"{PATH}?reporter=jane")

    assert set(ResumeRequest.objects.values_list("created_by", flat=True)) == {"jane"}
