"""``POST /api/processes/{process_id}/callback/{token}`` and ``/progress``: REST contract, section 4."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEntry
from processes import metrics, operations
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


def with_wrong_token(route: str) -> str:
    return route[:-1] + ("a" if route[-1] != "a" else "b")


@pytest.mark.parametrize("path", ["", "/progress"])
def test_a_wrong_token_is_not_found(path: str, route: str, api: Api, recorded: Callable[[], str]) -> None:
    answer = api.post(with_wrong_token(route) + path, {})

    assert answer.body == problem(404, "Not Found", "Invalid token")
    assert Process.objects.get().status is ProcessStatus.AWAITING_CALLBACK


@pytest.mark.parametrize("path", ["", "/progress"])
def test_a_wrong_token_is_counted_and_logged_with_its_address_and_not_audited(
    path: str,
    route: str,
    api: Api,
    audited: Callable[[], list[AuditEntry]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, token = metrics.CALLBACKS_REFUSED._value.get(), with_wrong_token(route).rpartition("/")[2]

    api.post(with_wrong_token(route) + path, {})
    api.post(f"{route}/progress", "half way")

    (line,) = [record.getMessage() for record in caplog.records if record.name == "processes.callbacks"]
    assert line == f"A callback for process {route.split('/')[3]} has a wrong token, from 127.0.0.1"
    assert token not in caplog.text
    assert metrics.CALLBACKS_REFUSED._value.get() - before == 1
    assert [entry.action for entry in audited()] == ["callback progress"]


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
