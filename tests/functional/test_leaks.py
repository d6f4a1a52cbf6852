"""Ten thousand clients come and go: memory, file descriptors, and connections to Redis and the database stay flat."""

import asyncio
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import linear_regression

import psycopg
import pytest
import redis

from tests.functional.crowds import join
from tests.servers import Server
from tests.servers import server as run_server

pytestmark = [pytest.mark.alone, pytest.mark.once, pytest.mark.timeout(300)]

CONNECTS = 10_000
AT_ONCE = 50
SAMPLES = 10
WARM_UP = 8_000
"""Connects before the first sample: by then pools, caches and the allocator have what they need."""
MAX_BYTES_PER_CONNECT = 100
"""A client that is not forgotten costs 20 KB and more."""
MAX_PIECES = 5
"""So many file descriptors or connections may come and go for other reasons."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    memory_bytes: int
    file_descriptors: int
    redis_clients: int
    database_connections: int


def usage_of(server: Server, environment: dict[str, str]) -> Usage:
    folder = Path(f"/proc/{server.process.pid}")
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert row is not None
    with redis.Redis.from_url(environment["REDIS_URL"]) as client:
        redis_clients = len(client.client_list())
    return Usage(
        memory_bytes=int((folder / "statm").read_text().split()[1]) * 4096,
        file_descriptors=len(list((folder / "fd").iterdir())),
        redis_clients=redis_clients,
        database_connections=int(row[0]),
    )


async def come_and_go(server: Server, count: int) -> None:
    """Let ``count`` clients connect, each leaves, and every third vanishes."""

    async def one_after_another(first: int) -> None:
        for number in range(first, count, AT_ONCE):
            member = await join(server.port, "?since=" if number % 2 else "")
            await member.leave(orderly=number % 3 > 0)

    await asyncio.gather(*[one_after_another(first) for first in range(AT_ONCE)])


def test_nothing_grows_with_the_clients_that_came_and_went(environment: dict[str, str]) -> None:
    with run_server(**environment, LOG_LEVEL="WARNING", PYTHONASYNCIODEBUG="") as server:
        asyncio.run(come_and_go(server, WARM_UP), debug=False)
        samples = [usage_of(server, environment)]
        for _ in range(SAMPLES):
            asyncio.run(come_and_go(server, CONNECTS // SAMPLES), debug=False)
            samples.append(usage_of(server, environment))

    connects = [number * CONNECTS / SAMPLES for number in range(SAMPLES + 1)]
    slopes = [linear_regression(connects, series).slope for series in zip(*map(astuple, samples), strict=True)]
    print(samples[0], samples[-1], slopes)
    memory, *pieces = slopes
    assert memory < MAX_BYTES_PER_CONNECT
    assert all(slope * CONNECTS < MAX_PIECES for slope in pieces), pieces
