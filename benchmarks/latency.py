"""Measure how long a committed change takes to reach 2,000 websockets, and how long without Redis.

    python -m benchmarks.latency [--rounds 1] [--clients 2000] [--changes 100] [--only orchestrator-ws]

In each round each contender in turn has a new server on one core; the load, the publisher, Redis and PostgreSQL share
the other one. Each change is of another process and committed by itself. The time of a commit is taken between the
commit and the hand-over to the broadcast thread, that of an arrival when the client has the bytes of the frame with
the id, which follows LIST; all OS processes read the same clock. Redis is then killed, and the change log delivers; the
others have nothing of the kind. Two measurements of the same run say what is the machine's share: the time of a bare
Redis publish and subscribe, and how long a computation takes on the idle core of the server that is as long as a round
through all clients, as often as there are changes.
"""

import statistics
import sys
import time

import redis

from benchmarks.contenders.running import ORCHESTRATOR_CORE, OWN, TEXTBOOK_CORE, Addresses, Contender
from benchmarks.load_generator import quantiles
from benchmarks.machine import SERVER_CORE, on_core
from benchmarks.programs import Load, Publisher, load
from benchmarks.results import Figures, Wanted
from benchmarks.turns import arguments, take_turns
from tests.services import redis as private_redis

CHANGES_PER_SECOND = 20.0
WARM_UP_CHANGES = 20
SETTLE_SECONDS = 2.5  # by then the change log has brought what the fast path lost
ROUND_TRIPS = 500
KEYS = 1000
COMPUTATION_LENGTH = 250_000  # some 20 ms
FAST, WITHOUT_REDIS = "fast path", "Redis is dead"
P99, MISSING = "p99, ms", "deliveries missing"
# Those of "Fast: fan-out, latency, connection cost and storms".
WANTED = [
    Wanted(scenario=FAST, figure=P99, peer=None, at_most=50.0),
    Wanted(scenario=FAST, figure=MISSING, peer=None, at_most=0.0),
    Wanted(scenario=WITHOUT_REDIS, figure=P99, peer=None, at_most=2100.0),
    Wanted(scenario=WITHOUT_REDIS, figure=MISSING, peer=None, at_most=0.0),
]


def deliver(publisher: Publisher, clients: Load, *, change_count: int, rate: float) -> Figures:
    """Announce changes and return the count and the quantiles of the seconds that their deliveries took."""
    publisher.begin(rate=rate, seconds=WARM_UP_CHANGES / rate, keys=WARM_UP_CHANGES)
    publisher.finish()
    time.sleep(SETTLE_SECONDS)
    clients.ask("forget")
    publisher.begin(rate=rate, seconds=change_count / rate, keys=change_count)
    done = publisher.finish()
    time.sleep(SETTLE_SECONDS)
    return clients.ask("latencies", commits=done["commits"])


def measure(contender: Contender, addresses: Addresses, client_count: int, change_count: int) -> dict[str, Figures]:
    """Return the figures of one contender."""
    figures = {}
    with private_redis() as (redis_url, redis_process):
        round_trip = redis_round_trip_seconds(redis_url)
        with contender.run({**addresses, "REDIS_URL": redis_url}) as target, load() as clients:
            clients.ask("connect", url=target.url, clients=client_count)
            expected = client_count * change_count
            fast = deliver(target.publisher, clients, change_count=change_count, rate=CHANGES_PER_SECOND)
            figures[FAST] = milliseconds(fast, expected)
            figures[FAST]["p99, bare round trips"] = fast.get("p99", 0.0) / round_trip
            if contender is OWN:
                alone = milliseconds(computation_alone(change_count), change_count)
                figures[FAST].update({f"computation alone, {name}": alone[name] for name in ("p50, ms", P99)})
                redis_process.kill()
                redis_process.wait()
                slow = deliver(target.publisher, clients, change_count=change_count, rate=CHANGES_PER_SECOND)
                figures[WITHOUT_REDIS] = milliseconds(slow, expected)
    return figures


def milliseconds(delivered: Figures, expected: int) -> Figures:
    """Return the figures of a table."""
    quantiles = {f"{name}, ms": seconds * 1e3 for name, seconds in delivered.items() if name != "count"}
    return {**quantiles, MISSING: expected - delivered["count"]}


def computation_alone(count: int) -> Figures:
    """Return the count and the quantiles of the seconds that a computation took each time, on an idle core."""
    seconds = []
    with on_core(SERVER_CORE):
        for _ in range(count):
            begin, seen = time.monotonic(), {}
            for number in range(COMPUTATION_LENGTH):
                seen[number % KEYS] = number
            seconds.append(time.monotonic() - begin)
            time.sleep(max(0.0, 1 / CHANGES_PER_SECOND - seconds[-1]))
    return quantiles(seconds)


def redis_round_trip_seconds(url: str) -> float:
    """Return the median time from a publish to its arrival at a subscriber, over bare connections."""
    with redis.Redis.from_url(url) as publisher, redis.Redis.from_url(url) as connection:
        subscriber = connection.pubsub(ignore_subscribe_messages=True)
        subscriber.subscribe("latency")
        subscriber.get_message(timeout=1)
        times = []
        for _ in range(ROUND_TRIPS):
            before = time.monotonic()
            publisher.publish("latency", b"x" * 100)
            while subscriber.get_message(timeout=1) is None:
                pass
            times.append(time.monotonic() - before)
        subscriber.close()
    return statistics.median(times)


def main() -> int:
    """Run the measurement, print and write its figures, and return 1 where what is wanted is missed."""
    contenders = (OWN, TEXTBOOK_CORE, ORCHESTRATOR_CORE)
    parser = arguments(__doc__, contenders)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=100)
    options = parser.parse_args()
    return take_turns(
        "latency",
        contenders,
        lambda contender, addresses: measure(contender, addresses, options.clients, options.changes),
        WANTED,
        options,
    )


if __name__ == "__main__":
    sys.exit(main())
