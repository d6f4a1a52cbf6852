"""``GET /api/health/``: OK, degraded with a reason while the event path is, 500 without a database."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from events import broadcast_thread as broadcast_thread_module
from events import conf, health
from tests.integration.events.layers import DeadLayer, FakeLayer, GatedLayer, HangingLayer
from tests.issuer import Issuer


def use_layer(monkeypatch: pytest.MonkeyPatch, layer: FakeLayer) -> None:
    monkeypatch.setattr(broadcast_thread_module, "get_channel_layer", lambda: layer)


@pytest.mark.parametrize("path", ["/api/health/", "/api/health"])
def test_health_is_ok_while_everything_works(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.content) == (200, b'"OK"')


def test_health_needs_no_authentication(client: Client, issuer: Issuer) -> None:
    assert client.get("/api/health/").json() == "OK"


def test_a_failing_layer_degrades_health(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    use_layer(monkeypatch, DeadLayer())

    answer = client.get("/api/health/")

    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "reasons": ["channel layer unreachable (ConnectionError)"]}


def test_a_hanging_layer_degrades_health(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "SEND_TIMEOUT_SECONDS", 0.05)
    use_layer(monkeypatch, HangingLayer())

    answer = client.get("/api/health/")

    assert answer.json() == {"status": "degraded", "reasons": ["channel layer unreachable (TimeoutError)"]}


def test_a_broadcast_thread_that_stands_still_degrades_health(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBE_TIMEOUT_SECONDS", 0.05)
    layer = GatedLayer()
    use_layer(monkeypatch, layer)

    answer = client.get("/api/health/")

    layer.gate.set()
    assert answer.json() == {"status": "degraded", "reasons": ["broadcast thread is behind"]}


def test_health_is_ok_again_once_the_layer_works(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as outage:
        use_layer(outage, DeadLayer())
        during = client.get("/api/health/").json()

    after = client.get("/api/health/").json()

    assert (during["status"], after) == ("degraded", "OK")


@pytest.mark.parametrize("failure", [OperationalError("gone"), InterfaceError("closed")], ids=["refused", "closed"])
def test_a_database_that_does_not_answer_is_a_500(
    client: Client, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    class Gone:
        def cursor(self) -> NoReturn:
            raise failure

    monkeypatch.setattr(health, "connection", Gone())

    answer = client.get("/api/health/")

    assert answer.status_code == 500
    assert answer.json() == {
        "detail": "The database does not answer",
        "status": 500,
        "title": "Internal Server Error",
    }


def test_everything_is_asked_once_for_all_who_want_to_know(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, gate = threading.Semaphore(0), threading.Event()

    def ask() -> list[str]:
        asked.release()
        gate.wait()
        return ["busy"]

    monkeypatch.setattr(health, "_ask", ask)
    monkeypatch.setattr(health, "_recent", health._Finding([], -math.inf))
    monkeypatch.setattr(health, "FRESH_SECONDS", 3600.0)
    with ThreadPoolExecutor(5) as people:
        answers = [people.submit(health.recent_reasons) for _ in range(5)]
        asked.acquire()
        gate.set()
        assert [answer.result() for answer in answers] == [["busy"]] * 5

    assert client.get("/api/health/").json()["reasons"] == ["busy"]
    assert not asked.acquire(blocking=False)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    client.get("/api/health/")
    assert asked.acquire(blocking=False)
