"""The commands of the other pages, typed as ``tests/functional/test_howto_commands.py`` does.

What takes minutes is not: ``make`` then only says what it would do, and pytest only collects some.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests import services
from tests.documented import read_blocks
from tests.functional.documented_hosts import QUICK, documented_environment
from tests.functional.installations import Databases
from tests.functional.terminals import Terminal, checkout
from tests.issuer import Issuer
from tests.servers import START_SECONDS, WORKER_IS_READY
from tests.servers import server as run_server
from tests.services import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.once

ONLY_SAYS_WHAT_IT_WOULD_DO = 'make() { command make --dry-run "$@"; }\n'
# A few files, because to collect all takes as long as everything else here.
ONLY_COLLECTS = "export PYTEST_ADDOPTS='--collect-only --quiet --ignore-glob=*/test_[a-r]*'\n"
DEFAULT_ADDRESS = "127.0.0.1:8000"
CURL_SAYS_NO = 22

# The blocks of README.md, in two parts.
FOR_NEWCOMERS, FOR_OTHERS = slice(4), slice(4, None)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health").status_code == 200
    except httpx.TransportError:
        return False


def wait_until_answers(port: int) -> None:
    eventually(lambda: answers(port), within_seconds=START_SECONDS)


def try_out(terminal: Terminal, command: str) -> None:
    """Type the command until it does what it is for; remember what its answer names, for those that follow."""

    def answer() -> list[str]:
        code, printed = terminal.attempt(command)
        return [printed] if code == 0 and printed != "[]" else []

    if command.endswith("demo_create_path -d '[]'"):
        code, printed = terminal.attempt(command)
        assert (code, "510" in printed) == (CURL_SAYS_NO, True)
        return
    match json.loads(eventually(answer)[0] or "null"):
        case {"id": process_id}:
            terminal.type(f"ID={process_id}")
        case [{"subscription_id": subscription_id}, *_]:
            terminal.type(f"SUBSCRIPTION={subscription_id}")


def test_readme_for_newcomers(tmp_path: Path) -> None:
    port = free_port()
    with Terminal(
        page="README.md",
        blocks=FOR_NEWCOMERS,
        desk=tmp_path / "desk",
        folder=checkout(tmp_path / "checkout"),
        variables={"PORT": str(port)},
        replaced={DEFAULT_ADDRESS: f"127.0.0.1:{port}"},
    ) as terminal:
        terminal.follow_on()
        wait_until_answers(port)
        watched = terminal.follow_on("Listening")

        try_out(terminal, terminal.next_block())

        line = f"processes  {terminal.value_of('ID')}"
        eventually(lambda: line in watched.read_text())
        for command in re.split(r"\n(?=curl)", terminal.next_block()):
            try_out(terminal, command)


def test_readme_for_others(tmp_path: Path) -> None:
    port, other_port = free_port(), free_port()
    with services.postgres() as (postgres, _), services.redis() as (redis, _):
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("CREATE ROLE orchestrator LOGIN PASSWORD 'secret'")
            connection.execute("CREATE DATABASE orchestrator OWNER orchestrator")
        with Terminal(
            page="README.md",
            blocks=FOR_OTHERS,
            desk=tmp_path / "desk",
            folder=checkout(tmp_path / "checkout"),
            variables={**QUICK, "PORT": str(port)},
            replaced={
                "PORT=8000": f"PORT={port}",
                "PORT=8001": f"PORT={other_port}",
                "127.0.0.1:5432": f"127.0.0.1:{urlsplit(postgres).port}",
                "127.0.0.1:6379": f"127.0.0.1:{urlsplit(redis).port}",
            },
        ) as terminal:
            terminal.type(ONLY_SAYS_WHAT_IT_WOULD_DO + terminal.next_block())
            terminal.type(ONLY_COLLECTS + terminal.next_block())
            terminal.follow_on()
            wait_until_answers(port)
            wait_until_answers(other_port)
            terminal.close()

            terminal.follow_on(WORKER_IS_READY)
            wait_until_answers(port)


def test_commands(databases: Databases, tmp_path: Path) -> None:
    variables = {"DATABASE_URL": databases.fresh(), "REDIS_URL": "", "DEBUG": "true"}
    with (
        run_server(**variables),
        Terminal(
            page="docs/commands.md",
            desk=tmp_path / "desk",
            folder=checkout(tmp_path / "checkout"),
            variables=variables,
        ) as terminal,
    ):
        printed = terminal.follow_on("Listening")

        assert "completed" in printed.read_text()


def test_settings(tmp_path: Path) -> None:
    (shown,) = (block.text for block in read_blocks("docs/settings.md") if block.language == "text")
    with Terminal(
        page="docs/settings.md",
        desk=tmp_path / "desk",
        folder=checkout(tmp_path / "checkout"),
        variables={"DEBUG": "true"},
    ) as terminal:
        terminal.follow()
        terminal.type(".venv/bin/python manage.py check")

        code, printed = terminal.attempt(terminal.next_block())

        assert code != 0
        assert printed.splitlines()[0] == shown


def test_workflows(tmp_path: Path) -> None:
    (module,) = (block.text for block in read_blocks("docs/workflows.md") if block.text.startswith("# acme/workflows"))
    project, port = tmp_path / "project", free_port()
    (project / "acme").mkdir(parents=True)
    (project / "acme/workflows.py").write_text(module)
    with Terminal(
        page="docs/workflows.md",
        desk=tmp_path / "desk",
        folder=checkout(tmp_path / "checkout"),
        variables={"PORT": str(port)},
        replaced={DEFAULT_ADDRESS: f"127.0.0.1:{port}", "/path/to/acme-project": str(project)},
    ) as terminal:
        run, start = terminal.next_block().splitlines()
        terminal.type_on(run)
        wait_until_answers(port)

        address = f"http://127.0.0.1:{port}/api/processes/{json.loads(terminal.type(start))['id']}"
        eventually(lambda: httpx.get(address).json()["last_status"] == "suspended")


def test_operations(databases: Databases, running_issuer: Issuer, tmp_path: Path) -> None:
    def lets_in(names: list[str], **claims: dict[str, Any]) -> bool:
        variables = {name: terminal.value_of(name) for name in names}
        token = running_issuer.token(key=None, **claims)
        with run_server(OAUTH2_ACTIVE="true", DATABASE_URL=databases.fresh(), REDIS_URL="", **variables) as server:
            answer = server.http.get("/api/processes/", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200

    with Terminal(
        page="docs/operations.md",
        desk=tmp_path / "desk",
        folder=checkout(tmp_path / "checkout"),
        replaced={documented_environment()["OIDC_ISSUER"]: running_issuer.url},
    ) as terminal:
        names = ["OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_ROLES_CLAIM"]
        terminal.follow()
        assert lets_in(names, resource_access={"orchestrator": {"roles": ["view"]}})
        terminal.follow()
        assert lets_in([*names, "OIDC_ROLE_NAMES"], realm_access={"roles": ["noc-read"]})

        environment = "\n".join(f"{name}={shlex.quote(value)}" for name, value in documented_environment().items())
        assert "System check identified no issues" in terminal.type(f"{environment}\n{terminal.next_block()}")

        terminal.type(ONLY_SAYS_WHAT_IT_WOULD_DO + terminal.next_block())
