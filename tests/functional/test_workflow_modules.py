"""A workflow module outside of the project: found on ``PYTHONPATH``, named in ``WORKFLOW_MODULES``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.installations import Databases
from tests.servers import ROOT
from tests.servers import server as run_server
from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.once

MODULE = """
from processes.workflow import State, StepList, done, init, step, workflow


@step("Greet")
def greet(process_id: str) -> State:
    return {"greeting": f"hello from {process_id}"}


@workflow("A workflow of somebody else")
def greet_from_outside() -> StepList:
    return init >> greet >> done
"""

BROKEN = {
    "not_there": (None, "ModuleNotFoundError: No module named 'not_there'"),
    "raises": ("raise RuntimeError('no licence found')", "RuntimeError: no licence found"),
    "imports_nonsense": ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
}

CHECK = ["manage.py", "check"]
UVICORN = ["-m", "orchestrator_ws.uvicorn_server"]
DAPHNE = ["-m", "daphne", "-p", "{port}", "orchestrator_ws.asgi:application"]


def start(command: list[str], folder: Path, module: str) -> subprocess.CompletedProcess[str]:
    """Run a program with a workflow module that lies in the folder, until it ends."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder), "WORKFLOW_MODULES": module},
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * TIMEOUT_SECONDS,
    )


def test_a_workflow_of_an_outside_module_is_started_by_its_key(databases: Databases, tmp_path: Path) -> None:
    Path(tmp_path, "outside_workflows.py").write_text(MODULE)
    environment = {"DATABASE_URL": databases.fresh(), "REDIS_URL": "", "PYTHONPATH": str(tmp_path)}

    with run_server(WORKFLOW_MODULES="outside_workflows", **environment) as server:
        process_id = server.start("greet_from_outside")

        eventually(lambda: server.status_of(process_id) == "completed")
        state = server.http.get(f"/api/processes/{process_id}").json()["current_state"]
        assert state["greeting"] == f"hello from {process_id}"


@pytest.mark.parametrize(
    ("command", "module"),
    [
        pytest.param(CHECK, "not_there", id="check-module-is-not-there"),
        pytest.param(CHECK, "imports_nonsense", id="check-module-imports-nonsense"),
        pytest.param(UVICORN, "raises", id="uvicorn-module-raises"),
        pytest.param(DAPHNE, "raises", id="daphne-module-raises"),
    ],
)
def test_a_module_that_does_not_import_stops_the_start_with_one_sentence(
    tmp_path: Path, command: list[str], module: str
) -> None:
    source, last_line = BROKEN[module]
    if source is not None:
        Path(tmp_path, f"{module}.py").write_text(source)

    done = start([word.format(port=free_port()) for word in command], tmp_path, module)

    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"WORKFLOW_MODULES: {module} does not import: {last_line}"]


def test_a_malformed_translation_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    Path(tmp_path, "outside_workflows.py").write_text(MODULE)
    Path(tmp_path, "translations").mkdir()
    path = Path(tmp_path, "translations", "en-GB.json")
    path.write_text('{"workflow":{"greet_from_outside":7}}')

    done = start(CHECK, tmp_path, "outside_workflows")

    fault = f"{path} is malformed: workflow.greet_from_outside: Input should be a valid string"
    assert (done.returncode, done.stderr.splitlines()) == (1, [f"WORKFLOW_MODULES: {fault}"])
