"""Workflows whose steps are watched: what begins is noted, a gate holds some, others fail, ask or wait."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from processes.models import Process
from processes.workflow import Step, callback_step, retrystep, step
from settings.engine_status import GlobalStatus
from settings.queries import get_engine_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define
from tests.waiting import TIMEOUT_SECONDS

KEYS = ("gated", "gated_task", "asking", "failing", "failing_task", "waiting", "calling")
WATCHED = frozenset({"Work", "Gate", "After", "Fail", "Wait"})
"""The names of the steps that are."""

GROUP = "Call"
"""The name of the step that is a group: it awaits a callback."""


class Watch:
    """What the steps of all runners do, and when they may; any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # How often each step of each process has begun.
        self.begun: Counter[tuple[UUID, str]] = Counter()
        # The processes in the middle of a step, and those of them that wait at their gate.
        self.inside: set[UUID] = set()
        self._at_gate: set[UUID] = set()
        self._open: set[UUID] = set()
        self._all_open = False
        # What must never be, in sentences.
        self.violations: list[str] = []

    @property
    def held(self) -> set[UUID]:
        """The processes that wait at a gate which is closed."""
        with self._changed:
            return set() if self._all_open else self._at_gate - self._open

    def open_gate(self, process_id: UUID) -> None:
        """Let the process go on, now or when it comes to its gate."""
        with self._changed:
            self._open.add(process_id)
            self._changed.notify_all()

    def open_all(self) -> None:
        """Hold nobody and let nothing fail from now on."""
        with self._changed:
            self._all_open = True
            self._changed.notify_all()

    def define_workflows(self) -> None:
        """Register the workflows of ``KEYS``."""
        work, after = self._step("Work"), self._step("After")
        gated = self._step("Gate", self._wait_at_gate)
        define("gated", work, gated, after)
        define("gated_task", work, gated, after, is_task=True)
        define("asking", work, ask_ticket, after)
        define("failing", self._step("Fail", self._fail_first), after)
        define("failing_task", self._step("Fail", self._fail_first), after, is_task=True)
        define("calling", work, callback_step(GROUP, adding("Order"), adding("Validate")), after)
        define("waiting", self._step("Wait", self._fail_first, decorate=retrystep), after)

    def _step(
        self,
        name: str,
        work: Callable[[UUID], None] = lambda _: None,
        decorate: Callable[[str], Callable[[Callable[..., None]], Step]] = step,
    ) -> Step:
        @decorate(name)
        def watched(process_id: UUID) -> None:
            with self._inside(process_id, name):
                work(process_id)

        return watched

    @contextmanager
    def _inside(self, process_id: UUID, name: str) -> Iterator[None]:
        with self._changed:
            if process_id in self.inside:
                self.violations.append(f"two runners execute process {process_id}")
            self.inside.add(process_id)
            self.begun[process_id, name] += 1
        paused = get_engine_status().global_status is GlobalStatus.PAUSED
        # One that was deleted, its lease with it, ends its step unseen.
        if paused and Process.objects.filter(pk=process_id).exists():
            self.violations.append(f"{name} of process {process_id} runs while the engine is paused")
        try:
            yield
        finally:
            with self._changed:
                self.inside.discard(process_id)

    def _wait_at_gate(self, process_id: UUID) -> None:
        with self._changed:
            self._at_gate.add(process_id)
            opened = self._changed.wait_for(
                lambda: self._all_open or process_id in self._open, timeout=2 * TIMEOUT_SECONDS
            )
            self._at_gate.discard(process_id)
        assert opened

    def _fail_first(self, process_id: UUID) -> None:
        if process_id not in self._open and not self._all_open:
            raise ConnectionError("until its gate is open")
