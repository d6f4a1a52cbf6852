"""``DELETE /api/processes/{process_id}``: REST contract, section 4."""

from collections.abc import Callable

from processes.models import Process, ProcessInput, ProcessStep
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import UNKNOWN_ID, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, faults, problem


def test_a_task_is_deleted_with_its_steps_and_inputs(api: Api) -> None:
    process = store_in_status(define("cleaned", adding("Work"), is_task=True), ProcessStatus.FAILED)

    answer = api.delete(f"/api/processes/{process.pk}")

    assert answer.status == 204
    assert not Process.objects.exists()
    assert not ProcessStep.objects.exists()
    assert not ProcessInput.objects.exists()


def test_other_tasks_stay(api: Api) -> None:
    definition = define("cleaned", adding("Work"), is_task=True)
    process, other = (store_in_status(definition, ProcessStatus.FAILED) for _ in range(2))

    api.delete(f"/api/processes/{process.pk}")

    assert Process.objects.get() == other
    assert other.steps.count() == 2


def test_what_is_no_task_cannot_be_deleted(api: Api, recorded: Callable[[], str]) -> None:
    process = store_in_status(define("kept", adding("Work")), ProcessStatus.COMPLETED)

    answer = api.delete(f"/api/processes/{process.pk}")

    assert (answer.status, answer.body) == (400, problem(400, "Bad Request", "Bad Request"))
    assert process.steps.count() == 3
    assert recorded() == ""


def test_an_unknown_id_is_not_found(api: Api, recorded: Callable[[], str]) -> None:
    answer = api.delete(f"/api/processes/{UNKNOWN_ID}")

    assert (answer.status, answer.body) == (404, problem(404, "Not Found", "Not Found"))
    assert recorded() == ""


def test_what_is_no_uuid_is_refused(api: Api) -> None:
    answer = api.delete("/api/processes/nope")

    assert faults(answer) == [("uuid_parsing", ["path", "process_id"])]
