"""Random operations, several at once, while runners run: whatever the order, what is promised of the engine holds."""

import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from events.changes import ChangeKind
from events.models import ChangeLogEntry
from orchestrator_ws.errors import OrchestratorError
from processes import callbacks, leases, operations
from processes.models import Process, ProcessStep
from processes.queries import count_statuses
from processes.statuses import FAILURES, RUNNABLE, ProcessStatus, StepStatus
from processes.workflow import CALLBACK_TOKEN_KEY
from processes.workflow.registry import WORKFLOWS
from processes.workflow.steps import SUB_STEP
from settings import operations as engine_operations
from settings.engine_status import EngineStatus
from settings.queries import get_engine_status, is_locked
from tests.integration.engine import row_audit
from tests.integration.engine.watched_workflows import GROUP, KEYS, WATCHED, Watch
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.timeout(300)

EXAMPLES = 8
STEPS = 12
MAX_PROCESSES = 10
RUNNERS = 2 * MAX_PROCESSES
"""More than there are processes: one that is held at its gate keeps no other waiting."""

RESTS = {
    StepStatus.SUCCESS: frozenset({ProcessStatus.RUNNING, ProcessStatus.RESUMED}),
    StepStatus.SUSPEND: frozenset({ProcessStatus.SUSPENDED, *RUNNABLE}),
    StepStatus.WAITING: frozenset({ProcessStatus.WAITING, *RUNNABLE}),
    StepStatus.AWAITING_CALLBACK: frozenset({ProcessStatus.AWAITING_CALLBACK, *RUNNABLE}),
    StepStatus.FAILED: FAILURES | RUNNABLE,
    StepStatus.ABORT: frozenset({ProcessStatus.ABORTED}),
    StepStatus.COMPLETE: frozenset({ProcessStatus.COMPLETED}),
}
"""Which status a process may have whose last step ended so."""


class Action(StrEnum):
    START = "start"
    RESUME = "resume"
    CALL_BACK = "call back"
    ABORT = "abort"
    DELETE = "delete"
    NOTE = "note"
    OPEN_GATE = "open gate"
    LOCK = "lock"
    UNLOCK = "unlock"


@dataclass(frozen=True)
class Act:
    """One operation; the number chooses the process, or the workflow to start."""

    action: Action
    number: int

    def __repr__(self) -> str:
        return f"{self.action} {self.number}"


ACTS = st.builds(Act, st.sampled_from(Action), st.integers(0, MAX_PROCESSES - 1))


