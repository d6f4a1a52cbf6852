"""Whatever is done over REST leaves one entry, whatever is refused none."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from audit.models import AuditEntry
from processes.models import Process, ResumeRequest
from processes.resume_all import resume_requested
from processes.statuses import ProcessStatus
from processes.workflow import callback_step
from subscriptions import operations
from subscriptions.models import Subscription
from tests.integration.audit.conftest import ADDRESS
from tests.integration.engine.stored_processes import UNKNOWN_ID, lock_engine, settled, store_in_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, calling, define
from tests.integration.rest.api import Api
from tests.integration.subscriptions.stored_subscriptions import allow, link, store_product, store_subscription

Audited = Callable[[], list[AuditEntry]]
OnlyEntry = Callable[[], tuple[str, str, str]]


@pytest.fixture
def failed_task() -> Process:
    """Return a task that has failed."""
    return store_in_status(define("broken", adding("Work"), is_task=True), ProcessStatus.FAILED)


@pytest.fixture
def callback_route(api: Api) -> str:
    """Start a process that awaits a callback and return its route."""
    define("calling", callback_step("Call", adding("Act"), adding("Check")))
    process_id = UUID(api.post("/api/processes/calling", [{}]).body["id"])
    row = settled(process_id, ProcessStatus.AWAITING_CALLBACK).steps.latest("pk")
    return str(row.state["callback_route"])


def test_a_start_says_who_what_where_and_by_what_way(as_jane: None, api: Api, audited: Audited) -> None:
    define("ordered", adding("Work"))

    process_id = api.post("/api/processes/ordered?reporter=bob", [{}]).body["id"]

    (entry,) = audited()
    assert (entry.actor, entry.reporter, entry.address, entry.way) == ("jane", "bob", ADDRESS, "rest")
    assert (entry.action, entry.kind, entry.object_id) == ("start", "process", process_id)
    assert entry.detail == {"workflow": "ordered"}
    assert entry.at <= AuditEntry.objects.latest("at").at


def test_a_reporter_who_is_the_actor_is_not_repeated(as_jane: None, api: Api, audited: Audited) -> None:
    define("ordered", adding("Work"))

    api.post("/api/processes/ordered", [{}])

    (entry,) = audited()
    assert (entry.actor, entry.reporter) == ("jane", "")


def test_nobody_authenticated_is_the_system(api: Api, audited: Audited) -> None:
    define("ordered", adding("Work"))

    api.post("/api/processes/ordered", [{}])

    assert [entry.actor for entry in audited()] == ["SYSTEM"]


@pytest.mark.parametrize(
    ("request_", "action"),
    [
        (("PUT", "/resume", [{}]), "resume"),
        (("PUT", "/abort", None), "abort"),
        (("PATCH", "", {"note": "call first"}), "set note"),
        (("DELETE", "", None), "delete"),
    ],
    ids=["resume", "abort", "note", "delete"],
)
def test_what_is_done_to_a_process_leaves_one_entry(
    request_: tuple[str, str, Any], action: str, failed_task: Process, api: Api, audited: Audited
) -> None:
    method, suffix, body = request_

    answer = api.send(method, f"/api/processes/{failed_task.pk}{suffix}", body)

    assert answer.status in (200, 204)
    (entry,) = audited()
    assert (entry.action, entry.kind, entry.object_id) == (action, "process", str(failed_task.pk))
    assert (entry.address, entry.way) == (ADDRESS, "rest")
    assert "call first" not in str(entry.detail)


def test_a_resume_of_all_tasks_is_one_entry_and_its_resumes_are_none(
    failed_task: Process, api: Api, audited: Audited
) -> None:

    api.put("/api/processes/resume-all")
    assert resume_requested() == 1

    (entry,) = audited()
    assert (entry.action, entry.kind, entry.object_id, entry.detail) == ("resume all", "tasks", "", {"count": 1})
    assert not ResumeRequest.objects.exists()


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize(("suffix", "action"), [("", "callback"), ("/progress", "callback progress")])
def test_a_callback_leaves_one_entry(suffix: str, action: str, audited: Audited, callback_route: str, api: Api) -> None:
    assert api.post(callback_route + suffix, {"depth": 80}).status == 200

    _, entry = audited()
    assert (entry.action, entry.object_id) == (action, str(Process.objects.get().pk))
    token = callback_route.rpartition("/")[2]
    assert token not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(("locked", "action"), [(True, "lock"), (False, "unlock")])
def test_the_lock_leaves_one_entry_though_an_unlock_resumes_processes(
    locked: bool, action: str, api: Api, only_entry: OnlyEntry
) -> None:
    store_in_status(define("standing", adding("Work")), ProcessStatus.RUNNING)

    api.put("/api/settings/status", {"global_lock": locked})

    assert only_entry() == (action, "engine", "")


def test_setting_a_subscription_in_sync_leaves_one_entry(api: Api, only_entry: OnlyEntry) -> None:
    subscription = store_subscription(insync=False)

    api.put(f"/api/subscriptions/{subscription.pk}/set_in_sync")

    assert only_entry() == ("set in sync", "subscription", str(subscription.pk))


def test_describing_a_workflow_leaves_one_entry(api: Api, only_entry: OnlyEntry) -> None:
    row = allow(define("described", adding("Work")), store_product())

    api.patch(f"/api/workflows/{row.pk}", {"description": "new"})

    assert only_entry() == ("describe", "workflow", str(row.pk))


@pytest.mark.usefixtures("transactional_db")
def test_what_steps_do_is_not_audited(api: Api, only_entry: OnlyEntry) -> None:
    subscription = store_subscription(insync=False)
    define("syncing", calling("Sync", lambda: operations.set_in_sync(subscription.pk)))

    process_id = api.post("/api/processes/syncing", [{}]).body["id"]

    assert Subscription.objects.get().insync
    assert only_entry() == ("start", "process", process_id)


class TestRefusals:
    def test_a_form_that_is_not_filled_in(self, api: Api, audited: Audited) -> None:
        suspended = store_in_status(define("asking", ask_ticket), ProcessStatus.SUSPENDED)
        assert api.put(f"/api/processes/{suspended.pk}/resume", [{}]).status == 400
        assert audited() == []

    def test_a_locked_engine(self, failed_task: Process, api: Api, audited: Audited) -> None:
        lock_engine()
        assert api.put(f"/api/processes/{failed_task.pk}/resume").status == 503
        assert api.put("/api/processes/resume-all").status == 503
        assert audited() == []

    @pytest.mark.parametrize(("method", "path"), [("PUT", "/resume"), ("PUT", "/abort"), ("DELETE", "")])
    def test_an_unknown_process(self, method: str, path: str, api: Api, audited: Audited) -> None:
        assert api.send(method, f"/api/processes/{UNKNOWN_ID}{path}", [{}]).status == 404
        assert audited() == []

    def test_an_unfinished_process_of_a_subscription(self, api: Api, audited: Audited) -> None:
        subscription = store_subscription(insync=False)
        link(store_in_status(define("failed", adding("Work")), ProcessStatus.FAILED), subscription)
        assert api.put(f"/api/subscriptions/{subscription.pk}/set_in_sync").status == 422
        assert audited() == []

    @pytest.mark.usefixtures("transactional_db")
    def test_a_wrong_callback_token(self, audited: Audited, callback_route: str, api: Api) -> None:
        assert api.post(f"{callback_route}x", {}).status == 404
        assert [entry.action for entry in audited()] == ["start"]
