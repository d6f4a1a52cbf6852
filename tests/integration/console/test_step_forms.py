"""The form of a step: filled in, refused, or overtaken by somebody else."""

from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pydantic import BaseModel
from pydantic_forms.core import FormPage

from processes import operations
from processes.models import Process
from processes.statuses import ProcessStatus
from processes.workflow import Assignee, State, Step, SubmitFormPage, inputstep
from processes.workflow import FormPage as PageWithNext
from processes.workflow.registry import WORKFLOWS
from settings.operations import set_global_lock
from tests.integration.console.pages import hidden_fields, send, show, words_of
from tests.integration.engine.stored_processes import settled, store_in_status
from tests.integration.engine.throwaway_workflows import ask_ticket, define


def path_of(process: Process) -> str:
    return f"/processes/{process.pk}/"


def status_of(process: Process) -> str:
    process.refresh_from_db()
    return process.last_status


@pytest.fixture
def process() -> Process:
    """Store a process that waits for the number of a ticket."""
    return store_in_status(define("working", ask_ticket), ProcessStatus.SUSPENDED)


def test_a_suspended_process_goes_on_with_what_its_form_took(process: Process, client: Client) -> None:
    fields = hidden_fields(client, path_of(process))

    assert "Resumed." in send(client, f"{path_of(process)}resume/", number="7", **fields)
    assert process.inputs.last().state["number"] == 7  # type: ignore[union-attr]


def test_a_wrong_form_is_shown_again_with_the_error_at_its_field(process: Process, client: Client) -> None:
    fields = hidden_fields(client, path_of(process))

    answer = client.post(f"{path_of(process)}resume/", {"number": "seven", **fields})

    content = answer.content.decode()
    assert answer.status_code == 422
    assert ('value="seven"' in content, 'aria-invalid="true"' in content) == (True, True)
    assert "unable to parse string as an integer" in content
    assert status_of(process) == "suspended"


def asking(*pages: type[BaseModel]) -> Step:
    def form() -> Generator[type[BaseModel], Any, State]:
        state: State = {}
        for page in pages:
            filled = yield page
            state |= filled.model_dump()
        return state

    return inputstep("Ask", assignee=Assignee.NOC)(form)


class First(PageWithNext):
    number: int


class Second(SubmitFormPage):
    name: str = "Ada"


@pytest.fixture
def long_process() -> Process:
    """Store a process that waits for two pages."""
    return store_in_status(define("asking_much", asking(First, Second)), ProcessStatus.SUSPENDED)


def test_a_form_of_two_pages_is_filled_in_one_after_the_other(long_process: Process, client: Client) -> None:
    path, fields = f"{path_of(long_process)}resume/", hidden_fields(client, path_of(long_process))

    first = client.post(path, {"number": "7", **fields})
    second = client.post(path, {"name": "Bob", **fields, ".pages": '[{"number": 7}]'})

    content = first.content.decode()
    assert (first.status_code, 'name="name" value="Ada"' in content, "Page 2" in content) == (200, True, True)
    assert 'name=".pages" value="[{&quot;number&quot;: 7}]"' in content
    assert second.status_code == 302
    state = long_process.inputs.last().state  # type: ignore[union-attr]
    assert (state["number"], state["name"]) == (7, "Bob")


class Unsaid(FormPage):
    number: int


@pytest.mark.parametrize(
    ("page", "button"), [(First, "Next"), (Second, "Submit"), (Unsaid, "Continue")], ids=["another", "last", "unsaid"]
)
def test_the_button_says_what_follows(page: type[BaseModel], button: str, client: Client) -> None:
    process = store_in_status(define("working", asking(page)), ProcessStatus.SUSPENDED)

    assert f"{button}</button>" in client.get(path_of(process)).content.decode()


class Remark(FormPage):
    remark: str = ""


@pytest.fixture
def asked_twice(transactional_db: None) -> Process:
    """Store a process that waits at the first of two steps with the same form, which may stay empty."""
    process = store_in_status(define("asking_twice", asking(Remark)), ProcessStatus.SUSPENDED)
    WORKFLOWS.remove("asking_twice")
    define("asking_twice", asking(Remark), asking(Remark))
    return process


def count_inputs(process: Process) -> int:
    return settled(process.pk, ProcessStatus.SUSPENDED).inputs.count()


