"""``PUT /api/processes/{process_id}/resume``: REST contract, sections 4 and 5."""

from collections.abc import Callable
from typing import Any

import pytest

from processes.models import Process, ProcessInput
from processes.statuses import ProcessStatus
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import (
    UNKNOWN_ID,
    lock_engine,
    steps_of,
    store_in_status,
)
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define
from tests.integration.rest.api import LOCKED, Api, faults, problem


def suspended(form: bool = True) -> Process:
    """Store a process that is suspended at a step with or without form."""
    return store_in_status(define("paused", ask_ticket if form else adding("Work")), ProcessStatus.SUSPENDED)


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("body", [{}, [], [{}], [{"ignored": 1}], {"ignored": 1}])
def test_a_step_without_form_ignores_the_input(body: Any, api: Api) -> None:
    process = suspended(form=False)

    answer = api.put(f"/api/processes/{process.pk}/resume", body)

    assert answer.status == 204
    assert Process.objects.get(pk=process.pk).status is ProcessStatus.COMPLETED


@pytest.mark.usefixtures("transactional_db")
def test_the_input_step_is_logged_as_success_before_the_next_steps(api: Api) -> None:
    process = suspended()

    api.put(f"/api/processes/{process.pk}/resume", [{"number": 7}])

    assert steps_of(process.pk) == [
        ("Start", "success"),
        ("Ask", "suspend"),
        ("Ask", "success"),
        ("Done", "complete"),
    ]
    assert api.get(f"/api/processes/{process.pk}").body["current_state"]["number"] == 7


@pytest.mark.usefixtures("transactional_db")
def test_a_resume_sends_c_then_l_i_then_a_pair_per_step(api: Api, recorded: Callable[[], str]) -> None:
    process = suspended()

    api.put(f"/api/processes/{process.pk}/resume", [{"number": 7}])

    assert recorded() == "C L I L I L I"


@pytest.mark.parametrize("body", [{}, [], [{}]])
def test_an_empty_object_an_empty_list_and_one_empty_page_mean_the_same(body: Any, api: Api) -> None:
    process = suspended()

    answer = api.put(f"/api/processes/{process.pk}/resume", body)

    assert answer.status == 400
    (entry,) = answer.body["validation_errors"]
    assert (entry["type"], entry["loc"], entry["msg"], entry["input"]) == ("missing", ["number"], "field required", {})


@pytest.mark.usefixtures("transactional_db")
def test_an_object_in_place_of_the_list_is_its_only_page(api: Api) -> None:
    process = suspended()

    answer = api.put(f"/api/processes/{process.pk}/resume", {"number": 7})

    assert answer.status == 204
    assert api.get(f"/api/processes/{process.pk}").body["current_state"]["number"] == 7


def test_input_that_is_not_valid_changes_nothing_and_sends_nothing(api: Api, recorded: Callable[[], str]) -> None:
    process = suspended()

    answer = api.put(f"/api/processes/{process.pk}/resume", [{"number": "seven"}])

    assert answer.status == 400
    assert (answer.body["type"], answer.body["title"]) == ("FormValidationError", "Form not valid")
    assert Process.objects.get(pk=process.pk).last_modified_at == process.last_modified_at
    assert ProcessInput.objects.filter(process=process).count() == 1
    assert recorded() == ""


def test_too_many_pages_overflow_and_change_nothing(api: Api, recorded: Callable[[], str]) -> None:
    process = suspended()

    answer = api.put(f"/api/processes/{process.pk}/resume", [{"number": 1}, {"number": 2}])

    assert answer.status == 500
    assert answer.body["type"] == "FormOverflowError"
    assert steps_of(process.pk) == [("Start", "success"), ("Ask", "suspend")]
    assert recorded() == ""


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(None, ("missing", ["body"]), id="null"),
        pytest.param("text", ("list_type", ["body"]), id="string"),
        pytest.param(7, ("list_type", ["body"]), id="number"),
        pytest.param(True, ("list_type", ["body"]), id="boolean"),
        pytest.param([1], ("dict_type", ["body", 0]), id="list of numbers"),
        pytest.param([{}, []], ("dict_type", ["body", 1]), id="list in a list"),
    ],
)
def test_any_other_body_is_refused(body: Any, fault: Any, api: Api, recorded: Callable[[], str]) -> None:
    process = suspended()

    answer = api.put(f"/api/processes/{process.pk}/resume", body)

    assert faults(answer) == [fault]
    assert recorded() == ""


def test_no_body_is_refused(api: Api) -> None:
    answer = api.put(f"/api/processes/{suspended().pk}/resume")

    assert faults(answer) == [("missing", ["body"])]
    assert answer.body["detail"][0]["input"] is None


@pytest.mark.usefixtures("transactional_db")
def test_the_reporter_is_kept_as_the_creator_of_the_steps_that_follow(api: Api) -> None:
    process = suspended()

    api.put(f"/api/processes/{process.pk}/resume?reporter=jane", [{"number": 7}])

    body = api.get(f"/api/processes/{process.pk}").body
    assert [step["created_by"] for step in body["steps"]] == ["SYSTEM", "SYSTEM", "jane", "jane"]
    assert body["created_by"] == "SYSTEM"


@pytest.mark.usefixtures("transactional_db")
def test_a_resumed_failure_is_no_failure_any_more(api: Api) -> None:
    process = store_in_status(define("failed_once", adding("Work")), ProcessStatus.FAILED)

    api.put(f"/api/processes/{process.pk}/resume", {})

    body = api.get(f"/api/processes/{process.pk}").body
    assert (body["last_status"], body["failed_reason"], body["traceback"]) == ("completed", None, None)


@pytest.mark.parametrize("status", ["aborted", "completed", "running", "created"])
def test_a_status_that_cannot_be_resumed_is_a_conflict(status: str, api: Api) -> None:
    process = store_in_status(define("stuck", adding("Work")), ProcessStatus(status))

    answer = api.put(f"/api/processes/{process.pk}/resume", {})

    assert answer.status == 409
    assert answer.body == problem(409, "Conflict", f"Resuming a {status} workflow is not possible")


def test_a_process_whose_workflow_was_removed_cannot_be_resumed(api: Api, recorded: Callable[[], str]) -> None:
    process = suspended()
    WORKFLOWS.remove("paused")

    answer = api.put(f"/api/processes/{process.pk}/resume", {})

    assert answer.status == 409
    assert answer.body == problem(409, "Conflict", "This workflow cannot be resumed because it has been removed")
    assert recorded() == ""


def test_a_locked_engine_resumes_nothing(api: Api) -> None:
    process = suspended(form=False)
    lock_engine()

    answer = api.put(f"/api/processes/{process.pk}/resume", {})

    assert (answer.status, answer.body) == (503, LOCKED)


def test_an_unknown_id_is_not_found(api: Api) -> None:
    answer = api.put(f"/api/processes/{UNKNOWN_ID}/resume", {})

    assert answer.status == 404
    assert answer.body == problem(404, "Not Found", f"Process with process_id {UNKNOWN_ID} not found")


def test_what_is_no_uuid_is_refused(api: Api) -> None:
    answer = api.put("/api/processes/nope/resume", {})

    assert faults(answer) == [("uuid_parsing", ["path", "process_id"])]


def test_a_reporter_over_100_characters_is_refused(api: Api) -> None:
    answer = api.put(f"/api/processes/{suspended(form=False).pk}/resume?reporter={'r' * 101}", {})

    assert faults(answer) == [("string_too_long", ["query", "reporter"])]
