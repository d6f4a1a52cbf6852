"""Maintenance as tasks: the operations of the maintenance loop, listed and started by hand, at once and for all."""

from contextlib import suppress

from processes.callbacks import fail_timed_out_callbacks
from processes.clean_up import delete_old_tasks
from processes.errors import ResumeAllInProgressError
from processes.reconciler import submit_standing
from processes.resume_all import request_resume_all, resume_requested
from processes.retries import retry_waiting
from processes.workflow import State, StepList, Target, done, init, step, workflow


@step("Retry waiting processes")
def retry_all_waiting() -> State:
    """Retry what waits, whether its time has come or not."""
    return {"number_of_resumed_processes": retry_waiting()}


@step("Submit processes without a runner")
def submit_all_standing() -> State:
    """Hand over what stands still to the executor of the host that runs this."""
    return {"number_of_submitted_processes": submit_standing()}


@workflow("Retry waiting processes, and run those that no runner holds", target=Target.SYSTEM, is_task=True)
def task_resume_workflows() -> StepList:
    """Do at once what would be done when it is due."""
    return init >> retry_all_waiting >> submit_all_standing >> done


@step("Fail timed-out callbacks")
def fail_all_timed_out() -> State:
    """Fail the processes whose callback did not come in time."""
    failed = 0
    while batch := fail_timed_out_callbacks():
        failed += batch
    return {"number_of_failed_processes": failed}


@workflow("Fail processes whose callback did not come in time", target=Target.SYSTEM, is_task=True)
def task_validate_awaiting_callbacks() -> StepList:
    """Do at once what would be done batch by batch."""
    return init >> fail_all_timed_out >> done


@step("Resume failed and waiting tasks")
def resume_all_tasks(reporter: str) -> State:
    """Resume those without an authorizer, which nobody could ask here, or those of a request that is in progress."""
    with suppress(ResumeAllInProgressError):
        request_resume_all(None, reporter)
    resumed = 0
    while batch := resume_requested():
        resumed += batch
    return {"number_of_resumed_tasks": resumed}


@workflow("Resume all tasks that failed or wait", target=Target.SYSTEM, is_task=True)
def task_resume_all() -> StepList:
    """Do what the button does, and say how many tasks it were."""
    return init >> resume_all_tasks >> done


@step("Delete old completed tasks")
def delete_all_old_tasks() -> State:
    """Delete every batch of them."""
    deleted = 0
    while batch := delete_old_tasks():
        deleted += batch
    return {"tasks_removed": deleted}


@workflow("Delete old completed tasks", target=Target.SYSTEM, is_task=True)
def task_clean_up_tasks() -> StepList:
    """Do at once what would be done batch by batch."""
    return init >> delete_all_old_tasks >> done
