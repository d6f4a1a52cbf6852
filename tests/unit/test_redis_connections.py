"""What the channel layer is told of Redis: how long to wait and how often to try, whatever the URL names."""

import socket

import pytest

from orchestrator_ws.redis_connections import redis_connection

SENTINELS = "redis+sentinel://user:secret@a:1,b/m/2"


@pytest.mark.parametrize("url", ["redis://h:6379/0", "rediss://:p@h", "unix:///run/redis.sock"])
def test_an_address_goes_to_the_client_as_it_is(url: str) -> None:
    assert redis_connection(url)["address"] == url


def test_sentinels_are_named_with_what_the_master_is_told() -> None:
    connection = redis_connection(SENTINELS)
    told = ("sentinels", "master_name", "db", "username", "password")
    assert [connection[key] for key in told] == [(("a", 1), ("b", 26379)), "m", 2, "user", "secret"]
    assert "address" not in connection


@pytest.mark.parametrize("url", ["redis://h", "rediss://h", "unix:///run/redis.sock", SENTINELS])
def test_a_server_has_one_try_and_one_second_and_its_silence_is_noticed(url: str) -> None:
    connection = redis_connection(url)
    assert connection["retry"].get_retries() == 0
    assert connection["socket_connect_timeout"] == 1.0
    assert connection["health_check_interval"] == 10


def test_three_silent_sentinels_leave_time_for_a_fourth() -> None:
    asked = redis_connection(SENTINELS)["sentinel_kwargs"]
    assert asked["retry"].get_retries() == 0
    assert asked["socket_connect_timeout"] == asked["socket_timeout"] == 0.25


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux limits how long TCP may try")
@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("redis://h", {getattr(socket, "TCP_USER_TIMEOUT", 0): 30_000}),
        (SENTINELS, {getattr(socket, "TCP_USER_TIMEOUT", 0): 30_000}),
        ("unix:///run/redis.sock", None),
    ],
    ids=["tcp", "sentinels", "unix"],
)
def test_tcp_gives_up_a_peer_that_acknowledges_nothing(url: str, options: dict[int, int] | None) -> None:
    assert redis_connection(url).get("socket_keepalive_options") == options
