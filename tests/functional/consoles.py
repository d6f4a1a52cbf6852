"""An OS process of the product in which a test runs statements, as somebody at a shell does; no server hears of it."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from tests.servers import ROOT

LOOP = """
import json, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
import django
django.setup()
names = {}
for line in sys.stdin:
    names["answer"] = None
    exec(json.loads(line), names)
    print(json.dumps(names["answer"]), flush=True)
"""


class Console:
    """Runs statements one after the other; they share their names."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, statements: str) -> Any:
        """Run the statements and return what they assigned to ``answer``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(statements), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the statements failed: see what they wrote to stderr"
        return json.loads(line)


@contextlib.contextmanager
def console(environment: dict[str, str]) -> Iterator[Console]:
    """Run the OS process until the block ends."""
    command = [sys.executable, "-c", LOOP]
    variables = {**os.environ, **environment}
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Console(process)
        assert process.stdin is not None
        process.stdin.close()
