"""Measure four requests with 100,000 processes: a list of 50, the UI's page of 15, one with 100 steps, a start.

    python -m benchmarks.rest [--rounds 1] [--processes 100000] [--requests 50] [--only orchestrator-ws]

In each round each contender in turn has a new server on one core; one client, which sends a request when the one
before is answered, is on the other, with PostgreSQL and Redis, which are private. Each contender has a database of its
own, made by its own migrations and filled once with the same rows (``rest_rows``). Statements are counted by
PostgreSQL, with those that the server sends by itself meanwhile, a few in a second; ``BEGIN`` and ``COMMIT`` are not.
Statements and CPU of a start are those until the last process is suspended. Linux only; ``make bench-peers`` installs
orchestrator-core.
"""

import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from benchmarks.contenders.rest import REST_CONTENDERS, RestContender, RestServer
from benchmarks.contenders.running import ORCHESTRATOR_CORE, OWN, Addresses
from benchmarks.load_generator import quantiles
from benchmarks.machine import LOAD_CORE, cpu_seconds, on_core, waiting_seconds
from benchmarks.rest_rows import LONG_PROCESS, LONG_STEPS, fill
from benchmarks.results import Figures, Rounds, Wanted, publish
from benchmarks.turns import arguments, chosen
from tests.servers import ROOT, START_SECONDS
from tests.services import postgres, redis
from tests.ui.documents import PROCESS_LIST
from tests.waiting import eventually

