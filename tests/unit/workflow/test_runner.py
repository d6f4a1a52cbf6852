"""The runner: order, hand-over of the state, when it stops, what becomes of exceptions."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from processes.workflow import State, abort, begin, conditional, done, init, inputstep, retrystep, step
from processes.workflow.enums import Assignee
from processes.workflow.results import Abort, Complete, Failed, Result, Skipped, Success, Suspend, Waiting
from processes.workflow.runner import Executed, execute, run
from processes.workflow.steps import Step, StepList


@dataclass
class Journal:
    """A report that remembers; ``replace`` stands in for what it was given."""

    replace: Callable[[Result], Result] = lambda result: result
    entries: list[tuple[str, Result]] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)

    def __call__(self, executed: Executed) -> Result:
        self.entries.append((executed.part.name, executed.result))
        self.times.append(executed.started_at)
        return self.replace(executed.result)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.entries]


def always() -> bool:
    return True


def adds(key: str) -> Step:
    return step(f"Add {key}")(lambda: {key: True})


def raises(error: BaseException, *, retryable: bool = False) -> Step:
    def fail() -> State:
        raise error

    return (retrystep if retryable else step)("Raise")(fail)


class TestOrder:
    def test_steps_run_one_after_the_other_and_each_is_reported_once(self) -> None:
        journal = Journal()
        run(init >> adds("a") >> adds("b") >> done, {}, report=journal, may_go_on=always)
        assert journal.names == ["Start", "Add a", "Add b", "Done"]

    def test_each_step_gets_the_state_that_the_one_before_left(self) -> None:
        journal = Journal()
        run(adds("a") >> adds("b") >> done, {"at": "start"}, report=journal, may_go_on=always)
        states: list[Result] = [
            Success({"at": "start", "a": True}),
            Success({"at": "start", "a": True, "b": True}),
            Complete({"at": "start", "a": True, "b": True}),
        ]
        assert [result for _, result in journal.entries] == states

    def test_a_skipped_step_hands_on_its_state(self) -> None:
        journal = Journal()
        never = conditional(lambda state: False)
        run(adds("a") >> never(adds("b")) >> done, {}, report=journal, may_go_on=always)
        results = [result for _, result in journal.entries]
        assert results == [Success({"a": True}), Skipped({"a": True}), Complete({"a": True})]

    def test_a_step_is_reported_before_the_next_one_runs(self) -> None:
        order: list[str] = []

        def report(executed: Executed) -> Result:
            order.append(f"reported {executed.step.name}")
            return executed.result

        def noting(name: str) -> Step:
            return step(name)(lambda: order.append(f"ran {name}"))

        run(noting("one") >> noting("two"), {}, report=report, may_go_on=always)
        assert order == ["ran one", "reported one", "ran two", "reported two"]

    def test_without_steps_nothing_is_reported_or_asked(self) -> None:
        journal = Journal()
        run(begin, {}, report=journal, may_go_on=lambda: pytest.fail("asked"))
        assert journal.entries == []

    def test_the_given_state_is_not_changed(self) -> None:
        state: State = {"at": "start"}
        run(adds("a") >> done, state, report=Journal(), may_go_on=always)
        assert state == {"at": "start"}


ask = inputstep("Ask", assignee=Assignee.NOC)(lambda: None)
ERROR = ValueError("no")


class TestStop:
    @pytest.mark.parametrize(
        ("ending", "result"),
        [
            pytest.param(ask, Suspend({"a": True}), id="suspend"),
            pytest.param(raises(ERROR), Failed(ERROR), id="failed"),
            pytest.param(raises(ERROR, retryable=True), Waiting(ERROR), id="waiting"),
            pytest.param(done, Complete({"a": True}), id="complete"),
            pytest.param(abort, Abort({"a": True}), id="abort"),
        ],
    )
    def test_no_step_runs_after_any_result_but_success_and_skipped(self, ending: Step, result: Result) -> None:
        journal = Journal()
        run(adds("a") >> ending >> adds("b"), {}, report=journal, may_go_on=always)
        assert journal.entries[1:] == [(ending.name, result)]

    @pytest.mark.parametrize("answers", [0, 1, 2], ids=["at-once", "after-one", "after-two"])
    def test_no_step_runs_once_it_may_not_go_on(self, answers: int) -> None:
        journal, left = Journal(), iter([True] * answers + [False])
        run(adds("a") >> adds("b") >> adds("c"), {}, report=journal, may_go_on=lambda: next(left))
        assert journal.names == ["Add a", "Add b", "Add c"][:answers]

    def test_it_asks_before_each_step_with_the_ones_before_reported(self) -> None:
        journal = Journal()
        asked_after: list[list[str]] = []

        def may_go_on() -> bool:
            asked_after.append(journal.names)
            return True

        run(adds("a") >> adds("b") >> done, {}, report=journal, may_go_on=may_go_on)
        assert asked_after == [[], ["Add a"], ["Add a", "Add b"]]

    @pytest.mark.parametrize(
        "kept",
        [Failed(ERROR), Waiting(ERROR), Suspend({}), Complete({}), Abort({})],
        ids=lambda result: type(result).__name__,
    )
    def test_a_result_that_was_kept_as_another_stops_as_that_one(self, kept: Result) -> None:
        journal = Journal(replace=lambda result: kept)
        run(adds("a") >> adds("b"), {}, report=journal, may_go_on=always)
        assert journal.names == ["Add a"]

    @pytest.mark.parametrize("kept", [Success, Skipped])
    def test_a_result_that_was_kept_with_another_state_hands_that_one_on(self, kept: Callable[[State], Result]) -> None:
        journal = Journal(replace=lambda result: kept({"kept": 1}))
        run(StepList([raises(ERROR)]) >> adds("b"), {}, report=journal, may_go_on=always)
        assert journal.entries == [("Raise", Failed(ERROR)), ("Add b", Success({"kept": 1, "b": True}))]


class TestRaising:
    def test_what_the_report_raises_ends_the_run_and_is_passed_on(self) -> None:
        reported: list[str] = []

        def report(executed: Executed) -> Result:
            reported.append(executed.step.name)
            raise LookupError("lease lost")

        with pytest.raises(LookupError, match="lease lost"):
            run(adds("a") >> adds("b"), {}, report=report, may_go_on=always)
        assert reported == ["Add a"]

    def test_what_may_go_on_raises_ends_the_run_and_is_passed_on(self) -> None:
        def may_go_on() -> bool:
            raise LookupError("database away")

        journal = Journal()
        with pytest.raises(LookupError, match="database away"):
            run(adds("a") >> adds("b"), {}, report=journal, may_go_on=may_go_on)
        assert journal.entries == []


class OwnError(BaseException):
    """Not an ``Exception``, as some libraries' control flow is not."""


