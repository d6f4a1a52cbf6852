"""``POST /api/processes/{workflow_key}``: REST contract, sections 4 and 5."""

from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID

import pytest
from pydantic import ConfigDict, Field
from pydantic_forms.core import FormPage

from processes.models import Process, Workflow
from processes.workflow import State
from tests.integration.engine.stored_processes import lock_engine, steps_of
from tests.integration.engine.throwaway_workflows import adding, define, ticket_form
from tests.integration.rest.api import LOCKED, Api, faults, problem


def order_form() -> Generator[type[FormPage], Any, State]:
    class OrderPage(FormPage):
        model_config = ConfigDict(title="Order path")

        label: str
        gbit: int = Field(10, ge=1, le=400)

    order = yield OrderPage

    class ConfirmPage(FormPage):
        model_config = ConfigDict(title="Confirm")

        agreed: bool

    confirm = yield ConfirmPage
    return {**order.model_dump(), **confirm.model_dump()}


def test_a_start_answers_the_id_of_the_new_process(api: Api) -> None:
    define("started", adding("Work"))

    answer = api.post("/api/processes/started", [{}])

    process = Process.objects.get()
    assert answer.status == 201
    assert answer.body == {"id": str(process.pk)}
    assert UUID(answer.body["id"]).hex == process.pk.hex


@pytest.mark.usefixtures("transactional_db")
def test_a_start_sends_one_pair_for_created_one_for_running_and_one_per_step(
    api: Api, recorded: Callable[[], str]
) -> None:
    define("started", adding("Work"))

    api.post("/api/processes/started", [{}])

    assert recorded() == "L I L I L I L I L I"


def test_the_initial_state_has_the_form_data_and_who_started_what(api: Api) -> None:
    define("with_form", form=ticket_form)

    process_id = api.post("/api/processes/with_form?reporter=jane", [{"number": "7"}]).body["id"]

    assert api.get(f"/api/processes/{process_id}").body["current_state"] == {
        "number": 7,
        "process_id": process_id,
        "reporter": "jane",
        "workflow_name": "with_form",
        "workflow_target": "MODIFY",
    }


def test_a_form_cannot_overwrite_who_started_what(api: Api) -> None:
    def forging() -> Generator[type[FormPage], Any, State]:
        yield FormPage
        return {"reporter": "root", "process_id": "forged", "workflow_target": "CREATE"}

    define("forged", form=forging)

    process_id = api.post("/api/processes/forged", [{}]).body["id"]

    state = api.get(f"/api/processes/{process_id}").body["current_state"]
    assert (state["reporter"], state["process_id"], state["workflow_target"]) == ("SYSTEM", process_id, "MODIFY")


def test_is_task_and_target_are_those_of_the_workflow(api: Api) -> None:
    define("maintenance", is_task=True)

    process_id = api.post("/api/processes/maintenance", [{}]).body["id"]

    body = api.get(f"/api/processes/{process_id}").body
    assert (body["is_task"], body["workflow_target"]) == (True, "MODIFY")


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize(
    ("query", "created_by"), [("", "SYSTEM"), ("?reporter=", "SYSTEM"), ("?reporter=jane", "jane")]
)
def test_the_reporter_is_kept_as_the_creator_of_process_and_steps(query: str, created_by: str, api: Api) -> None:
    define("reported")

    process_id = api.post(f"/api/processes/reported{query}", [{}]).body["id"]

    body = api.get(f"/api/processes/{process_id}").body
    assert {body["created_by"], *(step["created_by"] for step in body["steps"])} == {created_by}


def test_a_reporter_of_100_characters_is_accepted(api: Api) -> None:
    define("reported")

    answer = api.post(f"/api/processes/reported?reporter={'r' * 100}", [{}])

    assert answer.status == 201


def test_a_longer_reporter_is_refused(api: Api) -> None:
    define("reported")

    answer = api.post(f"/api/processes/reported?reporter={'r' * 101}", [{}])

    assert faults(answer) == [("string_too_long", ["query", "reporter"])]
    assert not Process.objects.exists()


def test_two_starts_share_the_row_of_their_workflow(api: Api) -> None:
    define("twice")
    first = api.post("/api/processes/twice", [{}]).body["id"]

    second = api.post("/api/processes/twice", [{}]).body["id"]

    assert first != second
    assert Workflow.objects.get(name="twice").processes.count() == 2


@pytest.mark.usefixtures("transactional_db")
def test_a_workflow_without_form_starts_with_one_empty_page(api: Api) -> None:
    define("formless")

    process_id = api.post("/api/processes/formless", [{}]).body["id"]

    assert steps_of(UUID(process_id)) == [("Start", "success"), ("Done", "complete")]


def test_an_empty_list_asks_a_workflow_without_form_for_its_empty_form(api: Api) -> None:
    define("formless")

    answer = api.post("/api/processes/formless", [])

    assert answer.status == 510
    assert (answer.body["form"]["properties"], answer.body["form"]["title"]) == ({}, "unknown")


def test_an_empty_list_gets_the_first_page(api: Api) -> None:
    define("order", form=order_form)

    answer = api.post("/api/processes/order", [])

    assert answer.status == 510
    assert set(answer.body) == {"type", "detail", "title", "status", "form", "meta"}
    assert isinstance(answer.body["detail"], str)
    assert answer.body["type"] == "FormNotCompleteError"
    assert answer.body["title"] == "Form not complete"
    assert answer.body["status"] == 510
    assert answer.body["form"] == {
        "additionalProperties": False,
        "properties": {
            "label": {"title": "Label", "type": "string"},
            "gbit": {"default": 10, "maximum": 400, "minimum": 1, "title": "Gbit", "type": "integer"},
        },
        "required": ["label"],
        "title": "Order path",
        "type": "object",
    }


