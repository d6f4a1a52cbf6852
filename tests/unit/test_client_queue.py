"""The queue of one client: order while it keeps up, each key once when it is behind, bounded always."""

import asyncio

import pytest

from events import conf
from events.client_queue import ClientQueue, Write
from events.groups import Channel
from events.messages import PONG_FRAME, CacheTag, Frame, coarse_frames

DATA_CHANNELS = [Channel.ENGINE_SETTINGS, Channel.PROCESSES]


def frame(number: int, text: str = "x") -> Frame:
    key: CacheTag = ("processes", str(number))
    return Frame(key, text)


def filled(count: int, channel: Channel = Channel.EVENTS) -> ClientQueue:
    queue = ClientQueue(channel)
    for number in range(count):
        queue.put(frame(number))
    return queue


async def drain(queue: ClientQueue) -> list[Frame]:
    frames = []
    while len(queue):
        got = await queue.get()
        assert got is not None
        frames.append(got)
    return frames


class Socket:
    """Takes what is written at once, unless it is full."""

    def __init__(self, *, is_full: bool = False) -> None:
        self.is_full = is_full
        self.written: list[bytes] = []

    def write(self, encoded: bytes) -> bool:
        if not self.is_full:
            self.written.append(encoded)
        return not self.is_full


async def waiting(queue: ClientQueue) -> "asyncio.Task[Frame | None]":
    """Return a task that waits for the queue's next frame."""
    reader = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    return reader


class TestWritingAtOnce:
    async def test_a_client_that_waits_gets_what_is_encoded_past_the_queue(self) -> None:
        socket = Socket()
        queue = ClientQueue(Channel.EVENTS, socket.write)
        reader = await waiting(queue)

        assert queue.write(b"first")
        assert queue.write(b"second")
        assert socket.written == [b"first", b"second"]
        assert not reader.done()
        queue.put(frame(1))
        assert await reader == frame(1)

    async def test_nothing_overtakes_what_waits(self) -> None:
        queue = ClientQueue(Channel.EVENTS, Socket().write)
        reader = await waiting(queue)
        queue.put(frame(1))

        assert not queue.write(b"too early")
        assert await reader == frame(1)

    async def test_nothing_overtakes_what_the_task_is_sending(self) -> None:
        queue = ClientQueue(Channel.EVENTS, Socket().write)
        queue.put(frame(1))
        await queue.get()

        assert not queue.write(b"too early")

    async def test_an_answer_is_not_overtaken_either(self) -> None:
        queue = ClientQueue(Channel.EVENTS, Socket().write)
        reader = await waiting(queue)
        queue.put_first(PONG_FRAME)

        assert not queue.write(b"too early")
        assert await reader == PONG_FRAME

    @pytest.mark.parametrize("ending", ["end", "cancel"])
    async def test_a_client_that_is_not_served_any_more_gets_nothing(self, ending: str) -> None:
        queue = ClientQueue(Channel.EVENTS, Socket().write)
        reader = await waiting(queue)
        if ending == "end":
            queue.end(1012)
        else:
            reader.cancel()

        assert not queue.write(b"too late")
        await asyncio.wait([reader])
        assert not queue.write(b"too late")

    @pytest.mark.parametrize("write", [Socket(is_full=True).write, None], ids=["full", "no extension"])
    async def test_what_cannot_be_written_is_left_to_the_queue(self, write: Write | None) -> None:
        queue = ClientQueue(Channel.EVENTS, write)
        reader = await waiting(queue)

        assert not queue.write(b"x")
        queue.put(frame(1))
        assert await reader == frame(1)


