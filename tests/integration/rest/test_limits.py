"""What is too much is answered 413 or another clear refusal, and nothing of it is kept (REST contract, section 1)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from pydantic_core import to_json
from pytest_django import Settings

from processes.models import Process, ProcessInput, ProcessStep
from processes.operations import start_process
from processes.statuses import ProcessStatus
from processes.workflow import callback_step
from tests.integration.engine.stored_processes import settled, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Answer, Api, faults, problem
from tests.integration.rest.test_bad_input import anything_form

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def assert_too_large(answer: Answer, detail: str) -> None:
    assert (answer.status, answer.body) == (413, problem(413, TOO_LARGE.phrase, detail))


def rows() -> tuple[list[Any], ...]:
    """Return all that a request could have left behind."""
    return tuple(list(model.objects.order_by("pk").values()) for model in (Process, ProcessStep, ProcessInput))


def test_the_limit_of_a_body_is_the_configured_one(settings: Settings, api: Api) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000

    answer = api.send("POST", "/api/processes/nonesuch", raw="[" + " " * 2000 + "]")

    assert_too_large(answer, "Request body is larger than 2000 bytes")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/processes/anything"), ("PUT", "/api/processes/ID/resume"), ("POST", "/api/forms/nonesuch")],
)
def test_a_request_has_as_many_pages_as_are_allowed(
    method: str, path: str, configure: Callable[..., None], api: Api
) -> None:
    configure(max_form_pages=3)
    definition = define("anything", adding("Work"), form=anything_form)
    path = path.replace("ID", str(store_in_status(definition, ProcessStatus.SUSPENDED).pk))

    assert_too_large(api.send(method, path, [{}] * 4), "Request has 4 form pages, 3 are allowed")
    assert api.send(method, path, [{}] * 3).status != 413


def test_a_start_whose_state_is_too_large_stores_nothing(
    configure: Callable[..., None], api: Api, recorded: Callable[[], str]
) -> None:
    configure(max_state_bytes=2000)
    define("anything", form=anything_form)

    answer = api.post("/api/processes/anything", [{"data": "x" * 3000}])

    assert (answer.status, answer.body["detail"].split(" bytes")[1]) == (413, ", 2000 are allowed")
    assert (rows(), recorded()) == (([], [], []), "")


def test_a_resume_whose_input_is_too_large_changes_nothing(
    configure: Callable[..., None], api: Api, recorded: Callable[[], str], transactional_db: None
) -> None:
    configure(max_state_bytes=2000)
    process_id = api.post("/api/processes/demo_confirm_change", [{}]).body["id"]
    steps = ProcessStep.objects.filter(process_id=process_id)
    newest = steps.latest("pk")
    newest.state["filling"] = ""
    newest.state["filling"] = "x" * (2000 - len(to_json(newest.state)))
    newest.save()
    before = recorded() and rows()

    answer = api.put(f"/api/processes/{process_id}/resume", [{"change_number": "CHG0042"}])

    assert (answer.status, rows(), recorded()) == (413, before, "")
    configure(max_state_bytes=4000)
    assert api.put(f"/api/processes/{process_id}/resume", [{"change_number": "CHG0042"}]).status == 204


@pytest.fixture
def route(transactional_db: None) -> str:
    """Start a process that awaits a callback and return the route that its state names."""
    define("calling", callback_step("Call", adding("Act"), adding("Check")))
    process = settled(start_process("calling", [{}], "SYSTEM"), ProcessStatus.AWAITING_CALLBACK)
    return str(process.steps.latest("pk").state["callback_route"])


@pytest.mark.parametrize("path", ["", "/progress"])
def test_a_callback_that_is_too_large_leaves_the_process_waiting_for_another(
    path: str, configure: Callable[..., None], route: str, api: Api, recorded: Callable[[], str]
) -> None:
    configure(max_state_bytes=3000)
    before = rows()

    answer = api.post(route + path, {"data": "x" * 3000})

    assert (answer.status, rows(), recorded()) == (413, before, "")
    assert api.post(route + path, {"data": "x"}).status == 200


@pytest.mark.parametrize("path", ["", "/progress"])
def test_a_callback_as_deep_as_a_body_may_be_is_kept_and_a_deeper_one_refused(path: str, route: str, api: Api) -> None:
    refused = api.send("POST", route + path, raw='{"a":' * 100 + "1" + "}" * 100)
    kept = api.send("POST", route + path, raw='{"a":' * 99 + "1" + "}" * 99)

    assert faults(refused) == [("json_invalid", ["body", 0])]
    assert kept.status == 200
    assert api.get(f"/api/processes/{route.split('/')[3]}").status == 200


@pytest.mark.parametrize("path", ["/api/processes/", "/api/subscriptions/search"])
def test_too_many_query_parameters_are_refused(path: str, api: Api) -> None:
    answer = api.get(f"{path}?{'&'.join(f'a{number}=1' for number in range(1001))}")

    assert (answer.status, answer.body) == (400, problem(400, "Bad Request", "Too many query parameters"))
