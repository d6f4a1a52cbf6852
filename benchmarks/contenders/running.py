"""Run the contenders: a server on its core, a publisher on the other."""

import contextlib
import math
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from benchmarks.contenders.nchan import is_installed, nchan
from benchmarks.machine import SERVER_CORE, on_core, pinned_server
from benchmarks.programs import Publisher, publisher
from tests.servers import ROOT, START_SECONDS, Program, manage, running
from tests.services import free_port
from tests.waiting import eventually

PEERS_PYTHON = ROOT / ".venv-peers/bin/python"
OWN_PUBLISHER = [sys.executable, "-m", "benchmarks.contenders.own_publisher"]
MOST_CLIENTS = 100_000
RAISED_LIMITS = {
    "WEBSOCKET_CONNECTIONS_PER_ADDRESS": str(MOST_CLIENTS),
    "WEBSOCKET_HANDSHAKES_PER_MINUTE": str(MOST_CLIENTS),
}
PRODUCTION = {"SECRET_KEY": "benchmark" * 8, "OAUTH2_ACTIVE": "false", "LOG_LEVEL": "WARNING", **RAISED_LIMITS}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A running contender."""

    url: str
    """Where its clients connect."""
    pid: int
    """The OS process that serves them."""
    publisher: Publisher


Addresses = dict[str, str]
"""``REDIS_URL`` and ``DATABASE_URL``."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What can be run and measured."""

    name: str
    run: Callable[[Addresses], AbstractContextManager[Target]]
    is_installed: Callable[[], bool] = lambda: True
    most_clients: float = math.inf
    """How many it has here."""


@contextlib.contextmanager
def run_own(addresses: Addresses) -> Iterator[Target]:
    """Run the product as ``make serve`` does, with one OS process."""
    environment = {**PRODUCTION, **addresses}
    manage("migrate", "--verbosity", "0", **environment)
    with pinned_server(**environment) as server, publisher(OWN_PUBLISHER, **environment) as publishing:
        yield Target(url=server.websocket_url(), pid=server.process.pid, publisher=publishing)


@contextlib.contextmanager
def serving(command: list[str], **environment: str) -> Iterator[tuple[int, Program]]:
    """Run a server, told its ``PORT``, on a core of its own until the block ends; yield the port too."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            server = stack.enter_context(running(command, PORT=str(port), **environment))
        eventually(lambda: _listens(server, port), within_seconds=START_SECONDS)
        # What it still has to do nobody waits for.
        stack.callback(server.kill)
        yield port, server


@contextlib.contextmanager
def run_program(command: list[str], path: str, arguments: list[str], environment: dict[str, str]) -> Iterator[Target]:
    """Run a program that is both, told by its first argument, ``serve`` or ``publish``."""
    with (
        serving([*command, "serve", *arguments], **environment) as (port, server),
        publisher([*command, "publish", *arguments], **environment) as publishing,
    ):
        yield Target(url=f"ws://127.0.0.1:{port}{path}", pid=server.process.pid, publisher=publishing)


@contextlib.contextmanager
def run_textbook(layer: str, addresses: Addresses) -> Iterator[Target]:
    """Run the textbook's application on a channel layer."""
    command = [sys.executable, "-m", "benchmarks.contenders.textbook"]
    with run_program(command, "/events", [f"channels_redis.{layer}"], addresses) as target:
        yield target


def orchestrator_core_environment(addresses: Addresses) -> dict[str, str]:
    """Return what orchestrator-core reads from its environment, its websocket manager on Redis."""
    return {
        "DATABASE_URI": addresses["DATABASE_URL"].replace("postgresql", "postgresql+psycopg", 1),
        "CACHE_URI": addresses["REDIS_URL"],
        # Each of its clients has a connection to Redis, of which its library opens 100 unless told otherwise.
        "WEBSOCKET_BROADCASTER_URL": f"{addresses['REDIS_URL']}?max_connections={MOST_CLIENTS}",
        "OAUTH2_ACTIVE": "false",
        "LOG_LEVEL": "WARNING",
        # It asks the Internet for a list of language models otherwise.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }


@contextlib.contextmanager
def run_orchestrator_core(addresses: Addresses) -> Iterator[Target]:
    """Run orchestrator-core with its websocket manager on Redis."""
    command = [str(PEERS_PYTHON), "-m", "benchmarks.contenders.orchestrator_core"]
    with run_program(command, "/api/ws/events", [], orchestrator_core_environment(addresses)) as target:
        yield target


@contextlib.contextmanager
def run_nchan(_: Addresses) -> Iterator[Target]:
    """Run nginx with nchan; its worker is what is measured."""
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            port, worker = stack.enter_context(nchan())
        command = [sys.executable, "-m", "benchmarks.contenders.nchan_publisher"]
        publishing = stack.enter_context(publisher([*command, f"http://127.0.0.1:{port}/publish"]))
        yield Target(url=f"ws://127.0.0.1:{port}/events", pid=worker, publisher=publishing)


def _listens(server: Program, port: int) -> bool:
    assert server.process.poll() is None, server.log.read_text(errors="replace")
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


OWN = Contender(name="orchestrator-ws", run=run_own)
NCHAN = Contender(name="nchan", run=run_nchan, is_installed=is_installed)
TEXTBOOK_CORE = Contender(name="textbook, core layer", run=partial(run_textbook, "core.RedisChannelLayer"))
TEXTBOOK_PUBSUB = Contender(name="textbook, pub/sub layer", run=partial(run_textbook, "pubsub.RedisPubSubChannelLayer"))
ORCHESTRATOR_CORE = Contender(
    name="orchestrator-core",
    run=run_orchestrator_core,
    is_installed=PEERS_PYTHON.exists,
    # More connect for a minute, at 10 ms each, and beyond 10,000 not at all: each has a connection to Redis.
    most_clients=2000,
)
ALL = (OWN, NCHAN, TEXTBOOK_CORE, TEXTBOOK_PUBSUB, ORCHESTRATOR_CORE)
