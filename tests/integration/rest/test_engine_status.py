"""``/api/settings/status``: REST contract, section 6."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError

from processes.statuses import ProcessStatus
from settings import operations as engine_operations
from settings import queries as engine_queries
from tests.integration.engine.stored_processes import hold_elsewhere, lock_engine, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, faults, problem

PATH = "/api/settings/status"


def _run_elsewhere(count: int) -> None:
    definition = define("elsewhere", adding("Work"))
    for _ in range(count):
        hold_elsewhere(store_in_status(definition, ProcessStatus.RUNNING))


@pytest.mark.parametrize(
    ("locked", "running", "status"),
    [
        pytest.param(False, 0, "RUNNING", id="unlocked and idle"),
        pytest.param(False, 2, "RUNNING", id="unlocked and busy"),
        pytest.param(True, 2, "PAUSING", id="locked and busy"),
        pytest.param(True, 0, "PAUSED", id="locked and idle"),
    ],
)
def test_the_status_follows_from_lock_and_running_processes(locked: bool, running: int, status: str, api: Api) -> None:
    _run_elsewhere(running)
    if locked:
        lock_engine()

    answer = api.get(PATH)

    assert answer.status == 200
    assert answer.body == {"global_lock": locked, "global_status": status, "running_processes": running}


def test_a_process_that_stands_still_does_not_run(api: Api) -> None:
    definition = define("elsewhere", adding("Work"))
    store_in_status(definition, ProcessStatus.RUNNING)
    hold_elsewhere(store_in_status(definition, ProcessStatus.RUNNING), for_seconds=-1)

    assert api.get(PATH).body["running_processes"] == 0


@pytest.mark.parametrize("value", [True, "true", "yes", "on", "1", 1])
def test_whatever_reads_as_true_locks(value: Any, api: Api, recorded: Callable[[], str]) -> None:
    answer = api.put(PATH, {"global_lock": value})

    assert answer.status == 200
    assert answer.body == {"global_lock": True, "global_status": "PAUSED", "running_processes": 0}
    assert recorded() == "G"


@pytest.mark.parametrize("value", [False, "false", "no", "off", "0", 0])
def test_whatever_reads_as_false_unlocks(value: Any, api: Api, recorded: Callable[[], str]) -> None:
    lock_engine()

    answer = api.put(PATH, {"global_lock": value})

    assert answer.status == 200
    assert answer.body == {"global_lock": False, "global_status": "RUNNING", "running_processes": 0}
    assert recorded() == "G"


@pytest.mark.parametrize("locked", [True, False])
def test_browsers_hear_also_of_a_lock_that_does_not_change(locked: bool, api: Api, recorded: Callable[[], str]) -> None:
    api.put(PATH, {"global_lock": locked})
    recorded()

    answer = api.put(PATH, {"global_lock": locked})

    assert answer.body["global_lock"] is locked
    assert recorded() == "G"


def test_a_lock_while_a_process_runs_is_answered_as_pausing(api: Api) -> None:
    _run_elsewhere(1)

    answer = api.put(PATH, {"global_lock": True})

    assert answer.body == {"global_lock": True, "global_status": "PAUSING", "running_processes": 1}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param({"global_lock": "maybe"}, ("bool_parsing", ["body", "global_lock"], "maybe"), id="maybe"),
        pytest.param({"global_lock": 2}, ("bool_parsing", ["body", "global_lock"], 2), id="two"),
        pytest.param({"global_lock": None}, ("bool_type", ["body", "global_lock"], None), id="null"),
        pytest.param({"global_lock": [True]}, ("bool_type", ["body", "global_lock"], [True]), id="list"),
        pytest.param({"x": 1}, ("missing", ["body", "global_lock"], {"x": 1}), id="missing"),
        pytest.param(None, ("missing", ["body"], None), id="null body"),
    ],
)
def test_anything_else_is_refused_and_changes_nothing(
    body: Any, fault: tuple[str, list[str], Any], api: Api, recorded: Callable[[], str]
) -> None:
    lock_engine()

    answer = api.put(PATH, body)

    assert faults(answer) == [fault[:2]]
    assert answer.body["detail"][0]["input"] == fault[2]
    assert engine_queries.is_locked()
    assert recorded() == ""


def test_a_database_that_refuses_is_told_and_nothing_changes(
    api: Api, recorded: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*changes: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(engine_operations, "record", refuse)

    answer = api.put(PATH, {"global_lock": True})

    assert answer.status == 500
    assert answer.body == problem(
        500,
        "Internal Server Error",
        "Something went wrong while updating the database aborting, possible manual intervention required",
    )
    assert not engine_queries.is_locked()
    assert recorded() == ""
