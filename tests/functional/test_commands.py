"""Commands beside a running server: what they start is run there, and what is committed there they tell."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.functional.installations import Databases, installation
from tests.servers import ROOT, Server, manage
from tests.servers import server as run_server

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    """Make an installation."""
    with installation(databases) as made:
        yield made


@pytest.fixture(scope="module")
def running(environment: dict[str, str]) -> Iterator[Server]:
    """Run its server."""
    with run_server(**environment) as made:
        yield made


BEFORE_EVERYTHING = "0:0:"
COARSE_FRAMES = 5


def test_what_a_command_starts_a_server_runs(running: Server, environment: dict[str, str]) -> None:
    answer = manage("processes", "start", "demo_slow_migration", "--follow", "--json", **environment)

    assert json.loads(answer)["last_status"] == "completed"


def test_no_command_runs_a_process(databases: Databases) -> None:
    with installation(databases) as alone:
        alone["EXECUTOR"] = "threadpool"
        page = '{"path_label": "Harbour"}'
        process_id = manage("processes", "start", "demo_create_path", "--page", page, **alone).strip()
        manage("engine", "pause", **alone)
        manage("engine", "start", **alone)

        assert json.loads(manage("processes", "show", process_id, "--json", **alone))["last_status"] == "created"


def test_events_are_told_as_they_come(running: Server, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "events", "tail", "--json", "--since", BEFORE_EVERYTHING, "--count", "9"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        # It is told that it may have missed anything, and hears from then on.
        missed = [json.loads(program.stdout.readline())["value"]["type"] for _ in range(COARSE_FRAMES)]
        process_id = running.start("demo_confirm_change")
        told = [json.loads(line) for line in program.stdout]

    assert "processes" in missed
    assert {"name": "invalidateCache", "value": {"type": "processes", "id": process_id}} in told
    assert program.returncode == 0
