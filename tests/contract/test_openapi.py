"""The server keeps its OpenAPI document: schemathesis makes requests of it and checks each answer with all it has."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.installations import Databases, installation
from tests.issuer import issuer
from tests.servers import ROOT, Server, manage
from tests.servers import server as run_server

pytestmark = pytest.mark.once

CONFIG = ROOT / "tests/contract/schemathesis.toml"


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    """Make databases; they are dropped when the test ends."""
    made = Databases(tmp_path)
    yield made
    made.drop_all()


@pytest.fixture
def server_and_token(databases: Databases) -> Iterator[tuple[Server, str]]:
    """Run a server with authentication, and a token that may do everything."""
    with issuer() as provider, installation(databases) as environment:
        environment |= {**provider.environment, "WORKFLOW_MODULES": "tests.contract.open_workflows"}
        manage("create_demo_product", **environment)
        with run_server(**environment, EXECUTOR="immediate", LOG_LEVEL="WARNING") as server:
            yield server, provider.token("admin", exp=int(time.time()) + 7200)


def run(server: Server, token: str, folder: Path, *options: str) -> Counter[tuple[str, str]]:
    """Run schemathesis, fail with its report if any check does, and return how often each operation said what."""
    variables = {
        "CONTRACT_SERVER": str(server.http.base_url),
        "CONTRACT_TOKEN": token,
        "CONTRACT_SEEN": str(folder / "seen.json"),
    }
    variables["PYTHONPATH"] = str(ROOT)  # the folder that it works in is left full of its notes
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    command += [f"{server.http.base_url}/api/schema", "--no-color", *options]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr + server.log.read_text(errors="replace")[-5000:]
    seen = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    return Counter({(name, status): count for key, count in seen.items() for name, status in [key.split()]})


def assert_reached(seen: Counter[tuple[str, str]], *, cases: int) -> None:
    """Fail unless there were so many cases, and each operation succeeded in some of them."""
    names = {name for name, _ in seen}
    assert sum(seen.values()) >= cases
    assert {name for name, status in seen if status[0] == "2"} == names


@pytest.mark.timeout(600)
def test_hundreds_of_requests_get_what_the_document_says(server_and_token: tuple[Server, str], tmp_path: Path) -> None:
    phases = "--phases=examples,coverage,fuzzing"
    seen = run(*server_and_token, tmp_path, "--max-examples=12", phases, "--generation-deterministic")

    assert_reached(seen, cases=500)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_five_thousand_requests_do(server_and_token: tuple[Server, str], tmp_path: Path) -> None:
    seen = run(*server_and_token, tmp_path, "--max-examples=200")

    print(json.dumps(sorted((name, status, count) for (name, status), count in seen.items())))
    assert_reached(seen, cases=5000)
