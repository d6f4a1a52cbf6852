"""The product's servers as OS processes, and what a client does with them."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS, eventually

ROOT = Path(__file__).resolve().parent.parent
SHUTDOWN_SECONDS = 20


@dataclass(kw_only=True)
class Server:
    """One running server."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=TIMEOUT_SECONDS)

    def websocket_url(self, path: str = "/api/ws/events") -> str:
        """Return the address of a channel on this server."""
        return f"ws://127.0.0.1:{self.port}{path}"

    def start(self, workflow_key: str, pages: list[dict[str, Any]] | None = None) -> str:
        """Start a process over REST and return its id."""
        answer = self.http.post(f"/api/processes/{workflow_key}", json=[{}] if pages is None else pages)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def status_of(self, process_id: str) -> str:
        """Return the process's status as REST tells it."""
        return str(self.http.get(f"/api/processes/{process_id}").json()["last_status"])


def manage(*arguments: str, **environment: str) -> str:
    """Run a management command as an OS process and return its output; fail if it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextlib.contextmanager
def server(*, program: str = "uvicorn", port: int | str | None = None, **environment: str) -> Iterator[Server]:
    """Run a server until the block ends: ``uvicorn`` as ``make serve`` does, or ``daphne`` as ``make run`` does.

    ``program`` may also be the name of another module that runs a server on ``HOST`` and ``PORT``.
    """
    port = int(port or free_port())
    match program:
        case "uvicorn":
            command = [sys.executable, "-m", "orchestrator_ws.uvicorn_server"]
        case "daphne":
            command = [sys.executable, "-m", "orchestrator_ws.daphne_server", "-b", "127.0.0.1", "-p", str(port)]
            command.append("orchestrator_ws.asgi:application")
        case module:
            command = [sys.executable, "-m", module]
    defaults = {"EXECUTOR": "threadpool", "LEASE_SECONDS": "30", "SHUTDOWN_GRACE_SECONDS": "0.5", "WEB_WORKERS": "1"}
    variables = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **defaults, **environment}
    with tempfile.TemporaryDirectory(prefix="t-server-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT)
        running = Server(port=port, process=process, log=log)
        try:
            eventually(lambda: _answers(running))
            yield running
        finally:
            running.http.close()
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(SHUTDOWN_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _answers(running: Server) -> bool:
    assert running.process.poll() is None, running.log.read_text(errors="replace")
    with contextlib.suppress(httpx.TransportError):
        return running.http.get("/api/health").status_code == 200
    return False
