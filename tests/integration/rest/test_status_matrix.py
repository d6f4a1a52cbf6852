"""The specification of what may be done to a process: action x status x engine locked or not, with the frames.

Frames in letters: L the process list, I the process, C the status counts, G the engine (WebSocket contract, section 7).
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from processes.models import Process
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import hold_elsewhere, lock_engine, store_in_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define
from tests.integration.rest.api import Api


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Status code, detail of the error body, frames, and the process's status afterwards (None: as before)."""

    code: int
    detail: str | None = None
    frames: str = ""
    then: str | None = None


def refused(status: str) -> Expected:
    """Return the refusal to resume a process of this status."""
    return Expected(code=409, detail=f"Resuming a {status} workflow is not possible")


# A process of these tests has the steps Start, Work, Done. Its frames: created, running, one pair per step.
STARTED = Expected(code=201, frames="L I  L I  L I L I L I", then="completed")
# Resumed, then Work and Done are still to run.
RESUMED = Expected(code=204, frames="C L I  L I L I", then="completed")
LOCKED = Expected(code=503, detail="Engine is locked cannot accept changes on processes at this time")
ABORTED = Expected(code=204, frames="L I C", then="aborted")
ONLY_C = Expected(code=204, frames="C")
DELETED = Expected(code=204, frames="C L I", then="gone")
PAUSED = Expected(code=204, frames="C L I G", then="gone")  # the only runner loses its process: PAUSING → PAUSED
NO_TASK = Expected(code=400, detail="Bad Request")

TABLE = [
    # action         process               unlocked                      locked
    ("start", "", STARTED, LOCKED),
    ("resume", "created", refused("created"), LOCKED),
    ("resume", "running", refused("running"), LOCKED),
    ("resume", "running, leased", refused("running"), LOCKED),
    ("resume", "suspended", RESUMED, LOCKED),
    ("resume", "suspended, form", RESUMED, LOCKED),
    ("resume", "waiting", RESUMED, LOCKED),
    ("resume", "awaiting_callback", RESUMED, LOCKED),
    ("resume", "aborted", refused("aborted"), LOCKED),
    ("resume", "failed", RESUMED, LOCKED),
    ("resume", "api_unavailable", RESUMED, LOCKED),
    ("resume", "inconsistent_data", RESUMED, LOCKED),
    ("resume", "completed", refused("completed"), LOCKED),
    ("resume", "resumed", RESUMED, LOCKED),
    ("abort", "created", ABORTED, ABORTED),
    ("abort", "running", ABORTED, ABORTED),
    ("abort", "running, leased", ABORTED, ABORTED),
    ("abort", "suspended", ABORTED, ABORTED),
    ("abort", "suspended, form", ABORTED, ABORTED),
    ("abort", "waiting", ABORTED, ABORTED),
    ("abort", "awaiting_callback", ABORTED, ABORTED),
    ("abort", "aborted", ONLY_C, ONLY_C),
    ("abort", "failed", ABORTED, ABORTED),
    ("abort", "api_unavailable", ABORTED, ABORTED),
    ("abort", "inconsistent_data", ABORTED, ABORTED),
    ("abort", "completed", ONLY_C, ONLY_C),
    ("abort", "resumed", ABORTED, ABORTED),
    ("delete task", "created", DELETED, DELETED),
    ("delete task", "running", DELETED, DELETED),
    ("delete task", "running, leased", DELETED, PAUSED),
    ("delete task", "suspended", DELETED, DELETED),
    ("delete task", "suspended, form", DELETED, DELETED),
    ("delete task", "waiting", DELETED, DELETED),
    ("delete task", "awaiting_callback", DELETED, DELETED),
    ("delete task", "aborted", DELETED, DELETED),
    ("delete task", "failed", DELETED, DELETED),
    ("delete task", "api_unavailable", DELETED, DELETED),
    ("delete task", "inconsistent_data", DELETED, DELETED),
    ("delete task", "completed", DELETED, DELETED),
    ("delete task", "resumed", DELETED, DELETED),
    ("delete", "created", NO_TASK, NO_TASK),
    ("delete", "running", NO_TASK, NO_TASK),
    ("delete", "running, leased", NO_TASK, NO_TASK),
    ("delete", "suspended", NO_TASK, NO_TASK),
    ("delete", "suspended, form", NO_TASK, NO_TASK),
    ("delete", "waiting", NO_TASK, NO_TASK),
    ("delete", "awaiting_callback", NO_TASK, NO_TASK),
    ("delete", "aborted", NO_TASK, NO_TASK),
    ("delete", "failed", NO_TASK, NO_TASK),
    ("delete", "api_unavailable", NO_TASK, NO_TASK),
    ("delete", "inconsistent_data", NO_TASK, NO_TASK),
    ("delete", "completed", NO_TASK, NO_TASK),
    ("delete", "resumed", NO_TASK, NO_TASK),
]

CASES = [
    pytest.param(action, process, locked, expected, id=f"{action}-{process}-{'locked' if locked else 'unlocked'}")
    for action, process, unlocked_answer, locked_answer in TABLE
    for locked, expected in [(False, unlocked_answer), (True, locked_answer)]
]
RUNS = [case for case in CASES if case.values[3] in (STARTED, RESUMED)]
RUNS_NOT = [case for case in CASES if case not in RUNS]


def test_the_table_has_every_status_for_every_action() -> None:
    for action in ("resume", "abort", "delete task", "delete"):
        statuses = {process.split(",")[0] for row_action, process, *_ in TABLE if row_action == action}
        assert statuses == set(ProcessStatus)


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize(("action", "process", "locked", "expected"), RUNS)
def test_an_action_that_sets_a_process_going_runs_it(
    action: str, process: str, locked: bool, expected: Expected, api: Api, recorded: Callable[[], str]
) -> None:
    check(action, process, locked, expected, api, recorded)


@pytest.mark.parametrize(("action", "process", "locked", "expected"), RUNS_NOT)
def test_any_other_action_is_answered_by_status_and_lock(
    action: str, process: str, locked: bool, expected: Expected, api: Api, recorded: Callable[[], str]
) -> None:
    check(action, process, locked, expected, api, recorded)


def check(action: str, described: str, locked: bool, expected: Expected, api: Api, recorded: Callable[[], str]) -> None:
    """Carry out one row of the table."""
    work = ask_ticket if described.endswith("form") else adding("Work")
    definition = define("matrix", work, is_task=action == "delete task")
    status = described.split(",", maxsplit=1)[0]
    process_id = ""
    if status:
        process = store_in_status(definition, ProcessStatus(status))
        process_id = str(process.pk)
        if described.endswith("leased"):
            hold_elsewhere(process)
    if locked:
        lock_engine()

    match action:
        case "start":
            answer = api.post("/api/processes/matrix", [{}])
            process_id = answer.body.get("id", "")
        case "resume":
            answer = api.put(f"/api/processes/{process_id}/resume", [{"number": 7}])
        case "abort":
            answer = api.put(f"/api/processes/{process_id}/abort")
        case _:
            answer = api.delete(f"/api/processes/{process_id}")

    assert answer.status == expected.code
    if expected.detail is not None:
        assert answer.body["detail"] == expected.detail
    assert recorded() == " ".join(expected.frames.split())
    assert _status_of(process_id) == (expected.then or status or "gone")


def _status_of(process_id: str) -> str:
    row = Process.objects.filter(pk=process_id).first() if process_id else Process.objects.first()
    return "gone" if row is None else row.last_status
