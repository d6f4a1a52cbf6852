"""How Celery reaches its broker, for each way to write the address."""

import ssl
from typing import Any

import pytest
from kombu import Connection

from orchestrator_ws.celery_broker import celery_broker


def connection(url: str) -> Connection:
    settings = celery_broker(url, "prefix-")
    return Connection(
        settings["broker_url"],
        ssl=settings.get("broker_use_ssl"),
        transport_options=settings["broker_transport_options"],
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h/0", ("redis", "h", None, None, None, "0")),
        ("redis://:p%40@h:1/2", ("redis", "h", 1, None, "p@", "2")),
        ("rediss://u:p@h:1/2", ("rediss", "h", 1, "u", "p", "2")),
        ("redis+sentinel://a:1,[::1]/m", ("sentinel", "a", 1, None, None, "0")),
        ("redis+sentinel://u:p%2F@a/m/3", ("sentinel", "a", 26379, "u", "p/", "3")),
    ],
)
def test_kombu_understands_the_address(url: str, expected: tuple[Any, ...]) -> None:
    made = connection(url)

    port = made.port if expected[2] is not None else None
    seen = (made.transport_cls, made.hostname, port, made.userid, made.password, made.virtual_host or None)
    assert seen == expected


def test_a_socket_is_named_by_its_path() -> None:
    assert connection("unix:///run/redis.sock").as_uri() == "redis+socket:///run/redis.sock"


def test_every_sentinel_is_asked() -> None:
    settings = celery_broker("redis+sentinel://:p@a:1,b,[::1]:3/m/4", "prefix-")

    assert settings["broker_url"] == "sentinel://:p@a:1/4;sentinel://:p@b:26379/4;sentinel://:p@[::1]:3/4"
    assert settings["broker_transport_options"]["master_name"] == "m"


def test_the_certificate_of_the_broker_is_checked() -> None:
    assert connection("rediss://h").ssl == {"ssl_cert_reqs": ssl.CERT_REQUIRED}


def test_all_keys_begin_with_the_prefix() -> None:
    assert celery_broker("redis://h", "prefix-")["broker_transport_options"]["global_keyprefix"] == "prefix-"