class EngineMachine(RuleBasedStateMachine):
    """Its model is what operations were accepted; what follows from them is compared whenever all is at rest."""

    def __init__(self, watch_new: Callable[[], Watch]) -> None:
        super().__init__()
        Process.objects.all().delete()
        engine_operations.set_global_lock(False)
        row_audit.begin()
        self.watch = watch_new()
        self.processes: list[UUID] = []
        self.accepted: Counter[Action] = Counter()
        # Of which an abort was accepted, and which were deleted.
        self.aborted: set[UUID] = set()
        self.deleted: set[UUID] = set()
        self.failures: list[BaseException] = []

    @precondition(lambda self: len(self.processes) < MAX_PROCESSES)
    @rule(key=st.sampled_from(KEYS))
    def start(self, key: str) -> None:
        self._at_once(Act(Action.START, KEYS.index(key)))

    @rule(acts=st.lists(ACTS, min_size=1, max_size=4))
    def act_at_once(self, acts: list[Act]) -> None:
        self._at_once(*acts)

    @rule(number=st.integers(0, MAX_PROCESSES - 1))
    def lock_and_unlock_while_one_goes_on(self, number: int) -> None:
        self._at_once(Act(Action.OPEN_GATE, number), Act(Action.LOCK, 0), Act(Action.UNLOCK, 0))

    @rule(acts=st.lists(ACTS, max_size=2), calls=st.integers(1, 2))
    def call_one_back_that_awaits_it(self, acts: list[Act], calls: int) -> None:
        self._at_once(Act(Action.UNLOCK, 0))
        self._at_once(Act(Action.START, KEYS.index("calling")))
        awaiting = Process.objects.filter(last_status=ProcessStatus.AWAITING_CALLBACK).first()
        if awaiting is not None:
            self._at_once(*[Act(Action.CALL_BACK, self.processes.index(awaiting.pk))] * calls, *acts)

    def teardown(self) -> None:
        """Let everything finish that can: at the end all is."""
        try:
            self.watch.open_all()
            self._at_once(Act(Action.UNLOCK, 0))
            while resting := Process.objects.exclude(last_status__in=["completed", "aborted"]).count():
                self._at_once(*(Act(Action.RESUME, number) for number in range(len(self.processes))))
                assert Process.objects.exclude(last_status__in=["completed", "aborted"]).count() < resting
            assert leases.count_live() == 0
        finally:
            self.watch.open_all()
            row_audit.end()

    def _at_once(self, *acts: Act) -> None:
        barrier = threading.Barrier(len(acts), timeout=TIMEOUT_SECONDS)
        threads = [threading.Thread(target=self._act, args=[act, barrier]) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.failures, self.failures
        eventually(self._is_at_rest)
        self._compare()

    def _act(self, act: Act, barrier: threading.Barrier) -> None:
        # Whatever it raises but a refusal is a fault of the engine, and is told in the machine's own thread.
        try:
            barrier.wait()
            self._do(act)
        except OrchestratorError:
            pass
        except BaseException as error:
            self.failures.append(error)
        finally:
            connection.close()

    def _do(self, act: Act) -> None:
        match act.action:
            case Action.START:
                if len(self.processes) < MAX_PROCESSES:
                    self.processes.append(operations.start_process(KEYS[act.number % len(KEYS)], [{}], "SYSTEM"))
            case Action.LOCK | Action.UNLOCK:
                engine_operations.set_global_lock(act.action is Action.LOCK)
            case _ if not self.processes:
                return
            case _:
                self._do_with(self.processes[act.number % len(self.processes)], act.action)
        self.accepted[act.action] += 1

    def _do_with(self, process_id: UUID, action: Action) -> None:
        match action:
            case Action.RESUME:
                operations.resume_process(process_id, [{"number": 7}], "SYSTEM")
            case Action.CALL_BACK:
                callbacks.continue_awaiting_process(process_id, _token_of(process_id), {})
            case Action.ABORT:
                operations.abort_process(process_id, "SYSTEM")
                self.aborted.add(process_id)
            case Action.DELETE:
                operations.delete_task(process_id)
                self.deleted.add(process_id)
            case Action.NOTE:
                operations.set_note(process_id, "seen")
            case Action.OPEN_GATE:
                self.watch.open_gate(process_id)

    def _is_at_rest(self) -> bool:
        """Return whether every runner waits at a gate, and nothing is on its way to one."""
        # In one statement: between two a runner may give its lease back and the next one take it.
        is_live = ExpressionWrapper(leases.live(), BooleanField())
        rows = list(Process.objects.filter(Q(last_status__in=RUNNABLE) | leases.live()).values_list("pk", is_live))
        live = {process_id for process_id, is_running in rows if is_running}
        held = self.watch.held
        return self.watch.inside == held and live <= held and (is_locked() or len(live) == len(rows))

    def _compare(self) -> None:
        assert not self.watch.violations, self.watch.violations
        rows = list(Process.objects.all())
        for row in rows:
            self._compare_process(row)
        assert {row.pk for row in rows} == set(self.processes) - self.deleted
        tasks, processes = (Counter(row.last_status for row in rows if row.is_task is task) for task in (True, False))
        assert count_statuses() == {"process_counts": processes, "task_counts": tasks}
        running = self.watch.held - self.deleted
        assert get_engine_status() == EngineStatus(global_lock=is_locked(), running_processes=len(running))
        changed, recorded = row_audit.changed_rows(), row_audit.recorded_changes()
        assert set(changed) == set(recorded)
        # Whatever ends a group, for now or for good, is logged twice: as the sub-step and as the group.
        assert recorded.total() == changed.total() + row_audit.count_entered("awaiting_callback") + _count_left_groups()
        told = self.accepted[Action.RESUME] + self.accepted[Action.ABORT] + row_audit.count_entered(*FAILURES)
        assert _count_recorded(ChangeKind.PROCESS_STATUS_COUNTS) == told
        locks = self.accepted[Action.LOCK] + self.accepted[Action.UNLOCK]
        assert locks <= _count_recorded(ChangeKind.ENGINE_STATUS) <= locks + self.accepted[Action.LOCK]

    def _compare_process(self, row: Process) -> None:
        steps = list(ProcessStep.objects.filter(process=row))
        if steps:
            assert row.status in RESTS[StepStatus(steps[-1].status)], (row.status, steps[-1].status)
            assert row.last_step in (steps[-1].name, steps[-1].state.get(SUB_STEP))
        else:
            assert row.status in RUNNABLE
        if row.pk in self.aborted:
            assert row.status in (ProcessStatus.ABORTED, ProcessStatus.COMPLETED)
        done = Counter(step.name for step in steps if step.status in (StepStatus.SUCCESS, StepStatus.COMPLETE))
        assert max(done.values(), default=1) == 1, "a step was committed twice"
        # The result of the step that an abort interrupted is not kept.
        lost = {0, 1} if row.status is ProcessStatus.ABORTED or row.pk in self.watch.inside else {0}
        ran = sum(times for (process_id, _), times in self.watch.begun.items() if process_id == row.pk)
        kept = sum(1 + step.state.get("retries", 0) for step in steps if step.name in WATCHED)
        assert ran - kept in lost, f"{ran} steps ran and {kept} were kept"


def _token_of(process_id: UUID) -> str:
    last = ProcessStep.objects.filter(process=process_id).last()
    return "none" if last is None else str(last.state.get(CALLBACK_TOKEN_KEY, "none"))


def _count_left_groups() -> int:
    rows = ProcessStep.objects.filter(name=GROUP, status=StepStatus.SUCCESS)
    return sum(SUB_STEP not in row.state for row in rows)


def _count_recorded(kind: ChangeKind) -> int:
    return ChangeLogEntry.objects.filter(kind=kind).count()


@pytest.fixture
def new_watch(executor: str, configure: Callable[..., None]) -> Callable[[], Watch]:
    """Return a function that makes workflows of the same names anew; there are runners enough for all."""
    configure(max_workers=RUNNERS, lease_seconds=60)

    def make() -> Watch:
        for key in KEYS:
            WORKFLOWS.remove(key)
        watch = Watch()
        watch.define_workflows()
        return watch

    return make


@pytest.mark.parametrize("executor", ["threadpool"], indirect=True)
def test_whatever_is_asked_for_at_once_the_engine_keeps_its_promises(
    new_watch: Callable[[], Watch],
) -> None:
    run_state_machine_as_test(
        partial(EngineMachine, new_watch),  # type: ignore[arg-type]  # any function that makes one will do
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="CI" in os.environ,
            print_blob=True,
            # What threads do is no function of the acts: a smaller example may not fail.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