class TestWritingTogether:
    async def test_what_waited_goes_in_one_piece_and_in_order_before_the_task_waits_again(self) -> None:
        socket = Socket()
        queue = ClientQueue(Channel.EVENTS, socket.write)
        queue.put(frame(1), frame(2), frame(3))
        reader = await waiting(queue)

        assert socket.written == [b"".join(frame(number).encoded for number in (1, 2, 3))]
        assert (len(queue), queue.size_bytes) == (0, 0)
        queue.put(frame(4))
        assert await reader == frame(4)

    async def test_an_answer_goes_before_it(self) -> None:
        socket = Socket()
        queue = ClientQueue(Channel.EVENTS, socket.write)
        queue.put(frame(1), frame(2))
        queue.put_first(PONG_FRAME)

        assert await queue.get() == PONG_FRAME
        assert not socket.written

    async def test_no_piece_is_larger_than_what_may_wait_for_a_client(self) -> None:
        socket = Socket()
        queue = ClientQueue(Channel.EVENTS, socket.write)
        frames = [frame(number, "x" * (conf.MAX_UNSENT_BYTES // 3)) for number in range(5)]
        queue.put(*frames)

        assert await queue.get() == frames[4]
        assert socket.written == [b"".join(each.encoded for each in part) for part in (frames[:2], frames[2:4])]

    async def test_a_frame_that_is_larger_is_left_to_the_task(self) -> None:
        socket = Socket()
        queue = ClientQueue(Channel.EVENTS, socket.write)
        large = frame(1, "x" * conf.MAX_UNSENT_BYTES)
        queue.put(large, frame(2))

        assert await queue.get() == large
        assert socket.written == []

    async def test_what_the_socket_does_not_take_is_sent_one_by_one(self) -> None:
        queue = ClientQueue(Channel.EVENTS, Socket(is_full=True).write)
        queue.put(frame(1), frame(2))
        assert await drain(queue) == [frame(1), frame(2)]

    async def test_a_client_that_was_behind_is_merged_no_more_once_it_has_caught_up(self) -> None:
        socket = Socket()
        queue = ClientQueue(Channel.EVENTS, socket.write)
        for number in [*range(conf.MERGE_ABOVE_FRAMES), 0, 1]:
            queue.put(frame(number))
        assert len(queue) == conf.MERGE_ABOVE_FRAMES
        reader = await waiting(queue)
        assert b"".join(socket.written) == b"".join(frame(n).encoded for n in range(conf.MERGE_ABOVE_FRAMES))

        queue.put(frame(1))
        assert await reader == frame(1)

    async def test_it_ends_after_the_piece(self) -> None:
        socket = Socket()
        queue = ClientQueue(Channel.EVENTS, socket.write)
        queue.put(frame(1), frame(2))
        queue.end(1012)

        assert await queue.get() is None
        assert socket.written == [frame(1).encoded + frame(2).encoded]


class TestKeepingUp:
    async def test_frames_come_out_in_the_order_in_which_they_went_in(self) -> None:
        assert await drain(filled(3)) == [frame(0), frame(1), frame(2)]

    async def test_a_repeated_key_comes_out_as_often_as_it_went_in(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        for text in ("first", "second", "first"):
            queue.put(frame(1, text))
        assert [each.text for each in await drain(queue)] == ["first", "second", "first"]

    async def test_the_last_frame_before_the_limit_is_not_merged(self) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES - 1)
        queue.put(frame(0))
        assert len(queue) == conf.MERGE_ABOVE_FRAMES

    async def test_a_reader_that_waits_gets_what_is_put(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        reader = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.put(frame(1))
        assert await reader == frame(1)

    async def test_cancelling_a_reader_loses_no_frame(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        reader = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.put(frame(1))
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        assert await drain(queue) == [frame(1)]

    async def test_its_size_is_counted_in_encoded_bytes(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        queue.put(frame(1, "é"))
        queue.put(frame(2, "xyz"))
        assert (len(queue), queue.size_bytes) == (2, 5)

    async def test_an_emptied_queue_has_no_size(self) -> None:
        queue = filled(3)
        await drain(queue)
        assert (len(queue), queue.size_bytes) == (0, 0)


class TestBehind:
    async def test_a_waiting_key_is_replaced_in_its_place(self) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES)
        queue.put(frame(1, "newer"))
        frames = await drain(queue)
        assert (len(frames), frames[1]) == (conf.MERGE_ABOVE_FRAMES, frame(1, "newer"))

    async def test_a_key_that_does_not_wait_is_added_at_the_end(self) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES)
        queue.put(frame(-1))
        frames = await drain(queue)
        assert (len(frames), frames[-1]) == (conf.MERGE_ABOVE_FRAMES + 1, frame(-1))

    async def test_a_key_that_was_just_sent_is_added_again(self) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES + 1)
        sent = await queue.get()
        queue.put(frame(0, "newer"))
        frames = await drain(queue)
        assert (sent, frames[-1]) == (frame(0), frame(0, "newer"))

    async def test_replacing_counts_the_new_size(self) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES)
        queue.put(frame(1, "longer"))
        assert queue.size_bytes == conf.MERGE_ABOVE_FRAMES + len("longer") - 1

    async def test_once_it_has_caught_up_nothing_is_merged_any_more(self) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES)
        await queue.get()
        queue.put(frame(1))
        assert (await drain(queue)).count(frame(1)) == 2


HALF = "x" * (conf.MAX_CLIENT_QUEUE_BYTES // 2)


class TestFull:
    async def test_at_the_limit_everything_still_waits(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        queue.put(frame(1, HALF))
        queue.put(frame(2, HALF))
        assert await drain(queue) == [frame(1, HALF), frame(2, HALF)]

    async def test_events_beyond_the_limit_become_the_coarse_ones(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        for number, text in enumerate((HALF, HALF, "x")):
            queue.put(frame(number, text))
        assert await drain(queue) == coarse_frames()

    async def test_events_that_come_later_follow_the_coarse_ones(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        for number, text in enumerate((HALF, HALF, "x", "later")):
            queue.put(frame(number, text))
        assert await drain(queue) == [*coarse_frames(), frame(3, "later")]

    async def test_the_size_of_a_collapsed_queue_is_that_of_the_coarse_frames(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        for number, text in enumerate((HALF, HALF, "x")):
            queue.put(frame(number, text))
        assert queue.size_bytes == sum(len(each.text) for each in coarse_frames())

    @pytest.mark.parametrize("channel", DATA_CHANNELS)
    async def test_a_data_channel_beyond_the_limit_overflows(self, channel: Channel) -> None:
        queue = ClientQueue(channel)
        for number, text in enumerate((HALF, HALF, "x")):
            queue.put(frame(number, text))
        assert (await queue.get(), len(queue), queue.size_bytes) == (None, 0, 0)

    async def test_a_reader_that_waits_hears_of_the_overflow(self) -> None:
        queue = ClientQueue(Channel.PROCESSES)
        reader = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        for number in range(3):
            queue.put(frame(number, HALF))
        assert await reader is None

    async def test_an_overflowed_queue_stays_so(self) -> None:
        queue = ClientQueue(Channel.PROCESSES)
        for number in range(3):
            queue.put(frame(number, HALF))
        queue.put(frame(4))
        assert [await queue.get(), await queue.get()] == [None, None]

    @pytest.mark.parametrize("channel", list(Channel))
    async def test_a_single_frame_is_delivered_whatever_its_size(self, channel: Channel) -> None:
        queue = ClientQueue(channel)
        queue.put(frame(1, HALF * 3))
        assert await drain(queue) == [frame(1, HALF * 3)]

    @pytest.mark.parametrize("channel", list(Channel))
    async def test_replacing_frames_by_longer_ones_stays_within_the_limit(self, channel: Channel) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES, channel)
        for number in range(3):
            queue.put(frame(number, HALF))
        assert queue.size_bytes <= conf.MAX_CLIENT_QUEUE_BYTES

    @pytest.mark.parametrize("channel", list(Channel))
    async def test_a_client_that_never_reads_costs_no_more_than_the_limit(self, channel: Channel) -> None:
        queue = ClientQueue(channel)
        for number in range(3 * conf.MAX_CLIENT_QUEUE_BYTES // 100):
            queue.put(frame(number, "x" * 100))
        assert queue.size_bytes <= conf.MAX_CLIENT_QUEUE_BYTES


class TestCatchingUp:
    async def test_a_key_that_waited_twice_is_told_again_after_its_first_frame_left(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        for number in (0, 0, *range(1, conf.MERGE_ABOVE_FRAMES)):
            queue.put(frame(number))
        assert await queue.get() == frame(0)
        queue.put(frame(0))
        waiting = await drain(queue)
        assert waiting.count(frame(0)) == 2
        assert waiting[-1] == frame(0)

    async def test_a_client_that_has_caught_up_gets_every_frame_again(self) -> None:
        queue = filled(conf.MERGE_ABOVE_FRAMES + 1)
        await drain(queue)
        for _ in range(2):
            queue.put(frame(0))
        assert await drain(queue) == [frame(0)] * 2


class TestEnd:
    async def test_what_waits_comes_before_the_end(self) -> None:
        queue = filled(2, Channel.EVENTS)
        queue.end(1012)
        assert ([await queue.get(), await queue.get(), await queue.get()], queue.close_code) == (
            [frame(0), frame(1), None],
            1012,
        )

    async def test_nothing_is_taken_after_the_end(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        queue.end(1012)
        queue.put(frame(1))
        assert await queue.get() is None

    async def test_a_reader_that_waits_hears_of_the_end(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        reader = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.end(1012)
        assert await reader is None


class TestAnswers:
    async def test_an_answer_goes_before_all_that_waits(self) -> None:
        queue = filled(3, Channel.EVENTS)
        queue.put_first(PONG_FRAME)
        assert await queue.get() is PONG_FRAME

    async def test_each_ping_gets_its_answer(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        for _ in range(3):
            queue.put_first(PONG_FRAME)
        assert [await queue.get() for _ in range(3)] == [PONG_FRAME] * 3

    async def test_answers_outlive_a_collapse(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        queue.put_first(PONG_FRAME)
        for number in range(3):
            queue.put(frame(number, HALF))
        assert await queue.get() is PONG_FRAME

    async def test_only_so_many_answers_wait(self) -> None:
        queue = ClientQueue(Channel.EVENTS)
        for _ in range(conf.MAX_WAITING_ANSWERS + 5):
            queue.put_first(PONG_FRAME)
        queue.end(1012)
        answers = [await queue.get() for _ in range(conf.MAX_WAITING_ANSWERS + 1)]
        assert answers == [*[PONG_FRAME] * conf.MAX_WAITING_ANSWERS, None]
