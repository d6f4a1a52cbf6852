"""``GET /api/processes/status-counts``: REST contract, section 4."""

from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api


def test_nothing_is_counted_while_there_are_no_processes(api: Api) -> None:
    answer = api.get("/api/processes/status-counts")

    assert (answer.status, answer.body) == (200, {"process_counts": {}, "task_counts": {}})


def test_processes_and_tasks_are_counted_apart_and_only_statuses_that_occur(api: Api) -> None:
    process, task = define("counted", adding("Work")), define("counted_task", adding("Work"), is_task=True)
    for status in ("completed", "completed", "awaiting_callback", "failed"):
        store_in_status(process, ProcessStatus(status))
    for status in ("api_unavailable", "completed"):
        store_in_status(task, ProcessStatus(status))

    answer = api.get("/api/processes/status-counts")

    assert answer.body == {
        "process_counts": {"completed": 2, "awaiting_callback": 1, "failed": 1},
        "task_counts": {"api_unavailable": 1, "completed": 1},
    }
