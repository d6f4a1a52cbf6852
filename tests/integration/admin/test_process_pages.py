"""Processes in admin: to look at, and three actions that go through the operations."""

from collections.abc import Callable, Iterable

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from processes.models import Process
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import lock_engine, steps_of, store_in_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define

LIST = "/admin/processes/process/"
VIEW = "processes.view_process"
PERMISSION = {
    "resume": "processes.resume_process",
    "abort": "processes.abort_process",
    "delete_task": "processes.delete_process",
}


def run_action(client: Client, action: str, processes: Iterable[Process]) -> list[str]:
    """Choose the processes in the list, run the action, and return the messages that come of it."""
    chosen = [str(process.pk) for process in processes]
    response = client.post(LIST, {"action": action, "_selected_action": chosen, "post": "yes"})
    assert response.status_code in (200, 302)
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def failed_task() -> Process:
    """Return a task that has failed: every action is possible on it."""
    return store_in_status(define("broken", adding("Work"), is_task=True), ProcessStatus.FAILED)


def status_of(process: Process) -> str:
    """Return the process's status, or that it is gone."""
    row = Process.objects.filter(pk=process.pk).first()
    return "gone" if row is None else row.last_status


class TestLooking:
    def test_the_list_shows_id_workflow_and_status(self, failed_task: Process, admin_client: Client) -> None:
        page = admin_client.get(LIST).content.decode()

        assert str(failed_task.pk) in page
        assert "broken" in page
        assert "failed" in page

    @pytest.mark.parametrize("query", ["?q=broken", "?last_status__exact=failed", "?is_task__exact=1"])
    def test_the_list_can_be_searched_and_filtered(
        self, query: str, failed_task: Process, admin_client: Client
    ) -> None:
        other = store_in_status(define("sound", adding("Work")), ProcessStatus.COMPLETED)

        page = admin_client.get(LIST + query).content.decode()

        assert str(failed_task.pk) in page
        assert str(other.pk) not in page

    def test_the_page_of_a_process_shows_its_steps_and_no_field_to_edit(
        self, failed_task: Process, admin_client: Client
    ) -> None:
        page = admin_client.get(f"{LIST}{failed_task.pk}/change/").content.decode()

        for name, status in steps_of(failed_task.pk):
            assert f"{name}: {status}" in page
        assert "disk full" in page
        assert 'name="_save"' not in page
        assert 'name="note"' not in page
        assert "lease token" not in page.lower()
        assert "lease expires" not in page.lower()

    def test_staff_who_may_view_may_look(self, failed_task: Process, sign_in: Callable[..., Client]) -> None:
        staff = sign_in(VIEW)

        assert staff.get(LIST).status_code == 200
        assert staff.get(f"{LIST}{failed_task.pk}/change/").status_code == 200

    def test_staff_without_permission_may_not(self, failed_task: Process, sign_in: Callable[..., Client]) -> None:
        staff = sign_in()

        assert staff.get(LIST).status_code == 403
        assert staff.get(f"{LIST}{failed_task.pk}/change/").status_code == 403

    @pytest.mark.parametrize("path", ["add/", "ID/change/", "ID/delete/"])
    def test_nobody_can_add_change_or_delete_by_hand(
        self, path: str, failed_task: Process, admin_client: Client, recorded: Callable[[], str]
    ) -> None:
        response = admin_client.post(LIST + path.replace("ID", str(failed_task.pk)), {"note": "forged", "post": "yes"})

        assert response.status_code == 403
        assert Process.objects.get().note is None
        assert recorded() == ""


