"""``GET /api/processes/{process_id}``: REST contract, section 3."""

from typing import Any

import pytest

from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import conditional
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import UNKNOWN_ID, store_in_status, store_process
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define
from tests.integration.rest.api import Api, faults, problem


@pytest.mark.usefixtures("transactional_db")
def test_a_suspended_process_is_answered_in_full(api: Api) -> None:
    define("ordered", adding("Prepare", label="A-B"), ask_ticket)
    process_id = api.post("/api/processes/ordered", [{}]).body["id"]
    row = Process.objects.get(pk=process_id)
    start, prepare, ask = row.steps.all()
    initial = {
        "process_id": process_id,
        "reporter": "SYSTEM",
        "workflow_name": "ordered",
        "workflow_target": "MODIFY",
    }

    answer = api.get(f"/api/processes/{process_id}")

    assert answer.status == 200
    assert answer.body == {
        "process_id": process_id,
        "workflow_id": str(row.workflow_id),
        "workflow_name": "ordered",
        "is_task": False,
        "created_by": "SYSTEM",
        "failed_reason": None,
        "started_at": row.started_at.timestamp(),
        "last_status": "suspended",
        "last_step": "Ask",
        "assignee": "NOC",
        "last_modified_at": row.last_modified_at.timestamp(),
        "traceback": None,
        "product_id": None,
        "customer_id": None,
        "workflow_target": "MODIFY",
        "subscriptions": [],
        "current_state": {**initial, "label": "A-B"},
        "steps": [
            _executed(start, state=initial, state_delta=initial),
            _executed(prepare, state={**initial, "label": "A-B"}, state_delta={"label": "A-B"}),
            _executed(ask, state={**initial, "label": "A-B"}, state_delta={}),
            _pending("Ask"),
            _pending("Done"),
        ],
        "form": {
            "additionalProperties": False,
            "properties": {"number": {"title": "Number", "type": "integer"}},
            "required": ["number"],
            "title": "unknown",
            "type": "object",
        },
        "note": None,
    }


def _executed(row: ProcessStep, *, state: dict[str, Any], state_delta: dict[str, Any]) -> dict[str, Any]:
    assert row.started_at is not None
    assert row.started_at <= row.completed_at
    return {
        "step_id": str(row.step_id),
        "name": row.name,
        "status": row.status,
        "created_by": "SYSTEM",
        "executed": row.completed_at.timestamp(),
        "started": row.started_at.timestamp(),
        "completed": row.completed_at.timestamp(),
        "commit_hash": None,
        "state": state,
        "state_delta": state_delta,
    }


def _pending(name: str) -> dict[str, Any]:
    nulls = dict.fromkeys(["step_id", "created_by", "executed", "started", "completed", "commit_hash"])
    return {**nulls, "name": name, "status": "pending", "state": None, "state_delta": None}


@pytest.mark.parametrize("field", ["started_at", "last_modified_at"])
def test_a_datetime_is_a_float_of_epoch_seconds(field: str, api: Api) -> None:
    process = store_in_status(define("timed", adding("Work")), ProcessStatus.COMPLETED)

    value = api.get(f"/api/processes/{process.pk}").body[field]

    assert isinstance(value, float)
    assert value == getattr(process, field).timestamp()


@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(str, id="lower case"),
        pytest.param(lambda pid: str(pid).upper(), id="upper case"),
        pytest.param(lambda pid: pid.hex, id="without hyphens"),
    ],
)
def test_an_id_may_be_spelled_in_any_case_with_or_without_hyphens(spell: Any, api: Api) -> None:
    process = store_in_status(define("spelled", adding("Work")), ProcessStatus.RUNNING)

    answer = api.get(f"/api/processes/{spell(process.pk)}")

    assert answer.body["process_id"] == str(process.pk)


def test_a_failed_step_is_shown_executed_and_pending_with_its_error_as_delta(api: Api) -> None:
    process = store_in_status(define("failing", adding("Work")), ProcessStatus.FAILED)

    body = api.get(f"/api/processes/{process.pk}").body

    assert [(step["name"], step["status"]) for step in body["steps"]] == [
        ("Start", "success"),
        ("Work", "failed"),
        ("Work", "pending"),
        ("Done", "pending"),
    ]
    failed = body["steps"][1]
    assert failed["state"] == failed["state_delta"] == {"class": "ValueError", "error": "disk full"}
    assert failed["started"] == failed["completed"] == failed["executed"]
    assert (body["failed_reason"], body["traceback"]) == ("disk full", "ValueError: disk full\n")


