"""What commands print: JSON for scripts, tables for people; and who is recorded as the doer."""

import getpass
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import IO, Any, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.table import Table

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


def add_reporter_option(parser: ArgumentParser) -> None:
    """Give a command ``--reporter``."""
    parser.add_argument("--reporter", default=_login_name(), help="who is recorded as the doer; %(default)s by default")


def print_json(out: OutputWrapper, value: Any) -> None:
    """Print one line of JSON."""
    out.write(json.dumps(value, ensure_ascii=False))


def console(out: OutputWrapper) -> Console:
    """Return what writes tables: as wide as the terminal, or whole lines without colors where there is none."""
    return Console(file=cast("IO[str]", out._out), highlight=False, width=None if out.isatty() else LINE_WIDTH)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table of texts, the first of which stay whole however narrow the terminal is."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        made.add_column(column, no_wrap=not number)
    for row in rows:
        made.add_row(*row)
    return made


def status_text(status: str) -> str:
    """Return the status in its color, as markup of rich."""
    tone = TONES.get(status.lower())
    return f"[{tone}]{status}[/{tone}]" if tone else status


def moment_text(seconds: float | None) -> str:
    """Return a moment, in UTC."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user that has no name
        return "SYSTEM"
