"""Measure what a publish costs Redis for each server that hears it: where classic publish and subscribe ends.

    python -m benchmarks.redis_deliveries [--rounds 1]

Redis is alone on one core. Subscribers are connections of one OS process on the other, which throws away what comes;
the publisher beside them sends messages as long as one with a single change is, each when Redis has taken the one
before, as servers do. The cost is the CPU of Redis, from ``/proc``, by deliveries. Linux only.
"""

import argparse
import selectors
import socket
import sys
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import redis as redis_client

from benchmarks.machine import LOAD_CORE, SERVER_CORE, cpu_seconds, on_core, raise_open_files
from benchmarks.results import Figures, Rounds, publish
from tests.services import redis

NAME = "redis_deliveries"
SUBSCRIBERS = (100, 400)
CHANNEL = "changes"
MESSAGE = b"x" * 204
SECONDS = 3.0
READ_BYTES = 256 * 1024


class Subscribers:
    """Connections that have subscribed; a thread empties them until the block ends."""

    def __init__(self, port: int, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read)
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(f"SUBSCRIBE {CHANNEL}\r\n".encode())
            connection.recv(READ_BYTES)
            self._selector.register(connection, selectors.EVENT_READ)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]

    def _read(self) -> None:
        while not self._is_over.is_set():
            for key, _ in self._selector.select(timeout=0.1):
                key.fileobj.recv(READ_BYTES)  # type: ignore[union-attr]


def measure(count: int) -> Figures:
    """Publish for some seconds to so many subscribers."""
    with ExitStack() as stack:
        with on_core(SERVER_CORE):
            url, process = stack.enter_context(redis())
        stack.enter_context(on_core(LOAD_CORE))
        client = stack.enter_context(redis_client.Redis.from_url(url))
        stack.enter_context(Subscribers(urlsplit(url).port or 0, count))
        cpu, begin, deliveries = cpu_seconds(process.pid), time.monotonic(), 0
        while time.monotonic() < begin + SECONDS:
            deliveries += int(client.publish(CHANNEL, MESSAGE))
        seconds, cpu = time.monotonic() - begin, cpu_seconds(process.pid) - cpu
    return {
        "CPU per delivery, µs": 1e6 * cpu / deliveries,
        "deliveries/s": deliveries / seconds,
        "core of Redis, %": 100 * cpu / seconds,
    }


def main() -> int:
    """Run the measurement, print and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    raise_open_files()
    rounds = Rounds(name=NAME, own="Redis")
    for _ in range(options.rounds):
        rounds.add("Redis", {f"{count} subscribers": measure(count) for count in SUBSCRIBERS})
    return publish(rounds, [], vars(options))


if __name__ == "__main__":
    sys.exit(main())
