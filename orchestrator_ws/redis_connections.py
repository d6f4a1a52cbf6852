"""How the channel layer connects to Redis: fails fast, since the change log brings the rest, and notices silence."""

import socket
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from orchestrator_ws.sentinel_url import is_sentinel_url, parse_sentinel_url

CONNECT_TIMEOUT_SECONDS = 1.0
"""As long as the broadcast thread waits for a send."""

SENTINEL_TIMEOUT_SECONDS = 0.25
"""Sentinels are asked in turn within that second: a silent one must leave time for the others."""

# Without pings, what TCP finds out about a server that vanished never reaches the subscriber, and worse: redis-py takes
# ETIMEDOUT for "no message yet" and returns at once, so that the loop that asks for messages never lets go again.
HEALTH_CHECK_SECONDS = 10
"""A connection that was silent for so long is pinged."""

UNANSWERED_MILLISECONDS = 30_000
"""TCP gives up a connection whose peer has not acknowledged a ping for so long; by default a quarter of an hour."""


def redis_connection(url: str) -> dict[str, Any]:
    """Return the ``hosts`` entry of ``channels_redis`` for a checked ``REDIS_URL``."""
    once = {"retry": Retry(NoBackoff(), 0)}
    connection = {
        **once,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "health_check_interval": HEALTH_CHECK_SECONDS,
    }
    if not url.startswith("unix:") and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection["socket_keepalive_options"] = {socket.TCP_USER_TIMEOUT: UNANSWERED_MILLISECONDS}
    if not is_sentinel_url(url):
        return {"address": url, **connection}
    named = parse_sentinel_url(url)
    timeouts = {"socket_connect_timeout": SENTINEL_TIMEOUT_SECONDS, "socket_timeout": SENTINEL_TIMEOUT_SECONDS}
    return {
        "sentinels": named.sentinels,
        "sentinel_kwargs": {**once, **timeouts},
        "master_name": named.master_name,
        "db": named.database,
        "username": named.username,
        "password": named.password,
        **connection,
    }
