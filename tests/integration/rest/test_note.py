"""``PATCH /api/processes/{process_id}``: REST contract, section 4."""

from collections.abc import Callable
from typing import Any

import pytest

from processes.models import Process
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import UNKNOWN_ID, lock_engine, store_in_status
from tests.integration.engine.throwaway_workflows import ask_ticket, define
from tests.integration.rest.api import Api, faults, problem


@pytest.fixture
def process() -> Process:
    """Return a suspended process with the note ``old``."""
    stored = store_in_status(define("noted", ask_ticket), ProcessStatus.SUSPENDED)
    stored.note = "old"
    stored.save(update_fields=["note"])
    return stored


def test_the_answer_is_the_process_object_with_the_new_note(process: Process, api: Api) -> None:
    answer = api.patch(f"/api/processes/{process.pk}", {"note": "call desk first"})

    assert answer.status == 200
    assert answer.body == api.get(f"/api/processes/{process.pk}").body
    assert answer.body["note"] == "call desk first"
    assert answer.body["form"] is not None


def test_a_note_is_a_change_of_the_row(process: Process, api: Api, recorded: Callable[[], str]) -> None:
    answer = api.patch(f"/api/processes/{process.pk}", {"note": "new"})

    assert answer.body["last_modified_at"] > process.last_modified_at.timestamp()
    assert recorded() == "L I"


def test_null_clears_the_note(process: Process, api: Api) -> None:
    answer = api.patch(f"/api/processes/{process.pk}", {"note": None})

    assert answer.body["note"] is None
    assert Process.objects.get().note is None


@pytest.mark.parametrize("body", [{}, {"other": 1}])
def test_an_unset_note_changes_nothing(body: Any, process: Process, api: Api, recorded: Callable[[], str]) -> None:
    answer = api.patch(f"/api/processes/{process.pk}", body)

    assert (answer.status, answer.body["note"]) == (200, "old")
    assert answer.body["last_modified_at"] == process.last_modified_at.timestamp()
    assert recorded() == ""


@pytest.mark.parametrize("note", ["", "x" * 5000, "\U0001f6e0" * 5000, 'quote " backslash \\u0000 \\'])
def test_any_text_of_up_to_5000_characters_is_a_note(note: str, process: Process, api: Api) -> None:
    answer = api.patch(f"/api/processes/{process.pk}", {"note": note})

    assert (answer.status, answer.body["note"]) == (200, note)


def test_a_locked_engine_takes_notes(process: Process, api: Api) -> None:
    lock_engine()

    answer = api.patch(f"/api/processes/{process.pk}", {"note": "new"})

    assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param({"note": "x" * 5001}, ("string_too_long", ["body", "note"]), id="too long"),
        pytest.param({"note": 5}, ("string_type", ["body", "note"]), id="number"),
        pytest.param({"note": ["a"]}, ("string_type", ["body", "note"]), id="list"),
        pytest.param(None, ("missing", ["body"]), id="null"),
    ],
)
def test_any_other_note_is_refused(
    body: Any, fault: Any, process: Process, api: Api, recorded: Callable[[], str]
) -> None:
    answer = api.patch(f"/api/processes/{process.pk}", body)

    assert faults(answer) == [fault]
    assert Process.objects.get().note == "old"
    assert recorded() == ""


@pytest.mark.parametrize("body", [[], "text", 5, True])
def test_a_body_that_is_no_object_is_refused(body: Any, process: Process, api: Api) -> None:
    answer = api.patch(f"/api/processes/{process.pk}", body)

    assert [location for _, location in faults(answer)] == [["body"]]


@pytest.mark.parametrize("body", [{"note": "new"}, {}])
def test_an_unknown_id_is_not_found(body: Any, api: Api) -> None:
    answer = api.patch(f"/api/processes/{UNKNOWN_ID}", body)

    assert answer.status == 404
    assert answer.body == problem(404, "Not Found", f"Process with process_id {UNKNOWN_ID} not found")


def test_what_is_no_uuid_is_refused(api: Api) -> None:
    answer = api.patch("/api/processes/nope", {"note": "new"})

    assert faults(answer) == [("uuid_parsing", ["path", "process_id"])]
