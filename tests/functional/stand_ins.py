"""Stand-ins for programs that need root or a host of their own; they refuse what they do not know.

    python stand_ins.py FOLDER PROGRAM [ARGUMENT...]

The folder stands for ``/``. Units are started with the environment, in the folder and by the commands that they name,
as the user of the tests. While one runs it holds a lock on the file with its process id, so its end can be waited for.
"""

import argparse
import fcntl
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from redis import Redis


def stand_ins(folder: Path) -> dict[str, str]:
    """Return the command for each program; the folder stands for ``/``."""
    start = [sys.executable, "-P", __file__, str(folder)]
    return {program: shlex.join([*start, program]) for program in PROGRAMS}


def read_environment_file(path: Path) -> dict[str, str]:
    """Return the variables, as systemd reads them."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@dataclass(frozen=True, kw_only=True)
class Unit:
    """An instance of a unit."""

    root: Path
    name: str

    @property
    def log(self) -> Path:
        """Where it prints."""
        return self._state("log")

    @property
    def folder_at_start(self) -> Path:
        """The folder that it was started in, without links."""
        return Path(self._state("folder").read_text())

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.is_running():
            return
        folder = Path(self._values("WorkingDirectory")[0]).resolve()
        environment = {"PATH": os.environ["PATH"]} | dict(pair.split("=", 1) for pair in self._values("Environment"))
        for path in self._values("EnvironmentFile"):
            environment |= read_environment_file(Path(path))
        with self.log.open("ab") as log, self._state("pid").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            for command in self._values("ExecStartPre"):
                subprocess.run(
                    shlex.split(command), cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, check=True
                )
            (command,) = self._values("ExecStart")
            started = subprocess.Popen(
                shlex.split(command),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[held.fileno()],
            )
            held.write(str(started.pid))
        self._state("folder").write_text(str(folder))

    def stop(self) -> None:
        """Ask it to end and wait for that; does nothing unless it runs."""
        if self.is_running():
            os.kill(int(self._state("pid").read_text()), signal.SIGTERM)
            with self._state("pid").open() as held:
                fcntl.flock(held, fcntl.LOCK_EX)

    def is_running(self) -> bool:
        """Return whether its OS process lives."""
        if not self._state("pid").exists():
            return False
        with self._state("pid").open() as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _values(self, key: str) -> list[str]:
        base, at, instance = self.name.partition("@")
        text = (self.root / f"etc/systemd/system/{base}{at}.service").read_text().replace("%i", instance)
        pairs = (line.partition("=") for line in text.splitlines())
        return [value for name, _, value in pairs if name == key]

    def _state(self, kind: str) -> Path:
        folder = self.root / "var/units"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self.name}.{kind}"


def systemctl(root: Path, arguments: list[str]) -> None:
    """Start, stop and restart units."""
    match arguments:
        case ["daemon-reload"]:
            pass
        case ["enable", "--now", *names] if names:
            for name in names:
                Unit(root=root, name=name).start()
        case ["disable", "--now", *names] if names:
            for name in names:
                Unit(root=root, name=name).stop()
        case ["restart", *names] if names:
            for name in names:
                Unit(root=root, name=name).stop()
                Unit(root=root, name=name).start()
        case _:
            sys.exit(f"systemctl: {arguments}")


def systemd_run(_: Path, arguments: list[str]) -> None:
    """Run the command with the environment file and in the folder that are named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pipe", action="store_true", required=True)
    parser.add_argument("--wait", action="store_true", required=True)
    parser.add_argument("-p", dest="properties", action="append")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args(arguments)
    properties = dict(text.split("=", 1) for text in given.properties)
    environment = {"PATH": os.environ["PATH"], **read_environment_file(Path(properties.pop("EnvironmentFile")))}
    os.chdir(properties.pop("WorkingDirectory"))
    if properties:
        sys.exit(f"systemd-run: {properties}")
    os.execve(given.command[0], given.command, environment)


def journalctl(root: Path, arguments: list[str]) -> None:
    """Print what the unit prints."""
    match arguments:
        case ["-u", name, "-f"]:
            os.execvp("tail", ["tail", "-n", "+1", "-f", str(Unit(root=root, name=name).log)])
        case _:
            sys.exit(f"journalctl: {arguments}")


def useradd(root: Path, arguments: list[str]) -> None:
    """Note the user; there are none twice."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--system", action="store_true", required=True)
    parser.add_argument("--home-dir", required=True)
    parser.add_argument("--shell", required=True)
    parser.add_argument("name")
    given = parser.parse_args(arguments)
    with (root / "etc/passwd").open("x") as users:
        users.write(f"{given.name}:{given.home_dir}:{given.shell}\n")


def redis_cli(_: Path, arguments: list[str]) -> None:
    """Send the command and print the answer."""
    match arguments:
        case ["-h", host, "-p", port, *command]:
            with Redis(host=host, port=int(port)) as client:
                print(client.execute_command(*command))
        case _:
            sys.exit(f"redis-cli: {arguments}")


PROGRAMS: dict[str, Callable[[Path, list[str]], None]] = {
    "systemctl": systemctl,
    "systemd-run": systemd_run,
    "journalctl": journalctl,
    "useradd": useradd,
    "redis-cli": redis_cli,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[2]](Path(sys.argv[1]), sys.argv[3:])
