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
START_SECONDS = 6 * TIMEOUT_SECONDS
"""How long a program may take to start: beside other tests several start at once on few cores."""

WORKER_IS_READY = "Takes processes from"
"""What a Celery worker logs once it has reached its broker."""


@dataclass(kw_only=True)
class Program:
    """A running OS process of the product."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def is_ready(self, line: str) -> bool:
        """Return whether its log holds the text; fail if it has ended."""
        text = self.log.read_text(errors="replace")
        assert self.process.poll() is None, text
        return line in text

    def stop(self) -> None:
        """Ask it to end; does not wait for that."""
        self.process.send_signal(signal.SIGTERM)

    def has_ended(self) -> bool:
        """Return whether it has ended; fail if it did not end well."""
        assert self.process.poll() in (None, 0), self.log.read_text(errors="replace")
        return self.process.poll() == 0

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()


@dataclass(kw_only=True)
class Server(Program):
    """One running server."""

    port: int
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
            command = [sys.executable, "-m", "orchestrator_ws.daphne_server", "--no-server-name"]
            command += ["-b", "127.0.0.1", "-p", str(port), "orchestrator_ws.asgi:application"]
        case module:
            command = [sys.executable, "-m", module]
    variables = {"HOST": "127.0.0.1", "PORT": str(port), "SHUTDOWN_GRACE_SECONDS": "0.5", "WEB_WORKERS": "1"}
    with running(command, **{**variables, **environment}) as started:
        serving = Server(port=port, process=started.process, log=started.log)
        try:
            eventually(lambda: _answers(serving), within_seconds=START_SECONDS)
            yield serving
        finally:
            serving.http.close()


@contextlib.contextmanager
def worker(*, program: str = "orchestrator_ws.celery_worker", **environment: str) -> Iterator[Program]:
    """Run a Celery worker until the block ends, as ``make worker`` does; ``program`` is the module that runs it."""
    with running([sys.executable, "-m", program], **{"EXECUTOR": "celery", **environment}) as started:
        eventually(lambda: started.is_ready(WORKER_IS_READY), within_seconds=START_SECONDS)
        yield started


@contextlib.contextmanager
def running(command: list[str], **environment: str) -> Iterator[Program]:
    """Run a program of the product until the block ends; its end is asked for, and in the end forced."""
    variables = {**os.environ, "EXECUTOR": "threadpool", "LEASE_SECONDS": "30", **environment}
    with tempfile.TemporaryDirectory(prefix="t-program-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield Program(process=process, log=log)
        finally:
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
