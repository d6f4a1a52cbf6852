"""How Celery connects to its broker, a Redis: in kombu's words what ``redis_connections`` says in those of redis-py."""

import ssl
from typing import Any
from urllib.parse import quote

from orchestrator_ws.redis_connections import CONNECT_TIMEOUT_SECONDS, HEALTH_CHECK_SECONDS, SENTINEL_TIMEOUT_SECONDS
from orchestrator_ws.sentinel_url import SentinelUrl, is_sentinel_url, parse_sentinel_url

ANSWER_TIMEOUT_SECONDS = 2.0
"""A broker that is halted must not hold up the one thread that sends for longer; longer than it holds back a poll."""


def celery_broker(url: str, prefix: str) -> dict[str, Any]:
    """Return Celery's settings of the broker at a checked address; ``prefix`` begins all its keys."""
    transport_options: dict[str, Any] = {
        "global_keyprefix": prefix,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "socket_timeout": ANSWER_TIMEOUT_SECONDS,
        "health_check_interval": HEALTH_CHECK_SECONDS,
        # Whoever sends or counts fails at once; a worker waits for its broker in a way of its own.
        "max_retries": 0,
    }
    settings: dict[str, Any] = {"broker_url": url, "broker_transport_options": transport_options}
    if url.startswith("rediss:"):
        # As redis-py does; kombu would take any certificate.
        settings["broker_use_ssl"] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    if url.startswith("unix:"):
        settings["broker_url"] = url.replace("unix:", "redis+socket:", 1)
    if is_sentinel_url(url):
        named = parse_sentinel_url(url)
        settings["broker_url"] = ";".join(_sentinel(named, host, port) for host, port in named.sentinels)
        timeouts = {"socket_connect_timeout": SENTINEL_TIMEOUT_SECONDS, "socket_timeout": SENTINEL_TIMEOUT_SECONDS}
        transport_options |= {"master_name": named.master_name, "sentinel_kwargs": timeouts}
    return settings


def _sentinel(named: SentinelUrl, host: str, port: int) -> str:
    """Return one of the addresses that kombu tries in turn; user and password are those of the Redis servers."""
    credentials = ":".join(quote(part or "", safe="") for part in (named.username, named.password))
    login = f"{credentials}@" if credentials != ":" else ""
    return f"sentinel://{login}{f'[{host}]' if ':' in host else host}:{port}/{named.database}"
