"""A terminal in which the commands of a page are typed, block after block, as a reader does."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.documented import read_blocks
from tests.functional.clones import copy_repository, newcomers_environment
from tests.servers import SHUTDOWN_SECONDS, START_SECONDS
from tests.waiting import eventually

# Ends when all that it started has ended, so that this can be waited for.
GOES_ON = "trap : TERM\n{first}\n{keep}\nset +e\n{last}\nwait\nwait\n"


def commands_of(page: str) -> list[str]:
    """Return the blocks of a page that are typed, in order."""
    return [block.text for block in read_blocks(page) if block.language == "sh"]


def replace_all(text: str, others: Mapping[str, str]) -> str:
    """Return the text with others in the place of some words."""
    words = "|".join(re.escape(word) for word in others)
    return re.sub(words, lambda found: others[found[0]], text) if others else text


@dataclass(kw_only=True)
class Terminal:
    """Reads the commands of a page; its ``with`` block fails if some are left at its end.

    Variables and folder stay from one block to the next. No block asks a person anything: there is no keyboard but
    ``keys``.
    """

    page: str
    # Which blocks of the page; another test types the others.
    blocks: slice = field(default_factory=lambda: slice(None))
    # Where what is typed, printed and remembered lies.
    desk: Path
    # Where the reader is at first.
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    # Text of the page, and what stands for it here.
    replaced: Mapping[str, str] = field(default_factory=dict)
    # Commands, in place of the programs of that name.
    programs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._unread = commands_of(self.page)[self.blocks]
        self._running = contextlib.ExitStack()
        self._outputs = 0
        self._kept = self.desk / "kept"
        programs = self.desk / "bin"
        programs.mkdir(parents=True)
        for name, command in self.programs.items():
            path = programs / name
            path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            path.chmod(0o755)
        environment = {**newcomers_environment(), **self.variables}
        # Python is the one that the tests run by.
        places = [str(programs), str(Path(sys.executable).parent), environment["PATH"]]
        environment |= {"PATH": os.pathsep.join(places), "CURL_HOME": str(self.desk)}
        exported = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
        self._kept.write_text("\n".join([*exported, f"cd {shlex.quote(str(self.folder))}"]))
        self.reach({})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
        if kind is None:
            assert self._unread == []

    def reach(self, hosts: Mapping[str, int], authority: Path | None = None) -> None:
        """Let curl, which from now on fails where a server refuses, find hosts (``name:port``) at ports of this one."""
        lines = [f'connect-to = "{host}:127.0.0.1:{port}"' for host, port in hosts.items()]
        lines += [f'cacert = "{authority}"'] if authority else []
        (self.desk / ".curlrc").write_text("\n".join(["fail", "silent", "show-error", *lines, ""]))

    def follow(self, *, keys: str = "") -> str:
        """Type the next block; return what it prints when it has ended."""
        return self.type(self.next_block(), keys=keys)

    def next_block(self) -> str:
        """Return the next block, as it is typed here, which counts as read from now on."""
        # With -e a shell goes on when what stands in front of && fails.
        return replace_all(self._unread.pop(0), self.replaced).replace(" && ", "\n")

    def type(self, commands: str, *, keys: str = "") -> str:
        """Type commands; return what they print when they have ended, and fail if they fail."""
        code, printed = self.attempt(commands, keys=keys)
        assert code == 0, f"{commands}\n{printed}"
        return printed

    def attempt(self, commands: str, *, keys: str = "") -> tuple[int, str]:
        """Type commands; return how they end and what they print."""
        printed = self._new_output()
        with printed.open("wb") as output:
            done = subprocess.run(
                ["sh", "-ec", f"{self._start}\n{commands}\n{self._keep}"],
                env={},
                input=keys.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                check=False,
            )
        return done.returncode, printed.read_text()

    def follow_on(self, *awaited: str) -> Path:
        """Type the next block, which goes on, and wait until it prints all this; return where it prints."""
        return self.type_on(self.next_block(), *awaited)

    def type_on(self, commands: str, *awaited: str) -> Path:
        """Type commands that go on until the terminal is closed, and wait until they print all this."""
        *first, last = commands.splitlines()
        text = GOES_ON.format(first="\n".join(first), keep=self._keep, last=last)
        printed = self._new_output()
        with printed.open("wb") as output:
            shell = subprocess.Popen(
                ["sh", "-ec", f"{self._start}\n{text}"],
                env={},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.callback(_end, shell)

        def prints_it() -> bool:
            assert shell.poll() is None, f"{commands}\n{printed.read_text()}"
            return all(line in printed.read_text() for line in awaited)

        eventually(prints_it, within_seconds=START_SECONDS)
        return printed

    def value_of(self, name: str) -> str:
        """Return the value of a variable."""
        return self.type(f'printf %s "${name}"')

    def close(self) -> None:
        """End what goes on; one can type again afterwards."""
        self._running.close()

    @property
    def _start(self) -> str:
        return f"set -a\n. {shlex.quote(str(self._kept))}"

    @property
    def _keep(self) -> str:
        kept = shlex.quote(str(self._kept))
        return f"{{ export -p; echo \"cd '$PWD'\"; }} >{kept}.new\nmv {kept}.new {kept}"

    def _new_output(self) -> Path:
        self._outputs += 1
        return self.desk / f"output-{self._outputs}"


def _end(shell: "subprocess.Popen[bytes]") -> None:
    """Ask the shell and all that it started to end; force it in the end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGTERM)
    try:
        shell.wait(SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def checkout(folder: Path, *, installed: bool = True) -> Path:
    """Copy the repository there; its dependencies are those of the tests, and nothing is downloaded."""
    copy_repository(folder)
    environment = folder / ".venv"
    environment.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name not in {".runtime", ".development"}:
            (environment / entry.name).symlink_to(entry)
    if installed:
        (environment / ".runtime").touch()
    return folder
