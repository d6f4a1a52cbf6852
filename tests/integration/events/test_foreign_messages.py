"""What somebody else publishes into our Redis: it reaches no browser, ends nothing, is counted, and logged once."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgpack
import pytest
import redis.asyncio as aioredis
from channels.layers import get_channel_layer
from channels_redis.serializers import MsgPackSerializer
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from events.changes import KINDS_WITH_ID, Change, ChangeKind, LoggedChange
from events.groups import Channel
from events.messages import changes_message
from events.websocket_manager import WebSocketManager
from tests.integration.events.clients import END_OF_EVENTS, letters, queue_until, record_end
from tests.integration.events.layers import redis_channel
from tests.waiting import aeventually

Start = Callable[[], Awaitable[WebSocketManager]]
pytestmark = [pytest.mark.once, pytest.mark.usefixtures("redis_layer", "slow_log")]

HEX_ID = "5d0b7c1e2f644a199c3a7be1d20f4a01"
GENUINE = changes_message([LoggedChange(1, Change(ChangeKind.ENGINE_STATUS))])

packable_integers = st.integers(-(2**63), 2**64 - 1)
anything = st.recursive(
    st.none() | st.booleans() | packable_integers | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=10,
)
bad_entries = st.one_of(
    anything.filter(lambda each: not isinstance(each, list)),
    st.lists(anything, max_size=8).filter(lambda each: len(each) != 3),
    st.tuples(
        st.integers(max_value=0, min_value=-(2**63)) | st.booleans() | st.text(), st.just("process"), st.just(HEX_ID)
    ),
    st.tuples(st.just(1), st.text(alphabet="xyz") | packable_integers, st.just(HEX_ID)),
    st.tuples(st.just(1), st.just("process"), st.none() | st.text(max_size=31) | packable_integers | st.binary()),
    st.tuples(st.just(1), st.sampled_from(sorted(set(ChangeKind) - KINDS_WITH_ID)), st.just(HEX_ID)),
)
bad_messages = st.one_of(
    anything,
    st.fixed_dictionaries({"type": anything, "entries": st.just(GENUINE["entries"])}),
    st.fixed_dictionaries({"type": st.just("changes.committed.v2"), "entries": st.just(GENUINE["entries"])}),
    st.fixed_dictionaries({"type": st.just(GENUINE["type"]), "entries": anything.filter(lambda each: each != [])}),
    st.builds(
        lambda before, bad: {**GENUINE, "entries": [*before, bad]},
        st.sampled_from([[], GENUINE["entries"]]),
        bad_entries,
    ),
)


def signed(message: Any) -> bytes:
    """Return the message as a server that knows our key, and is broken or of another version, would send it."""
    data: bytes = get_channel_layer().serialize(message)
    return data


def signed_by_another(message: Any) -> bytes:
    data: bytes = MsgPackSerializer(symmetric_encryption_keys=["another key"]).serialize(message)
    return data


def damaged(position: int) -> bytes:
    """Return a genuine message with one letter changed."""
    data = bytearray(signed(GENUINE))
    data[position % len(data)] ^= 1
    return bytes(data)


foreign = st.one_of(
    st.binary(max_size=2000),
    st.builds(msgpack.packb, bad_messages),
    st.just(msgpack.packb(GENUINE)),
    st.builds(signed, bad_messages),
    st.builds(signed_by_another, st.just(GENUINE)),
    st.builds(damaged, st.integers(0, 10_000)),
    st.builds(lambda length: signed(GENUINE)[:length], st.integers(0, 60)),
)


async def publish(*messages: bytes) -> None:
    """Publish as somebody who is no server of ours, and wait until all are dropped."""
    expected = ignored() + len(messages)
    async with aioredis.Redis.from_url(str(django_settings.ENVIRONMENT.redis_url)) as client:
        for message in messages:
            await client.publish(redis_channel(), message)
    await aeventually(lambda: ignored() >= expected)
    assert ignored() == expected


def ignored() -> float:
    return REGISTRY.get_sample_value("orchestrator_events_failures_total", {"part": "message"}) or 0


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(messages=st.lists(foreign, min_size=1, max_size=8))
async def test_whatever_others_publish_is_dropped_and_the_next_change_arrives(
    start: Start, messages: list[bytes]
) -> None:
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await publish(*messages)
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == ""
    assert manager.list_faults() == []
    manager.disconnect(client)


async def test_a_well_formed_message_without_our_signature_reaches_no_browser(start: Start) -> None:
    """It could tell of a change before the commit, and the change itself would then pass for told."""
    manager = await start()
    client = manager.connect(Channel.EVENTS)

    await publish(msgpack.packb(GENUINE), signed_by_another(GENUINE))
    await record_end()

    assert letters(await queue_until(client, END_OF_EVENTS)) == ""


@pytest.mark.parametrize("make", [signed, bytes], ids=["signed", "not signed"])
async def test_a_huge_message_is_not_even_looked_at(start: Start, caplog: pytest.LogCaptureFixture, make: Any) -> None:
    manager = await start()

    await publish(make(b"x" * 20_000_000))

    assert [text for text in caplog.messages if "Messages ignored: 1" in text and "bytes came" in text]
    assert manager.list_faults() == []


async def test_many_are_logged_once(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    await start()

    await publish(*[b"noise"] * 200)

    assert len([text for text in caplog.messages if "Messages ignored" in text]) == 1
