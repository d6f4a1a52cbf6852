"""The benchmarks' own OS processes, asked and answering one JSON line at a time."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks import publishing
from tests.servers import ROOT


class Publisher:
    """Announces changes as ordered; see ``benchmarks.publishing``."""

    def __init__(self, pipe: "Pipe") -> None:
        self._pipe = pipe

    def begin(self, *, rate: float, seconds: float, keys: int) -> None:
        """Begin to announce changes, so many per second, for so many seconds."""
        self._pipe.say({"rate": rate, "seconds": seconds, "keys": keys})

    def finish(self) -> dict[str, Any]:
        """Wait for the end and return the changes, the seconds, and the last commit of each key."""
        return self._pipe.hear()


class Load:
    """Holds the clients; see ``benchmarks.load_generator``."""

    def __init__(self, pipe: "Pipe") -> None:
        self._pipe = pipe

    def ask(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method of the generator and return its answer."""
        self._pipe.say([method, arguments])
        return self._pipe.hear()


class Pipe:
    """An OS process's input and output."""

    def __init__(self, program: "subprocess.Popen[str]") -> None:
        self._program = program

    def say(self, order: object) -> None:
        """Write one line."""
        assert self._program.stdin is not None
        print(json.dumps(order), file=self._program.stdin, flush=True)

    def hear(self) -> dict[str, Any]:
        """Wait for one line."""
        line = self.read_line()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def read_line(self) -> str:
        """Return the next line.

        Raises:
            RuntimeError: the program has ended.
        """
        assert self._program.stdout is not None
        if not (line := self._program.stdout.readline()):
            raise RuntimeError(f"{self._program.args!r} has ended")
        return line


@contextlib.contextmanager
def pipe_to(command: list[str], **environment: str) -> Iterator[Pipe]:
    """Run a program until the block ends, which ends its input."""
    variables = {**os.environ, **environment}
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            yield Pipe(program)
        except BaseException:
            program.kill()
            raise
        assert program.stdin is not None
        program.stdin.close()


@contextlib.contextmanager
def publisher(command: list[str], **environment: str) -> Iterator[Publisher]:
    """Run a publisher until the block ends."""
    with pipe_to(command, **environment) as pipe:
        # Before, applications may have their say.
        while pipe.read_line().strip() != publishing.READY:
            pass
        yield Publisher(pipe)


@contextlib.contextmanager
def load() -> Iterator[Load]:
    """Run a load generator until the block ends."""
    with pipe_to([sys.executable, "-m", "benchmarks.load_generator"]) as pipe:
        yield Load(pipe)
