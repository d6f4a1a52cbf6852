"""Run one process, from taking its lease to giving it back: what every executor calls."""

import logging
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from orchestrator_ws.crash_points import crash_point
from processes import leases
from processes.errors import LeaseLostError
from processes.leases import Lease, lease_keeper
from processes.models import Process, ProcessInput
from processes.progress import progress
from processes.step_log import Run, log_step
from processes.workflow.registry import WORKFLOWS
from processes.workflow.results import Failed, Result
from processes.workflow.runner import run
from processes.workflow.steps import Step, StepList

logger = logging.getLogger(__name__)


class _Stopping:
    """Whether this OS process shuts down: runners then stop before their next step."""

    def __init__(self) -> None:
        self.requested = False


stopping = _Stopping()


def run_process(process_id: UUID) -> None:
    """Run the process until it ends, suspends, is aborted, or the engine is locked.

    Returns at once if another runner has it or it is not runnable, so it may be called any number of times. Called in
    a thread of an executor; raises nothing that the process's author could cause.
    """
    # An unlock that comes between a runner's look at the lock and the end of its lease passes the process by, as it
    # seems to run: a runner that stopped before a step tries to take it once more.
    while _take_turn(process_id):
        pass


def _take_turn(process_id: UUID) -> bool:
    """Run the process for as long as one lease, and return whether the engine or the lease made its runner stop."""
    crash_point("before take")
    lease = leases.take(process_id)
    if lease is None:
        return False
    try:
        with lease_keeper.keeping(lease):
            return _run(lease)
    except LeaseLostError:
        logger.info("Process %s was aborted, deleted or taken over; its runner stops", process_id)
        return False
    finally:
        leases.release(lease)


def _run(lease: Lease) -> bool:
    process = Process.objects.select_related("workflow").get(pk=lease.process_id)
    workflow = WORKFLOWS.find(process.workflow.name)
    if workflow is None:
        logger.error("Process %s cannot run here: no workflow %s", lease.process_id, process.workflow.name)
        return False
    inputs = list(process.inputs.all())
    at = progress(workflow.steps, list(process.steps.all()), inputs[0].state)
    steps, unused = _with_input(at.pending, inputs[-1])
    turn = Run(lease=lease, is_task=process.is_task, created_by=inputs[-1].created_by, input=unused)

    def report(step: Step, result: Result, started_at: datetime) -> Result:
        return _keep(turn, step, result, started_at)

    stopped = False

    def may_go_on() -> bool:
        nonlocal stopped
        stopped = not leases.may_go_on(lease)
        return not (stopped or stopping.requested)

    run(steps, at.current_state, report=report, may_go_on=may_go_on)
    return stopped


def _with_input(pending: StepList, latest: ProcessInput) -> tuple[StepList, ProcessInput | None]:
    """Give the first pending step the user input that waits for it, if there is any."""
    if latest.used or not pending or pending[0].form is None:
        return pending, None
    return StepList([pending[0].with_input(latest.state), *pending[1:]]), latest


def _keep(turn: Run, step: Step, result: Result, started_at: datetime) -> Result:
    """Log the result; if it cannot be written, log the step once more as failed, and return what was kept."""
    # A state may be refused by the database in many ways; the process must still show that, and its thread live on.
    try:
        log_step(turn, step, result, started_at)
        return result
    except LeaseLostError:
        raise
    except Exception as error:
        logger.warning(
            "Process %s: a step could not be written, trying as failed", turn.lease.process_id, exc_info=True
        )
        failure = Failed(error)
    try:
        log_step(turn, step, failure, timezone.now())
    except LeaseLostError:
        raise
    except Exception:
        logger.exception("Process %s cannot be written at all; its runner gives up", turn.lease.process_id)
    return failure
