"""The URL that names Sentinels: what it may leave out, and the reason why one is not valid."""

import pytest

from orchestrator_ws.sentinel_url import SentinelUrl, is_sentinel_url, parse_sentinel_url


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("redis+sentinel://h/m", True),
        ("redis+sentinel:h/m", True),
        ("redis://h", False),
        ("redis+sentinels://h/m", False),
    ],
)
def test_the_scheme_alone_says_that_it_is_one(url: str, is_one: bool) -> None:
    assert is_sentinel_url(url) is is_one


def test_everything_can_be_said() -> None:
    url = "redis+sentinel://user:pass%40%2Fword@a.example.org:1,10.0.0.1:2,[::1]:3/my%20master/4"
    assert parse_sentinel_url(url) == SentinelUrl(
        sentinels=(("a.example.org", 1), ("10.0.0.1", 2), ("::1", 3)),
        master_name="my master",
        database=4,
        username="user",
        password="pass@/word",
    )


@pytest.mark.parametrize("url", ["redis+sentinel://h/m", "redis+sentinel://@h/m/"], ids=["bare", "with-delimiters"])
def test_only_a_server_and_the_master_must_be_said(url: str) -> None:
    assert parse_sentinel_url(url) == SentinelUrl(
        sentinels=(("h", 26379),), master_name="m", database=0, username=None, password=None
    )


def test_a_password_needs_no_user() -> None:
    url = parse_sentinel_url("redis+sentinel://:secret@h/m")
    assert (url.username, url.password) == (None, "secret")


def test_spaces_between_the_servers_do_not_matter() -> None:
    assert parse_sentinel_url("redis+sentinel://a, b:1/m").sentinels == (("a", 26379), ("b", 1))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis+sentinel://", "no server is named"),
        ("redis+sentinel:h/m", "no server is named"),
        ("redis+sentinel:///m/0", "no server is named"),
        ("redis+sentinel://a,,b/m", "no server is named"),
        ("redis+sentinel://a,/m", "no server is named"),
        ("redis+sentinel://:26379/m", "no server is named"),
        ("redis+sentinel://u:p@/m", "no server is named"),
        ("redis+sentinel://a:1,b:many/m", "the port is no number"),
        ("redis+sentinel://a:65536/m", "the port is no number"),
        ("redis+sentinel://a:-1/m", "the port is no number"),
        ("redis+sentinel://a", "no master is named"),
        ("redis+sentinel://a/", "no master is named"),
        ("redis+sentinel://a//0", "no master is named"),
        ("redis+sentinel://a/m/first", "the database is no number"),
        ("redis+sentinel://a/m/-1", "the database is no number"),
        ("redis+sentinel://a/m/0/1", "the database is no number"),
        ("redis+sentinel://a/m?db=1", "it has parameters"),
        ("redis+sentinel://a/m#0", "it has parameters"),
        (
            "redis+sentinel://u:p@a,u:p@b/m",
            "user and password stand once, before the first server, and an @ in them is written %40",
        ),
    ],
)
def test_a_wrong_one_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        parse_sentinel_url(url)
