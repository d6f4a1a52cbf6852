"""When the client asks, stops waiting and tries again; the time limits are those that are documented."""

import pytest
from playwright.sync_api import Page

from tests.browser.pages import ASK_POSITION, PING
from tests.browser.scripted_channel import ScriptedChannel
from tests.waiting import eventually

pytestmark = pytest.mark.once

FRAME = '{"name":"invalidateCache","value":{"type":"processes","id":"LIST"}}'
UNKNOWN_FRAMES = [
    "",
    "no JSON",
    "null",
    "7",
    '"text"',
    "[]",
    "{}",
    '{"name":"invalidateCache"}',
    '{"name":"invalidateCache","value":null}',
    '{"name":"invalidateCache","value":{"id":"LIST"}}',
    '{"name":"invalidateCache","value":{"type":7}}',
    '{"name":"somethingElse","value":{"type":"processes"}}',
    '{"name":"invalidateCache","value":{"type":"unheardOf","id":"LIST"}}',
]
LONGEST_PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000, 15_000]
REFUSED = 1008


@pytest.fixture
def channel(empty_page: Page) -> ScriptedChannel:
    """Script the channel of a page that has no client yet."""
    return ScriptedChannel(empty_page)


def jitter(channel: ScriptedChannel, value: float) -> None:
    """Have the page draw this number, from 0 to 1, each time that it draws one."""
    channel.page.page.evaluate("(value) => { Math.random = () => value }", value)


def wait_for_losses(channel: ScriptedChannel, count: int) -> None:
    """Wait until the page has lost that many connections."""
    eventually(lambda: channel.page.states.count("offline") == count)


def wait_for_pings(channel: ScriptedChannel, count: int) -> None:
    """Wait until the page has sent that many pings."""
    eventually(lambda: channel.asked(PING) == count)


def assert_waits_exactly(channel: ScriptedChannel, pause_ms: int) -> None:
    """Fail unless the page, which has lost its connection, makes the next one after this pause."""
    eventually(lambda: channel.page.state == "offline")
    before = channel.connections()
    channel.pass_ms(pause_ms - 1)
    assert channel.connections() == before
    channel.pass_ms(1)
    eventually(lambda: channel.connections() == before + 1)


@pytest.mark.parametrize("value", [1.0, 0.25], ids=["longest", "a quarter"])
def test_pauses_between_attempts_double_up_to_the_cap_times_a_random_number(
    channel: ScriptedChannel, value: float
) -> None:
    jitter(channel, value)
    channel.closes_with = 1011
    channel.page.connect()

    for losses, longest_ms in enumerate(LONGEST_PAUSES_MS, start=1):
        wait_for_losses(channel, losses)
        assert_waits_exactly(channel, int(longest_ms * value))


def test_a_random_number_of_0_tries_again_at_once(channel: ScriptedChannel) -> None:
    jitter(channel, 0)
    channel.connect()

    channel.close(1012)
    eventually(lambda: channel.page.state == "offline")
    channel.pass_ms(1)

    eventually(lambda: channel.connections() == 2)


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_when_the_network_or_the_user_is_back_it_does_not_wait_for_the_end_of_its_pause(
    channel: ScriptedChannel, event: str
) -> None:
    jitter(channel, 1)
    channel.connect()
    channel.close(1011)
    eventually(lambda: channel.page.state == "offline")
    assert channel.connections() == 1

    channel.page.dispatch(event)

    eventually(lambda: channel.page.state == "connected")
    assert channel.connections() == 2


def test_a_connection_that_proved_good_makes_the_pauses_short_again(channel: ScriptedChannel) -> None:
    jitter(channel, 1)
    channel.closes_with = 1011
    channel.page.connect()
    for losses, longest_ms in enumerate(LONGEST_PAUSES_MS[:3], start=1):
        wait_for_losses(channel, losses)
        channel.closes_with = 1011 if losses < 3 else None
        channel.pass_ms(longest_ms)
    eventually(lambda: channel.page.state == "connected")

    channel.close(1011)

    assert_waits_exactly(channel, LONGEST_PAUSES_MS[0])


@pytest.mark.parametrize("code", [1000, 1011, 1012, 1013])
def test_it_connects_again_after_every_other_close_code(channel: ScriptedChannel, code: int) -> None:
    channel.connect()

    channel.close(code)
    eventually(lambda: channel.page.state == "offline")
    channel.pass_ms(LONGEST_PAUSES_MS[0])

    eventually(lambda: channel.page.state == "connected")
    assert channel.page.refusals == []


def test_a_refusal_ends_it_for_good(channel: ScriptedChannel) -> None:
    channel.connect()

    channel.close(REFUSED)
    eventually(lambda: channel.page.refusals)
    channel.page.dispatch("online")
    channel.pass_ms(10 * LONGEST_PAUSES_MS[-1])

    assert channel.page.refusals == [None]
    assert channel.page.state == "offline"
    assert channel.connections() == 1


