"""Run one process, from taking its lease to giving it back: what every executor calls."""

import logging
from dataclasses import replace
from uuid import UUID

from django.db import connection
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from audit.origins import acting
from orchestrator_ws.crash_points import crash_point
from orchestrator_ws.tracing import run_span, step_span
from processes import leases, metrics
from processes.errors import LeaseLostError
from processes.leases import Lease, lease_keeper
from processes.models import Process
from processes.progress import progress
from processes.step_log import Run, log_step
from processes.workflow.registry import WORKFLOWS
from processes.workflow.results import Failed, Result, Waiting
from processes.workflow.runner import Executed, run
from processes.workflow.steps import StepList

logger = logging.getLogger(__name__)


class _Stopping:
    """Whether this OS process shuts down: runners then stop before their next step."""

    def __init__(self) -> None:
        self.requested = False


stopping = _Stopping()


def run_process(process_id: UUID) -> None:
    """Run the process until it ends, suspends, is aborted, or the engine is locked.

    Returns at once if another runner has it or it is not runnable, so it may be called any number of times. Called in
    a thread of an executor, on nobody's behalf; raises nothing that the process's author could cause.
    """
    # An unlock that comes between a runner's look at the lock and the end of its lease passes the process by, as it
    # seems to run: a runner that stopped before a step tries to take it once more.
    with acting(None), bound_contextvars(process_id=str(process_id)):
        while _take_turn(process_id):
            pass


def _take_turn(process_id: UUID) -> bool:
    """Run the process for as long as one lease, and return whether the engine made its runner stop."""
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
    inputs, logged = list(process.inputs.all()), list(process.steps.all())
    at = progress(workflow.steps, logged, inputs[0].state)
    latest = inputs[-1]
    turn = Run(
        lease=lease,
        is_task=process.is_task,
        created_by=latest.created_by,
        input=None if latest.used else latest,
        group_row=logged[-1] if at.inside else None,
    )
    # Where a workflow has become shorter than what the process has done, its last step ends the process.
    steps = at.pending or StepList(workflow.steps[-1:])
    if at.pending and not latest.used:
        steps = steps.with_input(latest.state)

    def report(executed: Executed) -> Result:
        took = timezone.now() - executed.started_at
        metrics.STEP_SECONDS.labels(workflow.name).observe(took.total_seconds())
        with step_span(executed.part.name, executed.started_at.timestamp()):
            return _keep(turn, executed)

    with run_span(workflow.name, str(lease.process_id), latest.traceparent):
        run(steps, at.current_state, report=report, may_go_on=lambda: not (stopping.requested or turn.engine_is_locked))
    return turn.engine_is_locked


def _keep(turn: Run, executed: Executed) -> Result:
    """Log the result; if it cannot be written, log the step once more as failed, and return what was kept.

    Raises:
        LeaseLostError: the process was aborted, deleted or taken over.
        django.db.Error: the connection is lost, so nobody knows whether the step was written; the runner ends, and the
            next one finds in the database where the process stands.
    """
    # A state may be refused by the database in many ways; the process must still show that, and its thread live on.
    try:
        log_step(turn, executed)
        return executed.result
    except LeaseLostError:
        raise
    except Exception as error:
        if connection.connection is None:
            raise
        logger.warning(
            "Process %s: a step could not be written, trying as failed", turn.lease.process_id, exc_info=True
        )
        failure = replace(executed, result=Failed(error))
        if not isinstance(executed.result, Failed | Waiting):
            turn.unwritten = executed.result.state
    try:
        log_step(turn, failure)
    except LeaseLostError:
        raise
    except Exception:
        logger.exception("Process %s cannot be written at all; its runner gives up", turn.lease.process_id)
    return failure.result
