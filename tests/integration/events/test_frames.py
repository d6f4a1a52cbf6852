"""What happens to a process or the engine → which frames on the three channels (``docs/messages.md``)."""

import json
import re
from collections.abc import Awaitable, Callable, Generator
from typing import Any
from uuid import UUID

import pytest
from pydantic_forms.core import FormPage
from pydantic_forms.exceptions import FormException

from events.changes import Change, ChangeKind
from orchestrator_ws.errors import OrchestratorError
from processes import operations
from processes.workflow import Assignee, State, begin, done, init, inputstep, retrystep, step, workflow
from settings import operations as engine_operations
from tests.integration.events.clients import (
    END_ID,
    END_OF_EVENTS,
    END_OF_PROCESSES,
    ENGINE_SETTINGS,
    EVENTS,
    PROCESSES,
    Client,
    letters,
    record_end,
    tag_of,
)
from tests.integration.events.writing import acommit, in_thread

pytestmark = pytest.mark.usefixtures("slow_log", "forget_workflows", "example_workflows")

PROCESS_KEYS = [
    "process_id",
    "product_id",
    "customer_id",
    "assignee",
    "last_status",
    "last_step",
    "is_task",
    "workflow_id",
    "workflow_name",
    "workflow_target",
    "failed_reason",
    "created_by",
    "started_at",
    "traceback",
    "last_modified_at",
    "product",
    "subscriptions",
    "steps",
    "form",
    "current_state",
    "id",
    "pid",
    "workflow",
    "status",
    "step",
    "started",
    "last_modified",
    "customer",
]
EXECUTED_KEYS = ["name", "executed", "status", "state", "created_by", "step_id", "stepid", "state_delta"]
ISO_WHOLE_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")

faults: list[Exception] = []
"""What the faulty steps raise, first one first; they succeed once it is empty."""


def raise_next_fault() -> None:
    if faults:
        raise faults.pop(0)


@pytest.fixture
def example_workflows() -> None:
    """Register the workflows of this file; ``forget_workflows`` takes them out again."""

    @step("Prepare")
    def prepare() -> State:
        return {"label": "Zürich-Genève"}

    @inputstep("Ask", assignee=Assignee.NOC)
    def ask() -> Generator[type[FormPage], Any, State]:
        class Page(FormPage):
            change_number: str

        page = yield Page
        return dict(page.model_dump())

    @step("After")
    def after(change_number: str) -> State:
        return {"after": change_number}

    @step("Fail")
    def fail() -> State:
        raise_next_fault()
        return {}

    @retrystep("Wait")
    def wait() -> State:
        raise_next_fault()
        return {}

    @step("Lock")
    def lock() -> State:
        engine_operations.set_global_lock(True)
        return {}

    @workflow()
    def asking() -> Any:
        return begin >> init >> prepare >> ask >> after >> done

    @workflow()
    def failing() -> Any:
        return begin >> init >> fail >> done

    @workflow()
    def waiting() -> Any:
        return begin >> init >> wait >> done

    @workflow()
    def locking() -> Any:
        return begin >> init >> lock >> done

    @workflow(is_task=True)
    def cleaning() -> Any:
        return begin >> init >> done

    faults.clear()


class Browser:
    """One client on each channel."""

    def __init__(self, events: Client, engine: Client, processes: Client) -> None:
        self._events, self._engine, self._processes = events, engine, processes
        self.events: list[str] = []
        self.engine: list[dict[str, Any]] = []
        self.processes: list[dict[str, Any]] = []
        self.texts: list[str] = []

    async def look(self) -> str:
        """Read everything up to now and return the frames of ``events`` in letters."""
        await record_end()
        self.texts = (await self._processes.frames_until(END_OF_PROCESSES))[:-1]
        self.processes = [json.loads(text)["process"] for text in self.texts]
        engine = (await self._engine.ping_answers())[:-1]
        self.engine = [json.loads(text)["engine-status"] for text in engine]
        self.events = await self._events.frames_until(END_OF_EVENTS)
        return letters(self.events)


@pytest.fixture
async def browser(connect: Callable[..., Awaitable[Client]]) -> Browser:
    """Watch all three channels from now on."""
    clients = [await connect(path) for path in (EVENTS, ENGINE_SETTINGS, PROCESSES)]
    await clients[1].frame()
    return Browser(*clients)


async def start(key: str) -> UUID:
    return await in_thread(lambda: operations.start_process(key, [{}], "SYSTEM"))


async def resume(process_id: UUID, *pages: State) -> None:
    await in_thread(lambda: operations.resume_process(process_id, list(pages), "SYSTEM"))


async def abort(process_id: UUID) -> None:
    await in_thread(lambda: operations.abort_process(process_id, "SYSTEM"))


async def set_lock(locked: bool) -> None:
    await in_thread(lambda: engine_operations.set_global_lock(locked))


# Processes.


