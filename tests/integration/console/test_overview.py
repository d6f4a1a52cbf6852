"""The overviews of processes and tasks."""

from typing import Any

import pytest
from django.test import Client

from processes.models import Process, ResumeRequest
from processes.statuses import ProcessStatus
from settings.operations import set_global_lock
from tests.integration.console.pages import send, show
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import link, store_subscription


@pytest.fixture
def stored() -> dict[str, Process]:
    """Store two processes that failed and completed, and a failed task."""
    build, check = define("build_path", adding("Work")), define("check_path", adding("Look"), is_task=True)
    return {
        "failed": store_in_status(build, ProcessStatus.FAILED),
        "completed": store_in_status(build, ProcessStatus.COMPLETED),
        "task": store_in_status(check, ProcessStatus.FAILED),
    }


def rows(client: Client, path: str) -> set[str]:
    """Return the ids of the processes that the page links to."""
    content = client.get(path).content.decode()
    return {str(process.pk) for process in Process.objects.all() if f"/processes/{process.pk}/" in content}


def test_processes_and_tasks_are_apart(stored: dict[str, Process], client: Client) -> None:
    assert rows(client, "/processes/") == {str(stored["failed"].pk), str(stored["completed"].pk)}
    assert rows(client, "/tasks/") == {str(stored["task"].pk)}


def test_each_status_that_occurs_is_counted(stored: dict[str, Process], client: Client) -> None:
    for path in ("/processes/", "/parts/process-counts/"):
        assert "2 all 1 failed 1 completed" in show(client, path)
    assert "1 all 1 failed" in show(client, "/parts/task-counts/")


def test_what_is_counted_is_what_the_search_finds(stored: dict[str, Process], client: Client) -> None:
    for path in ("/processes/", "/parts/process-counts/"):
        assert "1 all 0 failed 1 completed" in show(client, f"{path}?q=lastStatus:completed&status=failed")
        assert "0 all" in show(client, f"{path}?q=(")


def test_a_status_is_chosen_within_the_search(stored: dict[str, Process], client: Client) -> None:
    for path in ("/processes/", "/parts/process-counts/"):
        content = client.get(f"{path}?q=build&status=failed&page=2").content.decode()
        assert 'href="?q=build&amp;status=completed"' in content
        assert 'href="?q=build"' in content


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=failed", ["failed"]),
        ("q=lastStatus:completed", ["completed"]),
        ("q=build", ["failed", "completed"]),
        ("q=tag:FP", ["completed"]),
        ("q=nowhere", []),
        ("status=failed&q=lastStatus:completed", []),
        ("sort=lastStatus,asc", ["completed", "failed"]),
        ("page=7", []),
        ("page=x", ["failed", "completed"]),
        (f"page={'9' * 5000}", ["failed", "completed"]),
        ("status=nothing", ["failed", "completed"]),
    ],
)
def test_the_list_is_searched_and_filtered(
    query: str, expected: list[str], stored: dict[str, Process], client: Client
) -> None:
    link(stored["completed"], store_subscription())

    for path in ("/processes/", "/parts/processes/"):
        assert rows(client, f"{path}?{query}") == {str(stored[name].pk) for name in expected}


@pytest.mark.parametrize(
    ("query", "said"),
    [("q=(", "a parenthesis is not closed"), ("sort=nothing,asc", "Invalid sort arguments")],
)
def test_what_cannot_be_searched_for_is_said(query: str, said: str, client: Client) -> None:
    assert said in show(client, f"/processes/?{query}")


def test_a_long_list_has_pages_that_keep_what_was_asked(client: Client) -> None:
    build = define("build_path", adding("Work"))
    for _ in range(30):
        store_in_status(build, ProcessStatus.FAILED)

    first, second = (client.get(f"/processes/?status=failed&page={n}").content.decode() for n in (1, 2))

    assert ("1-25 of 30" in first, "26-30 of 30" in second) == (True, True)
    assert 'href="?status=failed&amp;page=2"' in first
    assert 'href="?status=failed&amp;page=1"' in second


def test_an_empty_overview_says_what_to_do(client: Client) -> None:
    assert "No process has been started yet. A process is one run of a workflow" in show(client, "/processes/")
    assert "No task has run yet." in show(client, "/tasks/")


def test_an_empty_search_leads_back(stored: Any, client: Client) -> None:
    assert "Nothing here. Show all processes" in show(client, "/processes/?status=suspended")


def test_all_tasks_that_failed_are_tried_again(stored: dict[str, Process], client: Client) -> None:
    assert "1 task is tried again." in send(client, "/tasks/retry/")
    assert [request.process_id for request in ResumeRequest.objects.all()] == [stored["task"].pk]


def test_how_many_tasks_are_tried_again_is_said(stored: dict[str, Process], client: Client) -> None:
    store_in_status(define("check_more", adding("Look"), is_task=True), ProcessStatus.WAITING)

    assert "2 tasks are tried again." in send(client, "/tasks/retry/")


def test_where_no_task_can_be_tried_again_that_is_said(client: Client) -> None:
    words = send(client, "/tasks/retry/")

    assert ("There is no task to try again" in words, "0 tasks" in words) == (True, False)


def test_a_locked_engine_tries_nothing_again(stored: dict[str, Process], client: Client) -> None:
    set_global_lock(True)

    assert "Engine is locked" in send(client, "/tasks/retry/")
    assert not ResumeRequest.objects.exists()
