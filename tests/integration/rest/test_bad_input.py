"""Whatever a client sends, the answer is a clear refusal, nothing is stored and no frame is sent."""

from collections.abc import Callable, Generator
from http import HTTPStatus
from typing import Any

import pytest
from pydantic_forms.core import FormPage

from processes.models import Process, ProcessInput
from processes.statuses import ProcessStatus
from processes.workflow import State
from settings import queries as engine_queries
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import ask_ticket, define, ticket_form
from tests.integration.rest.api import Answer, Api, faults, problem

MEGABYTE = 1_048_576

NOT_JSON = {
    "cut off": b'[{"number":',
    "single quotes": b"[{'number': 1}]",
    "two values": b"[] []",
    "only blanks": b"   ",
    "a byte order mark in the middle": b"[\xef\xbb\xbf]",
    "invalid UTF-8": b'[{"number": "\xff\xfe"}]',
    "NaN": b'[{"number": NaN}]',
    "Infinity": b'[{"number": -Infinity}]',
    "1e400": b'[{"number": 1e400}]',
    "a NUL byte": b'[{"number": "\x00"}]',
    "an escaped NUL": b'[{"number": "a\\u0000b"}]',
    "an escaped NUL in a key": b'[{"a\\u0000": 1}]',
    "a lone surrogate": b'[{"number": "\\ud800"}]',
    "a lone surrogate in a key": b'[{"\\udfff": 1}]',
    "an integer of 5000 digits": b'[{"number": ' + b"9" * 5000 + b"}]",
    "100,000 open brackets": b"[" * 100_000,
    "100,000 brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000,
}

# Endpoints that read a body. ID stands for a process that waits for a ticket number.
ENDPOINTS = [
    ("POST", "/api/processes/ticketed"),
    ("PUT", "/api/processes/ID/resume"),
    ("PATCH", "/api/processes/ID"),
    ("PUT", "/api/settings/status"),
]


def anything_form() -> Generator[type[FormPage], Any, State]:
    class AnythingPage(FormPage):
        data: Any

    page = yield AnythingPage
    return dict(page.model_dump())


@pytest.fixture
def process() -> Process:
    """Return a process that waits for a ticket number."""
    return store_in_status(define("ticketed", ask_ticket, form=ticket_form), ProcessStatus.SUSPENDED)


@pytest.fixture
def send(process: Process, api: Api, recorded: Callable[[], str]) -> Callable[..., Answer]:
    """Return a function that sends a body and checks that it has left no trace."""

    def ask(method: str, path: str, raw: str | bytes) -> Answer:
        answer = api.send(method, path.replace("ID", str(process.pk)), raw=raw)
        assert 400 <= answer.status < 500, answer
        assert set(answer.body) in (
            {"detail"},
            {"detail", "status", "title"},
            {"type", "detail", "title", "status", "validation_errors"},
        )
        assert Process.objects.get().last_modified_at == process.last_modified_at
        assert ProcessInput.objects.count() == 1
        assert not engine_queries.is_locked()
        assert recorded() == ""
        return answer

    return ask


@pytest.mark.parametrize(("method", "path"), ENDPOINTS, ids=[" ".join(endpoint) for endpoint in ENDPOINTS])
def test_what_is_no_json_that_can_be_stored_is_refused(method: str, path: str, send: Callable[..., Answer]) -> None:
    for description, raw in NOT_JSON.items():
        answer = send(method, path, raw)

        ((kind, location),) = faults(answer)
        assert (kind, location[0]) == ("json_invalid", "body"), description
        assert answer.body["detail"][0]["input"] == {}


@pytest.mark.parametrize(("raw", "position"), [("{", 1), ("[1,", 3), ("x", 0), ('{"a":1} x', 8)])
def test_the_place_of_the_fault_is_told(raw: str, position: int, send: Callable[..., Answer]) -> None:
    answer = send("PUT", "/api/settings/status", raw)

    assert faults(answer) == [("json_invalid", ["body", position])]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS, ids=[" ".join(endpoint) for endpoint in ENDPOINTS])
def test_a_body_over_a_megabyte_is_refused(method: str, path: str, send: Callable[..., Answer]) -> None:
    answer = send(method, path, b"[" + b" " * MEGABYTE + b"]")

    assert answer.status == 413
    assert answer.body == problem(413, HTTPStatus(413).phrase, f"Request body is larger than {MEGABYTE} bytes")