def test_it_pings_and_notes_its_position_every_30_seconds_and_stays_connected(channel: ScriptedChannel) -> None:
    channel.connect()

    for pings in range(2, 12):
        channel.pass_ms(30_000)
        wait_for_pings(channel, pings)

    assert channel.asked(ASK_POSITION) == channel.asked(PING)
    assert channel.page.states == ["catching up", "connected"]


def test_without_a_pong_in_10_seconds_the_connection_counts_as_dead(channel: ScriptedChannel) -> None:
    channel.connect()
    channel.answers_pings = False
    channel.pass_ms(30_000)
    wait_for_pings(channel, 2)

    channel.pass_ms(9_999)
    assert channel.page.state == "connected"
    channel.pass_ms(1)

    assert channel.page.state == "offline"


def test_other_frames_are_no_sign_of_life(channel: ScriptedChannel) -> None:
    channel.answers_pings = False
    channel.connect()

    channel.pass_ms(9_000)
    channel.send(FRAME)
    channel.pass_ms(1_000)

    assert channel.page.states == ["catching up", "connected", "offline"]


def test_after_frames_it_asks_for_its_position_once_in_2_seconds(channel: ScriptedChannel) -> None:
    channel.connect()
    channel.page.on("list", "processes", "LIST")
    asked = channel.asked(ASK_POSITION)

    for _ in range(20):
        channel.send(FRAME)
    eventually(lambda: len(channel.page.calls) == 20)
    channel.pass_ms(1_999)
    assert channel.asked(ASK_POSITION) == asked
    channel.pass_ms(10_000)

    eventually(lambda: channel.asked(ASK_POSITION) == asked + 1)


def test_a_server_that_has_no_position_yet_does_not_make_it_forget_its_own(channel: ScriptedChannel) -> None:
    channel.position = None
    channel.connect(position="0:7:")
    assert channel.page.position == "0:7:"

    channel.close(1012)
    eventually(lambda: channel.page.state == "offline")
    channel.pass_ms(LONGEST_PAUSES_MS[0])

    eventually(lambda: channel.page.state == "catching up")
    assert channel.addresses() == ["wss://orchestrator.test/api/ws/events?since=0%3A7%3A"] * 2


def test_of_a_server_that_has_no_position_yet_it_asks_again(channel: ScriptedChannel) -> None:
    channel.position = None
    channel.connect()
    asked = channel.asked(ASK_POSITION)

    channel.position = "0:7:"
    channel.pass_ms(2_000)

    eventually(lambda: channel.page.state == "connected")
    assert channel.asked(ASK_POSITION) == asked + 1


def test_without_any_position_it_reconnects_with_an_empty_one(channel: ScriptedChannel) -> None:
    channel.position = None
    channel.connect()

    channel.close(1012)
    eventually(lambda: channel.page.state == "offline")
    channel.pass_ms(LONGEST_PAUSES_MS[0])

    eventually(lambda: channel.page.state == "catching up")
    base = "wss://orchestrator.test/api/ws/events"
    assert channel.addresses() == [base, f"{base}?since="]


def test_frames_that_it_does_not_know_are_ignored(channel: ScriptedChannel) -> None:
    channel.connect()
    channel.page.on("all", "processes")

    for text in UNKNOWN_FRAMES:
        channel.send(text)
    channel.send(FRAME)
    eventually(lambda: channel.page.calls)

    assert channel.page.calls == [("all", "processes", "LIST")]
    assert channel.page.seen.errors == []
    assert channel.page.states == ["catching up", "connected"]


REFUSAL = '{"error":{"status_code":%d,"detail":"no","headers":null}}'


@pytest.mark.parametrize("status", [429, 503], ids=["a limit", "no identity provider"])
def test_a_refusal_that_may_pass_is_tried_again(channel: ScriptedChannel, status: int) -> None:
    jitter(channel, 0)
    channel.connect()

    channel.send(REFUSAL % status)
    channel.close(1008)
    eventually(lambda: channel.page.state == "offline")
    channel.pass_ms(1)

    eventually(lambda: channel.connections() == 2)
    channel.page.told("catching up", "connected", "offline", "catching up", "connected")
    assert channel.page.refusals == []


def test_a_refusal_for_good_after_one_that_passed_is_told(channel: ScriptedChannel) -> None:
    jitter(channel, 0)
    channel.connect()
    channel.send(REFUSAL % 503)
    channel.close(1008)
    eventually(lambda: channel.page.state == "offline")
    channel.pass_ms(1)
    channel.page.told("catching up", "connected", "offline", "catching up", "connected")

    channel.close(1008)

    eventually(lambda: channel.page.refusals)
    assert channel.page.refusals == [None]
