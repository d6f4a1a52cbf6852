"""The operations of processes in the OpenAPI document."""

from uuid import UUID

from drf_spectacular.utils import extend_schema_view
from pydantic import RootModel

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.openapi import (
    FORM_REFUSED,
    OBJECT,
    PAGES,
    REPORTER,
    Body,
    FormNotFound,
    Null,
    list_parameters,
    operation,
    path_parameter,
)
from processes.serializers import NoteChange
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import Assignee, Target
from subscriptions.openapi import SubscriptionObject


class StepObject(Body):
    """A step that was logged, or is still to be done."""

    step_id: UUID | None
    name: str
    status: StepStatus
    created_by: str | None
    executed: float | None
    started: float | None
    completed: float | None
    commit_hash: None
    state: JsonObject | None
    state_delta: JsonObject | None


class ProcessFields(Body):
    """What list and detail show of a process."""

    process_id: UUID
    workflow_id: UUID
    workflow_name: str
    is_task: bool
    created_by: str | None
    failed_reason: str | None
    started_at: float
    last_status: ProcessStatus
    last_step: str | None
    assignee: Assignee
    last_modified_at: float
    traceback: str | None
    workflow_target: Target
    note: str | None
    product_id: UUID | None
    customer_id: str | None
    subscriptions: list[SubscriptionObject]


class ListedProcess(ProcessFields):
    """A process; what only the detail shows is null."""

    current_state: None
    steps: None
    form: None


class ProcessObject(ProcessFields):
    """A process with its steps, and the form that it may wait for."""

    current_state: JsonObject
    steps: list[StepObject]
    form: JsonObject | None


class ListedProcesses(RootModel[list[ListedProcess]]):
    """Processes in the order asked for."""


class StatusCounts(Body):
    """How many processes and tasks there are, by status; only those that occur."""

    process_counts: dict[ProcessStatus, int]
    task_counts: dict[ProcessStatus, int]


class StartedProcess(Body):
    """The new process."""

    id: UUID


class ResumedCount(Body):
    """How many tasks will be resumed."""

    count: int


class WorkerStatusObject(Body):
    """Runners of all hosts that live, processes that wait for one, and those that one holds."""

    executor_type: str
    number_of_workers_online: int
    number_of_queued_jobs: int
    number_of_running_jobs: int


_PROCESS_ID = path_parameter("The id of the process.")
_TOKEN = path_parameter("The token of `callback_route`.", {"type": "string"}, name="token")
_WORKFLOW_KEY = path_parameter("The name of the workflow.", {"type": "string"})

process_list = extend_schema_view(
    get=operation(
        "list_processes",
        "The processes",
        {200: ListedProcesses, 304: None},
        parameters=list_parameters("processes"),
    )
)
status_counts = extend_schema_view(get=operation("count_statuses", "How many there are by status", {200: StatusCounts}))
process = extend_schema_view(
    get=operation("read_process", "One process", {200: ProcessObject}, refused=[404, 422], parameters=[_PROCESS_ID]),
    post=operation(
        "start_process",
        "Start a workflow",
        {201: StartedProcess, **FORM_REFUSED},
        refused=[404, 412],
        parameters=[_WORKFLOW_KEY, REPORTER],
        body=PAGES,
    ),
    patch=operation(
        "note_process",
        "Set the note",
        {200: ProcessObject},
        refused=[404],
        parameters=[_PROCESS_ID],
        body=NoteChange,
    ),
    delete=operation("delete_task", "Delete a task", {204: None}, refused=[400, 404, 422], parameters=[_PROCESS_ID]),
)
resume = extend_schema_view(
    put=operation(
        "resume_process",
        "Resume or retry",
        {204: None, **FORM_REFUSED},
        refused=[404, 409],
        parameters=[_PROCESS_ID, REPORTER],
        body={"anyOf": [PAGES, PAGES["items"]]},
    )
)
resume_all = extend_schema_view(
    put=operation(
        "resume_all",
        "Resume every task that failed or waits",
        {200: ResumedCount},
        refused=[409, 422],
        parameters=[REPORTER],
    )
)
abort = extend_schema_view(
    put=operation(
        "abort_process",
        "End it for good, whatever its status",
        {204: None},
        refused=[404, 422],
        parameters=[_PROCESS_ID, REPORTER],
    )
)
callback = extend_schema_view(
    post=operation(
        "call_back",
        "What another system has to say to a process that waits for it",
        {200: Null},
        refused=[400, 404, 409],
        parameters=[_PROCESS_ID, _TOKEN],
        body=OBJECT,
    )
)
callback_progress = extend_schema_view(
    post=operation(
        "tell_progress",
        "How far the other system is",
        {200: Null},
        refused=[404, 409],
        parameters=[_PROCESS_ID, _TOKEN],
        body={"anyOf": [{"type": "string"}, OBJECT]},
    )
)
form = extend_schema_view(
    post=operation(
        "submit_form",
        "Walk a form that belongs to no workflow",
        {200: {"description": "What the form returns."}, 404: FormNotFound, **FORM_REFUSED},
        parameters=[path_parameter("The name of the form.", {"type": "string"})],
        body=PAGES,
    )
)
worker_status = extend_schema_view(get=operation("read_worker_status", "Who runs processes", {200: WorkerStatusObject}))
