"""``GET /api/settings/worker-status``: REST contract, section 6."""

from datetime import timedelta

from django.utils import timezone

from processes.models import ExecutorHost
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import hold_elsewhere, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api


def show_host(runner_count: int, *, for_seconds: float = 60) -> None:
    """Store the row of a host that lives for so long."""
    ExecutorHost.objects.create(
        name="elsewhere",
        pid=1,
        executor="celery",
        runner_count=runner_count,
        expires_at=timezone.now() + timedelta(seconds=for_seconds),
    )


def test_the_executor_is_named(executor: str, api: Api) -> None:
    answer = api.get("/api/settings/worker-status")

    assert answer.status == 200
    assert answer.body == {
        "executor_type": executor,
        "number_of_workers_online": 0,
        "number_of_queued_jobs": 0,
        "number_of_running_jobs": 0,
    }


def test_workers_are_the_runners_of_all_hosts_that_live(api: Api) -> None:
    show_host(5)
    show_host(0)
    show_host(4)
    show_host(3, for_seconds=-1)

    assert api.get("/api/settings/worker-status").body["number_of_workers_online"] == 9


def test_jobs_are_those_of_all_hosts(api: Api) -> None:
    definition = define("jobs", adding("Work"))
    hold_elsewhere(store_in_status(definition, ProcessStatus.RUNNING))
    for status in (ProcessStatus.CREATED, ProcessStatus.RESUMED, ProcessStatus.SUSPENDED, ProcessStatus.COMPLETED):
        store_in_status(definition, status)

    body = api.get("/api/settings/worker-status").body

    assert (body["number_of_queued_jobs"], body["number_of_running_jobs"]) == (2, 1)
