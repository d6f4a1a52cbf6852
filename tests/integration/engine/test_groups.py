"""Step groups on a real database: one row, frames per sub-step, and where a group goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from processes import execution, leases, operations
from processes.models import Process, ProcessStep
from processes.queries import get_process_detail
from processes.serializers import detail_body
from processes.statuses import ProcessStatus
from processes.step_log import log_step
from processes.workflow import Step, begin, conditional, retrystep, step, step_group
from tests.integration.engine.stored_processes import expire_lease, settled, steps_of, store_process
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, calling, define, raising


def start(key: str, status: ProcessStatus) -> Process:
    return settled(operations.start_process(key, [{}], "SYSTEM"), status)


def failing_once(name: str, errors: list[Exception], decorate: Any = step) -> Step:
    """Return a step that raises each of the errors once."""

    def work() -> dict[str, bool]:
        if errors:
            raise errors.pop()
        return {"worked": True}

    made: Step = decorate(name)(work)
    return made


def group_row(process: Process) -> ProcessStep:
    return process.steps.filter(name="Group").latest("pk")


def test_a_group_is_one_row_and_a_pair_of_frames_per_sub_step(executor: str, recorded: Callable[[], str]) -> None:
    define("grouped", step_group("Group", adding("One", one=1) >> adding("Two", two=2)))

    process = start("grouped", ProcessStatus.COMPLETED)

    assert steps_of(process.pk) == [("Start", "success"), ("Group", "success"), ("Done", "complete")]
    state = group_row(process).state
    assert (state["one"], state["two"]) == (1, 2)
    assert not [key for key in state if key.startswith("__")]
    # created, running, Start, then Enter, One, Two, Exit and the group itself, then Done
    assert recorded() == " ".join(["L I"] * (2 + 1 + 5 + 1))


def test_while_inside_the_row_says_where_and_takes_the_place_of_the_pending_step(executor: str) -> None:
    seen: list[dict[str, Any]] = []

    @step("Look")
    def look(process_id: str) -> None:
        seen.append(detail_body(get_process_detail(process_id)))  # type: ignore[arg-type]  # Django takes the text

    define("grouped", step_group("Group", adding("One", one=1) >> look))

    start("grouped", ProcessStatus.COMPLETED)

    (body,) = seen
    assert [(row["name"], row["status"]) for row in body["steps"]] == [
        ("Start", "success"),
        ("Group", "success"),
        ("Done", "pending"),
    ]
    assert (body["last_step"], body["last_status"]) == ("One", "running")
    assert body["current_state"]["__step_group"] == "Group"
    assert body["current_state"]["__sub_step"] == "One"
    assert body["steps"][1]["state_delta"] == {"one": 1, "__step_group": "Group", "__sub_step": "One"}


@pytest.mark.parametrize(("decorate", "status"), [(step, "failed"), (retrystep, "waiting")])
def test_a_group_that_fails_shows_the_error_and_goes_on_after_its_last_good_step(
    decorate: Any, status: str, executor: str, recorded: Callable[[], str]
) -> None:
    ran: list[int] = []
    broken = failing_once("Two", [ValueError("disk full")], decorate)
    define("grouped", step_group("Group", calling("One", lambda: ran.append(1)) >> broken))

    process = start("grouped", ProcessStatus(status))

    assert steps_of(process.pk) == [("Start", "success"), ("Group", status)]
    assert group_row(process).state == {"class": "ValueError", "error": "disk full"}
    assert (process.last_step, process.failed_reason) == ("Group", "disk full")
    assert recorded() == " ".join(["L I"] * (2 + 1 + 4)) + (" C" if status == "failed" else "")
    at = get_process_detail(process.pk).progress
    assert at.current_state["__sub_step"] == "One"

    operations.resume_process(process.pk, [], "SYSTEM")

    process = settled(process.pk, ProcessStatus.COMPLETED)
    assert ran == [1]
    assert steps_of(process.pk)[1:] == [("Group", status), ("Group", "success"), ("Done", "complete")]
    assert group_row(process).state["worked"]
    # resumed, then Two, Exit and the group, then Done
    assert recorded() == "C L I " + " ".join(["L I"] * 4)


def test_a_group_that_fails_the_same_way_again_is_counted_on_its_row(executor: str) -> None:
    define("grouped", step_group("Group", adding("One") >> raising("Two", lambda: ValueError("disk full"))))
    process = start("grouped", ProcessStatus.FAILED)

    for retries in (1, 2):
        operations.resume_process(process.pk, [], "SYSTEM")
        process = settled(process.pk, ProcessStatus.FAILED)
        assert group_row(process).state["retries"] == retries

    assert steps_of(process.pk) == [("Start", "success"), ("Group", "failed")]
    assert get_process_detail(process.pk).progress.current_state["__sub_step"] == "One"


def test_an_input_step_inside_suspends_the_group_and_its_form_is_asked_for(
    executor: str, recorded: Callable[[], str]
) -> None:
    group = step_group("Group", begin >> adding("One") >> ask_ticket >> adding("Two"))
    define("grouped", group)

    process = start("grouped", ProcessStatus.SUSPENDED)

    detail = get_process_detail(process.pk)
    assert detail.form is not None
    assert list(detail.form["properties"]) == ["number"]
    assert [(row["name"], row["status"]) for row in detail_body(detail)["steps"]][1:] == [
        ("Group", "suspend"),
        ("Group", "pending"),
        ("Done", "pending"),
    ]
    assert (process.last_step, process.assignee) == ("Group", "NOC")
    recorded()

    operations.resume_process(process.pk, [{"number": 7}], "jane")

    process = settled(process.pk, ProcessStatus.COMPLETED)
    assert steps_of(process.pk)[1:] == [("Group", "suspend"), ("Group", "success"), ("Done", "complete")]
    assert group_row(process).state["number"] == 7
    # resumed, then the group with its input, Two, Exit and the group, then Done
    assert recorded() == "C L I " + " ".join(["L I"] * 5)


def test_without_its_forms_extracted_a_group_goes_on_without_input(executor: str) -> None:
    define("grouped", step_group("Group", ask_ticket, extract_form=False))
    process = start("grouped", ProcessStatus.SUSPENDED)
    assert get_process_detail(process.pk).form is None

    operations.resume_process(process.pk, [], "SYSTEM")

    settled(process.pk, ProcessStatus.COMPLETED)


def test_a_group_that_is_not_wanted_is_one_skipped_row(executor: str, recorded: Callable[[], str]) -> None:
    define("grouped", *conditional(lambda state: False)(step_group("Group", adding("One"))))

    process = start("grouped", ProcessStatus.COMPLETED)

    assert steps_of(process.pk) == [("Start", "success"), ("Group", "skipped"), ("Done", "complete")]
    assert recorded() == " ".join(["L I"] * (2 + 3))


class Killed(BaseException):
    """Ends a runner as the end of its OS process would: it writes nothing any more."""


@pytest.mark.parametrize("logged_before", range(6), ids=lambda count: f"after-{count}")
def test_a_runner_that_is_killed_between_sub_steps_goes_on_from_the_last_one_that_was_committed(
    logged_before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    definition = define(
        "grouped",
        step_group("Group", calling("One", lambda: ran.append("1")) >> calling("Two", lambda: ran.append("2"))),
    )
    left = [None] * logged_before

    def log_until_killed(*arguments: Any) -> None:
        if not left:
            raise Killed
        left.pop()
        log_step(*arguments)

    monkeypatch.setattr(execution, "log_step", log_until_killed)
    monkeypatch.setattr(leases, "release", lambda lease: None)
    process_id = store_process(definition, ProcessStatus.CREATED).pk
    with pytest.raises(Killed):
        execution.run_process(process_id)
    monkeypatch.undo()
    expire_lease(process_id)

    execution.run_process(process_id)

    settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [("Start", "success"), ("Group", "success"), ("Done", "complete")]
    # What ran and was not committed ran again, what was committed did not.
    assert ran.count("1") == (2 if logged_before == 2 else 1)
    assert ran.count("2") == (2 if logged_before == 3 else 1)


def test_an_aborted_group_shows_no_pending_entry_of_its_own(executor: str) -> None:
    define("grouped", step_group("Group", begin >> adding("One") >> ask_ticket))
    process = start("grouped", ProcessStatus.SUSPENDED)

    operations.abort_process(process.pk, "SYSTEM")

    body = detail_body(get_process_detail(process.pk))
    assert [(row["name"], row["status"]) for row in body["steps"]] == [
        ("Start", "success"),
        ("Group", "suspend"),
        ("User Aborted", "abort"),
        ("Done", "pending"),
    ]
