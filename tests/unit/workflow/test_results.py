"""Results: each knows the status of the step that ended with it."""

import pytest

from processes.statuses import StepStatus
from processes.workflow.results import Abort, Complete, Failed, Result, Skipped, Success, Suspend, Waiting

ERROR = ValueError("no")


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (Success({}), StepStatus.SUCCESS),
        (Skipped({}), StepStatus.SKIPPED),
        (Suspend({}), StepStatus.SUSPEND),
        (Complete({}), StepStatus.COMPLETE),
        (Abort({}), StepStatus.ABORT),
        (Failed(ERROR), StepStatus.FAILED),
        (Waiting(ERROR), StepStatus.WAITING),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_result_has_its_step_status(result: Result, status: StepStatus) -> None:
    assert result.status is status
