"""List frames that follow each other quickly are merged; the first goes at once, the last is never lost."""

import asyncio
from collections.abc import Callable

import pytest

from events.messages import Frame, invalidation_frame
from events.throttle import ListThrottle
from tests.waiting import aeventually

PROCESSES = invalidation_frame(("processes", "LIST"))
SUBSCRIPTIONS = invalidation_frame(("subscriptions", "LIST"))
ONE_PROCESS = invalidation_frame(("processes", "5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"))
COARSE = invalidation_frame(("processes", None))

WINDOW_MS = 50
LONG_MS = 60_000


@pytest.fixture
def sent() -> list[Frame]:
    return []


@pytest.fixture
def throttle(sent: list[Frame]) -> ListThrottle:
    return ListThrottle(lambda *frames: sent.extend(frames))


async def test_without_a_window_every_frame_goes_at_once(throttle: ListThrottle, sent: list[Frame]) -> None:
    for _ in range(3):
        throttle.put(PROCESSES)

    assert sent == [PROCESSES] * 3


async def test_the_first_frame_goes_at_once_and_the_next_ones_wait(
    throttle: ListThrottle, sent: list[Frame], configure: Callable[..., None]
) -> None:
    configure(events_list_throttle_ms=LONG_MS)

    for _ in range(3):
        throttle.put(PROCESSES)

    assert sent == [PROCESSES]
    throttle.stop()


async def test_what_came_within_the_window_goes_as_one_frame_at_its_end(
    throttle: ListThrottle, sent: list[Frame], configure: Callable[..., None]
) -> None:
    configure(events_list_throttle_ms=WINDOW_MS)
    begin = asyncio.get_running_loop().time()
    for _ in range(100):
        throttle.put(PROCESSES)

    await aeventually(lambda: len(sent) > 1)

    assert sent == [PROCESSES, PROCESSES]
    assert asyncio.get_running_loop().time() - begin >= WINDOW_MS / 1000


async def test_the_frame_at_the_end_of_a_window_opens_the_next_one(
    throttle: ListThrottle, sent: list[Frame], configure: Callable[..., None]
) -> None:
    configure(events_list_throttle_ms=WINDOW_MS)
    throttle.put(PROCESSES)
    throttle.put(PROCESSES)
    await aeventually(lambda: len(sent) == 2)

    throttle.put(PROCESSES)

    assert len(sent) == 2
    await aeventually(lambda: len(sent) == 3)


async def test_after_a_quiet_window_the_next_frame_goes_at_once(
    throttle: ListThrottle, sent: list[Frame], configure: Callable[..., None]
) -> None:
    configure(events_list_throttle_ms=WINDOW_MS)
    throttle.put(PROCESSES)
    ended = asyncio.Event()
    asyncio.get_running_loop().call_later(2 * WINDOW_MS / 1000, ended.set)
    await ended.wait()

    throttle.put(PROCESSES)

    assert sent == [PROCESSES, PROCESSES]
    throttle.stop()


async def test_each_list_has_a_window_of_its_own(
    throttle: ListThrottle, sent: list[Frame], configure: Callable[..., None]
) -> None:
    configure(events_list_throttle_ms=LONG_MS)

    for frame in (PROCESSES, SUBSCRIPTIONS, PROCESSES, SUBSCRIPTIONS):
        throttle.put(frame)

    assert sent == [PROCESSES, SUBSCRIPTIONS]
    throttle.stop()


@pytest.mark.parametrize("frame", [ONE_PROCESS, COARSE], ids=["one process", "no id"])
async def test_a_frame_of_another_tag_is_never_delayed(
    frame: Frame, throttle: ListThrottle, sent: list[Frame], configure: Callable[..., None]
) -> None:
    configure(events_list_throttle_ms=LONG_MS)
    throttle.put(PROCESSES)

    for _ in range(3):
        throttle.put(frame)

    assert sent == [PROCESSES, frame, frame, frame]
    throttle.stop()


async def test_what_waits_can_be_listed(throttle: ListThrottle, configure: Callable[..., None]) -> None:
    configure(events_list_throttle_ms=LONG_MS)
    for frame in (PROCESSES, SUBSCRIPTIONS, ONE_PROCESS, PROCESSES, PROCESSES):
        throttle.put(frame)

    assert throttle.list_waiting() == [PROCESSES]
    throttle.stop()


async def test_after_a_stop_nothing_waits(
    throttle: ListThrottle, sent: list[Frame], configure: Callable[..., None]
) -> None:
    configure(events_list_throttle_ms=LONG_MS)
    throttle.put(PROCESSES)
    throttle.put(PROCESSES)

    throttle.stop()

    assert throttle.list_waiting() == []
    assert sent == [PROCESSES]
