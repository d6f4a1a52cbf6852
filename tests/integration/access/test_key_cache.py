"""The keys of an OS process: one fetch at a time, few of them, and those of before while there are no new ones."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prometheus_client import REGISTRY

from access import key_cache
from access.authentication import authenticate, authenticate_on_loop, list_faults
from access.refusals import AuthenticationRefusedError, IdentityProviderUnreachableError
from tests.integration.access.tokens import FOREIGN_KEY
from tests.issuer import KEYS, Issuer
from tests.waiting import eventually

CROWD = 40


@pytest.fixture
def elapse(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that lets the clock of the cache go forward."""
    now = 1000.0

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return now

    def go_forward(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(key_cache, "time", Clock)
    return go_forward


def is_known(token: str) -> bool:
    try:
        authenticate(token)
    except AuthenticationRefusedError:
        return False
    return True


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_many_callers_at_once_cause_one_fetch(issuer: Issuer) -> None:
    issuer.answering.clear()
    token = issuer.token("view")
    with ThreadPoolExecutor(CROWD) as crowd:
        asked = [crowd.submit(is_known, token) for _ in range(CROWD)]
        eventually(lambda: sum(issuer.fetches.values()) == 1)
        issuer.answering.set()
        assert [each.result() for each in asked] == [True] * CROWD

    assert issuer.fetches[KEYS] == 1


def test_however_long_a_fetch_takes_there_is_no_second_one(issuer: Issuer, elapse: Callable[[float], None]) -> None:
    issuer.answering.clear()
    token = issuer.token("view")
    with ThreadPoolExecutor(1) as crowd:
        first = crowd.submit(is_known, token)
        eventually(lambda: sum(issuer.fetches.values()) == 1)
        elapse(3600)
        list_faults()
        issuer.answering.set()
        assert first.result()

    assert issuer.fetches[KEYS] == 1


async def test_on_a_loop_too_callers_do_not_wait_for_ever(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer.answering.clear()
    monkeypatch.setattr("access.authentication.WAIT_SECONDS", 0.05)

    with pytest.raises(IdentityProviderUnreachableError):
        await authenticate_on_loop(issuer.token("view"))

    issuer.answering.set()


async def test_a_fetch_does_not_hold_up_the_loop(issuer: Issuer) -> None:
    issuer.answering.clear()
    asked = [asyncio.create_task(authenticate_on_loop(issuer.token("view"))) for _ in range(CROWD)]
    ticks = 0
    while not issuer.fetches or ticks < 100:
        await asyncio.sleep(0)
        ticks += 1
    assert not any(task.done() for task in asked)
    issuer.answering.set()

    callers = await asyncio.gather(*asked)

    assert {caller.name for caller in callers} == {"ada"}
    assert issuer.fetches[KEYS] == 1


async def test_a_caller_that_leaves_while_the_keys_are_fetched_spoils_it_for_nobody(issuer: Issuer) -> None:
    issuer.answering.clear()
    stays, leaves = (asyncio.create_task(authenticate_on_loop(issuer.token("view"))) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    issuer.answering.set()

    assert (await stays).name == "ada"


def test_known_keys_are_not_fetched_again(issuer: Issuer) -> None:
    assert all(is_known(issuer.token("view")) for _ in range(10))
    assert issuer.fetches[KEYS] == 1


def test_a_new_key_is_picked_up_at_once(issuer: Issuer) -> None:
    old = issuer.token("view")
    assert is_known(old)

    issuer.rotate()

    assert is_known(issuer.token("view"))
    assert not is_known(old)


def test_unknown_keys_cause_one_fetch_in_30_seconds(issuer: Issuer, elapse: Callable[[float], None]) -> None:
    unknown = issuer.token("view", key=FOREIGN_KEY)
    assert is_known(issuer.token("view"))
    with ThreadPoolExecutor(CROWD) as crowd:
        assert not any(crowd.map(is_known, [unknown] * 200))
    assert issuer.fetches[KEYS] == 2

    elapse(29.9)
    assert not is_known(unknown)
    assert issuer.fetches[KEYS] == 2

    elapse(0.2)
    assert not is_known(unknown)
    assert not is_known(unknown)
    assert issuer.fetches[KEYS] == 3


def test_a_token_with_an_algorithm_that_is_not_allowed_causes_no_fetch(issuer: Issuer) -> None:
    assert not is_known(issuer.token("view", key=type(FOREIGN_KEY).generate("ES384")))
    assert issuer.fetches == {}


def test_old_keys_are_fetched_again_in_the_background(issuer: Issuer, elapse: Callable[[float], None]) -> None:
    token = issuer.token("view")
    assert is_known(token)
    elapse(299)
    assert is_known(token)
    assert issuer.fetches[KEYS] == 1
    issuer.answering.clear()

    elapse(2)
    assert is_known(token)

    issuer.answering.set()
    eventually(lambda: issuer.fetches[KEYS] == 2)


def test_a_key_that_was_taken_back_is_forgotten(issuer: Issuer, elapse: Callable[[float], None]) -> None:
    token = issuer.token("view")
    assert is_known(token)
    issuer.rotate()
    elapse(301)

    eventually(lambda: not is_known(token))


def test_while_the_issuer_is_away_known_keys_are_used_on(issuer: Issuer, elapse: Callable[[float], None]) -> None:
    token, unknown = issuer.token("view"), issuer.token("view", key=FOREIGN_KEY)
    assert is_known(token)
    with issuer.away():
        elapse(86_400)
        assert is_known(token)
        assert not is_known(unknown)
        assert eventually(list_faults) == ["identity provider unreachable"]
        assert is_known(token)

    elapse(5)
    eventually(lambda: not list_faults())
    assert is_known(token)


def test_an_issuer_that_comes_is_found_without_a_restart(issuer: Issuer, elapse: Callable[[float], None]) -> None:
    token = issuer.token("view")
    with issuer.away():
        for _ in range(3):
            with pytest.raises(IdentityProviderUnreachableError):
                authenticate(token)
        assert list_faults() == ["identity provider unreachable"]
    with pytest.raises(IdentityProviderUnreachableError):
        authenticate(token)

    elapse(5)

    assert is_known(token)
    assert list_faults() == []


def test_an_issuer_that_is_away_is_asked_once_in_5_seconds(issuer: Issuer, elapse: Callable[[float], None]) -> None:
    failures = counted("orchestrator_access_key_fetches_total", result="failure")
    with issuer.away():
        for seconds in (0, 1, 3.9, 0.2):
            elapse(seconds)
            with pytest.raises(IdentityProviderUnreachableError):
                authenticate(issuer.token("view"))

    assert counted("orchestrator_access_key_fetches_total", result="failure") - failures == 2


def test_callers_do_not_wait_for_ever(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer.answering.clear()

    with monkeypatch.context() as impatience:
        impatience.setattr("access.authentication.WAIT_SECONDS", 0.05)
        with pytest.raises(IdentityProviderUnreachableError):
            authenticate(issuer.token("view"))

    issuer.answering.set()
    assert is_known(issuer.token("view"))
    assert issuer.fetches[KEYS] == 1


def test_health_alone_finds_out_whether_the_issuer_is_there(issuer: Issuer) -> None:
    with issuer.away():
        assert eventually(list_faults) == ["identity provider unreachable"]


@pytest.mark.parametrize(
    ("claims", "reason"),
    [({"exp": 1}, "expired"), ({"aud": "another"}, "audience"), ({"sub": ""}, "claims")],
    ids=["expired", "audience", "claims"],
)
def test_a_refusal_is_counted_and_logged_without_the_token(
    claims: dict[str, Any], reason: str, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    name = "orchestrator_access_authentication_failures_total"
    token, before = issuer.token("view", **claims), counted(name, reason=reason)
    caplog.set_level(logging.DEBUG, "access")

    assert not is_known(token)

    assert counted(name, reason=reason) - before == 1
    (line,) = [record.getMessage() for record in caplog.records if record.name == "access.authentication"]
    assert line == f"A caller is not let in: {reason}"
    assert not any(part in caplog.text for part in token.split("."))
