"""Two thousand clients reconnect at once: no query for any of them, all are served soon, events flow meanwhile."""

import asyncio
import json
import time
from itertools import pairwise
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest

from tests.functional.clients import process_invalidation
from tests.functional.committing import commit_changes
from tests.functional.crowds import Member, join
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import TIMEOUT_SECONDS, aeventually

pytestmark = [pytest.mark.alone, pytest.mark.once, pytest.mark.timeout(120)]

SLACK = TIMEOUT_SECONDS / 10
CLIENTS = 2000
WITHIN_SECONDS = 1.0
SERVED_SECONDS = 5.0 * SLACK
HEALED_SECONDS = 2.0 * SLACK
MISSED = 20
"""Changes that each client has missed when it comes back."""
FIRST_MISSED = 100
LAST_MISSED = process_invalidation(str(UUID(int=FIRST_MISSED + MISSED - 1)))
MEANWHILE = 20
"""Changes while they come."""
FIRST_NEW = 1000
OTHER_TRANSACTIONS_PER_SECOND = 10
"""The reads of the log, and what connects to the database; one per client would be hundreds."""


def count_transactions(environment: dict[str, str]) -> int:
    """Return how many transactions, so at least queries, the database has seen."""
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        row = connection.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def position_of(server: Server) -> str:
    """Return the position of a client that was told everything."""
    answered = asyncio.get_running_loop().create_future()

    def note(_: Member, text: str) -> None:
        if text.startswith('{"position"'):
            answered.set_result(json.loads(text)["position"])

    member = await join(server.port, on_text=note)
    member.send("__position__")
    position = await answered
    await member.leave()
    return str(position)


def frame_of(number: int) -> str:
    return process_invalidation(str(UUID(int=number)))


async def come_back(port: int, since: str, pause_seconds: float) -> tuple[Member, float]:
    """Connect after a pause; return when the last missed frame has come, and how long that took."""
    await asyncio.sleep(pause_seconds)
    told, began = asyncio.Event(), time.monotonic()

    def note(_: Member, text: str) -> None:
        if text == LAST_MISSED:
            told.set()

    member = await join(port, f"?since={quote(since)}", note)
    await told.wait()
    return member, time.monotonic() - began


async def storm(server: Server, environment: dict[str, str]) -> None:
    since = await position_of(server)
    await asyncio.to_thread(commit_changes, environment, MISSED, first=FIRST_MISSED)
    witness = await join(server.port)
    before, began = count_transactions(environment), time.monotonic()

    coming = [come_back(server.port, since, WITHIN_SECONDS * number / CLIENTS) for number in range(CLIENTS)]
    committing = asyncio.create_task(asyncio.to_thread(commit_changes, environment, MEANWHILE, first=FIRST_NEW))
    answers = await asyncio.gather(*coming)
    await committing
    served_after = max(seconds for _, seconds in answers)
    lasted = time.monotonic() - began
    transactions = count_transactions(environment) - before
    print(f"the last of {CLIENTS} was served after {served_after:.2f} s; {transactions} transactions in {lasted:.1f} s")

    members = [witness, *(member for member, _ in answers)]
    await aeventually(lambda: all(frame_of(FIRST_NEW + MEANWHILE - 1) in member.arrivals for member in members))
    assert served_after < SERVED_SECONDS
    assert transactions < MEANWHILE + OTHER_TRANSACTIONS_PER_SECOND * lasted
    for member in members[1:]:
        assert all(frame_of(FIRST_MISSED + number) in member.arrivals for number in range(MISSED))
    new = [witness.arrivals[frame_of(FIRST_NEW + number)] for number in range(MEANWHILE)]
    assert max(later - earlier for earlier, later in pairwise(new)) < HEALED_SECONDS
    for member in members:
        await member.leave(orderly=False)


def test_two_thousand_clients_reconnect_within_a_second(environment: dict[str, str]) -> None:
    # Without asyncio's debug mode on either side: this is about time.
    with run_server(**environment, LOG_LEVEL="WARNING", PYTHONASYNCIODEBUG="") as server:
        commit_changes(environment, 1)
        asyncio.run(storm(server, environment), debug=False)
