"""Ask a workflow's authorizers about whoever calls; what the product does by itself asks nobody."""

from typing import Any
from uuid import UUID

from processes.errors import (
    ProcessNotResumableError,
    ResumeForbiddenError,
    RetryForbiddenError,
    StartForbiddenError,
    WorkflowNotFoundError,
    WorkflowRemovedError,
)
from processes.queries import get_process, get_progress, newest_row_of
from processes.statuses import FAILURES, RESUMABLE, ProcessStatus
from processes.workflow import AuthContext
from processes.workflow.authorization import is_allowed, resume_authorizer, retry_authorizer
from processes.workflow.registry import WORKFLOWS


def authorize_start(workflow_key: str, user: Any) -> None:
    """Let pass a user, None where nobody is authenticated, who may start the workflow.

    Not in a thread with a running event loop, nor inside a transaction: an authorizer may take its time.

    Raises:
        WorkflowNotFoundError: there is no such workflow.
        StartForbiddenError: the user may not.
    """
    workflow = WORKFLOWS.find(workflow_key)
    if workflow is None:
        raise WorkflowNotFoundError
    if not is_allowed(workflow.authorize_callback, AuthContext(user=user, action="start_workflow", workflow=workflow)):
        raise StartForbiddenError(workflow_key)


def authorize_resume(process_id: UUID, user: Any) -> int:
    """Let pass a user who may resume the process, or retry it if it failed or waits; else as ``authorize_start``.

    Returns the process's newest step row, which the operation must find unchanged: the user may resume no other step.

    Raises:
        ProcessNotFoundError: there is no such process.
        ProcessNotResumableError, WorkflowRemovedError: nobody may.
        ResumeForbiddenError, RetryForbiddenError: the user may not.
    """
    process = get_process(process_id)
    if process.status not in RESUMABLE:
        raise ProcessNotResumableError(process.status)
    workflow = WORKFLOWS.find(process.workflow.name)
    if workflow is None:
        raise WorkflowRemovedError
    at, logged = get_progress(process)
    steps = at.entered
    step = steps[-1] if steps else None
    if process.status in FAILURES or process.status is ProcessStatus.WAITING:
        context = AuthContext(user=user, action="retry_workflow", workflow=workflow, step=step)
        if not is_allowed(retry_authorizer(workflow, steps), context):
            raise RetryForbiddenError
        return newest_row_of(logged)
    context = AuthContext(user=user, action="resume_workflow", workflow=workflow, step=step)
    if not is_allowed(resume_authorizer(workflow, steps), context):
        raise ResumeForbiddenError
    return newest_row_of(logged)
