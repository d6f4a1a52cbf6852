"""``manage.py processes``."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError

from processes.models import Process
from processes.statuses import ProcessStatus
from settings.operations import set_global_lock
from tests.integration.engine.stored_processes import UNKNOWN_ID, store_in_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define, ticket_form

Run = Callable[..., str]


@pytest.fixture
def failed() -> Process:
    """Store a process that failed."""
    return store_in_status(define("working", adding("Work")), ProcessStatus.FAILED)


def test_the_list_shows_the_newest_first(failed: Process, run: Run, run_json: Callable[..., Any]) -> None:
    newer = store_in_status(define("more_work", adding("Work")), ProcessStatus.COMPLETED)

    lines = run("processes", "list").splitlines()

    assert (str(newer.pk) in lines[1], str(failed.pk) in lines[2]) == (True, True)
    assert [body["process_id"] for body in run_json("processes", "list", "--limit", "1")] == [str(newer.pk)]


def test_the_list_is_filtered(failed: Process, run: Run, run_json: Callable[..., Any]) -> None:
    task = store_in_status(define("check", adding("Look"), is_task=True), ProcessStatus.COMPLETED)

    assert [body["process_id"] for body in run_json("processes", "list", "--tasks")] == [str(task.pk)]
    assert [body["process_id"] for body in run_json("processes", "list", "--status", "failed")] == [str(failed.pk)]
    assert run("processes", "list", "--status", "suspended") == "There is none.\n"


def test_one_is_shown_with_its_steps(failed: Process, run: Run, run_json: Callable[..., Any]) -> None:
    Process.objects.filter(pk=failed.pk).update(failed_reason="disk [full]", note="call desk")

    text = run("processes", "show", str(failed.pk))

    for part in (str(failed.pk), "failed", "disk [full]", "Note: call desk", "Work"):
        assert part in text
    assert run_json("processes", "show", str(failed.pk))["last_status"] == "failed"


def test_brackets_are_text(run: Run) -> None:
    process = store_in_status(define("working", adding("[red]Work[/red]")), ProcessStatus.COMPLETED)
    Process.objects.filter(pk=process.pk).update(created_by="[bold]jane", last_step="[1/2]")

    assert ("[bold]jane" in run("processes", "list"), "[1/2]" in run("processes", "list")) == (True, True)
    assert "[red]Work[/red]" in run("processes", "show", str(process.pk))


def test_a_workflow_without_form_starts_and_is_left_to_the_servers(run: Run) -> None:
    define("just_work", adding("Work"))

    process_id = run("processes", "start", "just_work", "--reporter", "jane").strip()

    process = Process.objects.get(pk=process_id)
    assert (process.created_by, process.last_status) == ("jane", "created")


def test_a_form_is_filled_in_by_pages(run: Run) -> None:
    define("build_path", adding("Work"), form=ticket_form)

    with pytest.raises(CommandError, match=r"(?s)has to be filled in.*number \(required\)"):
        run("processes", "start", "build_path")
    with pytest.raises(CommandError, match=r"(?s)does not validate.*number: "):
        run("processes", "start", "build_path", "--page", '{"number": "x"}')
    process_id = run("processes", "start", "build_path", "--page", '{"number": 7}').strip()

    assert Process.objects.get(pk=process_id).inputs.get().state["number"] == 7


@pytest.mark.parametrize("page", ["{", "[]"])
def test_a_page_is_a_json_object(page: str, run: Run) -> None:
    with pytest.raises(CommandError, match="--page"):
        run("processes", "start", "anything", "--page", page)


def test_a_failed_one_is_tried_again_and_aborted(failed: Process, run: Run, run_json: Callable[..., Any]) -> None:
    assert run_json("processes", "resume", str(failed.pk))["last_status"] != "failed"
    assert "aborted" in run("processes", "abort", str(failed.pk))


def test_a_suspended_one_goes_on_with_its_form(run: Run) -> None:
    process = store_in_status(define("asking", ask_ticket), ProcessStatus.SUSPENDED)

    run("processes", "resume", str(process.pk), "--page", '{"number": 7}')

    assert process.inputs.last().state["number"] == 7  # type: ignore[union-attr]


def test_one_that_stands_is_followed_no_further(run: Run) -> None:
    process = store_in_status(define("asking", ask_ticket), ProcessStatus.SUSPENDED)

    assert "suspended" in run("processes", "show", str(process.pk))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", str(UNKNOWN_ID)], "not found"),
        (["abort", str(UNKNOWN_ID)], "not found"),
        (["start", "nothing"], "Workflow does not exist"),
    ],
)
def test_what_there_is_not(words: list[str], said: str, run: Run) -> None:
    with pytest.raises(CommandError, match=said):
        run("processes", *words)


def test_a_locked_engine_starts_nothing(run: Run) -> None:
    define("just_work", adding("Work"))
    set_global_lock(True)

    with pytest.raises(CommandError, match="Engine is locked"):
        run("processes", "start", "just_work")
