"""The engine's status follows from the lock and the number of running processes alone."""

import pytest

from settings.engine_status import EngineStatus, GlobalStatus

TABLE = [
    (False, 0, "RUNNING"),
    (False, 3, "RUNNING"),
    (True, 3, "PAUSING"),
    (True, 1, "PAUSING"),
    (True, 0, "PAUSED"),
]
IDS = [f"{'locked' if locked else 'unlocked'}-{running}-running" for locked, running, _ in TABLE]


@pytest.mark.parametrize(("locked", "running", "status"), TABLE, ids=IDS)
def test_the_status_is_that_of_the_contract(locked: bool, running: int, status: str) -> None:
    assert EngineStatus(global_lock=locked, running_processes=running).global_status == status


@pytest.mark.parametrize(("locked", "running", "status"), TABLE, ids=IDS)
def test_the_body_has_the_contracts_keys_in_its_order(locked: bool, running: int, status: str) -> None:
    body = EngineStatus(global_lock=locked, running_processes=running).body()
    assert list(body.items()) == [("global_lock", locked), ("global_status", status), ("running_processes", running)]


def test_statuses_are_those_of_the_contract() -> None:
    assert [status.value for status in GlobalStatus] == ["RUNNING", "PAUSING", "PAUSED"]
