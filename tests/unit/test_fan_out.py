"""A round through all clients that took long is followed by a rest, in which frames wait and others are served."""

import asyncio
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from events import conf
from events.fan_out import FanOut
from events.messages import Frame, invalidation_frame
from tests.waiting import aeventually

FIRST, SECOND, THIRD = (invalidation_frame(("processes", name)) for name in ("1", "2", "3"))

NEVER_LONG, ALWAYS_LONG = 3600.0, -1.0


@pytest.fixture
def rounds() -> list[tuple[Frame, ...]]:
    return []


@pytest.fixture
def fan_out(rounds: list[tuple[Frame, ...]]) -> FanOut:
    return FanOut(lambda *frames: rounds.append(frames))


@pytest.fixture
def call_long(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda seconds: monkeypatch.setattr(conf, "LONG_ROUND_SECONDS", seconds)


@pytest.fixture
def busy_loop(call_long: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every round is long, and in every turn the loop has much to do."""
    call_long(ALWAYS_LONG)
    monkeypatch.setattr(conf, "IDLE_TURN_SECONDS", ALWAYS_LONG)


async def test_after_a_short_round_frames_go_at_once(
    fan_out: FanOut, rounds: list[tuple[Frame, ...]], call_long: Callable[[float], None]
) -> None:
    call_long(NEVER_LONG)

    fan_out.put(FIRST, SECOND)
    fan_out.put(THIRD)

    assert rounds == [(FIRST, SECOND), (THIRD,)]
    assert fan_out.list_waiting() == []


async def test_what_comes_in_a_rest_goes_in_one_round_each_key_where_it_stands_last(
    fan_out: FanOut, rounds: list[tuple[Frame, ...]], call_long: Callable[[float], None]
) -> None:
    call_long(ALWAYS_LONG)
    before = long_rounds()

    fan_out.put(FIRST)
    fan_out.put(SECOND)
    fan_out.put(THIRD, SECOND)
    fan_out.put(FIRST)

    assert rounds == [(FIRST,)]
    assert fan_out.list_waiting() == [THIRD, SECOND, FIRST]
    assert long_rounds() == before + 1
    await aeventually(lambda: len(rounds) > 1)
    assert rounds == [(FIRST,), (THIRD, SECOND, FIRST)]
    fan_out.stop()


async def test_a_rest_ends_once_the_loop_has_done_what_waited_for_it(
    fan_out: FanOut,
    rounds: list[tuple[Frame, ...]],
    busy_loop: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conf, "LONGEST_REST_SECONDS", 3600.0)
    fan_out.put(FIRST)
    fan_out.put(SECOND)
    for _ in range(100):
        await asyncio.sleep(0)
    assert rounds == [(FIRST,)]

    monkeypatch.setattr(conf, "IDLE_TURN_SECONDS", NEVER_LONG)

    await aeventually(lambda: len(rounds) > 1)
    fan_out.stop()


async def test_a_rest_ends_however_much_there_is_to_do(
    fan_out: FanOut, rounds: list[tuple[Frame, ...]], busy_loop: None
) -> None:
    fan_out.put(FIRST)
    fan_out.put(SECOND)

    await aeventually(lambda: len(rounds) > 1)
    fan_out.stop()


async def test_after_a_rest_without_frames_the_next_one_goes_at_once(
    fan_out: FanOut, rounds: list[tuple[Frame, ...]], call_long: Callable[[float], None]
) -> None:
    call_long(ALWAYS_LONG)
    fan_out.put(FIRST)

    await aeventually(lambda: _goes_at_once(fan_out, rounds))

    assert fan_out.list_waiting() == []
    fan_out.stop()


async def test_a_long_round_out_of_a_rest_is_followed_by_another(call_long: Callable[[float], None]) -> None:
    call_long(ALWAYS_LONG)
    held_back: list[Frame] = []

    def put_the_third_after_the_second(*frames: Frame) -> None:
        if frames == (SECOND,):
            # Before the first look.
            asyncio.get_running_loop().call_soon(put_the_third)

    def put_the_third() -> None:
        fan_out.put(THIRD)
        held_back.extend(fan_out.list_waiting())

    fan_out = FanOut(put_the_third_after_the_second)
    fan_out.put(FIRST)
    fan_out.put(SECOND)

    await aeventually(lambda: bool(held_back))
    assert held_back == [THIRD]
    fan_out.stop()


async def test_stopped_it_sends_nothing_more(
    fan_out: FanOut, rounds: list[tuple[Frame, ...]], call_long: Callable[[float], None]
) -> None:
    call_long(ALWAYS_LONG)
    fan_out.put(FIRST)
    fan_out.put(SECOND)

    fan_out.stop()

    assert fan_out.list_waiting() == []
    call_long(NEVER_LONG)
    fan_out.put(THIRD)
    assert rounds == [(FIRST,), (THIRD,)]


def long_rounds() -> float:
    return REGISTRY.get_sample_value("orchestrator_events_long_rounds_total") or 0.0


def _goes_at_once(fan_out: FanOut, rounds: list[tuple[Frame, ...]]) -> bool:
    before = len(rounds)
    fan_out.put(SECOND)
    return len(rounds) > before
