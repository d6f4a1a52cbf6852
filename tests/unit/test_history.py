"""What was delivered lately: each change once, and to a client exactly what its position does not see."""

from uuid import UUID

import pytest

from events import conf
from events.changes import Change, ChangeKind, LoggedChange
from events.history import History
from events.messages import LIST, CacheTag
from events.positions import Position

LONG_SECONDS = 60.0


def changed(log_id: int, mark: int | None = None, *, number: int | None = None) -> LoggedChange:
    """Return a change of the process with that number, by default that of the log id."""
    change = Change(ChangeKind.PROCESS, UUID(int=log_id if number is None else number))
    return LoggedChange(log_id, change, mark)


def at(xmax: int, *in_progress: int) -> Position:
    return Position(xmax=xmax, in_progress=frozenset(in_progress))


def logged(*newest: LoggedChange, in_progress: tuple[int, ...] = ()) -> History:
    """Return a history that begins with what one read brought."""
    return History(newest, at(1 + max(item.mark or 0 for item in newest), *in_progress))


def ids(tags: list[CacheTag] | None) -> list[int] | None:
    """Return the numbers of the processes among the tags, whose list must be there with them."""
    if tags is None:
        return None
    assert (("processes", LIST) in tags) is (len(tags) > 0)
    return [UUID(own_id).int for _, own_id in tags if own_id not in (LIST, None)]


def test_a_change_is_new_once_whichever_path_brings_it() -> None:
    history = History()

    assert [history.add(item) for item in (changed(1), changed(1, 10), changed(2, 11), changed(2))] == [
        True,
        False,
        True,
        False,
    ]


def test_what_was_in_the_log_before_is_not_new() -> None:
    assert logged(changed(1, 10)).add(changed(1)) is False


def test_a_client_missed_what_its_position_does_not_see() -> None:
    history = logged(changed(1, 10), changed(2, 11), changed(3, 12))

    assert ids(history.list_missed(at(12))) == [3]


def test_a_client_missed_what_was_in_progress_at_its_position() -> None:
    history = logged(changed(1, 9), changed(2, 11), changed(3, 12), changed(4, 13))

    assert ids(history.list_missed(at(13, 11))) == [2, 4]


def test_a_client_that_missed_nothing_gets_nothing() -> None:
    assert logged(changed(1, 10)).list_missed(at(11)) == []


def test_what_only_the_fast_path_has_brought_counts_as_missed() -> None:
    history = logged(changed(1, 10))
    history.add(changed(2))

    assert ids(history.list_missed(at(11))) == [2]


def test_each_tag_is_listed_once_where_it_changed_last() -> None:
    history = logged(changed(0, 5), *(changed(log_id, 9 + log_id, number=log_id % 2) for log_id in (1, 2, 3)))

    assert history.list_missed(at(10)) == [
        ("processes", str(UUID(int=0))),
        ("processes", LIST),
        ("processes", str(UUID(int=1))),
    ]


def test_a_position_before_what_is_remembered_cannot_be_answered() -> None:
    history = logged(changed(5, 10), changed(6, 11))

    assert history.list_missed(at(10)) is None
    assert history.list_missed(at(11)) is not None


def test_what_was_in_progress_and_may_have_expired_meanwhile_cannot_be_answered() -> None:
    assert logged(changed(5, 10), changed(6, 11)).list_missed(at(12, 9)) is None


def test_a_transaction_that_is_still_in_progress_hides_nothing() -> None:
    assert ids(logged(changed(5, 10), changed(6, 13), in_progress=(9,)).list_missed(at(12, 9))) == [6]


def test_a_log_that_was_empty_reaches_back_to_that_moment() -> None:
    history = History((), at(8))
    history.add(changed(1, 10), at(11))

    assert ids(history.list_missed(at(8))) == [1]
    assert history.list_missed(at(7)) is None


def test_the_log_is_right_where_the_fast_path_brought_something_else_under_the_same_id() -> None:
    history = History()
    history.add(changed(1, number=5))

    assert history.add(changed(1, 10, number=6), at(11)) is True
    assert ids(history.list_missed(at(10))) == [6]
    assert history.add(changed(1, 10, number=6), at(12)) is False


def filled(monkeypatch: pytest.MonkeyPatch) -> History:
    """Return a history that remembers 10 changes at most, into which 30 reads brought one each."""
    monkeypatch.setattr(conf, "MAX_HISTORY_CHANGES", 10)
    history = History()
    for log_id in range(30):
        history.add(changed(log_id, 100 + log_id), at(101 + log_id))
    return history


def test_what_was_forgotten_cannot_be_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    history = filled(monkeypatch)

    assert history.list_missed(at(119)) is None
    assert ids(history.list_missed(at(125))) == [25, 26, 27, 28, 29]


def test_a_change_that_commits_late_is_remembered_and_makes_nothing_answerable_that_was_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = filled(monkeypatch)

    history.add(changed(99, 50), at(131))

    assert history.list_missed(at(110)) is None
    assert ids(history.list_missed(at(128, 50))) is None
    assert ids(history.list_missed(at(129))) == [29]


def test_a_long_transaction_makes_what_is_remembered_no_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "MAX_HISTORY_CHANGES", 10)
    history = History()
    for log_id in range(30):
        history.add(changed(log_id, 100 + log_id), at(101 + log_id, 50))

    history.add(changed(99, 50), at(131))

    assert ids(history.list_missed(at(128, 50))) == [99, 28, 29]


def test_what_was_forgotten_is_told_by_the_latest_read_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "MAX_HISTORY_CHANGES", 20)
    history = History()
    # The fast path brings 1 while the read that brings 2 is on its way; only the next one brings 1.
    history.add(changed(1))
    history.add(changed(2, 101), at(102, 100))
    history.add(changed(1, 100), at(102))
    for log_id in range(3, 22):
        history.add(changed(log_id, 100 + log_id), at(101 + log_id))

    assert history.list_missed(at(102, 100)) is None


def test_changes_without_a_mark_are_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "MAX_HISTORY_CHANGES", 10)
    history = History()
    for log_id in range(30):
        history.add(changed(log_id))

    assert len(ids(history.list_missed(at(5))) or []) <= 10


def test_what_was_added_lately_is_recent_and_what_was_in_the_log_before_is_not() -> None:
    history = logged(changed(1, 10))
    history.add(changed(2))
    history.add(changed(3, 11), at(12))

    assert ids(history.list_recent(LONG_SECONDS)) == [2, 3]


def test_all_may_be_recent() -> None:
    history = History()
    history.add(changed(1))

    assert ids(history.list_recent(LONG_SECONDS)) == [1]


def test_nothing_is_recent_within_no_time() -> None:
    history = History()
    history.add(changed(1))

    assert history.list_recent(0) == []
