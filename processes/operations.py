"""Start, resume, abort, delete, note: the rules, and the one transaction of each. Views and admin only call these."""

import uuid
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists
from django.utils import timezone

from audit.actions import Action, Kind
from audit.recording import audit
from events.changes import Change, ChangeKind
from events.recording import record
from orchestrator_ws.crash_points import crash_point
from orchestrator_ws.tracing import traced
from processes import leases
from processes.errors import (
    ProcessNotDeletableError,
    ProcessNotFoundError,
    ProcessNotResumableError,
    StartPredicateError,
    TaskNotFoundError,
    WorkflowRemovedError,
)
from processes.executors import get_executor, submit_after_commit
from processes.form_walks import find_workflow, guarded, initial_state, submit_pages
from processes.models import Process, ProcessInput, ProcessStep, Workflow
from processes.queries import get_process, get_progress, newest_row_of
from processes.relations import relate_named_subscription
from processes.state_limit import require_small
from processes.statuses import ENDED, RESUMABLE, ProcessStatus, StepStatus
from processes.step_log import STANDS_NO_MORE, logged_changes
from processes.workflow import PredicateContext, RunPredicateFail, abort
from processes.workflow import Workflow as Definition
from processes.workflow.forms import submit_registered
from processes.workflow.registry import WORKFLOWS
from processes.workflow.state import State
from settings.operations import require_unlocked


def require_startable(workflow_key: str) -> Definition:
    """Let pass, and return, a workflow that may be started now.

    Raises:
        EngineLockedError, WorkflowNotFoundError, StartPredicateError: as ``start_process``.
    """
    require_unlocked()
    workflow = find_workflow(workflow_key)
    if workflow.run_predicate is not None:
        answer = workflow.run_predicate(PredicateContext(workflow, workflow.name))
        if isinstance(answer, RunPredicateFail):
            raise StartPredicateError(answer.message)
    return workflow


@traced("start process")
def start_process(workflow_key: str, pages: list[State], reporter: str) -> UUID:
    """Create a process and hand it to the executor; return its id once the row is committed.

    ``pages`` are the user's inputs for the pages of the workflow's form, all so far.

    Raises:
        EngineLockedError: the engine is locked.
        WorkflowNotFoundError: there is no such workflow.
        StartPredicateError: it may not be started now.
        FormNotCompleteError, FormValidationError, FormOverflowError: see ``workflow.forms.submit``; nothing is stored.
        FormFailedError: the form's own code raised; nothing is stored.
        StateTooLargeError: the input makes the state too large; nothing is stored.
    """
    workflow, process_id = require_startable(workflow_key), uuid.uuid4()
    begun = initial_state(workflow, process_id, reporter)
    state = submit_pages(workflow.initial_form, begun, pages) | begun
    require_small(state)
    now = timezone.now()
    with transaction.atomic():
        row, _ = Workflow.objects.get_or_create(
            name=workflow.name,
            defaults={
                "description": workflow.description,
                "target": workflow.target,
                "is_task": workflow.is_task,
            },
        )
        Process.objects.create(
            process_id=process_id,
            workflow=row,
            is_task=workflow.is_task,
            created_by=reporter,
            started_at=now,
            last_modified_at=now,
        )
        ProcessInput.objects.create(process_id=process_id, state=state, created_by=reporter, used=True)
        if not workflow.is_task:
            relate_named_subscription(process_id, state)
        record(Change(ChangeKind.PROCESS, process_id))
        audit(Action.START, Kind.PROCESS, process_id, reporter=reporter, workflow=workflow.name)
        submit_after_commit(process_id)
        crash_point("before start commit")
    crash_point("after start")
    return process_id


