"""Measure what happens when all clients of a server are cut and come back within a second, as after a lost network.

    python -m benchmarks.storm [--rounds 1] [--clients 5000] [--only orchestrator-ws]

In each round each contender in turn has a new server on one core. Changes flow at 20 per second, for a quiet while and
then during the storm. Those of the product come back with their position, and must then have seen every change of the
storm; orchestrator-core has nothing of the kind, and fewer clients (``Contender.most_clients``). A client is served
once the answer to its ping, or another frame, is there. Others that stay connected say how long changes took meanwhile.
Statements are counted by PostgreSQL, less what the changes and the idle server cost in the quiet while.
"""

import math
import sys
import time
from urllib.parse import quote

import psycopg
from websockets.sync.client import connect

from benchmarks.contenders.running import ORCHESTRATOR_CORE, OWN, Addresses, Contender
from benchmarks.machine import cpu_seconds
from benchmarks.programs import load
from benchmarks.results import Figures, Wanted
from benchmarks.turns import arguments, take_turns

WATCHERS = 20
CHANGES_PER_SECOND = 20.0
QUIET_SECONDS, STORM_SECONDS, SETTLE_SECONDS = 3.0, 5.0, 2.5
RETURN_SECONDS = 1.0
KEYS = 1000  # more than there are changes: each is of another process
SERVED, FAILED, MISSED = "all served after, s", "never served", "changes missed, %"
# Those of "Fast: fan-out, latency, connection cost and storms".
WANTED = [
    Wanted(scenario="storm", figure=SERVED, peer=None, at_most=5.0),
    Wanted(scenario="storm", figure=FAILED, peer=None, at_most=0.0),
    Wanted(scenario="storm", figure=MISSED, peer=None, at_most=0.0),
]


def measure(contender: Contender, addresses: Addresses, count: int) -> dict[str, Figures]:
    """Return the figures of one contender."""
    count = int(min(count, contender.most_clients))
    with (
        psycopg.connect(addresses["DATABASE_URL"], autocommit=True) as observer,
        contender.run(addresses) as target,
        load() as watchers,
        load() as clients,
    ):
        observer.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        watchers.ask("connect", url=target.url, clients=WATCHERS)
        clients.ask("connect", url=target.url, clients=count)
        time.sleep(SETTLE_SECONDS)
        before = statements(observer)
        target.publisher.begin(rate=CHANGES_PER_SECOND, seconds=QUIET_SECONDS, keys=KEYS)
        quiet = target.publisher.finish()
        per_change = (statements(observer) - before) / quiet["changes"]
        quiet_latencies = watchers.ask("latencies", commits=quiet["commits"])
        url = f"{target.url}?since={quote(position(target.url))}" if contender is OWN else target.url
        watchers.ask("forget")
        before, cpu = statements(observer), cpu_seconds(target.pid)
        target.publisher.begin(rate=CHANGES_PER_SECOND, seconds=STORM_SECONDS, keys=KEYS)
        clients.ask("cut")
        served = clients.ask("connect", url=url, clients=count, rate=count / RETURN_SECONDS, is_asking=True)
        storm = target.publisher.finish()
        spent, cpu = statements(observer) - before, cpu_seconds(target.pid) - cpu
        time.sleep(SETTLE_SECONDS)
        lost, latencies = (
            each.ask(what, commits=storm["commits"]) for each, what in ((clients, "lost"), (watchers, "latencies"))
        )
    # Whoever has no positions cannot be told what it missed.
    missed = {MISSED: 100 * lost["lost"] / lost["pairs"]} if contender is OWN and lost["pairs"] else {}
    return {
        "storm": {
            "clients": count,
            SERVED: served["seconds"],
            FAILED: served["failed"],
            "longest wait, s": served["handshakes"].get("max", math.nan),
            "statements": spent - per_change * storm["changes"],
            "server CPU, s": cpu,
            "quiet latency p99, ms": quiet_latencies.get("p99", math.nan) * 1e3,
            "latency p50, ms": latencies.get("p50", math.nan) * 1e3,
            "latency max, ms": latencies.get("max", math.nan) * 1e3,
            **missed,
        }
    }


def statements(observer: psycopg.Connection) -> int:
    """Return how many statements PostgreSQL has run."""
    row = observer.execute("SELECT sum(calls)::int FROM pg_stat_statements").fetchone()
    assert row is not None
    return int(row[0])


def position(url: str) -> str:
    """Return the position of a client that has been told all up to now."""
    with connect(url) as client:
        client.send("__position__")
        while not (text := str(client.recv(timeout=10))).startswith('{"position":"'):
            pass
    return text.removeprefix('{"position":"').removesuffix('"}')


def main() -> int:
    """Run the measurement, print and write its figures, and return 1 where what is wanted is missed."""
    contenders = (OWN, ORCHESTRATOR_CORE)
    parser = arguments(__doc__, contenders)
    parser.add_argument("--clients", type=int, default=5000)
    options = parser.parse_args()
    return take_turns(
        "storm",
        contenders,
        lambda contender, addresses: measure(contender, addresses, options.clients),
        WANTED,
        options,
    )


if __name__ == "__main__":
    sys.exit(main())
