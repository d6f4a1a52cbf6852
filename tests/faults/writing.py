"""The run's side of ``tests.faults.writer``: starts it, commands it, notes what it commits, and replaces a dead one."""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.faults.history import History
from tests.faults.sabotage import FOLDER_VARIABLE, Saboteur
from tests.servers import ROOT
from tests.waiting import TIMEOUT_SECONDS

CHANGES_PER_SECOND = 230


class WriterProcess:
    """The writer as an OS process; calls block until it has answered. Any thread, one at a time."""

    def __init__(self, folder: Path, environment: Mapping[str, str], history: History) -> None:
        self.saboteur = Saboteur(folder)
        self._environment = {**environment, FOLDER_VARIABLE: str(folder)}
        self._history = history
        # What it writes; None while it does not.
        self._load: dict[str, Any] | None = None
        # How many changes it has committed since ``write``.
        self._done = 0
        self._start()

    def make(self, count: int) -> list[str]:
        """Create processes and return their ids."""
        made: list[str] = self._ask(do="make", count=count)
        for process_id in made:
            self._history.add(process_id, 0, time.monotonic())
        return made

    def write(self, process_ids: Sequence[str]) -> None:
        """Begin to change notes; after an interruption it catches up."""
        self._load = {"process_ids": process_ids, "rate": CHANGES_PER_SECOND, "begun_at": time.monotonic()}
        self._done = 0
        self._ask_to_write()

    def pause(self) -> None:
        """Stop that; what it committed is in the history."""
        self._load = None
        self._ask(do="pause")

    def hold(self, process_id: str) -> None:
        """Change a note in a transaction that stays open."""
        self._ask(do="hold", process_id=process_id, revision=self._history.newest + 1)

    def release(self) -> None:
        """Commit it."""
        self._ask(do="release")

    def wait_for_death(self) -> None:
        """Wait until sabotage has ended it."""
        self._os_process.wait(TIMEOUT_SECONDS)

    def bring_back(self) -> None:
        """Replace it, if it is dead, by another one that goes on with its work."""
        if self._os_process.poll() is not None:
            self._end()
            self._start()
            if self._load is not None:
                self._ask_to_write()

    def log_text(self) -> str:
        """Return what it has logged."""
        return Path(self._log.name).read_text(errors="replace")

    def close(self) -> None:
        """End it."""
        self._os_process.kill()
        self._end()

    def _start(self) -> None:
        self._answers: queue.Queue[Any] = queue.Queue()
        self._log = (self.saboteur.folder / "log").open("ab")
        self._os_process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _end(self) -> None:
        self._os_process.wait()
        self._reader.join()
        for stream in (self._os_process.stdin, self._os_process.stdout, self._log):
            assert stream is not None
            stream.close()

    def _ask(self, **command: Any) -> Any:
        assert self._os_process.stdin is not None
        self._os_process.stdin.write(json.dumps(command).encode() + b"\n")
        self._os_process.stdin.flush()
        try:
            return self._answers.get(timeout=TIMEOUT_SECONDS)
        except queue.Empty:
            raise TimeoutError(f"the writer does not {command['do']}: {self.log_text()}") from None

    def _ask_to_write(self) -> None:
        self._ask(do="write", **self._load or {}, done=self._done, revision=self._history.newest)

    def _read(self) -> None:
        assert self._os_process.stdout is not None
        for line in self._os_process.stdout:
            said = json.loads(line)
            if "answer" in said:
                self._answers.put(said["answer"])
                continue
            self._done += len(said["committed"])
            for process_id in said["committed"]:
                self._history.add(process_id, said["revision"], said["at"])