@traced("resume process")
def resume_process(
    process_id: UUID,
    pages: list[State],
    reporter: str,
    *,
    only: frozenset[ProcessStatus] = RESUMABLE,
    judged_row: int | None = None,
) -> None:
    """Let a suspended, awaiting, failed or waiting process go on; a suspended one with the input for its form.

    An empty list means one empty page. A process that is not suspended, or whose step has no form, ignores the
    pages. ``only`` are the statuses for which it was asked, and ``judged_row`` the newest step row that the caller was
    authorized for: whatever the process has come to since is refused.

    Raises:
        EngineLockedError: the engine is locked.
        ProcessNotFoundError, ProcessNotResumableError, WorkflowRemovedError: as their names say.
        FormNotCompleteError, FormValidationError, FormOverflowError: see ``workflow.forms.submit``; nothing is stored.
        FormFailedError: the form's own code raised; nothing is stored.
        StateTooLargeError: the input makes the state too large; nothing is stored.
    """
    require_unlocked()
    process = get_process(process_id)
    if process.status not in only:
        raise ProcessNotResumableError(process.status)
    if WORKFLOWS.find(process.workflow.name) is None:
        raise WorkflowRemovedError
    at, logged = get_progress(process)
    newest_row = newest_row_of(logged)
    if judged_row not in (None, newest_row):
        raise ProcessNotResumableError(process.status)
    form = at.form if process.status is ProcessStatus.SUSPENDED else None
    # An author's form may be slow: it is walked outside of the transaction, whose update tells if it was overtaken.
    update = {} if form is None else submit_pages(form, at.current_state, pages or [{}])
    require_small(update)
    newer = ProcessStep.objects.filter(process_id=process_id, pk__gt=newest_row)
    with transaction.atomic():
        resumed = Process.objects.filter(
            ~leases.live(),
            ~Exists(newer),
            pk=process_id,
            last_status=process.last_status,
            last_step=process.last_step,
        ).update(last_status=get_executor().status_when_resumed, last_modified_at=timezone.now(), **STANDS_NO_MORE)
        if not resumed:
            raise ProcessNotResumableError(get_process(process_id).status)
        if process.status is not ProcessStatus.RESUMED:  # which has the input of the resume before
            ProcessInput.objects.create(process_id=process_id, state=update, created_by=reporter, used=not at.stands)
        record(Change(ChangeKind.PROCESS_STATUS_COUNTS), Change(ChangeKind.PROCESS, process_id))
        audit(Action.RESUME, Kind.PROCESS, process_id, reporter=reporter, status=process.status)
        submit_after_commit(process_id)
        crash_point("before resume commit")
    crash_point("after resume")


@traced("abort process")
def abort_process(process_id: UUID, reporter: str) -> None:
    """End the process for good, whatever its status; a completed or aborted one stays as it is.

    A runner that executes a step keeps its lease until it notices, but can write nothing any more.

    Raises:
        ProcessNotFoundError: there is no such process.
    """
    with transaction.atomic():
        process = Process.objects.select_for_update().filter(pk=process_id).first()
        if process is None:
            raise ProcessNotFoundError(process_id)
        if process.status not in ENDED:
            _log_abort(process, reporter)
            record(*logged_changes(process_id, ProcessStatus.ABORTED))
        record(Change(ChangeKind.PROCESS_STATUS_COUNTS))
        audit(Action.ABORT, Kind.PROCESS, process_id, reporter=reporter, status=process.status)
        crash_point("before abort commit")
    crash_point("after abort")


def delete_task(process_id: UUID) -> None:
    """Delete a task with all that belongs to it; a runner that still works on it can write nothing any more.

    Raises:
        TaskNotFoundError: there is no such process.
        ProcessNotDeletableError: it is not a task.
    """
    with leases.ending():
        process = Process.objects.select_for_update().filter(pk=process_id).first()
        if process is None:
            raise TaskNotFoundError
        if not process.is_task:
            raise ProcessNotDeletableError
        process.delete()
        record(Change(ChangeKind.PROCESS_DELETED, process_id))
        audit(Action.DELETE, Kind.PROCESS, process_id, status=process.status)
        crash_point("before delete commit")
    crash_point("after delete")


def set_note(process_id: UUID, note: str | None) -> None:
    """Set or clear the process's note.

    Raises:
        ProcessNotFoundError: there is no such process.
    """
    with transaction.atomic():
        if not Process.objects.filter(pk=process_id).update(note=note, last_modified_at=timezone.now()):
            raise ProcessNotFoundError(process_id)
        record(Change(ChangeKind.PROCESS, process_id))
        audit(Action.SET_NOTE, Kind.PROCESS, process_id)


def submit_form(form_key: str, pages: list[State], user: Any = None) -> Any:
    """Walk a form that belongs to no workflow, registered with pydantic-forms, and return what it returns.

    Raises:
        FormNotFoundError: there is no such form.
        FormNotCompleteError, FormValidationError, FormOverflowError: see ``workflow.forms.submit``.
        FormFailedError: the form's own code raised.
    """
    return guarded(lambda: submit_registered(form_key, pages, user), form_key)


def _log_abort(process: Process, reporter: str) -> None:
    at, _ = get_progress(process)
    now = timezone.now()
    ProcessStep.objects.create(
        process=process,
        name=abort.name,
        status=StepStatus.ABORT,
        state=at.current_state,
        created_by=reporter,
        started_at=now,
        completed_at=now,
    )
    Process.objects.filter(pk=process.pk).update(
        last_status=ProcessStatus.ABORTED,
        last_step=abort.name,
        assignee=abort.assignee,
        last_modified_at=now,
        **STANDS_NO_MORE,
    )
