"""The demo workflows do what their descriptions say, on each executor."""

from collections.abc import Callable

import pytest

from processes import demo_workflows, operations
from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import settled, steps_of


@pytest.fixture(autouse=True)
def without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the slow steps be quick."""
    monkeypatch.setattr(demo_workflows, "SLOW_STEP_SECONDS", 0)


def test_there_are_five_of_them() -> None:
    assert [key for key in WORKFLOWS.keys() if key.startswith("demo_")] == [  # noqa: SIM118  no dict
        "demo_create_path",
        "demo_confirm_change",
        "demo_retry",
        "demo_slow_migration",
        "demo_task_compare_inventory",
    ]


@pytest.mark.parametrize(("gbit", "optics"), [(10, "skipped"), (100, "success")], ids=["slow path", "fast path"])
def test_create_path_skips_the_optics_of_slow_paths(gbit: int, optics: str, executor: str) -> None:
    process_id = operations.start_process("demo_create_path", [{"path_label": "A-B", "gbit": gbit}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [
        ("Start", "success"),
        ("Reserve capacity", "success"),
        ("Order optics", optics),
        ("Configure nodes", "success"),
        ("Done", "complete"),
    ]
    assert ProcessStep.objects.filter(process_id=process_id).latest("pk").state["configured"] == f"A-B {gbit}G"


def test_confirm_change_waits_for_the_network_operations_center(executor: str, recorded: Callable[[], str]) -> None:
    process_id = operations.start_process("demo_confirm_change", [{}], "SYSTEM")
    assert settled(process_id, ProcessStatus.SUSPENDED).assignee == "NOC"
    recorded()

    operations.resume_process(process_id, [{"change_number": "CHG1234"}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert ProcessStep.objects.filter(process_id=process_id).latest("pk").state["applied"] == "CHG1234"
    assert recorded() == "C L I L I L I L I"


def test_retry_fails_at_first_and_succeeds_when_retried(executor: str) -> None:
    process_id = operations.start_process("demo_retry", [{}], "SYSTEM")
    assert settled(process_id, ProcessStatus.FAILED).failed_reason == "edge-7 does not answer, try again"

    operations.resume_process(process_id, [], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [
        ("Start", "success"),
        ("Find device", "success"),
        ("Reach device", "failed"),
        ("Reach device", "success"),
        ("Done", "complete"),
    ]


def test_slow_migration_has_eight_steps(executor: str) -> None:
    process_id = operations.start_process("demo_slow_migration", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    names = [name for name, _ in steps_of(process_id)]
    assert names == ["Start", *[f"Migrate part {number}" for number in range(1, 9)], "Done"]


def test_compare_inventory_is_a_task_that_can_be_deleted(executor: str) -> None:
    process_id = operations.start_process("demo_task_compare_inventory", [{}], "SYSTEM")
    assert settled(process_id, ProcessStatus.COMPLETED).is_task

    operations.delete_task(process_id)

    assert not Process.objects.exists()