def test_a_valid_page_gets_the_next_one(api: Api) -> None:
    define("order", form=order_form)

    answer = api.post("/api/processes/order", [{"label": "A-B"}])

    assert answer.status == 510
    assert answer.body["form"]["title"] == "Confirm"


def test_all_pages_start_the_process_with_their_values_and_defaults(api: Api) -> None:
    define("order", form=order_form)

    process_id = api.post("/api/processes/order", [{"label": "A-B"}, {"agreed": True}]).body["id"]

    state = api.get(f"/api/processes/{process_id}").body["current_state"]
    assert (state["label"], state["gbit"], state["agreed"]) == ("A-B", 10, True)


def test_a_value_that_is_not_valid_is_named(api: Api) -> None:
    define("order", form=order_form)

    answer = api.post("/api/processes/order", [{"label": "A-B", "gbit": 900}])

    assert answer.status == 400
    assert set(answer.body) == {"type", "detail", "title", "status", "validation_errors"}
    assert answer.body["type"] == "FormValidationError"
    assert answer.body["title"] == "Form not valid"
    assert answer.body["status"] == 400
    assert answer.body["detail"].startswith("1 validation error for OrderPage\ngbit\n")
    (entry,) = answer.body["validation_errors"]
    entry.pop("url", None)
    assert entry == {
        "type": "less_than_equal",
        "loc": ["gbit"],
        "msg": "Input should be less than or equal to 400",
        "input": 900,
        "ctx": {"le": 400},
    }


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        pytest.param({}, ("missing", ["label"], {}), id="missing field"),
        pytest.param({"label": "A", "x": 1}, ("extra_forbidden", ["x"], 1), id="unknown field"),
        pytest.param({"label": 5}, ("string_type", ["label"], 5), id="wrong type"),
        pytest.param({"label": "A", "gbit": "ten"}, ("int_parsing", ["gbit"], "ten"), id="no number"),
    ],
)
def test_each_kind_of_fault_in_a_page_has_its_type(page: State, fault: tuple[str, Any, Any], api: Api) -> None:
    define("order", form=order_form)

    (entry,) = api.post("/api/processes/order", [page]).body["validation_errors"]

    assert (entry["type"], entry["loc"], entry["input"]) == fault


def test_the_first_bad_page_is_answered(api: Api) -> None:
    define("order", form=order_form)

    answer = api.post("/api/processes/order", [{"label": "A", "gbit": 0}, {"agreed": "perhaps"}])

    assert [entry["loc"] for entry in answer.body["validation_errors"]] == [["gbit"]]


def test_more_pages_than_the_form_has_overflow(api: Api) -> None:
    define("order", form=ticket_form)

    answer = api.post("/api/processes/order", [{"number": 1}, {"number": 2}])

    assert answer.status == 500
    assert answer.body == {
        "type": "FormOverflowError",
        "detail": "Did not process all user_inputs (1 remaining)",
        "title": "Internal Server Error",
        "status": 500,
    }


def test_an_unknown_workflow_is_not_found(api: Api) -> None:
    answer = api.post("/api/processes/nonesuch", [{}])

    assert answer.status == 404
    assert answer.body == problem(404, "Not Found", "Workflow does not exist")


def test_a_locked_engine_starts_nothing(api: Api) -> None:
    define("locked_out")
    lock_engine()

    answer = api.post("/api/processes/locked_out", [{}])

    assert (answer.status, answer.body) == (503, LOCKED)


@pytest.mark.parametrize(
    ("workflow_key", "body", "locked"),
    [
        pytest.param("order", [], False, id="form not complete"),
        pytest.param("order", [{}], False, id="form not valid"),
        pytest.param("order", [{"label": "A"}, {"agreed": True}, {}], False, id="too many pages"),
        pytest.param("nonesuch", [{}], False, id="unknown workflow"),
        pytest.param("order", {}, False, id="not a list"),
        pytest.param("order", [{"label": "A"}, {"agreed": True}], True, id="locked"),
    ],
)
def test_a_refused_start_leaves_no_row_and_sends_no_frame(
    workflow_key: str, body: Any, locked: bool, api: Api, recorded: Callable[[], str]
) -> None:
    define("order", form=order_form)
    if locked:
        lock_engine()

    answer = api.post(f"/api/processes/{workflow_key}", body)

    assert answer.status >= 400
    assert not Process.objects.exists()
    assert not Workflow.objects.filter(name=workflow_key).exists()
    assert recorded() == ""


def test_a_form_that_raises_is_answered_without_its_traceback(api: Api, recorded: Callable[[], str]) -> None:
    def broken() -> Generator[type[FormPage], Any, State]:
        raise RuntimeError("secret of the author")
        yield FormPage  # type: ignore[unreachable]  # makes it a generator function

    define("broken_form", form=broken)

    answer = api.post("/api/processes/broken_form", [{}])

    assert (answer.status, answer.body) == (
        500,
        problem(500, "Internal Server Error", "The form of this workflow failed, the log says why"),
    )
    assert not Process.objects.exists()
    assert recorded() == ""
