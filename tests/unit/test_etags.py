"""ETags of lists: they change with the version of a row and with the order, and match in three spellings."""

import pytest

from orchestrator_ws.etags import list_etag, matches

ETAG = 'W/"0x2b6cc7f5"'


def test_the_etag_of_no_rows_is_that_of_the_contract() -> None:
    assert list_etag(b"[]") == 'W/"0x0"'


def test_the_same_rows_have_the_same_etag() -> None:
    assert list_etag(b"[1,2]") == list_etag(b"[1,2]")


@pytest.mark.parametrize(
    "others",
    [
        pytest.param(b"[1]", id="fewer"),
        pytest.param(b"[1,2,3]", id="more"),
        pytest.param(b"[2,1]", id="other-order"),
        pytest.param(b"[1,3]", id="other-version"),
    ],
)
def test_other_rows_have_another_etag(others: bytes) -> None:
    assert list_etag(others) != list_etag(b"[1,2]")


@pytest.mark.parametrize("header", ['W/"0x2b6cc7f5"', '"0x2b6cc7f5"', "0x2b6cc7f5", ' W/"0x2b6cc7f5" '])
def test_each_spelling_of_the_etag_matches(header: str) -> None:
    assert matches(header, ETAG)


@pytest.mark.parametrize("header", [None, "", 'W/"0x2b6cc7f6"', "2b6cc7f5", 'W/"0x0"', "0x2b6cc7f5x"])
def test_anything_else_does_not_match(header: str | None) -> None:
    assert not matches(header, ETAG)
