"""``PUT /api/processes/{process_id}/abort``: REST contract, section 4."""

from collections.abc import Callable

import pytest

from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import UNKNOWN_ID, steps_of, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, faults, problem


def test_an_abort_logs_user_aborted_with_the_current_state(api: Api) -> None:
    process = store_in_status(define("ended", adding("Work")), ProcessStatus.SUSPENDED)

    answer = api.put(f"/api/processes/{process.pk}/abort?reporter=jane")

    row = ProcessStep.objects.filter(process=process).latest("pk")
    assert answer.status == 204
    assert (row.name, row.status, row.created_by) == ("User Aborted", "abort", "jane")
    assert row.state == api.get(f"/api/processes/{process.pk}").body["current_state"]
    assert row.state["workflow_name"] == "ended"


def test_an_aborted_process_says_so(api: Api) -> None:
    process = store_in_status(define("ended", adding("Work")), ProcessStatus.FAILED)

    api.put(f"/api/processes/{process.pk}/abort")

    body = api.get(f"/api/processes/{process.pk}").body
    assert (body["last_status"], body["last_step"], body["assignee"]) == ("aborted", "User Aborted", "SYSTEM")
    assert (body["failed_reason"], body["traceback"]) == (None, None)
    assert body["last_modified_at"] > process.last_modified_at.timestamp()


@pytest.mark.parametrize("status", [ProcessStatus.COMPLETED, ProcessStatus.ABORTED])
def test_an_abort_of_what_has_ended_writes_nothing(status: ProcessStatus, api: Api) -> None:
    process = store_in_status(define("ended", adding("Work")), status)
    before = steps_of(process.pk)

    answer = api.put(f"/api/processes/{process.pk}/abort")

    assert answer.status == 204
    assert steps_of(process.pk) == before
    assert Process.objects.get(pk=process.pk).last_modified_at == process.last_modified_at


def test_a_process_whose_workflow_was_removed_can_be_aborted(api: Api) -> None:
    process = store_in_status(define("gone", adding("Work")), ProcessStatus.SUSPENDED)
    WORKFLOWS.remove("gone")

    answer = api.put(f"/api/processes/{process.pk}/abort")

    assert answer.status == 204
    assert Process.objects.get(pk=process.pk).status is ProcessStatus.ABORTED


def test_a_body_is_not_read(api: Api) -> None:
    process = store_in_status(define("ended", adding("Work")), ProcessStatus.SUSPENDED)

    answer = api.send("PUT", f"/api/processes/{process.pk}/abort", raw="{not json")

    assert answer.status == 204


def test_an_unknown_id_is_not_found(api: Api, recorded: Callable[[], str]) -> None:
    answer = api.put(f"/api/processes/{UNKNOWN_ID}/abort")

    assert answer.status == 404
    assert answer.body == problem(404, "Not Found", f"Process with process_id {UNKNOWN_ID} not found")
    assert recorded() == ""


def test_what_is_no_uuid_is_refused(api: Api) -> None:
    answer = api.put("/api/processes/nope/abort")

    assert faults(answer) == [("uuid_parsing", ["path", "process_id"])]


def test_a_reporter_over_100_characters_is_refused(api: Api) -> None:
    process = store_in_status(define("ended", adding("Work")), ProcessStatus.SUSPENDED)

    answer = api.put(f"/api/processes/{process.pk}/abort?reporter={'r' * 101}")

    assert faults(answer) == [("string_too_long", ["query", "reporter"])]
    assert Process.objects.get(pk=process.pk).status is ProcessStatus.SUSPENDED
