"""The situations in which the process engine refuses; each text is the ``detail`` in ``docs/rest.md``."""

from uuid import UUID

from orchestrator_ws.errors import (
    BadRequestError,
    ConflictError,
    FailedOperationError,
    ForbiddenError,
    NotFoundError,
    PayloadTooLargeError,
    PreconditionFailedError,
)
from processes.statuses import ProcessStatus


class ProcessNotFoundError(NotFoundError):
    """There is no process with this id."""

    def __init__(self, process_id: UUID) -> None:
        super().__init__(f"Process with process_id {process_id} not found")


class TaskNotFoundError(NotFoundError):
    """There is no task with this id to delete."""

    def __init__(self) -> None:
        super().__init__("Not Found")


class WorkflowNotFoundError(NotFoundError):
    """There is no workflow with this key."""

    def __init__(self) -> None:
        super().__init__("Workflow does not exist")


class UnknownWorkflowIdError(NotFoundError):
    """There is no workflow row with this id to change."""

    def __init__(self, workflow_id: UUID) -> None:
        super().__init__(f"Workflow id {workflow_id} not found")


class StartForbiddenError(ForbiddenError):
    """The workflow's authorizer said no."""

    def __init__(self, workflow_key: str) -> None:
        super().__init__(f"User is not authorized to start '{workflow_key}' workflow")


class ResumeForbiddenError(ForbiddenError):
    """The authorizer for a resume said no."""

    def __init__(self) -> None:
        super().__init__("User is not authorized to resume step")


class RetryForbiddenError(ForbiddenError):
    """The authorizer for a retry said no."""

    def __init__(self) -> None:
        super().__init__("User is not authorized to retry step")


class StartPredicateError(PreconditionFailedError):
    """The workflow's run predicate said no; the text is its own."""


class ProcessNotResumableError(ConflictError):
    """The status does not allow to resume."""

    def __init__(self, status: ProcessStatus) -> None:
        super().__init__(f"Resuming a {status.value} workflow is not possible")


class WorkflowRemovedError(ConflictError):
    """The code of the process's workflow is gone."""

    def __init__(self) -> None:
        super().__init__("This workflow cannot be resumed because it has been removed")


class ResumeAllInProgressError(ConflictError):
    """Tasks are still being resumed for an earlier request."""

    def __init__(self) -> None:
        super().__init__("Another request to resume all processes is in progress")


class ProcessNotAwaitingError(ConflictError):
    """The process awaits no callback: it never did, or it got one, or it gave up."""

    def __init__(self) -> None:
        super().__init__("This process is not in an awaiting state.")


class CallbackTokenError(NotFoundError):
    """The process awaits a callback by another token."""

    def __init__(self) -> None:
        super().__init__("Invalid token")


class StateTooLargeError(PayloadTooLargeError):
    """The state of a process would become larger than ``MAX_STATE_BYTES``; it stays what it was."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"The state of the process would have {size} bytes, {limit} are allowed")


class CallbackRefusedError(BadRequestError):
    """The process cannot go on."""


class CallbackTimedOutError(Exception):
    """What a process fails of whose callback did not come in time."""

    def __init__(self) -> None:
        super().__init__("Callback timed out")


class ProcessNotDeletableError(BadRequestError):
    """Only tasks can be deleted."""

    def __init__(self) -> None:
        super().__init__("Bad Request")


class FormFailedError(FailedOperationError):
    """The code of the form raised; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("The form of this workflow failed, the log says why")


class LeaseLostError(Exception):
    """The runner may not write any more: its process was aborted, deleted, or taken by another runner."""