async def test_a_start_up_to_an_input_step(browser: Browser) -> None:
    await start("asking")

    # created, running, then Start, Prepare, Ask
    assert await browser.look() == "L I L I L I L I L I"
    assert len(browser.processes) == 3
    assert browser.processes[-1]["last_status"] == "suspended"
    assert browser.engine == []


async def test_the_frames_of_a_process_carry_its_id(browser: Browser) -> None:
    process_id = await start("cleaning")

    await browser.look()
    own = {tag_of(text)[1] for text in browser.events} - {None, "LIST", str(END_ID)}
    assert own == {str(process_id)}


async def test_a_resume_with_input(browser: Browser) -> None:
    process_id = await start("asking")
    await browser.look()

    await resume(process_id, {"change_number": "CHG1"})

    # the resume, then Ask, After, Done
    assert await browser.look() == "C L I L I L I L I"
    assert len(browser.processes) == 3
    assert browser.processes[-1]["last_status"] == "completed"


@pytest.mark.parametrize("page", [{}, {"change_number": "x", "more": 1}], ids=["incomplete", "unknown field"])
async def test_a_refused_resume_sends_nothing(browser: Browser, page: State) -> None:
    process_id = await start("asking")
    await browser.look()

    with pytest.raises(FormException):
        await resume(process_id, page)

    assert await browser.look() == ""
    assert (browser.processes, browser.engine) == ([], [])


async def test_a_resume_of_a_completed_process_sends_nothing(browser: Browser) -> None:
    process_id = await start("cleaning")
    await browser.look()

    with pytest.raises(OrchestratorError):
        await resume(process_id)

    assert await browser.look() == ""


async def test_a_refused_start_sends_nothing(browser: Browser) -> None:
    with pytest.raises(OrchestratorError):
        await start("no_such_workflow")

    assert await browser.look() == ""
    assert browser.processes == []


async def test_a_start_refused_by_the_lock_sends_nothing(browser: Browser) -> None:
    await set_lock(True)
    await browser.look()

    with pytest.raises(OrchestratorError):
        await start("cleaning")

    assert await browser.look() == ""


async def test_a_step_that_fails(browser: Browser) -> None:
    faults.append(ValueError("disk full"))

    await start("failing")

    assert await browser.look() == "L I L I L I L I C"
    assert len(browser.processes) == 2
    assert browser.processes[-1]["failed_reason"] == "disk full"


async def test_a_retry_that_fails_again(browser: Browser) -> None:
    faults.extend([ValueError("disk full"), ValueError("disk full")])
    process_id = await start("failing")
    await browser.look()

    await resume(process_id)

    assert await browser.look() == "C L I L I C"
    assert len(browser.processes) == 1


async def test_a_retry_that_succeeds(browser: Browser) -> None:
    faults.append(ValueError("disk full"))
    process_id = await start("failing")
    await browser.look()

    await resume(process_id)

    assert await browser.look() == "C L I L I L I"
    assert len(browser.processes) == 2
    assert browser.processes[-1]["failed_reason"] is None


async def test_a_step_that_waits_to_be_retried(browser: Browser) -> None:
    faults.append(ValueError("not yet"))

    await start("waiting")

    assert await browser.look() == "L I L I L I L I"
    assert browser.processes[-1]["last_status"] == "waiting"


async def test_an_abort_of_a_suspended_process(browser: Browser) -> None:
    process_id = await start("asking")
    await browser.look()

    await abort(process_id)

    assert await browser.look() == "L I C"
    assert [(frame["last_status"], frame["last_step"]) for frame in browser.processes] == [("aborted", "User Aborted")]


@pytest.mark.parametrize("end", ["completed", "aborted"])
async def test_an_abort_of_a_process_at_its_end(browser: Browser, end: str) -> None:
    process_id = await start("cleaning" if end == "completed" else "asking")
    if end == "aborted":
        await abort(process_id)
    await browser.look()

    await abort(process_id)

    assert await browser.look() == "C"
    assert browser.processes == []


async def test_a_deleted_task(browser: Browser) -> None:
    process_id = await start("cleaning")
    await browser.look()

    await in_thread(lambda: operations.delete_task(process_id))

    assert await browser.look() == "C L I"
    assert browser.texts == [f'{{"process":{{"id":"{process_id}","status":"aborted"}}}}']


async def test_a_note(browser: Browser) -> None:
    process_id = await start("asking")
    await browser.look()

    await in_thread(lambda: operations.set_note(process_id, "call desk first"))

    assert await browser.look() == "L I"
    assert browser.processes == []


async def test_a_sequence_on_several_processes_keeps_the_order_of_each(browser: Browser) -> None:
    first = await start("asking")
    second = await start("asking")
    await abort(first)
    await resume(second, {"change_number": "CHG1"})

    await browser.look()

    of_each = [
        [frame["last_status"] for frame in browser.processes if frame["process_id"] == str(process_id)][-1]
        for process_id in (first, second)
    ]
    assert of_each == ["aborted", "completed"]
    assert len(browser.processes) == 3 + 3 + 1 + 3


# A change that only a later part of the product makes.


