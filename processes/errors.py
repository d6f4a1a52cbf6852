"""The situations in which the process engine refuses; each text is the ``detail`` in ``docs/rest.md``."""

from uuid import UUID

from orchestrator_ws.errors import BadRequestError, ConflictError, FailedOperationError, NotFoundError
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
