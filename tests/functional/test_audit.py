"""The audit log of servers as people run them: each view runs in a thread, on behalf of its own request."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.functional.installations import Databases, installation
from tests.servers import Server, manage
from tests.servers import server as run_server

pytestmark = pytest.mark.once

SHOW = """
from audit.models import AuditEntry
for entry in AuditEntry.objects.order_by("pk"):
    print("AUDIT", entry.action, entry.actor, entry.reporter or "-", entry.address or "-", entry.way)
"""


@pytest.fixture
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    with installation(databases) as variables:
        yield variables


@pytest.fixture(params=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[Server]:
    with run_server(program=request.param, **environment) as running:
        yield running


def entries(environment: dict[str, Any]) -> list[str]:
    """Return the entries of the log, in order."""
    lines = manage("shell", "-c", SHOW, **environment).splitlines()
    return [line.removeprefix("AUDIT ") for line in lines if line.startswith("AUDIT ")]


def test_requests_at_once_are_told_apart(server: Server, environment: dict[str, str]) -> None:
    names = [f"reporter{number}" for number in range(8)]
    path = "/api/processes/resume-all?reporter={}"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda name: server.http.put(path.format(name)).status_code, names))

    assert answers == [200] * 8
    assert sorted(entries(environment)) == [f"resume all SYSTEM {name} 127.0.0.1 rest" for name in names]
    assert server.log.read_text().count("INFO audit resume all tasks by 'SYSTEM' for 'reporter") == 8


def test_a_command_is_a_way_of_its_own(environment: dict[str, str]) -> None:
    manage("create_demo_product", **environment)

    assert entries(environment) == ["change SYSTEM - - command"]
