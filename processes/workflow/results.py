"""What a step can end with; each result knows its step status."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, TypeAlias

from processes.statuses import StepStatus
from processes.workflow.state import State


@dataclass(frozen=True, slots=True)
class Success:
    """The step is done; go on with this state."""

    state: State
    status: ClassVar[StepStatus] = StepStatus.SUCCESS


@dataclass(frozen=True, slots=True)
class Skipped:
    """The step's condition is not met; go on with the same state."""

    state: State
    status: ClassVar[StepStatus] = StepStatus.SKIPPED


@dataclass(frozen=True, slots=True)
class Suspend:
    """The step needs user input."""

    state: State
    status: ClassVar[StepStatus] = StepStatus.SUSPEND


@dataclass(frozen=True, slots=True)
class AwaitingCallback:
    """The step needs another system to call back, within the timeout if there is one."""

    state: State
    timeout: timedelta | None = None
    status: ClassVar[StepStatus] = StepStatus.AWAITING_CALLBACK


@dataclass(frozen=True, slots=True)
class Complete:
    """The process has reached its end."""

    state: State
    status: ClassVar[StepStatus] = StepStatus.COMPLETE


@dataclass(frozen=True, slots=True)
class Abort:
    """The process ends for good without being complete."""

    state: State
    status: ClassVar[StepStatus] = StepStatus.ABORT


@dataclass(frozen=True, slots=True)
class Failed:
    """The step raised; a person decides what happens next."""

    error: BaseException
    status: ClassVar[StepStatus] = StepStatus.FAILED


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that may be retried raised."""

    error: BaseException
    status: ClassVar[StepStatus] = StepStatus.WAITING


Result: TypeAlias = Success | Skipped | Suspend | AwaitingCallback | Complete | Abort | Failed | Waiting
