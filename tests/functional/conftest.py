"""Functional tests run the product as people do: servers are OS processes, clients speak HTTP and websocket.

They share no database with the tests that run inside of Django: each installation has its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.clients import WebSocketClient, fence, unlock
from tests.functional.gates import Gates
from tests.functional.installations import Databases, installation
from tests.issuer import Issuer
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import eventually


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Make databases; they are dropped when the session ends."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.drop_all()


@pytest.fixture
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    """Make an installation for one test and return the environment of its servers."""
    with installation(databases) as variables:
        yield variables


@pytest.fixture(scope="module")
def guarded(databases: Databases, running_issuer: Issuer) -> Iterator[dict[str, str]]:
    """Make an installation for one file that lets in only whom the identity provider or Django knows."""
    with installation(databases) as variables:
        yield {**variables, **running_issuer.environment}


@pytest.fixture(scope="session", params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Server]:
    """Run the test on a server of each program; all tests share the two."""
    with installation(databases) as environment, run_server(program=request.param, **environment) as running:
        yield running


@pytest.fixture
def events(server: Server) -> Iterator[WebSocketClient]:
    """Watch the ``events`` channel of the server, whose engine is not locked; earlier tests are heard no more."""
    with WebSocketClient(server.websocket_url()) as client:
        fence(client, server)
        client.arrivals.clear()
        yield client


@pytest.fixture
def gates(server: Server, tmp_path: Path) -> Iterator[Gates]:
    """Hold the steps of one process; it goes on to its end when the test ends."""
    held = Gates(tmp_path)
    yield held
    held.open(1)
    held.open(2)
    unlock(server)
    eventually(lambda: _is_idle(server))


def _is_idle(server: Server) -> bool:
    jobs = server.http.get("/api/settings/worker-status").json()
    return bool(jobs["number_of_queued_jobs"] == jobs["number_of_running_jobs"] == 0)
