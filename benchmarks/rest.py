"""Measure three requests with 100,000 processes: a list of 50 of them, one with 100 steps, and a start.

    python -m benchmarks.rest [--processes 100000] [--requests 100] [--rounds 3]

One server as ``make serve`` runs it, on a core of its own; one client that sends a request when the one before is
answered, on the other, which PostgreSQL uses too. Both services are private. Statements are counted by PostgreSQL,
with those that the server sends by itself meanwhile, a few in a second. Ends with 1 if the median of the list is above
``WANTED_LIST_MS``. Linux only.
"""

import argparse
import http.client
import json
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass

import psycopg

from benchmarks.machine import LOAD_CORE, cpu_seconds, on_core, pinned_server
from benchmarks.rest_rows import LONG_PROCESS, fill
from tests.servers import ROOT, manage
from tests.services import postgres, redis

RESULTS = ROOT / "benchmarks/results/rest.json"
WANTED_LIST_MS = 30.0
WARM_UP_REQUESTS = 10
COUNT_STATEMENTS = (
    "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements"
    " WHERE query !~* '^(begin|commit|rollback|set)' AND query !~ 'pg_stat_statements'"
)
ENVIRONMENT = {
    "DEBUG": "false",
    "SECRET_KEY": "benchmark" * 8,
    "OAUTH2_ACTIVE": "false",
    "ALLOWED_HOSTS": "127.0.0.1",
    "LOG_LEVEL": "WARNING",
}

Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to measure."""

    name: str
    method: str
    path: str
    body: str | None = None


CALLS = (
    Call(name="list", method="GET", path="/api/processes/?range=0,50&sort=started_at,desc"),
    Call(name="detail", method="GET", path=f"/api/processes/{LONG_PROCESS}"),
    Call(name="start", method="POST", path="/api/processes/demo_confirm_change", body="[{}]"),
)


def measure(call: Call, port: int, pid: int, database: psycopg.Connection, requests: int) -> Figures:
    """Send the request so many times over one connection and return what that took, times in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    seconds = []
    statements, cpu = 0, 0.0
    for number in range(WARM_UP_REQUESTS + requests):
        if number == WARM_UP_REQUESTS:
            statements, cpu = _statements(database), cpu_seconds(pid)
        before = time.perf_counter()
        connection.request(call.method, call.path, call.body)
        answer = connection.getresponse()
        content = answer.read()
        if number >= WARM_UP_REQUESTS:
            seconds.append(time.perf_counter() - before)
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{call.method} {call.path}: {answer.status} {content!r}")
    cpu, statements = cpu_seconds(pid) - cpu, _statements(database) - statements
    connection.close()
    seconds.sort()
    return {
        "requests_per_second": requests / sum(seconds),
        "p50_ms": 1000 * statistics.median(seconds),
        "p99_ms": 1000 * seconds[int(requests * 0.99)],
        "server_cpu_ms": 1000 * cpu / requests,
        "statements": statements / requests,
    }


def _statements(database: psycopg.Connection) -> int:
    row = database.execute(COUNT_STATEMENTS).fetchone()
    assert row is not None
    return int(row[0])


def report(rounds: dict[str, list[Figures]]) -> None:
    """Print each figure of each request: least, median and greatest of the rounds."""
    for name, figures in rounds.items():
        for figure in figures[0]:
            values = [each[figure] for each in figures]
            print(f"{name:<8}{figure:<22}{min(values):>10.2f}{statistics.median(values):>10.2f}{max(values):>10.2f}")


def main() -> int:
    """Run the measurement, print its figures, write them as JSON, and return 1 if the list takes too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds: dict[str, list[Figures]] = {call.name: [] for call in CALLS}
    os.environ["PREFER_WHEELS"] = "1"  # only they are sure to have pg_stat_statements
    os.environ.update(ENVIRONMENT)
    with (
        on_core(LOAD_CORE),
        postgres("shared_preload_libraries=pg_stat_statements", "shared_buffers=256MB") as (address, _),
        redis() as (redis_address, _),
    ):
        os.environ.update({"DATABASE_URL": address, "REDIS_URL": redis_address})
        manage("migrate", "--verbosity", "0")
        with psycopg.connect(address) as database:
            fill(database, options.processes)
            database.execute("CREATE EXTENSION pg_stat_statements")
            with pinned_server() as server:
                for _ in range(options.rounds):
                    for call in CALLS:
                        figures = measure(call, server.port, server.process.pid, database, options.requests)
                        rounds[call.name].append(figures)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    print(f"{options.processes} processes, {options.requests} requests each; {machine}")
    print(f"{'':<30}{'min':>10}{'median':>10}{'max':>10}")
    report(rounds)
    middle = statistics.median(each["p50_ms"] for each in rounds["list"])
    print(f"a list of 50: {middle:.1f} ms, {WANTED_LIST_MS:g} wanted")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine, **vars(options), "rounds": rounds}, indent=2) + "\n")
    return 0 if middle <= WANTED_LIST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