RAISED: list[type[BaseException]] = [
    ValueError,
    AssertionError,
    KeyError,
    RecursionError,
    StopIteration,
    SystemExit,
    asyncio.CancelledError,
    OwnError,
]


class TestExecute:
    @pytest.mark.parametrize("kind", RAISED)
    def test_whatever_a_step_raises_makes_it_fail(self, kind: type[BaseException]) -> None:
        error = kind("no")
        assert execute(raises(error), {}) == Failed(error)

    @pytest.mark.parametrize("kind", RAISED)
    def test_whatever_a_retrystep_raises_makes_it_wait(self, kind: type[BaseException]) -> None:
        error = kind("no")
        assert execute(raises(error, retryable=True), {}) == Waiting(error)

    def test_an_interrupt_from_the_keyboard_is_not_the_steps_and_is_passed_on(self) -> None:
        with pytest.raises(KeyboardInterrupt):
            execute(raises(KeyboardInterrupt()), {})

    def test_a_missing_key_makes_it_fail_with_the_keys_name(self) -> None:
        match execute(step("Needy")(lambda label: {}), {}):
            case Failed(error=error):
                assert "'label'" in str(error)
            case other:
                pytest.fail(f"{other} is no failure")

    def test_a_value_without_json_form_makes_it_fail(self) -> None:
        assert isinstance(execute(step("Keep")(lambda: {"it": object()}), {}), Failed)

    def test_a_failing_predicate_makes_its_step_fail(self) -> None:
        (guarded,) = conditional(lambda state: state["wanted"])(adds("a"))
        assert isinstance(execute(guarded, {}), Failed)

    def test_a_traceback_names_the_step_function(self) -> None:
        result = execute(raises(ValueError("no")), {})
        assert isinstance(result, Failed)
        frames = []
        frame = result.error.__traceback__
        while frame is not None:
            frames.append(frame.tb_frame.f_code.co_name)
            frame = frame.tb_next
        assert frames[-1] == "fail"


def test_the_start_of_each_step_is_measured_in_utc_before_it_runs() -> None:
    journal = Journal()
    ran_at: list[datetime] = []
    stamp = step("Stamp")(lambda: ran_at.append(datetime.now(UTC)))
    before = datetime.now(UTC)
    run(stamp >> stamp, {}, report=journal, may_go_on=always)
    assert [moment.utcoffset() for moment in journal.times] == [timedelta(0)] * 2
    assert before <= journal.times[0] <= ran_at[0] <= journal.times[1] <= ran_at[1]
