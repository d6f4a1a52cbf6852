"""A production server as an OS process that a fault kills, or ends, and that comes back on the same port."""

import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx

from tests.faults.sabotage import FOLDER_VARIABLE, Sabotage, Saboteur
from tests.servers import ROOT, SHUTDOWN_SECONDS
from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS, eventually

START_SECONDS = 3 * TIMEOUT_SECONDS
SERVES = (httpx.codes.OK, httpx.codes.INTERNAL_SERVER_ERROR)
"""What health answers with a database, and without."""


class RunningServer:
    """One server; made, it is starting, with ``sabotages`` on from the start. Calls block; any thread."""

    def __init__(self, folder: Path, environment: Mapping[str, str], sabotages: Iterable[Sabotage] = ()) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._http = httpx.Client(base_url=self.base_url, timeout=TIMEOUT_SECONDS)
        self.saboteur = Saboteur(folder)
        for sabotage in Sabotage:
            self.saboteur.end(sabotage)
        for sabotage in sabotages:
            self.saboteur.begin(sabotage)
        self._log = folder / "log"
        self._environment = {
            **environment,
            FOLDER_VARIABLE: str(folder),
            "PORT": str(self.port),
            "WEB_WORKERS": "1",
        }
        self._os_process = self._start()

    def wait_until_ready(self) -> None:
        """Wait until it serves; its database and its Redis may be away."""
        eventually(self._answers, within_seconds=START_SECONDS)

    def kill(self) -> None:
        """End it as a crash does."""
        self._os_process.kill()
        self._os_process.wait()

    def terminate(self) -> None:
        """End it as an operator does, and wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it does not end.
        """
        self._os_process.send_signal(signal.SIGTERM)
        self._os_process.wait(SHUTDOWN_SECONDS)

    def wait_for_death(self) -> None:
        """Wait until sabotage has ended it."""
        eventually(lambda: self._os_process.poll() is not None)

    def bring_back(self) -> None:
        """Start it again and wait until it serves; does nothing if it runs."""
        if self._os_process.poll() is not None:
            self._os_process = self._start()
        self.wait_until_ready()

    def log_text(self) -> str:
        """Return what it has logged."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """End it; in order, so that nothing that it started remains."""
        self._http.close()
        if self._os_process.poll() is None:
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                self.kill()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.faults.sabotaged_server"]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def _answers(self) -> bool:
        assert self._os_process.poll() is None, self.log_text()
        try:
            return self._http.get("/api/health").status_code in SERVES
        except httpx.TransportError:
            return False
