"""The steps of a process as a person reads them: in order, with how long each took and what it changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from processes.queries import ProcessDetail
from processes.statuses import ERROR_STEPS, StepStatus
from processes.workflow.state import State


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineStep:
    """One step that ended, or that is still to come."""

    key: str
    """Another one whenever something of it is shown differently; for an id of HTML, by which htmx finds it."""
    name: str
    status: str
    created_by: str | None = None
    completed_at: datetime | None = None
    duration: timedelta | None = None
    delta: State | None = None
    error: str = ""
    """Of a step that failed or waits for its next try."""
    retries: int = 0

    @property
    def is_pending(self) -> bool:
        """Whether it is still to come."""
        return self.status == StepStatus.PENDING


def timeline(detail: ProcessDetail) -> list[TimelineStep]:
    """Return the steps that were logged, then those that are pending."""
    return [*_logged(detail), *_pending(detail)]


def _logged(detail: ProcessDetail) -> Iterator[TimelineStep]:
    for row, state, delta in zip(detail.logged, detail.states, detail.deltas, strict=True):
        error = state.get("error", "") if row.status in ERROR_STEPS else ""
        yield TimelineStep(
            key=f"{row.pk}-{row.status}-{row.completed_at:%H%M%S%f}",
            name=row.name,
            status=row.status,
            created_by=row.created_by,
            completed_at=row.completed_at,
            duration=None if row.started_at is None else row.completed_at - row.started_at,
            delta={} if error else delta,
            error=f"{state.get('class', '')}: {error}" if error else "",
            retries=state.get("retries", 0) if error else 0,
        )


def _pending(detail: ProcessDetail) -> Iterator[TimelineStep]:
    for number, step in enumerate(detail.progress.shown_pending):
        yield TimelineStep(key=f"pending-{number}", name=step.name, status=StepStatus.PENDING)