class TestActions:
    @pytest.mark.usefixtures("transactional_db")
    @pytest.mark.parametrize(
        ("action", "outcome"),
        [
            ("resume", ("completed", "C L I L I L I", "resumed")),
            ("abort", ("aborted", "L I C", "aborted")),
            ("delete_task", ("gone", "C L I", "deleted")),
        ],
        ids=list(PERMISSION),
    )
    def test_an_action_goes_through_the_operation(
        self,
        action: str,
        outcome: tuple[str, str, str],
        failed_task: Process,
        sign_in: Callable[..., Client],
        recorded: Callable[[], str],
    ) -> None:
        then, frames, message = outcome

        messages = run_action(sign_in(VIEW, PERMISSION[action]), action, [failed_task])

        assert messages == [f"{failed_task.pk} {message}"]
        assert status_of(failed_task) == then
        assert recorded() == frames

    @pytest.mark.usefixtures("transactional_db")
    def test_a_superuser_may_do_everything(self, failed_task: Process, admin_client: Client) -> None:
        statuses = []
        for action in PERMISSION:
            run_action(admin_client, action, [failed_task])
            statuses.append(status_of(failed_task))

        assert statuses == ["completed", "completed", "gone"]

    @pytest.mark.parametrize("action", ["abort", "delete_task"])
    def test_what_cannot_be_taken_back_is_asked_for_first(
        self, action: str, failed_task: Process, admin_client: Client, recorded: Callable[[], str]
    ) -> None:
        asked = admin_client.post(LIST, {"action": action, "_selected_action": [str(failed_task.pk)]})

        assert (asked.status_code, recorded()) == (200, "")
        for field in (f'name="action" value="{action}"', f'name="_selected_action" value="{failed_task.pk}"'):
            assert field in asked.content.decode()

    @pytest.mark.parametrize("action", list(PERMISSION))
    def test_an_action_needs_its_own_permission(
        self, action: str, failed_task: Process, sign_in: Callable[..., Client], recorded: Callable[[], str]
    ) -> None:
        others = [name for other, name in PERMISSION.items() if other != action]

        run_action(sign_in(VIEW, *others), action, [failed_task])

        assert status_of(failed_task) == "failed"
        assert recorded() == ""

    @pytest.mark.parametrize(
        ("permissions", "offered"),
        [
            ([], set()),
            ([PERMISSION["resume"]], {"resume"}),
            ([PERMISSION["abort"], PERMISSION["delete_task"]], {"abort", "delete_task"}),
        ],
        ids=["view", "view and resume", "view, abort and delete"],
    )
    def test_only_what_is_permitted_is_offered(
        self, permissions: list[str], offered: set[str], failed_task: Process, sign_in: Callable[..., Client]
    ) -> None:
        page = sign_in(VIEW, *permissions).get(LIST).content.decode()

        actions = {*PERMISSION, "delete_selected"}
        assert {action for action in actions if f'<option value="{action}">' in page} == offered

    def test_the_doer_is_the_user_of_admin(self, failed_task: Process, sign_in: Callable[..., Client]) -> None:
        run_action(sign_in(VIEW, PERMISSION["abort"]), "abort", [failed_task])

        assert failed_task.steps.latest("pk").created_by == "jane"

    @pytest.mark.parametrize(
        ("action", "status", "error"),
        [
            ("resume", "completed", "Resuming a completed workflow is not possible"),
            ("delete_task", "failed", "Bad Request"),
        ],
        ids=["completed", "no task"],
    )
    def test_a_refusal_is_shown_and_changes_nothing(
        self, action: str, status: str, error: str, admin_client: Client, recorded: Callable[[], str]
    ) -> None:
        process = store_in_status(define("refusing", adding("Work")), ProcessStatus(status))

        messages = run_action(admin_client, action, [process])

        assert messages == [f"{process.pk}: {error}"]
        assert status_of(process) == status
        assert recorded() == ""

    def test_a_locked_engine_is_shown_and_changes_nothing(
        self, failed_task: Process, admin_client: Client, recorded: Callable[[], str]
    ) -> None:
        lock_engine()

        messages = run_action(admin_client, "resume", [failed_task])

        error = "Engine is locked cannot accept changes on processes at this time"
        assert messages == [f"{failed_task.pk}: {error}"]
        assert status_of(failed_task) == "failed"
        assert recorded() == ""

    def test_a_process_that_waits_for_input_says_so(self, admin_client: Client, recorded: Callable[[], str]) -> None:
        process = store_in_status(define("asking", ask_ticket), ProcessStatus.SUSPENDED)

        (message,) = run_action(admin_client, "resume", [process])

        assert message.startswith(f"{process.pk}: its form has to be filled in")
        assert recorded() == ""

    @pytest.mark.usefixtures("transactional_db")
    def test_a_refusal_of_one_does_not_keep_the_others(self, failed_task: Process, admin_client: Client) -> None:
        completed = store_in_status(define("finished", adding("Work")), ProcessStatus.COMPLETED)

        messages = run_action(admin_client, "resume", [completed, failed_task])

        assert len(messages) == 2
        assert status_of(failed_task) == "completed"