async def test_a_subscription(browser: Browser) -> None:
    await acommit(Change(ChangeKind.SUBSCRIPTIONS), Change(ChangeKind.SUBSCRIPTION, UUID(int=1)))

    assert await browser.look() == "Sa Sl Si"


# The engine.


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (False, True, "PAUSED"),
        (True, False, "RUNNING"),
        (True, True, "PAUSED"),
        (False, False, "RUNNING"),
    ],
    ids=["lock", "unlock", "lock again", "unlock again"],
)
async def test_a_lock_or_unlock(browser: Browser, before: bool, after: bool, status: str) -> None:
    await set_lock(before)
    await browser.look()

    await set_lock(after)

    assert await browser.look() == "G"
    assert browser.engine == [{"global_lock": after, "global_status": status, "running_processes": 0}]
    assert list(browser.engine[0]) == ["global_lock", "global_status", "running_processes"]


async def test_a_lock_while_a_step_runs_and_the_end_of_that_step(browser: Browser) -> None:
    await start("locking")

    # created, running, Start; the lock; the step that was running; paused
    assert await browser.look() == "L I L I L I G L I G"
    assert len(browser.engine) == 2
    assert browser.engine[-1] == {"global_lock": True, "global_status": "PAUSED", "running_processes": 0}


async def test_an_unlock_resumes_what_stands_still(browser: Browser) -> None:
    await start("locking")
    await browser.look()

    await set_lock(False)

    # the unlock; the process resumed; Done
    assert await browser.look() == "G L I L I"
    assert browser.processes[-1]["last_status"] == "completed"
    assert len(browser.engine) == 1


# The process object.


async def test_the_process_object_has_exactly_the_documented_keys_in_their_order(browser: Browser) -> None:
    await start("asking")

    await browser.look()
    assert [list(frame) for frame in browser.processes] == [PROCESS_KEYS] * 3


async def test_a_frame_has_exactly_one_key_and_is_compact(browser: Browser) -> None:
    await start("asking")

    await browser.look()
    for text in browser.texts:
        assert list(json.loads(text)) == ["process"]
        assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    assert "Zürich-Genève" in browser.texts[-1]


@pytest.mark.parametrize("key", ["started_at", "last_modified_at", "started", "last_modified"])
async def test_dates_are_iso_8601_in_utc_with_whole_seconds(browser: Browser, key: str) -> None:
    await start("asking")

    await browser.look()
    assert ISO_WHOLE_SECONDS.fullmatch(browser.processes[-1][key])


async def test_the_old_names_have_the_values_of_the_new_ones(browser: Browser) -> None:
    process_id = await start("asking")

    await browser.look()
    frame = browser.processes[-1]
    assert frame["process_id"] == frame["id"] == frame["pid"] == str(process_id)
    assert (frame["workflow"], frame["status"], frame["step"]) == ("asking", "suspended", "Ask")
    assert (frame["workflow_name"], frame["last_status"], frame["last_step"]) == ("asking", "suspended", "Ask")
    assert (frame["started"], frame["last_modified"]) == (frame["started_at"], frame["last_modified_at"])
    assert frame["customer"] is frame["customer_id"] is None


async def test_a_suspended_step_is_shown_executed_and_pending(browser: Browser) -> None:
    await start("asking")

    await browser.look()
    shown = [(row["name"], row["status"]) for row in browser.processes[-1]["steps"]]
    assert shown == [
        ("Start", "success"),
        ("Prepare", "success"),
        ("Ask", "suspend"),
        ("Ask", "pending"),
        ("After", "pending"),
        ("Done", "pending"),
    ]


async def test_executed_and_pending_steps_have_exactly_the_documented_keys(browser: Browser) -> None:
    await start("asking")

    await browser.look()
    keys = [list(row) for row in browser.processes[-1]["steps"]]
    assert keys == [EXECUTED_KEYS] * 3 + [["name", "status"]] * 3


async def test_the_time_of_an_executed_step_is_a_float(browser: Browser) -> None:
    await start("asking")

    await browser.look()
    row = browser.processes[-1]["steps"][0]
    assert isinstance(row["executed"], float)
    assert row["step_id"] == row["stepid"]


async def test_the_form_is_that_of_the_pending_input_step(browser: Browser) -> None:
    await start("asking")

    await browser.look()
    form = browser.processes[-1]["form"]
    assert list(form["properties"]) == ["change_number"]


async def test_a_process_without_pending_form_has_none(browser: Browser) -> None:
    await start("cleaning")

    await browser.look()
    assert browser.processes[-1]["form"] is None


async def test_a_failed_process_keeps_its_last_good_state(browser: Browser) -> None:
    faults.append(ValueError("disk full"))

    process_id = await start("failing")

    await browser.look()
    frame = browser.processes[-1]
    assert frame["current_state"]["process_id"] == str(process_id)
    assert "ValueError: disk full" in frame["traceback"]
    assert (
        frame["steps"][1]["state"] == frame["steps"][1]["state_delta"] == {"class": "ValueError", "error": "disk full"}
    )
