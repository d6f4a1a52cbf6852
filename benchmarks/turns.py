"""How contenders take turns within one run of a benchmark."""

import argparse
from collections.abc import Callable, Sequence

from benchmarks.contenders.running import OWN, Addresses, Contender
from benchmarks.machine import LOAD_CORE, on_core, raise_open_files
from benchmarks.results import Figures, Rounds, Wanted, publish
from tests.services import services


def arguments(description: str | None, contenders: Sequence[Contender]) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks share; the last one becomes ``contenders``."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [contender.name for contender in contenders]
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="leave the other contenders out")
    return parser


def chosen(contenders: Sequence[Contender], rounds: Rounds, options: argparse.Namespace) -> list[Contender]:
    """Return those that take part, and note in ``rounds`` those that should and are not installed."""
    wanted = [contender for contender in contenders if contender.name in options.only]
    for contender in wanted:
        if not contender.is_installed():
            rounds.leave_out(contender.name)
    return [contender for contender in wanted if contender.is_installed()]


def take_turns(
    name: str,
    contenders: Sequence[Contender],
    measure: Callable[[Contender, Addresses], dict[str, Figures]],
    wanted: list[Wanted],
    options: argparse.Namespace,
) -> int:
    """Measure each contender in each round, publish the figures, and return 1 where what is wanted is missed.

    Redis, PostgreSQL and all that is started is on the core of the load; the servers are not (``contenders.running``).
    """
    raise_open_files()
    rounds = Rounds(name=name, own=OWN.name)
    taking_part = chosen(contenders, rounds, options)
    with on_core(LOAD_CORE), services("shared_preload_libraries=pg_stat_statements") as addresses:
        for _ in range(options.rounds):
            for contender in taking_part:
                rounds.add(contender.name, measure(contender, addresses))
    return publish(rounds, wanted, vars(options))