def test_a_body_of_exactly_a_megabyte_is_read(send: Callable[..., Answer]) -> None:
    answer = send("POST", "/api/processes/ticketed", b"[" + b" " * (MEGABYTE - 4) + b"5 ]")

    assert faults(answer) == [("dict_type", ["body", 0])]


@pytest.mark.parametrize("depth", [100, 250, 260, 500, 900, 940, 960, 980])
def test_nesting_of_any_depth_is_refused(depth: int, send: Callable[..., Answer]) -> None:
    nested = "[" * depth + "]" * depth

    for method, path in ENDPOINTS:
        send(method, path, nested)
    for method, path in ENDPOINTS[:2]:
        send(method, path, f'[{{"number": {nested}}}]')
        send(method, path, f'[{{"number": 1, "unknown": {nested}}}]')


@pytest.mark.parametrize("depth", [100, 250, 260, 500, 900, 940, 960, 980])
def test_nesting_of_any_depth_in_a_field_that_takes_anything_is_stored_or_refused(depth: int, api: Api) -> None:
    define("anything", form=anything_form)

    answer = api.send("POST", "/api/processes/anything", raw=f'[{{"data": {"[" * depth + "]" * depth}}}]')

    if answer.status == 201:
        assert api.get(f"/api/processes/{answer.body['id']}").status == 200
    else:
        assert 400 <= answer.status < 500
        assert not Process.objects.exists()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("9" * 4000, id="integer of 4000 digits in a bounded field"),
        pytest.param("1.5", id="fraction"),
        pytest.param('"seven"', id="text"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="list"),
        pytest.param("{}", id="object"),
        pytest.param('"' + "x" * 1_000_000 + '"', id="a megabyte of text"),
    ],
)
def test_a_wrong_value_in_a_form_is_refused(
    value: str, api: Api, process: Process, recorded: Callable[[], str]
) -> None:
    answer = api.send("POST", "/api/processes/demo_create_path", raw=f'[{{"path_label":"A-B","gbit":{value}}}]')

    assert answer.status == 400
    assert [entry["loc"] for entry in answer.body["validation_errors"]] == [["gbit"]]
    assert recorded() == ""


@pytest.mark.parametrize("key", ["self", "__class__", "model_config", "cls", "", "a b", "number\u0085", "\U0001f600"])
def test_a_name_that_is_no_field_is_refused(key: str, api: Api, process: Process, recorded: Callable[[], str]) -> None:
    for method, path in ENDPOINTS[:2]:
        answer = api.send(method, path.replace("ID", str(process.pk)), [{key: 1, "number": 1}])

        assert answer.status in (400, 422), (method, answer)
    assert recorded() == ""


@pytest.mark.parametrize(
    "workflow_key", ["x" * 10_000, "%00", "%ff%fe", "%F0%9F%98%80", "'; DROP TABLE processes_process; --", "..", "%0a"]
)
def test_a_key_that_is_no_workflow_is_not_found(
    workflow_key: str, api: Api, process: Process, recorded: Callable[[], str]
) -> None:
    answer = api.post(f"/api/processes/{workflow_key}", [{}])

    assert answer.status == 404
    assert answer.body == problem(404, "Not Found", "Workflow does not exist")
    assert recorded() == ""


@pytest.mark.parametrize("reporter", ["%00", "a%00b", "r" * 100_000])
def test_a_reporter_that_cannot_be_stored_is_refused(reporter: str, send: Callable[..., Answer]) -> None:
    for method, path, raw in [
        ("POST", "/api/processes/ticketed", '[{"number":1}]'),
        ("PUT", "/api/processes/ID/resume", '[{"number":1}]'),
        ("PUT", "/api/processes/ID/abort", ""),
    ]:
        answer = send(method, f"{path}?reporter={reporter}", raw)

        assert [location for _, location in faults(answer)] == [["query", "reporter"]]


@pytest.mark.parametrize("reporter", ["%ff", "%ed%a0%80", "%F0%9F%98%80", "%0a%1b"])
def test_any_other_reporter_is_kept_as_text(reporter: str, api: Api, process: Process) -> None:
    answer = api.put(f"/api/processes/{process.pk}/abort?reporter={reporter}")

    assert answer.status == 204
    assert api.get(f"/api/processes/{process.pk}").status == 200


def test_input_that_json_allows_reaches_the_state_unchanged(api: Api) -> None:
    label = 'quote " backslash \\u0000 tab \t line \u2028 smile \U0001f600'

    process_id = api.post("/api/processes/demo_create_path", [{"path_label": label}]).body["id"]

    state: dict[str, Any] = api.get(f"/api/processes/{process_id}").body["current_state"]
    assert state["path_label"] == label
