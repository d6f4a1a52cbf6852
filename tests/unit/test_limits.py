"""The counters behind the limits: exact, and bounded in memory."""

import pytest

from events.limits import MAX_COUNTED_ADDRESSES, MinuteCounter, OpenCounter, counted_address


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time that passes, in seconds, in a list of one."""
    now = [1000.0]
    monkeypatch.setattr("events.limits.time.monotonic", lambda: now[0])
    return now


def test_events_are_counted_by_key(clock: list[float]) -> None:
    counter = MinuteCounter()

    assert [counter.add(key) for key in "aabab"] == [1, 2, 1, 3, 2]


@pytest.mark.parametrize(("seconds", "count"), [(59.9, 2), (60.0, 1), (3600.0, 1)])
def test_after_a_minute_counting_begins_anew(seconds: float, count: int, clock: list[float]) -> None:
    counter = MinuteCounter()
    counter.add("a")

    clock[0] += seconds

    assert counter.add("a") == count


def test_a_count_may_last_for_several_minutes_and_be_taken_back(clock: list[float]) -> None:
    counter = MinuteCounter(minutes=15)
    counter.add("a")
    counter.add("a")
    clock[0] += 899.9

    counter.take_back("a")
    assert counter.add("a") == 2
    clock[0] += 0.1
    assert counter.add("b") == 1
    counter.take_back("a")
    assert counter.add("a") == 1


def test_more_addresses_than_are_counted_apart_share_one_count(clock: list[float]) -> None:
    counter = MinuteCounter()
    for number in range(MAX_COUNTED_ADDRESSES):
        assert counter.add(str(number)) == 1

    assert [counter.add("one more"), counter.add("another"), counter.add("0")] == [1, 2, 2]
    assert len(counter._counts) == MAX_COUNTED_ADDRESSES + 1


def test_what_is_closed_is_forgotten() -> None:
    counter = OpenCounter()
    counter.open("a")
    counter.open("a")
    counter.open("b")

    counter.close("a")
    counter.close("b")

    assert (counter["a"], counter["b"], len(counter)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::1", "::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_ipv6_host_is_counted_with_its_network(host: str, counted: str) -> None:
    assert counted_address(host) == counted
