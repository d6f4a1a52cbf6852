"""The fenced blocks of a page of the documentation: what is to be saved or typed, and what is then shown."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.servers import ROOT

_FENCE = re.compile(
    r'^(?P<indent> *)```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^(?P=indent)```$',
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block; the title is the file or the terminal that it belongs to, empty without one."""

    language: str
    title: str
    text: str


def read_blocks(path: str) -> list[Block]:
    """Return the blocks of a page, in order."""
    page = Path(ROOT, path).read_text(encoding="utf-8")
    return [
        Block(language=found["language"], title=found["title"] or "", text=found["text"].strip("\n"))
        for found in _FENCE.finditer(page)
    ]
