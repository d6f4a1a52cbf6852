"""A position tells which changes were visible, and survives being written down."""

from dataclasses import replace

import pytest

from events.positions import Position
from tests.visibility import sees

POSITION = Position(epoch=7, xmax=801, in_progress=frozenset({797, 795}))


@pytest.mark.parametrize(
    ("mark", "seen"),
    [(794, True), (795, False), (796, True), (797, False), (800, True), (801, False), (802, False)],
)
def test_what_was_in_progress_or_had_not_begun_is_not_seen(mark: int, seen: bool) -> None:
    assert sees(POSITION, mark) is seen


@pytest.mark.parametrize("text", ["7:801:795,797", "0:1:", "1764000000000000:9223372036854775807:5"])
def test_a_position_is_read_as_it_was_written(text: str) -> None:
    assert str(Position.parse(text)) == text


def test_the_text_of_a_position_says_all_of_it() -> None:
    assert Position.parse(str(POSITION)) == POSITION


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "1",
        "1:2",
        "1:2:3:4",
        "0:2:,",
        "0:2:3,",
        "0:-2:",
        "0:2:x",
        "0:2.0:",
        "0:2:\n",
        "0:\uff12:",
        "0:" + "9" * 20 + ":",
    ],
)
def test_what_never_was_a_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no position"):
        Position.parse(text)


@pytest.mark.parametrize(
    ("other", "included"),
    [
        (POSITION, True),
        (replace(POSITION, epoch=8), False),
        (Position(epoch=7, xmax=1), True),
        (Position(epoch=7, xmax=795), True),
        (Position(epoch=7, xmax=796), False),
        (Position(epoch=7, xmax=796, in_progress=frozenset({795})), True),
        (Position(epoch=7, xmax=801, in_progress=frozenset({795, 796, 797})), True),
        (Position(epoch=7, xmax=801, in_progress=frozenset({797})), False),
        (Position(epoch=7, xmax=802, in_progress=frozenset({795, 797, 801})), False),
    ],
)
def test_a_position_includes_another_when_it_sees_all_that_the_other_sees(other: Position, included: bool) -> None:
    assert POSITION.includes(other) is included
    sees_more = any(sees(other, mark) and not sees(POSITION, mark) for mark in range(790, 802))
    assert included or sees_more or other.xmax > POSITION.xmax or other.epoch != POSITION.epoch


@pytest.mark.parametrize("mark", [794, 795, 796, 798])
def test_a_position_until_a_mark_sees_what_the_whole_one_sees_up_to_it(mark: int) -> None:
    until = POSITION.until(mark)

    assert [each for each in range(790, 810) if sees(until, each)] == [
        each for each in range(790, mark + 1) if sees(POSITION, each)
    ]
    assert POSITION.includes(until)