def test_the_current_state_of_a_failed_process_is_that_of_its_last_good_step(api: Api) -> None:
    definition = define("failing", adding("One", one=1), adding("Two", two=2))
    process = store_process(
        definition,
        ProcessStatus.FAILED,
        ("Start", StepStatus.SUCCESS, {}),
        ("One", StepStatus.SUCCESS, {"one": 1}),
        ("Two", StepStatus.FAILED, {"class": "ValueError", "error": "disk full"}),
    )

    body = api.get(f"/api/processes/{process.pk}").body

    assert body["current_state"]["one"] == 1
    assert "error" not in body["current_state"]


@pytest.mark.usefixtures("transactional_db")
def test_a_delta_holds_only_what_differs_also_inside_of_objects(api: Api) -> None:
    definition = define(
        "nested",
        adding("One", port={"name": "1/1", "speed": 10}, tags=["a"], same="same"),
        adding("Two", port={"name": "1/1", "speed": 100, "duplex": "full"}, tags=["a", "b"], same="same"),
    )
    process_id = api.post("/api/processes/nested", [{}]).body["id"]

    steps = api.get(f"/api/processes/{process_id}").body["steps"]

    assert steps[2]["name"] == "Two"
    assert definition.steps[2].name == "Two"
    assert steps[2]["state_delta"] == {"port": {"speed": 100, "duplex": "full"}, "tags": ["a", "b"]}


@pytest.mark.usefixtures("transactional_db")
def test_a_skipped_step_leaves_the_state_unchanged(api: Api) -> None:
    (skipped,) = conditional(lambda state: False)(adding("Maybe", never=True))
    define("skipping", skipped)
    process_id = api.post("/api/processes/skipping", [{}]).body["id"]

    steps = api.get(f"/api/processes/{process_id}").body["steps"]

    assert [(step["name"], step["status"]) for step in steps] == [
        ("Start", "success"),
        ("Maybe", "skipped"),
        ("Done", "complete"),
    ]
    assert steps[1]["state"] == steps[0]["state"]
    assert steps[1]["state_delta"] == {}


def test_an_abort_takes_the_place_of_the_first_pending_step(api: Api) -> None:
    process = store_in_status(define("aborted", adding("Work")), ProcessStatus.SUSPENDED)
    api.put(f"/api/processes/{process.pk}/abort")

    steps = api.get(f"/api/processes/{process.pk}").body["steps"]

    assert [(step["name"], step["status"]) for step in steps] == [
        ("Start", "success"),
        ("Work", "suspend"),
        ("User Aborted", "abort"),
        ("Done", "pending"),
    ]


def test_a_process_whose_next_step_has_no_form_has_no_form(api: Api) -> None:
    process = store_in_status(define("plain", adding("Work")), ProcessStatus.SUSPENDED)

    body = api.get(f"/api/processes/{process.pk}").body

    assert body["form"] is None


def test_a_running_process_shows_the_form_of_the_step_that_comes_next(api: Api) -> None:
    process = store_in_status(define("before_form", ask_ticket), ProcessStatus.RUNNING)

    body = api.get(f"/api/processes/{process.pk}").body

    assert body["form"]["properties"] == {"number": {"title": "Number", "type": "integer"}}


def test_a_process_whose_workflow_was_removed_has_no_pending_steps(api: Api) -> None:
    process = store_in_status(define("removed", adding("Work")), ProcessStatus.SUSPENDED)
    WORKFLOWS.remove("removed")

    answer = api.get(f"/api/processes/{process.pk}")

    assert answer.status == 200
    assert [step["status"] for step in answer.body["steps"]] == ["success", "suspend"]
    assert answer.body["workflow_name"] == "removed"
    assert answer.body["form"] is None


def test_an_unknown_id_is_not_found(api: Api) -> None:
    answer = api.get(f"/api/processes/{UNKNOWN_ID}")

    assert answer.status == 404
    assert answer.body == problem(404, "Not Found", f"Process with process_id {UNKNOWN_ID} not found")


@pytest.mark.parametrize("bad_id", ["nope", "5d0b7c1e-2f64-4a19-9c3a", "1", "%00", "%ff", "x" * 5000])
def test_what_is_no_uuid_is_refused(bad_id: str, api: Api) -> None:
    answer = api.get(f"/api/processes/{bad_id}")

    assert faults(answer) == [("uuid_parsing", ["path", "process_id"])]


def test_a_refusal_of_an_id_shows_the_input(api: Api) -> None:
    (entry,) = api.get("/api/processes/nope").body["detail"]

    assert entry["input"] == "nope"
