"""What the benchmarks need of Linux: which core runs what, and what an OS process has cost."""

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

from tests.servers import Server, server

_cores = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _cores[0], _cores[-1]


@contextlib.contextmanager
def on_core(number: int) -> Iterator[None]:
    """Run this thread, and what it starts, on one core until the block ends; blocks may stand in each other.

    Raises:
        RuntimeError: this OS process may use one core only, so a server would share it with its load.
    """
    if SERVER_CORE == LOAD_CORE:
        raise RuntimeError("The benchmarks need two cores")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {number})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def pinned_server(**environment: str) -> Iterator[Server]:
    """Run a server as ``make serve`` does, with one OS process, on a core of its own until the block ends."""
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            running = stack.enter_context(server(**environment))
        yield running


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of an OS process and of its children that ended; 0 if it ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def waiting_seconds(pid: int) -> float:
    """Return how long the threads of an OS process that could run have waited for a core."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[1]) for task in tasks) / 1e9


def child_pids(pid: int) -> list[int]:
    """Return the OS processes that this one started and that still run."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident_bytes(pid: int) -> int:
    """Return the memory that an OS process has to itself and its share of what it has in common with others (Pss)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (kilobytes,) = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return int(kilobytes) * 1024


def raise_open_files() -> None:
    """Let this OS process, and what it starts, open as many files as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
