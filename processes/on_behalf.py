"""Start and resume for whoever calls, by whatever way: the workflow's authorizers are asked first."""

from uuid import UUID

from access.callers import Caller
from processes import operations
from processes.authorization import authorize_resume, authorize_start
from processes.workflow.state import State


def start_for(caller: Caller, workflow_key: str, pages: list[State], reporter: str) -> UUID:
    """Start the workflow if the caller may; else as ``operations.start_process``.

    Raises:
        StartForbiddenError: the caller may not.
    """
    authorize_start(workflow_key, caller)
    return operations.start_process(workflow_key, pages, reporter)


def resume_for(caller: Caller, process_id: UUID, pages: list[State], reporter: str) -> None:
    """Resume or retry the process if the caller may; else as ``operations.resume_process``.

    Raises:
        ResumeForbiddenError, RetryForbiddenError: the caller may not.
    """
    judged = authorize_resume(process_id, caller)
    operations.resume_process(
        process_id, pages, reporter, only=frozenset({judged.status}), judged_row=judged.newest_row
    )
