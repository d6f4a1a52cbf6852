"""What commands print: JSON for scripts, tables for people."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import IO, Any, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.table import Table
from rich.text import Text

TONES = {
    "completed": "green",
    "running": "cyan",
    "created": "cyan",
    "resumed": "cyan",
    "suspended": "yellow",
    "waiting": "yellow",
    "awaiting_callback": "yellow",
    "pausing": "yellow",
    "paused": "yellow",
    "failed": "red",
    "api_unavailable": "red",
    "inconsistent_data": "red",
    "success": "green",
    "complete": "green",
    "suspend": "yellow",
}
"""The color of a status, where a terminal has colors."""

LINE_WIDTH = 250
"""Characters of a line that no terminal has to show."""


def add_json_option(parser: ArgumentParser) -> None:
    """Give a command ``--json``."""
    parser.add_argument("--json", action="store_true", help="print what REST answers, for scripts")


def print_json(out: OutputWrapper, value: Any) -> None:
    """Print one line of JSON."""
    out.write(json.dumps(value, ensure_ascii=False))


def console(out: OutputWrapper) -> Console:
    """Return what writes tables: as wide as the terminal, or whole lines without colors where there is none."""
    return Console(file=cast("IO[str]", out._out), highlight=False, width=None if out.isatty() else LINE_WIDTH)


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Return a table, whose first texts stay whole however narrow the terminal is; no text is taken for markup."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        made.add_column(column, no_wrap=not number)
    for row in rows:
        made.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def status_text(status: str) -> Text:
    """Return the status in its color."""
    return Text(status, TONES.get(status, ""))


def moment_text(seconds: float | None) -> str:
    """Return a moment, in UTC."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
