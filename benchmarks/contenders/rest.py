"""The contenders as servers over REST, each with a database that is filled once and serves all rounds."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import LiteralString

from benchmarks.contenders.running import (
    ORCHESTRATOR_CORE,
    OWN,
    PEERS_PYTHON,
    PRODUCTION,
    Addresses,
    Contender,
    orchestrator_core_environment,
    serving,
)
from benchmarks.machine import pinned_server
from benchmarks.rest_rows import OWN_TABLES, Tables
from benchmarks.rest_rows_peer import PEER_TABLES
from tests.servers import ROOT, manage

PEER_PROGRAM = [str(PEERS_PYTHON), "-m", "benchmarks.contenders.orchestrator_core_rest"]


@dataclass(frozen=True, kw_only=True)
class RestServer:
    """A running server."""

    port: int
    pid: int


@dataclass(frozen=True, kw_only=True)
class RestContender:
    """What can be asked over REST."""

    contender: Contender
    """The same one over a websocket: has its name, and knows whether it is installed."""
    migrate: Callable[[Addresses], None]
    tables: Tables
    run: Callable[[Addresses], AbstractContextManager[RestServer]]
    unfinished: LiteralString
    """Counts the processes that have steps to run."""


def own_environment(addresses: Addresses) -> dict[str, str]:
    """Return what the product reads from its environment."""
    return {**PRODUCTION, "ALLOWED_HOSTS": "127.0.0.1", **addresses}


def migrate_own(addresses: Addresses) -> None:
    """Make the product's tables."""
    manage("migrate", "--verbosity", "0", **own_environment(addresses))


@contextlib.contextmanager
def run_own(addresses: Addresses) -> Iterator[RestServer]:
    """Run the product as ``make serve`` does, with one OS process."""
    with pinned_server(**own_environment(addresses)) as server:
        yield RestServer(port=server.port, pid=server.process.pid)


def migrate_orchestrator_core(addresses: Addresses) -> None:
    """Make the tables of orchestrator-core, with the row of the workflow to start."""
    environment = {**os.environ, **orchestrator_core_environment(addresses)}
    done = subprocess.run(
        [*PEER_PROGRAM, "migrate"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def run_orchestrator_core(addresses: Addresses) -> Iterator[RestServer]:
    """Run orchestrator-core on uvicorn, with one OS process."""
    with serving([*PEER_PROGRAM, "serve"], **orchestrator_core_environment(addresses)) as (port, server):
        yield RestServer(port=port, pid=server.process.pid)


REST_CONTENDERS = (
    RestContender(
        contender=OWN,
        migrate=migrate_own,
        tables=OWN_TABLES,
        run=run_own,
        unfinished="SELECT count(*) FROM processes_process WHERE last_status IN ('created', 'running')",
    ),
    RestContender(
        contender=ORCHESTRATOR_CORE,
        migrate=migrate_orchestrator_core,
        tables=PEER_TABLES,
        run=run_orchestrator_core,
        unfinished="SELECT count(*) FROM processes WHERE last_status IN ('created', 'running')",
    ),
)
