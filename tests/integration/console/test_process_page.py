"""The page of a process."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.templatetags.console import SHOWN_CHARACTERS
from processes.models import Process, ProcessStep
from processes.statuses import RESUMABLE, ProcessStatus
from settings.operations import set_global_lock
from tests.integration.console.pages import hidden_fields, send, show
from tests.integration.engine.stored_processes import UNKNOWN_ID, store_in_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define
from tests.integration.subscriptions.stored_subscriptions import link, store_subscription


def stored(status: ProcessStatus, **options: Any) -> Process:
    return store_in_status(define("working", ask_ticket, **options), status)


def status_of(process: Process) -> str:
    process.refresh_from_db()
    return process.last_status


@pytest.mark.parametrize("status", ProcessStatus)
def test_it_offers_what_can_be_done(status: ProcessStatus, client: Client) -> None:
    process = stored(status)

    content = client.get(f"/processes/{process.pk}/").content.decode()

    has_form = 'class="fields"' in content
    has_resume = f"/processes/{process.pk}/resume/" in content
    assert has_form is (status is ProcessStatus.SUSPENDED)
    assert has_resume is (status in RESUMABLE)
    assert ('popovertarget="ask-abort"' in content) is (status not in (ProcessStatus.COMPLETED, ProcessStatus.ABORTED))
    assert 'popovertarget="ask-delete"' not in content


def test_a_failure_is_shown_with_its_traceback(client: Client) -> None:
    process = stored(ProcessStatus.FAILED)
    Process.objects.filter(pk=process.pk).update(failed_reason="disk <full>", traceback="Traceback: line 7")

    words = show(client, f"/processes/{process.pk}/")

    assert ("disk <full>" in words, "Traceback: line 7" in words, "Retry" in words) == (True, True, True)


def test_the_steps_are_shown_with_what_they_changed_and_no_secret(client: Client) -> None:
    process = store_in_status(define("working", adding("Work")), ProcessStatus.COMPLETED)
    last = process.steps.last()
    assert last is not None
    ProcessStep.objects.filter(pk=last.pk).update(state={**last.state, "speed": 10, "password": "hunter2"})

    words = show(client, f"/parts/processes/{process.pk}/")

    assert ('"speed": 10' in words, '"password": "***"' in words, "hunter2" in words) == (True, True, False)


def test_a_page_stays_small_however_much_its_steps_changed(client: Client) -> None:
    process = store_in_status(define("working", adding("Work")), ProcessStatus.COMPLETED)
    for row, letter in zip(process.steps.all(), "xyz", strict=True):
        ProcessStep.objects.filter(pk=row.pk).update(
            state={**row.state, "many": [letter] * 50_000, letter: "z" * 50_000}
        )

    content = client.get(f"/processes/{process.pk}/").content.decode()

    assert len(content) < 10 * SHOWN_CHARACTERS  # quotes take six in HTML
    assert content.count("Only the beginning is shown") == 4  # of three steps and the state
    assert f'href="/api/processes/{process.pk}"' in content


def test_a_failure_of_any_length_is_shown(client: Client) -> None:
    process = stored(ProcessStatus.FAILED)
    Process.objects.filter(pk=process.pk).update(failed_reason="d" * 50_000, traceback="t" * 50_000)
    process.steps.filter(status="failed").update(state={"class": "ValueError", "error": "e" * 50_000})

    content = client.get(f"/processes/{process.pk}/").content.decode()

    assert len(content) < 4 * SHOWN_CHARACTERS


def test_a_failed_process_is_retried(client: Client) -> None:
    process = store_in_status(define("working", adding("Work")), ProcessStatus.FAILED)

    path = f"/processes/{process.pk}/"

    assert "Resumed." in send(client, f"{path}resume/", **hidden_fields(client, path))
    assert status_of(process) != "failed"


def test_a_retry_of_a_failure_that_is_not_the_last_any_more_is_none(client: Client) -> None:
    process = store_in_status(define("working", adding("Work")), ProcessStatus.FAILED)
    path = f"/processes/{process.pk}/"
    seen = hidden_fields(client, path)
    ProcessStep.objects.create(
        process=process, name="Work", status="failed", state={"error": "another"}, completed_at=timezone.now()
    )

    assert "The process has gone on" in send(client, f"{path}resume/", **seen)
    assert "The process has gone on" in send(client, f"{path}resume/")
    assert status_of(process) == "failed"


def test_it_is_aborted(client: Client) -> None:
    process = stored(ProcessStatus.SUSPENDED)

    assert "Aborted." in send(client, f"/processes/{process.pk}/abort/")
    assert status_of(process) == "aborted"


def test_a_task_is_deleted(client: Client) -> None:
    process = stored(ProcessStatus.COMPLETED, is_task=True)

    assert "Delete the task" in show(client, f"/processes/{process.pk}/")
    assert "Deleted." in send(client, f"/processes/{process.pk}/delete/")
    assert "This task was deleted." in show(client, f"/parts/processes/{process.pk}/")
    assert client.get(f"/processes/{process.pk}/").status_code == 404


def test_what_is_no_task_is_not_deleted(client: Client) -> None:
    process = stored(ProcessStatus.COMPLETED)

    assert "Bad Request" in send(client, f"/processes/{process.pk}/delete/")
    assert Process.objects.filter(pk=process.pk).exists()


def test_a_note_that_is_too_long_is_refused(client: Client) -> None:
    process = stored(ProcessStatus.COMPLETED)

    assert "5001 characters, 5000 are allowed" in send(client, f"/processes/{process.pk}/note/", note="n" * 5001)
    process.refresh_from_db()
    assert process.note is None


@pytest.mark.parametrize(("typed", "note"), [(" call desk\r\nfirst ", "call desk\nfirst"), ("", None)])
def test_its_note_is_stored(typed: str, note: str | None, client: Client) -> None:
    process = stored(ProcessStatus.COMPLETED)

    assert "The note is stored." in send(client, f"/processes/{process.pk}/note/", note=typed)
    process.refresh_from_db()
    assert process.note == note


def test_a_locked_engine_resumes_nothing(client: Client) -> None:
    process = stored(ProcessStatus.FAILED)
    path = f"/processes/{process.pk}/"
    set_global_lock(True)

    assert "Engine is locked" in send(client, f"{path}resume/", **hidden_fields(client, path))
    assert status_of(process) == "failed"


def test_it_names_its_subscriptions(client: Client) -> None:
    process, subscription = stored(ProcessStatus.COMPLETED), store_subscription("Plug")
    link(process, subscription)

    assert f'href="/subscriptions/{subscription.pk}/">Plug' in client.get(f"/processes/{process.pk}/").content.decode()


@pytest.mark.parametrize("path", ["", "resume/", "abort/", "delete/", "note/"])
def test_one_that_there_is_not(path: str, client: Client) -> None:
    url = f"/processes/{UNKNOWN_ID}/{path}"
    answer = client.post(url, follow=True) if path else client.get(url)

    assert answer.status_code == 404


def test_what_does_not_exist_leads_back(client: Client) -> None:
    answer = client.get(f"/processes/{UNKNOWN_ID}/")

    assert 'href="/"' in answer.content.decode()
