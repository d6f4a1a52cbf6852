"""The metrics of a Celery worker, on a port of its own: the steps that it ran, for whoever brings the token."""

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.functional.clients import unlock
from tests.functional.installations import Databases
from tests.restartable import RestartableRedis
from tests.servers import ROOT, Server, worker
from tests.servers import server as run_server
from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.once

TOKEN = "prometheus-" * 4
STEPS = 'orchestrator_engine_step_seconds_count{workflow="demo_create_path"} 5.0'


@pytest.fixture(scope="module")
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    """Yield the environment of a server and a worker."""
    with RestartableRedis() as broker:
        yield {
            "DATABASE_URL": databases.fresh(),
            "REDIS_URL": broker.url,
            "EXECUTOR": "celery",
            "METRICS_TOKEN": TOKEN,
            "WORKER_METRICS_PORT": str(free_port()),
        }


@pytest.fixture(scope="module")
def server(environment: dict[str, str]) -> Iterator[Server]:
    """Run the server, and the worker that runs its processes."""
    with run_server(**environment) as started, worker(**environment):
        unlock(started)
        yield started


@pytest.fixture(scope="module")
def metrics(environment: dict[str, str]) -> Iterator[httpx.Client]:
    """Speak to the worker."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{environment['WORKER_METRICS_PORT']}", timeout=TIMEOUT_SECONDS
    ) as client:
        yield client


def test_the_steps_of_a_worker_are_timed(server: Server, metrics: httpx.Client) -> None:
    process_id = server.start("demo_create_path", [{"path_label": "Harbour"}])
    eventually(lambda: server.status_of(process_id) == "completed")

    eventually(lambda: STEPS in metrics.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("headers", [{}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}])
def test_without_the_token_there_are_none(headers: dict[str, str], metrics: httpx.Client) -> None:
    answer = metrics.get("/metrics", headers=headers)

    assert (answer.status_code, answer.headers["WWW-Authenticate"], answer.text) == (401, "Bearer", "")


@pytest.mark.usefixtures("server")
def test_a_worker_whose_port_is_taken_says_so_and_does_not_start(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator_ws.celery_worker"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            f"WORKER_METRICS_PORT={environment['WORKER_METRICS_PORT']} on HOST=127.0.0.1 cannot be listened on"
            " (Address already in use): give each worker of a host a free port of its own."
        ],
    )
