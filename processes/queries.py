"""Read processes: one with its steps, many as a list, and counts."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from uuid import UUID

from django.conf import settings as django_settings
from django.db.models import Count, F, QuerySet
from pydantic_forms.types import FormMeta

from orchestrator_ws.contracts import Row
from processes.errors import ProcessNotFoundError
from processes.leases import live
from processes.models import Process, ProcessStep, Workflow
from processes.progress import Progress, progress, state_deltas
from processes.statuses import RUNNABLE
from processes.workflow import StepList
from processes.workflow.forms import AskedPage, next_page
from processes.workflow.registry import WORKFLOWS
from processes.workflow.state import State
from processes.workflow_texts import WORKFLOW_TEXTS, Translations
from subscriptions.models import Subscription
from subscriptions.queries import subscription_rows

logger = logging.getLogger(__name__)

_SHOWN = (
    "process_id",
    "workflow_id",
    "workflow__name",
    "workflow__target",
    "is_task",
    "created_by",
    "failed_reason",
    "started_at",
    "last_status",
    "last_step",
    "assignee",
    "last_modified_at",
    "traceback",
    "note",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessDetail:
    """Everything that is shown of one process, as of one moment; secrets are masked, except in the rows themselves."""

    process: Process
    subscriptions: Sequence[Row]
    """As ``related_subscriptions`` returns them."""
    logged: Sequence[ProcessStep]
    states: Sequence[State]
    """The state of each row."""
    deltas: Sequence[State]
    """What each row added to the state."""
    progress: Progress
    form: State | None
    form_meta: FormMeta | None
    """What the first page of the form says of itself."""


def process_rows(processes: QuerySet[Process]) -> QuerySet[Process, Row]:
    """Return what is shown of them, by the names of the columns; models would take twice as long to make."""
    rows: QuerySet[Process, Row] = processes.values(*_SHOWN)
    return rows


def process_row(process: Process) -> Row:
    """Return what ``process_rows`` returns of the process."""
    return {column: attrgetter(column.replace("__", "."))(process) for column in _SHOWN}


def related_subscriptions(process_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Row]]:
    """Return the subscriptions of each process, the first one first, as ``subscription_rows``; one query."""
    subscriptions = Subscription.objects.filter(process_links__process__in=process_ids).order_by("process_links__id")
    related: dict[UUID, list[Row]] = defaultdict(list)
    for row in subscription_rows(subscriptions).annotate(process_id=F("process_links__process")):
        related[row["process_id"]].append(row)
    return related


def get_process(process_id: UUID) -> Process:
    """Return the row.

    Raises:
        ProcessNotFoundError: there is none.
    """
    process = Process.objects.select_related("workflow").filter(pk=process_id).first()
    if process is None:
        raise ProcessNotFoundError(process_id)
    return process


def get_progress(process: Process) -> tuple[Progress, list[ProcessStep]]:
    """Return where the process stands and its logged steps; nothing is pending if its workflow was removed."""
    workflow = WORKFLOWS.find(process.workflow.name)
    steps = StepList() if workflow is None else workflow.steps
    initial = process.inputs.first()
    logged = list(process.steps.all())
    return progress(steps, logged, {} if initial is None else initial.state), logged


def newest_row_of(logged: Sequence[ProcessStep]) -> int:
    """Return the key of the last of these rows, 0 if there is none: a process that has gone on has a newer one."""
    return logged[-1].pk if logged else 0


def get_process_detail(process_id: UUID) -> ProcessDetail:
    """Return the process with its steps and the form that it may wait for.

    Raises:
        ProcessNotFoundError: there is no such process.
    """
    process = get_process(process_id)
    return _detail(process, related_subscriptions([process.pk])[process.pk])


def process_details(process_ids: Sequence[UUID], related: Mapping[UUID, Sequence[Row]]) -> Mapping[UUID, ProcessDetail]:
    """Return those of the processes that exist, as ``get_process_detail``; three queries for all of them.

    ``related`` is what ``related_subscriptions`` returns of them.
    """
    processes = Process.objects.select_related("workflow").prefetch_related("inputs", "steps")
    return {process.pk: _detail(process, related[process.pk]) for process in processes.filter(pk__in=process_ids)}


def _detail(process: Process, subscriptions: Sequence[Row]) -> ProcessDetail:
    at, logged = get_progress(process)
    masking = django_settings.MASKING
    asked = _pending_form(process, at)
    return ProcessDetail(
        process=process,
        subscriptions=subscriptions,
        logged=logged,
        states=[masking.mask(row.state) for row in logged],
        deltas=[masking.mask(delta) for delta in state_deltas(logged)],
        progress=replace(at, current_state=masking.mask(at.current_state)),
        form=None if asked is None else masking.mask_form(asked.schema),
        form_meta=None if asked is None else asked.meta,
    )


def _pending_form(process: Process, at: Progress) -> AskedPage | None:
    form = at.form
    if form is None:
        return None
    # An author's code; a form that cannot be made must not hide the process.
    try:
        return next_page(form, at.current_state, [])
    except Exception:
        logger.warning("Process %s: its form cannot be made", process.pk, exc_info=True)
        return None


def count_statuses() -> dict[str, dict[str, int]]:
    """Return how many processes and tasks there are per status; only statuses that occur. One query."""
    counts: dict[str, dict[str, int]] = {"process_counts": {}, "task_counts": {}}
    rows = Process.objects.values_list("is_task", "last_status").annotate(Count("pk")).order_by("last_status")
    for is_task, status, count in rows:
        counts["task_counts" if is_task else "process_counts"][status] = count
    return counts


def count_queued() -> int:
    """Return how many processes wait for a runner: runnable, and held by none."""
    return Process.objects.filter(~live(), last_status__in=RUNNABLE).count()


def get_translations(locale: str) -> Translations | None:
    """Return the texts of a language, None if there are none; a workflow without a title has its description."""
    texts = WORKFLOW_TEXTS.find_translations(locale)
    if texts is None:
        return None
    described = dict(Workflow.objects.exclude(description="").order_by("name").values_list("name", "description"))
    return Translations(workflow=described).merged(texts)
