"""Measure how long a committed change takes to reach 500 websockets on two servers: p50, p99, and a ratio.

    python -m benchmarks.latency [--clients 500] [--changes 200] [--rate 20]

Three kinds of OS processes take part, so that none slows another one's clock: two uvicorn servers as ``make serve``
runs them, a committer that records one change at a time, and a listener that holds all websockets. All read the same
clock (``time.monotonic``). The time of a commit is taken between the commit and the hand-over to the broadcast thread.
Redis and PostgreSQL are private unless ``REDIS_URL`` or ``DATABASE_URL`` is set. The ratio compares the p99 with the
p50 of a bare Redis publish and subscribe, measured in the same run: it says what everything between costs.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import statistics
import subprocess
import sys
import time
import uuid
from functools import partial

import redis

from tests.servers import ROOT, manage, server
from tests.services import services

SETTLE_SECONDS = 2.5  # by then the change log has brought what the fast path lost
ROUND_TRIPS = 500
WARM_UP_CHANGES = 20
RAISED_LIMITS = {"WEBSOCKET_CONNECTIONS_PER_ADDRESS": "100000", "WEBSOCKET_HANDSHAKES_PER_MINUTE": "100000"}
HANDSHAKE = (
    "GET /api/ws/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)
# Each change of a process sends two frames, LIST and its id; the second one is measured.
PROCESS_ID = re.compile(rb'"processes","id":"([0-9a-f-]{36})"')


class Listener(asyncio.Protocol):
    """A websocket client that only notes when each frame came: a full client would spend more than it measures."""

    def __init__(self, port: int) -> None:
        self.arrivals: dict[str, float] = {}
        self.is_open = asyncio.get_running_loop().create_future()
        self._port = port
        # What came of a frame that has not come whole.
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the handshake."""
        assert isinstance(transport, asyncio.Transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(HANDSHAKE.format(port=self._port, key=key).encode())

    def data_received(self, data: bytes) -> None:
        """Note the time of every process frame."""
        now = time.monotonic()
        if not self.is_open.done():
            if not data.startswith(b"HTTP/1.1 101 "):
                raise ConnectionError(data[:100])
            self.is_open.set_result(None)
        data, end = self._rest + data, 0
        for found in PROCESS_ID.finditer(data):
            self.arrivals.setdefault(found[1].decode(), now)
            end = found.end()
        self._rest = data[end:][-200:]


async def listen(ports: list[int], client_count: int) -> None:
    """Connect, say so, take the commit times, and print the latencies per server (JSON lines)."""
    loop = asyncio.get_running_loop()
    clients: list[Listener] = []
    for number in range(client_count):
        port = ports[number % len(ports)]
        _, client = await loop.create_connection(partial(Listener, port), "127.0.0.1", port)
        await client.is_open
        clients.append(client)
    print("ready", flush=True)
    commits: dict[str, float] = json.loads(await asyncio.to_thread(sys.stdin.readline))
    await asyncio.sleep(SETTLE_SECONDS)
    for first in range(len(ports)):
        seen = [client.arrivals for client in clients[first :: len(ports)]]
        print(json.dumps([at[change] - commits[change] for at in seen for change in commits if change in at]))


def commit(change_count: int, rate: float) -> None:
    """Record changes one at a time and print their commit times (JSON)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
    import django  # noqa: PLC0415  only this OS process is one of Django's

    django.setup()
    from django.db import transaction  # noqa: PLC0415

    from events.changes import Change, ChangeKind  # noqa: PLC0415
    from events.recording import record  # noqa: PLC0415

    commits: dict[str, float] = {}
    begin = time.monotonic() + 0.5
    for number in range(WARM_UP_CHANGES + change_count):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        change_id = uuid.uuid4()
        with transaction.atomic():
            transaction.on_commit(lambda key=str(change_id): commits.setdefault(key, time.monotonic()))  # type: ignore[misc]
            record(Change(ChangeKind.PROCESS, change_id))
    print(json.dumps(dict(list(commits.items())[WARM_UP_CHANGES:])))


def deliver(ports: list[int], *, client_count: int, change_count: int, rate: float) -> list[list[float]]:
    """Return, for each server, the seconds that each delivery of the changes to each of its clients took."""
    role = [sys.executable, "-m", "benchmarks.latency", "--clients", str(client_count), "--role"]
    listening = [*role, "listen", "--ports", *map(str, ports)]
    listener = subprocess.Popen(listening, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert listener.stdin is not None
    assert listener.stdout is not None
    listener.stdout.readline()
    committing = [*role, "commit", "--changes", str(change_count), "--rate", str(rate)]
    commits = subprocess.run(committing, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    answer, _ = listener.communicate(commits)
    return [json.loads(line) for line in answer.splitlines()]


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


def report(name: str, seconds: list[float]) -> float:
    """Print one line of milliseconds and return the p99 in seconds."""
    ordered = sorted(seconds)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.50, 0.99))
    print(f"{name:<12} p50 {p50 * 1e3:8.2f} ms   p99 {p99 * 1e3:8.2f} ms   max {ordered[-1] * 1e3:8.2f} ms")
    return p99


def main() -> int:
    """Run the measurement, print its figures, and return 1 if a delivery is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="changes per second")
    parser.add_argument("--role", choices=["main", "listen", "commit"], default="main", help=argparse.SUPPRESS)
    parser.add_argument("--ports", type=int, nargs="*", default=[], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role == "listen":
        asyncio.run(listen(options.ports, options.clients))
        return 0
    if options.role == "commit":
        commit(options.changes, options.rate)
        return 0
    with services() as addresses:
        os.environ.update({"DEBUG": "true", "LOG_LEVEL": "WARNING", **RAISED_LIMITS, **addresses})
        manage("migrate", "--verbosity", "0")
        round_trip = redis_round_trip_seconds(os.environ["REDIS_URL"])
        with server() as first, server() as second:
            ports = [first.port, second.port]
            per_server = deliver(ports, client_count=options.clients, change_count=options.changes, rate=options.rate)
    delivered, expected = sum(map(len, per_server)), options.clients * options.changes
    print(f"{options.clients} clients on 2 servers, {options.changes} changes at {options.rate:g}/s")
    print(f"deliveries {delivered} of {expected}")
    for number, seconds in enumerate(per_server, start=1):
        report(f"server {number}", seconds)
    p99 = report("overall", [latency for seconds in per_server for latency in seconds])
    print(f"bare Redis publish to subscribe: p50 {round_trip * 1e3:.3f} ms")
    print(f"ratio      p99 is {p99 / round_trip:.0f} times the bare round trip")
    return 0 if delivered == expected else 1


if __name__ == "__main__":
    sys.exit(main())
