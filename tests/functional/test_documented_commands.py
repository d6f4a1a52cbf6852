"""``docs/tutorial.md`` to the letter: its files are saved, its commands typed, and what they print is what it shows.

The title of a block is a file or a terminal. The commands of the first two terminals go on, those of the third end. One
that only reads is typed again until it prints what the page shows: a person takes longer than the steps do.
"""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from tests.documented import Block, read_blocks
from tests.functional.clones import Run, make_run, newcomers_environment
from tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(120)]

ADDRESS = "127.0.0.1:8000"
AN_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Terminal(StrEnum):
    """What the page calls them."""

    SERVER = "Terminal 1"
    WATCH = "Terminal 2"
    COMMANDS = "Terminal 3"


class Reader:
    """Somebody who does what the page says, beside the server that it told to start."""

    def __init__(self, run: Run, terminals: contextlib.ExitStack) -> None:
        self._run = run
        self._terminals = terminals
        self._watched = run.folder / "watch.log"
        # The variables of the third terminal.
        self._variables = run.folder / "variables"
        self._variables.touch()
        self._typed = self._printed = ""

    def follow(self, block: Block) -> None:
        """Type what the block says, or see whether the terminal shows it."""
        text = block.text.replace(ADDRESS, self._run.address.removeprefix("http://"))
        match block.title, block.language:
            case Terminal.WATCH, "sh":
                self._watch(text)
            case Terminal.COMMANDS, "sh":
                self._typed, self._printed = text, self._type(text)
            case Terminal.SERVER, "text":
                assert shown(text, between=".*").search(self._run.printed)
            case Terminal.WATCH, "text":
                eventually(lambda: shown(text, between=".*").search(self._watched.read_text()))
            case Terminal.COMMANDS, "text":
                eventually(lambda: shown(text, between=r"\n *").fullmatch(self._present().strip()))
            case title, language:
                # Typed, or saved, before.
                assert (title, language) == (Terminal.SERVER, "sh") or language == "python"

    def _watch(self, command: str) -> None:
        output = self._terminals.enter_context(self._watched.open("wb"))
        watch = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=self._run.folder,
            env=newcomers_environment(),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        self._terminals.callback(watch.communicate)
        self._terminals.callback(watch.terminate)

    def _type(self, commands: str) -> str:
        done = subprocess.run(
            ["sh", "-c", f"set -ea; . '{self._variables}'\n{commands}\nexport -p >'{self._variables}'"],
            cwd=self._run.folder,
            env=newcomers_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _present(self) -> str:
        """Return what was printed last; type it again where that changes nothing."""
        return self._printed if " -X " in self._typed else self._type(self._typed)


def shown(text: str, *, between: str) -> re.Pattern[str]:
    """Return the pattern of what a page shows; an id stands for any id."""
    lines = (AN_ID.join(map(re.escape, re.split(AN_ID, line.strip()))) for line in text.splitlines())
    return re.compile(between.join(lines), re.DOTALL)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    folder, blocks = tmp_path / "checkout", read_blocks("docs/tutorial.md")
    for file in (block for block in blocks if block.language == "python"):
        path = tmp_path.joinpath(*Path(file.title).parts[1:])
        path.parent.mkdir(parents=True)
        path.write_text(file.text)
    (command,) = (block.text for block in blocks if (block.title, block.language) == (Terminal.SERVER, "sh"))
    with make_run(folder, command) as run, contextlib.ExitStack() as terminals:
        yield Reader(run, terminals)


def test_the_tutorial_says_what_happens(reader: Reader) -> None:
    for block in read_blocks("docs/tutorial.md"):
        reader.follow(block)
