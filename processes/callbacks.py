"""What another system does to a process that awaits its callback, and what happens if it does nothing."""

import hmac
import logging
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from audit.actions import Action, Kind
from audit.origins import current_origin
from audit.recording import audit
from events.recording import record
from orchestrator_ws.crash_points import crash_point
from processes import metrics
from processes.errors import (
    CallbackRefusedError,
    CallbackTimedOutError,
    CallbackTokenError,
    ProcessNotAwaitingError,
    ProcessNotFoundError,
)
from processes.executors import get_executor, submit_after_commit
from processes.models import Process, ProcessInput, ProcessStep
from processes.state_limit import require_small
from processes.statuses import ProcessStatus, StepStatus, process_status_after
from processes.step_log import STANDS_NO_MORE, failure_columns, logged_changes
from processes.workflow.errors import error_state
from processes.workflow.groups import CALLBACK_RESULT_KEY, DEFAULT_CALLBACK_RESULT_KEY
from processes.workflow.registry import WORKFLOWS
from processes.workflow.state import State
from processes.workflow.steps import CALLBACK_PROGRESS, CALLBACK_TOKEN_KEY, REMOVE_KEYS, received
from settings.operations import require_unlocked
from settings.queries import locked_expression

logger = logging.getLogger(__name__)

CALLER = "SYSTEM"

MAX_TIME_OUTS = 100
"""Processes that one call of ``fail_timed_out_callbacks`` fails; the others are still due at the next."""


def continue_awaiting_process(process_id: UUID, token: str, body: State) -> None:
    """Take the callback that a process awaits into its state and let it go on; the token is used up.

    One transaction, which holds the process's row: of two callbacks, or a callback and a resume, an abort or a
    time-out, one wins.

    Raises:
        EngineLockedError: the engine is locked.
        ProcessNotFoundError, ProcessNotAwaitingError, CallbackTokenError: as their names say.
        CallbackRefusedError: the workflow's code is gone.
        StateTooLargeError: the body makes the state too large; the process still awaits its callback.
    """
    require_unlocked()
    with transaction.atomic():
        process, row = _awaiting(process_id, token)
        if WORKFLOWS.find(process.workflow.name) is None:
            raise CallbackRefusedError("This workflow cannot be resumed because it has been removed")
        update = {row.state.get(CALLBACK_RESULT_KEY, DEFAULT_CALLBACK_RESULT_KEY): body}
        state = received(row.state, update)
        require_small(state)
        now, status = timezone.now(), get_executor().status_when_resumed
        ProcessStep.objects.create(
            process=process,
            name=row.name,
            status=StepStatus.SUCCESS,
            state=state,
            created_by=CALLER,
            started_at=now,
            completed_at=now,
        )
        ProcessInput.objects.create(process=process, state=update, created_by=CALLER, used=True)
        Process.objects.filter(pk=process_id).update(
            last_status=status, last_step=row.name, last_modified_at=now, **STANDS_NO_MORE
        )
        record(*logged_changes(process_id, status))
        audit(Action.CALLBACK, Kind.PROCESS, process_id, step=row.name)
        submit_after_commit(process_id)
        crash_point("before callback commit")
    crash_point("after callback")


def update_callback_progress(process_id: UUID, token: str, value: Any) -> None:
    """Show how far the other system is, in the state of the step that awaits its callback; one transaction.

    Raises:
        EngineLockedError: the engine is locked.
        ProcessNotFoundError, ProcessNotAwaitingError, CallbackTokenError: as their names say.
        StateTooLargeError: the value makes the state too large.
    """
    require_unlocked()
    with transaction.atomic():
        process, row = _awaiting(process_id, token)
        row.state = {**row.state, CALLBACK_PROGRESS: value, REMOVE_KEYS: [CALLBACK_PROGRESS]}
        require_small(row.state)
        row.save(update_fields=["state"])
        Process.objects.filter(pk=process_id).update(last_modified_at=timezone.now())
        record(*logged_changes(process_id, process.status))
        audit(Action.CALLBACK_PROGRESS, Kind.PROCESS, process_id, step=row.name)


def fail_timed_out_callbacks() -> int:
    """Fail processes whose callback did not come in time, and return their number; a transaction for each.

    A retry begins the step anew, with another route and token. May run on several hosts at once, and does nothing
    while the engine is locked: whoever calls then is refused, so the time does not count.
    """
    ids = list(_overdue().order_by("due_at").values_list("pk", flat=True)[:MAX_TIME_OUTS])
    return sum(_fail_if_timed_out(process_id) for process_id in ids)


def _overdue() -> QuerySet[Process]:
    return Process.objects.filter(~locked_expression(), last_status=ProcessStatus.AWAITING_CALLBACK, due_at__lte=Now())


def _fail_if_timed_out(process_id: UUID) -> bool:
    error = CallbackTimedOutError()
    with transaction.atomic():
        process = _overdue().select_for_update().filter(pk=process_id).first()
        if process is None:
            return False
        now = timezone.now()
        ProcessStep.objects.filter(pk=_last_row(process).pk).update(
            status=StepStatus.FAILED, state=error_state(error), started_at=None, completed_at=now
        )
        status = process_status_after(StepStatus.FAILED, is_task=process.is_task, error_class=type(error).__name__)
        Process.objects.filter(pk=process_id).update(
            last_status=status, due_at=None, last_modified_at=now, **failure_columns(error)
        )
        record(*logged_changes(process_id, status))
        crash_point("before callback time-out commit")
    return True


def _awaiting(process_id: UUID, token: str) -> tuple[Process, ProcessStep]:
    """Return the process, its row locked, and the step row that waits for this token."""
    process = Process.objects.select_for_update(of=("self",)).select_related("workflow").filter(pk=process_id).first()
    if process is None:
        raise ProcessNotFoundError(process_id)
    if process.status is not ProcessStatus.AWAITING_CALLBACK:
        raise ProcessNotAwaitingError
    row = _last_row(process)
    if not hmac.compare_digest(row.state[CALLBACK_TOKEN_KEY].encode(), token.encode()):
        _tell_wrong_token(process_id)
        raise CallbackTokenError
    return process, row


def _tell_wrong_token(process_id: UUID) -> None:
    """Count whoever guesses, and say in the log where; the audit log has no room for as many as somebody may send."""
    metrics.CALLBACKS_REFUSED.inc()
    origin = current_origin()
    logger.warning(
        "A callback for process %s has a wrong token%s",
        process_id,
        f", from {origin.address}" if origin is not None and origin.address else "",
    )


def _last_row(process: Process) -> ProcessStep:
    return process.steps.latest("pk")