EXTENSIONS = ROOT / "benchmarks/step_engines/postgresql"
OBSERVER = "observer"  # the database user whose statements are not counted
WARM_UP_REQUESTS = 10
LISTED = 50
LISTED_BY_THE_UI = 15
P50 = "p50, ms"
# Those of "Fast: fan-out, latency, connection cost and storms", and of "The unmodified Orchestrator UI v2 runs on it".
WANTED = [
    Wanted(scenario="list", figure=P50, peer=None, at_most=30.0),
    Wanted(scenario="list", figure=P50, peer=ORCHESTRATOR_CORE.name, at_most=1.0),
    Wanted(scenario="graphql", figure=P50, peer=None, at_most=100.0),
]
COUNT_STATEMENTS = (
    "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid"
    " WHERE datname = current_database() AND userid <> current_user::regrole"
    " AND query !~* '^(begin|commit|rollback|set)'"
    # A deferred foreign key checks itself by a statement that nobody sent.
    " AND query NOT LIKE 'SELECT % FROM ONLY %'"
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to measure."""

    name: str
    method: str
    path: str
    is_whole: Callable[[Any], bool]
    """Whether the answer has what was asked for."""
    body: str | None = None


CALLS = (
    Call(
        name="list",
        method="GET",
        path=f"/api/processes/?range=0,{LISTED}&sort=started_at,desc",
        is_whole=lambda answer: len(answer) == LISTED and answer[0]["process_id"] == LONG_PROCESS,
    ),
    Call(
        name="graphql",
        method="POST",
        path="/api/graphql",
        is_whole=lambda answer: len(answer["data"]["processes"]["page"]) == LISTED_BY_THE_UI,
        body=json.dumps(
            {
                "query": PROCESS_LIST,
                "variables": {
                    "first": LISTED_BY_THE_UI,
                    "after": 0,
                    "sortBy": {"field": "lastModifiedAt", "order": "DESC"},
                    "filterBy": [{"field": "isTask", "value": "false"}],
                },
            }
        ),
    ),
    Call(
        name="detail",
        method="GET",
        path=f"/api/processes/{LONG_PROCESS}",
        is_whole=lambda answer: sum(step["status"] == "success" for step in answer["steps"]) == LONG_STEPS,
    ),
    Call(
        name="start",
        method="POST",
        path="/api/processes/demo_confirm_change",
        is_whole=lambda answer: "id" in answer,
        body="[{}]",
    ),
)


class Observer:
    """Sees what the contender's database and its server are up to."""

    def __init__(self, contender: RestContender, database: psycopg.Connection, pid: int) -> None:
        self._unfinished = contender.unfinished
        self._database = database
        self._pid = pid

    def read(self) -> Figures:
        """Wait until no process has steps to run, and return what was counted until then."""
        eventually(lambda: self._count(self._unfinished) == 0, within_seconds=START_SECONDS)
        return {
            "server CPU, ms": 1000 * cpu_seconds(self._pid),
            "waited for the core, ms": 1000 * waiting_seconds(self._pid),
            "statements": self._count(COUNT_STATEMENTS),
        }

    def _count(self, query: LiteralString) -> int:
        row = self._database.execute(query).fetchone()
        assert row is not None
        return int(row[0])


def measure(call: Call, server: RestServer, observer: Observer, requests: int) -> Figures:
    """Send the request so many times over one connection and return what that took."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for _ in range(WARM_UP_REQUESTS):
        _, content = send(connection, call)
    if not call.is_whole(json.loads(content)):
        raise RuntimeError(f"{call.method} {call.path}: {content!r}")
    # The first process of orchestrator-core imports for seconds, longer than its server keeps an idle connection.
    connection.close()
    before = observer.read()
    connection.connect()
    seconds = [send(connection, call)[0] for _ in range(requests)]
    after = observer.read()
    connection.close()
    times = quantiles(seconds)
    return {
        "requests per second": requests / sum(seconds),
        P50: 1000 * times["p50"],
        "p99, ms": 1000 * times["p99"],
        **{name: (after[name] - before[name]) / requests for name in after},
        "answer, KB": len(content) / 1000,
    }


def send(connection: http.client.HTTPConnection, call: Call) -> tuple[float, bytes]:
    """Return how many seconds the request took, and the answer.

    Raises:
        RuntimeError: it was refused.
    """
    before = time.perf_counter()
    connection.request(call.method, call.path, call.body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    seconds = time.perf_counter() - before
    if answer.status >= http.HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"{call.method} {call.path}: {answer.status} {content!r}")
    return seconds, content


def make_database(contender: RestContender, addresses: Addresses, processes: int) -> Addresses:
    """Make and fill the contender's database and return the addresses with that of the database."""
    name = contender.contender.name
    with psycopg.connect(addresses["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    its = {**addresses, "DATABASE_URL": addresses["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"}
    contender.migrate(its)
    with psycopg.connect(its["DATABASE_URL"], autocommit=True) as connection:
        fill(connection, contender.tables, processes)
        connection.execute("CREATE EXTENSION pg_stat_statements")
    return its


def take_turn(contender: RestContender, addresses: Addresses, requests: int) -> dict[str, Figures]:
    """Return the figures of each call to a new server."""
    with (
        contender.run(addresses) as server,
        psycopg.connect(addresses["DATABASE_URL"], user=OBSERVER, autocommit=True) as database,
    ):
        observer = Observer(contender, database, server.pid)
        return {call.name: measure(call, server, observer, requests) for call in CALLS}


def main() -> int:
    """Run the measurement, print and write its figures, and return 1 where what is wanted is missed."""
    contenders = [each.contender for each in REST_CONTENDERS]
    parser = arguments(__doc__, contenders)
    parser.add_argument("--processes", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=50)
    options = parser.parse_args()
    rounds = Rounds(name="rest", own=OWN.name)
    taking_part = chosen(contenders, rounds, options)
    # Only the PostgreSQL of the wheel is sure to have pg_stat_statements, and pgvector for orchestrator-core.
    os.environ["PREFER_WHEELS"] = "1"
    settings = (f"extension_control_path={EXTENSIONS}:$system", "shared_preload_libraries=pg_stat_statements")
    with (
        on_core(LOAD_CORE),
        postgres(*settings, "shared_buffers=256MB") as (database_address, _),
        redis() as (redis_address, _),
    ):
        with psycopg.connect(database_address, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {OBSERVER} SUPERUSER LOGIN")
        addresses = {"DATABASE_URL": database_address, "REDIS_URL": redis_address}
        made = [
            (each, make_database(each, addresses, options.processes))
            for each in REST_CONTENDERS
            if each.contender in taking_part
        ]
        for _ in range(options.rounds):
            for each, its_addresses in made:
                rounds.add(each.contender.name, take_turn(each, its_addresses, options.requests))
    return publish(rounds, WANTED, vars(options))


if __name__ == "__main__":
    sys.exit(main())
