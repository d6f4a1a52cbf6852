"""A server at which nothing happens asks the database a few times a second, however many clients it has."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.functional.clients import WebSocketClient
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once

TRANSACTIONS = 20
"""What a server alone may take four seconds for: log, reconciler, heartbeat and maintenance."""

CLIENTS = 50
WINDOWS = 3


@pytest.fixture
def count_transactions(environment: dict[str, str]) -> Iterator[Callable[[], int]]:
    """Return a function that tells how many transactions the database has seen; it looks from another database."""
    url = urlsplit(environment["DATABASE_URL"])

    def count() -> int:
        statement = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s"
        row = connection.execute(statement, [url.path.removeprefix("/")]).fetchone()
        assert row is not None
        return int(row[0])

    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as connection:
        yield count


def test_five_queries_a_second_at_most_with_fifty_clients(
    environment: dict[str, str], count_transactions: Callable[[], int]
) -> None:
    with run_server(**environment) as server, ExitStack() as stack:
        for client in [stack.enter_context(WebSocketClient(server.websocket_url())) for _ in range(CLIENTS)]:
            client.ping()

        took = [seconds_of_transactions(count_transactions) for _ in range(WINDOWS)]

        # The others may hold what the database does for itself, or what its statistics were late with.
        assert max(took) > TRANSACTIONS / 5 - 0.5


def seconds_of_transactions(count_transactions: Callable[[], int]) -> float:
    """Return how long some transactions take to come."""
    before, begin = count_transactions(), time.monotonic()
    eventually(lambda: count_transactions() >= before + TRANSACTIONS)
    return time.monotonic() - begin
