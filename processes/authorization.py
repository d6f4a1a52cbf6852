"""Ask a workflow's authorizers about whoever calls; what the product does by itself asks nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from access.callers import Caller
from processes.errors import (
    ProcessNotResumableError,
    ResumeForbiddenError,
    RetryForbiddenError,
    StartForbiddenError,
    WorkflowNotFoundError,
    WorkflowRemovedError,
)
from processes.models import Process
from processes.queries import ProcessDetail, get_process, get_progress, newest_row_of
from processes.statuses import FAILURES, RESUMABLE, ProcessStatus
from processes.workflow import AuthContext, Authorizer, Step, Workflow
from processes.workflow.authorization import asks_about_retries, is_allowed, resume_authorizer, retry_authorizer
from processes.workflow.registry import WORKFLOWS

RETRIED = FAILURES | {ProcessStatus.WAITING}
"""A resume from one of these statuses is a retry."""

BATCH_TASKS = 100
"""Tasks whose steps are in memory at once while many are judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """Where a process stood when its caller was let pass: the caller may resume it from there and no further on."""

    status: ProcessStatus
    newest_row: int


def user_of(caller: Caller) -> Caller | None:
    """Return whom the code of workflows is asked about: the caller, None while authentication is off."""
    return None if caller.name is None else caller


@dataclass(frozen=True, kw_only=True, slots=True)
class Permissions:
    """What a caller may do to a process, whatever its status."""

    retry: bool
    resume: bool


def may_start(workflow_key: str, caller: Caller) -> bool:
    """Return whether the caller may start the workflow, which must exist; else as ``authorize_start``."""
    workflow = WORKFLOWS.find(workflow_key)
    if workflow is None:
        return False
    context = AuthContext(user=user_of(caller), action="start_workflow", workflow=workflow)
    return is_allowed(workflow.authorize_callback, context)


def permissions(detail: ProcessDetail, caller: Caller) -> Permissions:
    """Return what the caller may do to the process, nothing if its workflow was removed; as ``authorize_start``."""
    workflow = WORKFLOWS.find(detail.process.workflow.name)
    if workflow is None:
        return Permissions(retry=False, resume=False)
    entered = detail.progress.entered
    return Permissions(
        retry=is_allowed(*_question(ProcessStatus.FAILED, workflow, entered, caller)),
        resume=is_allowed(*_question(ProcessStatus.SUSPENDED, workflow, entered, caller)),
    )


def authorize_start(workflow_key: str, caller: Caller) -> None:
    """Let pass a caller who may start the workflow.

    Not in a thread with a running event loop, nor inside a transaction: an authorizer may take its time.

    Raises:
        WorkflowNotFoundError: there is no such workflow.
        StartForbiddenError: the caller may not.
    """
    if WORKFLOWS.find(workflow_key) is None:
        raise WorkflowNotFoundError
    if not may_start(workflow_key, caller):
        raise StartForbiddenError(workflow_key)


def authorize_resume(process_id: UUID, caller: Caller) -> Judged:
    """Let pass a caller who may resume the process, or retry it if it failed or waits; else as ``authorize_start``.

    Raises:
        ProcessNotFoundError: there is no such process.
        ProcessNotResumableError, WorkflowRemovedError: nobody may.
        ResumeForbiddenError, RetryForbiddenError: the caller may not.
    """
    process = get_process(process_id)
    if process.status not in RESUMABLE:
        raise ProcessNotResumableError(process.status)
    workflow = WORKFLOWS.find(process.workflow.name)
    if workflow is None:
        raise WorkflowRemovedError
    at, logged = get_progress(process)
    authorizer, context = _question(process.status, workflow, at.entered, caller)
    if not is_allowed(authorizer, context):
        raise RetryForbiddenError if process.status in RETRIED else ResumeForbiddenError
    return Judged(status=process.status, newest_row=newest_row_of(logged))


def find_retryable(processes: QuerySet[Process], caller: Caller | None) -> dict[UUID, int]:
    """Return the newest step rows of those processes, all failed or waiting, that the caller may retry, by process.

    Nobody (None) may retry what has no authorizer. An authorizer is asked once about a step, for however many
    processes: it is told of no more than that. Else as ``authorize_start``.
    """
    names = set(processes.order_by().values_list("workflow__name", flat=True).distinct())
    workflows = [workflow for name in names if (workflow := WORKFLOWS.find(name)) is not None]
    free = [workflow.name for workflow in workflows if not asks_about_retries(workflow)]
    newest = Coalesce(Max("steps__pk"), 0)
    found = dict(processes.filter(workflow__name__in=free).order_by().values_list("pk").annotate(newest=newest))
    if caller is not None:
        guarded = {workflow.name: workflow for workflow in workflows if workflow.name not in free}
        found.update(_ask(processes.filter(workflow__name__in=guarded), guarded, caller))
    return found


def _ask(processes: QuerySet[Process], workflows: dict[str, Workflow], caller: Caller) -> Iterator[tuple[UUID, int]]:
    answers: dict[tuple[int, str, int], bool] = {}
    rows = processes.select_related("workflow").prefetch_related("inputs", "steps")
    for process in rows.iterator(chunk_size=BATCH_TASKS):
        at, logged = get_progress(process)
        authorizer, context = _question(process.status, workflows[process.workflow.name], at.entered, caller)
        # Steps and authorizers live as long as their workflow, and need not be hashable.
        key = id(authorizer), context.workflow.name, id(context.step)
        if key not in answers:
            answers[key] = is_allowed(authorizer, context)
        if answers[key]:
            yield process.pk, newest_row_of(logged)


def _question(
    status: ProcessStatus, workflow: Workflow, entered: tuple[Step, ...], caller: Caller
) -> tuple[Authorizer, AuthContext]:
    """Return who decides whether the caller may resume a process that has come to these steps, and on what."""
    user, step = user_of(caller), entered[-1] if entered else None
    if status in RETRIED:
        context = AuthContext(user=user, action="retry_workflow", workflow=workflow, step=step)
        return retry_authorizer(workflow, entered), context
    context = AuthContext(user=user, action="resume_workflow", workflow=workflow, step=step)
    return resume_authorizer(workflow, entered), context
