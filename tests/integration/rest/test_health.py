"""``GET /api/health/``: REST contract, section 7."""

from contextlib import AbstractContextManager

import pytest
from django.db import OperationalError

from events import health
from events.broadcast_thread import broadcast_thread
from processes import executor_host
from tests.integration.rest.api import Api, problem


class AbsentDatabase:
    """Stands in for a connection whose server is away."""

    def cursor(self) -> AbstractContextManager[object]:
        raise OperationalError("connection refused")


def test_a_healthy_server_answers_ok(api: Api) -> None:
    answer = api.get("/api/health/")

    assert (answer.status, answer.body) == (200, "OK")


def test_a_broken_fast_path_is_degraded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast_thread, "probe", lambda timeout_seconds: "channel layer unreachable")

    answer = api.get("/api/health/")

    assert answer.status == 200
    assert answer.body == {"status": "degraded", "reasons": ["channel layer unreachable"]}


def test_a_broken_part_of_the_engine_is_degraded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_list_engine_faults", lambda: ["reconciler fails (OperationalError)"])

    answer = api.get("/api/health/")

    assert answer.body == {"status": "degraded", "reasons": ["reconciler fails (OperationalError)"]}


def test_the_engine_says_what_is_wrong_with_it() -> None:
    assert health._list_engine_faults == executor_host.list_faults


def test_a_database_that_does_not_answer_is_an_error(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "connection", AbsentDatabase())

    answer = api.get("/api/health/")

    assert answer.status == 500
    assert answer.body == problem(500, "Internal Server Error", "The database does not answer")


def test_a_server_without_database_is_alive(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "connection", AbsentDatabase())

    answer = api.get("/api/health/live")

    assert (answer.status, answer.body) == (200, "OK")
