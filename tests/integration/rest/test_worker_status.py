"""``GET /api/settings/worker-status``: REST contract, section 6."""

from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import hold_elsewhere, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api

WORKERS = {"immediate": 1, "threadpool": 4}


def test_the_executor_and_its_workers_are_named(executor: str, api: Api) -> None:
    answer = api.get("/api/settings/worker-status")

    assert answer.status == 200
    assert answer.body == {
        "executor_type": executor,
        "number_of_workers_online": WORKERS[executor],
        "number_of_queued_jobs": 0,
        "number_of_running_jobs": 0,
    }


def test_jobs_are_those_of_all_hosts(api: Api) -> None:
    definition = define("jobs", adding("Work"))
    hold_elsewhere(store_in_status(definition, ProcessStatus.RUNNING))
    for status in (ProcessStatus.CREATED, ProcessStatus.RESUMED, ProcessStatus.SUSPENDED, ProcessStatus.COMPLETED):
        store_in_status(definition, status)

    body = api.get("/api/settings/worker-status").body

    assert (body["number_of_queued_jobs"], body["number_of_running_jobs"]) == (2, 1)
