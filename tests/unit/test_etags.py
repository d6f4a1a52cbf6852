"""ETags of the process list: they change with ids, times and order, and match in three spellings."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from processes.etags import list_etag, matches
from processes.models import Process

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ETAG = 'W/"0x2b6cc7f5"'


def process(number: int, modified_at: datetime = NOON) -> Process:
    return Process(process_id=UUID(int=number), last_modified_at=modified_at)


def test_the_etag_of_no_rows_is_that_of_the_contract() -> None:
    assert list_etag([]) == 'W/"0x0"'


def test_the_same_rows_have_the_same_etag() -> None:
    assert list_etag([process(1), process(2)]) == list_etag(iter([process(1), process(2)]))


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([process(1)], id="fewer"),
        pytest.param([process(1), process(2), process(3)], id="more"),
        pytest.param([process(2), process(1)], id="other-order"),
        pytest.param([process(1), process(3)], id="other-id"),
        pytest.param([process(1), process(2, NOON + timedelta(microseconds=1))], id="modified"),
    ],
)
def test_other_rows_have_another_etag(others: list[Process]) -> None:
    assert list_etag(others) != list_etag([process(1), process(2)])


@pytest.mark.parametrize("header", ['W/"0x2b6cc7f5"', '"0x2b6cc7f5"', "0x2b6cc7f5", ' W/"0x2b6cc7f5" '])
def test_each_spelling_of_the_etag_matches(header: str) -> None:
    assert matches(header, ETAG)


@pytest.mark.parametrize("header", [None, "", 'W/"0x2b6cc7f6"', "2b6cc7f5", 'W/"0x0"', "0x2b6cc7f5x"])
def test_anything_else_does_not_match(header: str | None) -> None:
    assert not matches(header, ETAG)
