"""``POST /api/processes/{process_id}/callback/{token}`` and ``/progress``: REST contract, section 4."""

from collections.abc import Callable
from typing import Any

import pytest

from processes import operations
from processes.models import Process
from processes.statuses import ProcessStatus
from processes.workflow import callback_step
from tests.integration.engine.stored_processes import settled
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, faults, problem

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def route() -> str:
    """Start a process that awaits a callback and return the route that its state names."""
    define("calling", callback_step("Call", adding("Act"), adding("Check")))
    process = settled(operations.start_process("calling", [{}], "SYSTEM"), ProcessStatus.AWAITING_CALLBACK)
    return str(process.steps.latest("pk").state["callback_route"])


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_callback_is_answered_null_and_lets_the_process_go_on(slash: str, route: str, api: Api) -> None:
    answer = api.post(route + slash, {"depth": 80})

    assert (answer.status, answer.body) == (200, None)
    process = Process.objects.get()
    assert process.status is ProcessStatus.COMPLETED
    assert process.steps.latest("pk").state["callback_result"] == {"depth": 80}


def test_a_second_callback_is_a_conflict(route: str, api: Api, recorded: Callable[[], str]) -> None:
    api.post(route, {})
    recorded()

    answer = api.post(route, {})

    assert answer.body == problem(409, "Conflict", "This process is not in an awaiting state.")
    assert recorded() == ""


@pytest.mark.parametrize("path", ["", "/progress"])
def test_a_wrong_token_is_not_found(path: str, route: str, api: Api, recorded: Callable[[], str]) -> None:
    answer = api.post(route[:-1] + ("a" if route[-1] != "a" else "b") + path, {})

    assert answer.body == problem(404, "Not Found", "Invalid token")
    assert Process.objects.get().status is ProcessStatus.AWAITING_CALLBACK


@pytest.mark.parametrize("path", ["", "/progress"])
@pytest.mark.parametrize("token", ["%C3%BC", "%FF", "%ED%A0%80", "%00", "x" * 4000])
def test_a_token_of_any_characters_is_not_found(token: str, path: str, route: str, api: Api) -> None:
    answer = api.post(f"{route.rpartition('/')[0]}/{token}{path}", {})

    assert answer.body == problem(404, "Not Found", "Invalid token")


@pytest.mark.parametrize("body", [[], "text", 5, True])
def test_a_callback_that_is_no_object_is_malformed(body: Any, route: str, api: Api) -> None:
    assert faults(api.post(route, body)) == [("dict_type", ["body"])]


@pytest.mark.parametrize("path", ["", "/progress"])
def test_a_callback_without_a_body_is_malformed(path: str, route: str, api: Api) -> None:
    assert faults(api.post(route + path)) == [("missing", ["body"])]


@pytest.mark.parametrize("value", ["half way", {"percent": 50}])
def test_progress_is_text_or_an_object_and_shown_at_once(value: Any, route: str, api: Api) -> None:
    answer = api.post(f"{route}/progress", value)

    assert (answer.status, answer.body) == (200, None)
    process_id = route.split("/")[3]
    body = api.get(f"/api/processes/{process_id}").body
    assert (body["last_status"], body["current_state"]["callback_progress"]) == ("awaiting_callback", value)


def test_the_process_object_shows_the_step_as_awaiting_and_as_pending(route: str, api: Api) -> None:
    body = api.get(f"/api/processes/{route.split('/')[3]}").body

    assert [(row["name"], row["status"]) for row in body["steps"]] == [
        ("Start", "success"),
        ("Call", "awaiting_callback"),
        ("Call", "pending"),
        ("Done", "pending"),
    ]
    assert body["steps"][1]["state"]["__sub_step"] == "Call - Await callback"
