"""``make run`` in a copy of the repository, as a newcomer types it; only the virtual environment is there already."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.servers import ROOT
from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS, eventually

STOP_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Run:
    """A ``make run`` that goes on."""

    folder: Path
    address: str
    printed: str

    def line(self, word: str) -> str:
        """Return what was printed behind the word."""
        found = re.search(rf"^ *{word} +(\S.*)$", self.printed, re.MULTILINE)
        assert found is not None, self.printed
        return found[1]


def newcomers_environment() -> dict[str, str]:
    """Return the variables that a login shell has."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


@contextlib.contextmanager
def make_run(folder: Path, command: str = "make run") -> Iterator[Run]:
    """Copy the repository into the folder and run the command there until the block ends, on a free port."""
    copy_repository(folder)
    port = free_port()
    # The dependencies are taken for installed: nothing is downloaded here.
    folder.joinpath(".venv").symlink_to(sys.prefix)
    line = f"exec env {command} -o .venv/.runtime PORT={port}"
    log, address = folder / "make-run.log", f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        make = subprocess.Popen(
            ["sh", "-c", line],
            cwd=folder,
            env=newcomers_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: answers(make, address, log), within_seconds=5 * TIMEOUT_SECONDS)
        yield Run(folder=folder, address=address, printed=log.read_text())
    finally:
        os.killpg(make.pid, signal.SIGTERM)
        try:
            make.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(make.pid, signal.SIGKILL)
            make.wait()


def copy_repository(folder: Path) -> None:
    """Copy every file of the repository that git knows, as it is now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def answers(make: "subprocess.Popen[bytes]", address: str, log: Path) -> bool:
    """Return whether the server answers; fail if it has ended."""
    assert make.poll() is None, log.read_text()
    try:
        return httpx.get(f"{address}/api/health").status_code == 200
    except httpx.TransportError:
        return False