@pytest.mark.parametrize("with_key", [True, False])
def test_a_form_of_the_step_before_is_not_taken_for_that_of_the_next(
    with_key: bool, asked_twice: Process, client: Client
) -> None:
    fields = hidden_fields(client, path_of(asked_twice)) if with_key else {}
    operations.resume_process(asked_twice.pk, [{}], "jane")
    inputs = count_inputs(asked_twice)

    answer = client.post(f"{path_of(asked_twice)}resume/", {"remark": "meant for the first", **fields}, follow=True)

    assert "The process has gone on; look again." in words_of(answer)
    assert count_inputs(asked_twice) == inputs


def test_a_form_that_is_sent_twice_is_taken_once(asked_twice: Process, client: Client) -> None:
    fields = hidden_fields(client, path_of(asked_twice))

    for _ in range(2):
        send(client, f"{path_of(asked_twice)}resume/", remark="once", **fields)

    assert count_inputs(asked_twice) == 2


def overtake(monkeypatch: pytest.MonkeyPatch, before: Callable[[UUID], object]) -> None:
    """Let something happen between the check of what was sent and the write of it."""
    resume_process = operations.resume_process

    def overtaken(process_id: UUID, *args: Any, **options: Any) -> None:
        before(process_id)
        resume_process(process_id, *args, **options)

    monkeypatch.setattr(operations, "resume_process", overtaken)


def test_a_form_that_another_one_overtakes_is_not_taken_for_that_of_the_next_step(
    asked_twice: Process, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume_process, fields = operations.resume_process, hidden_fields(client, path_of(asked_twice))
    overtake(monkeypatch, lambda process_id: resume_process(process_id, [{}], "jane"))

    words = send(client, f"{path_of(asked_twice)}resume/", remark="late", **fields)

    assert "The process has gone on; look again." in words
    assert count_inputs(asked_twice) == 2


def test_a_form_that_is_shown_again_is_told_of_what_is_committed_meanwhile(
    process: Process, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = hidden_fields(client, path_of(process))
    overtake(monkeypatch, lambda process_id: operations.set_note(process_id, "from elsewhere"))

    answer = client.post(f"{path_of(process)}resume/", {"number": "seven", **fields})

    assert (answer.status_code, b"from elsewhere" in answer.content) == (422, True)


def test_while_the_engine_is_locked_what_was_typed_stays(long_process: Process, client: Client) -> None:
    path, fields = f"{path_of(long_process)}resume/", hidden_fields(client, path_of(long_process))
    set_global_lock(True)

    first = client.post(path, {"number": "7", **fields})
    second = client.post(path, {"name": "Bob", **fields, ".pages": '[{"number": 7}]'})

    for answer, typed in ((first, 'name="number" value="7"'), (second, 'name="name" value="Bob"')):
        content = answer.content.decode()
        assert (answer.status_code, typed in content, "Engine is locked" in content) == (409, True, True)
    assert 'name=".pages" value="[{&quot;number&quot;: 7}]"' in second.content.decode()
    assert status_of(long_process) == "suspended"


@pytest.mark.parametrize("pages", ['[{"number": "x"}]', '[{"number": 7}, {"number": 8}, {"number": 9}]'])
def test_pages_that_fit_no_more_begin_again(pages: str, process: Process, client: Client) -> None:
    fields = hidden_fields(client, path_of(process)) | {".pages": pages}

    assert "begin again" in send(client, f"{path_of(process)}resume/", number="7", **fields)
    assert status_of(process) == "suspended"


def test_text_that_cannot_be_stored_is_refused(process: Process, client: Client) -> None:
    fields = hidden_fields(client, path_of(process)) | {".pages": '[{"number": "\\ud800"}]'}

    said = send(client, f"{path_of(process)}resume/", number="7", **fields)

    assert "no list of objects" in said or "cannot be stored" in said
    assert status_of(process) == "suspended"


@pytest.mark.parametrize("pages", ["{", "7", "[7]", "[" * 100_000], ids=lambda pages: pages[:3])
def test_pages_that_are_none_are_refused(pages: str, process: Process, client: Client) -> None:
    fields = hidden_fields(client, path_of(process)) | {".pages": pages}

    assert "The pages before this one are no" in send(client, f"{path_of(process)}resume/", **fields)
    assert status_of(process) == "suspended"


def test_a_form_that_cannot_be_made_says_so(client: Client) -> None:
    def form(missing: str) -> Generator[type[BaseModel], Any, State]:
        yield First
        return {}

    ask = inputstep("Ask", assignee=Assignee.NOC)(form)
    process = store_in_status(define("working", ask), ProcessStatus.SUSPENDED)

    assert "suspended" in show(client, path_of(process))
    fields = hidden_fields(client, path_of(process))
    assert "The form of this workflow failed" in send(client, f"{path_of(process)}resume/", **fields)
